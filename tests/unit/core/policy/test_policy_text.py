"""JSON and YAML text: what is read, what is refused and where, and that nothing else happens."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.policy import mistakes, source, text


def test_yaml_is_read_by_the_core_schema():
    """The guesses of YAML 1.1 are not made: no, times, dates and old octals stay what they are."""
    made = """
    words: [NO, no, yes, on, Off, y]
    times: [12:30:00, 2026-12-24, 2026-12-24T10:00:00Z]
    numbers: [1, -1, +1, 0123, 0x1F, 1.5, .5, 1e3, 12e03]
    texts: ["1", 'true', 0o17, 1_000, 0b1, 1.2.3]
    rest: [true, FALSE, null, ~, ]
    nothing:
    """
    assert text.parse(made) == {
        "words": ["NO", "no", "yes", "on", "Off", "y"],
        "times": ["12:30:00", "2026-12-24", "2026-12-24T10:00:00Z"],
        "numbers": [1, -1, 1, 123, 31, 1.5, 0.5, 1000.0, 12000.0],
        "texts": ["1", "true", "0o17", "1_000", "0b1", "1.2.3"],
        "rest": [True, False, None, None],
        "nothing": None,
    }


@pytest.mark.parametrize(
    ("made", "place", "code"),
    [
        ('{"a": 1,\n "a": 2}', "line 2, column 2", "duplicate"),
        ("a: 1\nb: {c: 1, c: 2}", "line 2, column 11", "duplicate"),
        ('{"a" 1}', "line 1, column 6", "syntax"),
        ("[1\n 2]", "line 2, column 2", "syntax"),
        ("a: [1", "line 1, column 6", "syntax"),
        ("a: &x [*x]", "line 1, column 8", "syntax"),
        ("a: *x", "line 1, column 4", "syntax"),
        ("a: !!int x", "line 1, column 4", "syntax"),
        ("a: !!map []", "line 1, column 4", "syntax"),
        ("a: !mine 3", "line 1, column 4", "syntax"),
        ("--- 1\n--- 2\n", "line 2, column 1", "syntax"),
        ("? [a]\n: 1", "line 1, column 3", "syntax"),
        ("1: 2", "line 1, column 1", "syntax"),
        ('{"a": "NaN",\n "b": NaN}', "line 2, column 7", "bad-value"),
        ('{"a": -Infinity}', "line 1, column 7", "bad-value"),
        ('{"a": 1e999}', "line 1, column 7", "bad-value"),
        ("a: .inf", "line 1, column 4", "bad-value"),
        ("a: " + "9" * 5000, "line 1, column 4", "bad-value"),
        ("- " * 1000 + "x", "line 1, column 401", "too-deep"),
    ],
)
def test_what_is_refused_says_where(made, place, code):
    """Line and column, counted from 1, in the message."""
    with pytest.raises(mistakes.PolicyErrors) as caught:
        text.parse(made)
    (problem,) = caught.value
    assert problem.message.startswith(place + ": ")
    assert problem.code == code


def test_aliases_and_tags_are_refused_each_at_its_place():
    """They are reported with everything else; ``<<`` is a key like any other."""
    made = "a: &list [1]\nb: [*list]\nc: !!str 1\nd: !own {}\n<<: x\n"
    with pytest.raises(mistakes.PolicyErrors) as caught:
        text.parse(made)
    assert [problem.message.partition(": ")[0] for problem in caught.value] == [
        "line 2, column 5",
        "line 3, column 4",
        "line 4, column 4",
    ]
    assert text.parse("<<: x") == {"<<": "x"}


def test_aliases_cannot_blow_a_document_up():
    """A billion laughs end in refusals, at once."""
    laughs = "a0: &a0 [x]\n" + "".join(
        f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 20)
    )
    with pytest.raises(mistakes.PolicyErrors) as caught:
        text.parse(laughs)
    assert "alias" in caught.value[0].message


BOTH_KINDS = """
- name: A
  name: B
  enabled: true
  enabled: "yes"
  conditions: [{property: a.b, type: EQUAL, value: null}, {property: a.b, type: EQUAL, value: .inf}]
  actions: []
"""


def test_mistakes_of_the_text_and_of_the_document_come_together():
    """Paths and places; what follows from a mistake of the text is not told twice."""
    expected = {
        "policies[0].name": "duplicate",
        "policies[0].enabled": "duplicate",
        "policies[0].conditions[1].value": "bad-value",
        "policies[0].conditions[0].value": "bad-value",
        "policies[0].actions": "missing",
    }
    with pytest.raises(mistakes.PolicyErrors) as caught:
        source.read(BOTH_KINDS)
    assert {problem.path: problem.code for problem in caught.value} == expected
    assert caught.value[0].message == "line 3, column 3: the key 'name' is there twice"
    as_json = (
        '{"policies": [], "policies": [],\n "custom": {"a": NaN, "b": "NaN", "b": 1, "c": 1e999}}'
    )
    with pytest.raises(mistakes.PolicyErrors) as caught:
        source.read(as_json)
    assert [problem.message[:17] for problem in caught.value] == [
        "line 1, column 18", "line 2, column 18", "line 2, column 35", "line 2, column 48",
    ]  # fmt: skip
    assert source.read("- {name: A}") == [{"name": "A"}]


@pytest.mark.parametrize("made", [b"\xff\xfe", "x" * 5_000_001, "[" * 100_000, "a: b\n" * 300_000,
                                  "\x00", "[1, 2", b"\x80"])  # fmt: skip
def test_hostile_texts_are_refused(made):
    """Wrong bytes, too much and too deep."""
    with pytest.raises(mistakes.PolicyErrors):
        text.parse(made)


def test_broken_json_is_never_read_as_yaml():
    """A text that opens with a bracket is JSON, unless the file says it is YAML."""
    with pytest.raises(mistakes.PolicyErrors, match="not JSON"):
        text.parse("{policies: []}")
    assert text.parse("{policies: []}", "yaml") == {"policies": []}
    assert text.parse(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}
    with pytest.raises(mistakes.PolicyErrors, match="not JSON"):
        text.parse("a: 1", "json")


FRAGMENTS = ["{", "}", "[", "]", ":", ",", '"', "'", "- ", "\n", "  ", "a", "1", "#", "&x", "*x",
             "!t ", "|", ">", "? ", "%", "\t", "\\", "---", "\ud800", "é", "\x00", "@", "<<",
             "~"]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    made=st.lists(st.sampled_from(FRAGMENTS), max_size=40).map("".join) | st.text() | st.binary()
)
def test_nothing_but_policy_errors_comes_out_of_any_text(made):
    """Whatever the text, the answer is plain objects or a refusal."""
    for syntax in ("any", "json", "yaml"):
        try:
            json.dumps(text.parse(made, syntax), allow_nan=False)
        except mistakes.PolicyErrors:
            continue
