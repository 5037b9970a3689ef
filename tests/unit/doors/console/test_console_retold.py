"""What services say in English, told again: recognised, taken apart, and put together in German."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from markupsafe import Markup

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, excerpt, nearest, operators
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.doors.console import faults, retold, stories, words

TOLD = [
    (
        "`ctype` is 'silver', which is not in `custom.top` ('gold')",
        "`ctype` ist 'silver', und das ist nicht in `custom.top` ('gold')",
    ),
    (
        (
            "You are known to the sign-in service, but nothing it says of you gives you a role "
            "here. Looked at: the claim “groups” holds “choir”, “b; c” and more; the claim “x.y” "
            "is not there; the claim “z” is empty. Ask whoever runs this server to map one of "
            "these values to a role."
        ),
        (
            "Der Anmeldedienst kennt Sie, aber nichts, was er über Sie sagt, gibt Ihnen hier eine "
            "Rolle. Angesehen wurde: der Claim „groups“ enthält „choir“, „b; c“ und weitere; der "
            "Claim „x.y“ ist nicht da; der Claim „z“ ist leer. Bitten Sie, wer diesen Server "
            "betreibt, einem dieser Werte eine Rolle zuzuordnen."
        ),
    ),
    ("`balance` is 480, which is not at least 500", "`balance` ist 480, und das liegt unter 500"),
    ("`customer.tier` is missing", "`customer.tier` fehlt"),
    (
        (
            "would match if `x` were 'a' or 'b' (it is 'c') and `y` were missing (it is 3), "
            "but “And or if” above it wins"
        ),
        (
            "würde zutreffen, wenn `x` 'a' oder 'b' wäre (jetzt 'c') und `y` fehlte (jetzt 3), "
            "aber „And or if“ darüber gewinnt"
        ),
    ),
    (
        "policy 1 “A and B” already takes everything that policy 2 “C, D” would",
        "Richtlinie 1 „A and B“ nimmt schon alles, was Richtlinie 2 „C, D“ nehmen würde",
    ),
    (
        "Renamed “a” to “b”, disabled “b” and changed the conditions and the actions of “b”",
        (
            "„a“ in „b“ umbenannt, „b“ ausgeschaltet und die Bedingungen und die Aktionen von „b“ "
            "geändert"
        ),
    ),
    (
        "line 1, column 3: found `=`, expected an operator such as `==`; did you mean `==`?",
        "Zeile 1, Spalte 3: gefunden: `=`, erwartet wird ein Operator wie `==`; meinten Sie `==`?",
    ),
    (
        "There is no skill “Sales and Marketing”. Did you mean “Sales” or “Mark”?",
        "Gibt es nicht: Skill „Sales and Marketing“. Meinten Sie „Sales“ oder „Mark“?",
    ),
    (
        "`custom.x` could not be fetched: crm.example cannot be reached, or broke off (Timeout).",
        (
            "`custom.x` war nicht zu bekommen: crm.example ist nicht erreichbar oder hat "
            "abgebrochen (Timeout)."
        ),
    ),
]


@pytest.mark.parametrize(("english", "german"), TOLD)
def test_a_sentence_is_taken_apart_and_told_again(english: str, german: str) -> None:
    """Sentences within sentences are told as well; names and values stay as they are."""
    with words.speaking("de"):
        assert retold.of(english) == german


VALUES = ("silver", 3, True, ["gold"], "{custom.other}", None)
KNOWN = (
    Known(None),
    Known("silver"),
    Known(3),
    Known(["gold"]),
    Unfetched("There is no such document."),
)
ENGLISH = re.compile(
    r"\b(?:the|which|is|are|were|not|and|or|missing|with|holds?|would|matche?s?|does|must|equals?)\b"
)


def test_every_reason_and_every_suggestion_is_told_again() -> None:
    """Each operator with each kind of value, on each kind of attribute: no word stays English."""
    left: dict[str, str] = {}
    for row in operators.ROWS:
        for value in VALUES if row.takes_value else (None,):
            for said in reasons(row, value):
                with words.speaking("de"):
                    told = re.sub(r"`[^`]*`|'[^']*'|“[^”]*”|„[^“]*“", "", retold.of(said))
                if ENGLISH.search(told):
                    left[said] = told
    assert left == {}


def reasons(row: operators.Operator, value: Any) -> Iterator[str]:
    """Yield why a condition has its state, and what would change that."""
    asked = {"property": "custom.a", "type": row.name, **({"value": value} if value else {})}
    policy = {
        "id": "p-1",
        "name": "P",
        "enabled": True,
        "conditions": [asked, {"any": [{**asked, "property": "custom.b"}]}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
    }
    try:
        rules = compiling.compile_set(document.load({"policies": [policy]}).policy_set)
    except PolicyErrors as error:
        yield from (problem.message for problem in error.problems)
        return
    for known in KNOWN:
        trace = excerpt.trace(rules, lambda _: known, at=None, most=1)  # noqa: B023 - used at once
        yield from _said(trace)
        suggested = nearest.suggestions(rules, lambda _: known, at=None)  # noqa: B023 - so is this
        yield from (each.sentence for each in suggested)


def _said(shown: Any) -> Iterator[str]:
    if isinstance(shown, list):
        for each in shown:
            yield from _said(each)
    elif isinstance(shown, dict):
        yield from filter(None, [shown.get("reason")])
        for each in shown.values():
            yield from _said(each)


@pytest.mark.parametrize(
    "own",
    [
        "Anna Schmidt and Bob",
        "and, or: if",
        "“unfinished",
        "(((",
        "x" * 2_000,
        "`a` `b",
        "\ue000 is missing",
        "  ",
    ],
)
def test_what_nobody_here_said_stays_as_it_is(own: str) -> None:
    """A text that no service makes is somebody's own."""
    with words.speaking("de"):
        assert retold.of(own) == own


def test_english_stays_english() -> None:
    """Who reads English reads what the API says."""
    assert retold.of("There is no such file.") == "There is no such file."


def test_what_stands_in_quotation_marks_is_never_told_again() -> None:
    """A policy may be called as a sentence of ours: its name stays."""
    with words.speaking("de"):
        assert retold.of("There is a policy “the end” already.") == (
            "Eine Richtlinie „the end“ gibt es schon."
        )
        assert retold.of("`ctype` is 'x, which is in `list`', which is not in `top`") == (
            "`ctype` ist 'x, which is in `list`', und das ist nicht in `top`"
        )


def test_a_name_from_right_to_left_cannot_turn_the_sentence() -> None:
    """What fills a hole is isolated."""
    with words.speaking("de"):
        assert retold.of("There is a group “נועה” already.") == (
            "Eine Gruppe „\u2068נועה\u2069“ gibt es schon."
        )


def test_an_error_beside_a_field_does_not_name_the_option_of_a_command() -> None:
    """“--name must not be empty.” stands beside the field of that name: there it says “this”."""
    error = errors.BadInput("--name must not be empty.", path="--name")
    assert faults.of(error, "name").fields == {"name": "This must not be empty."}
    with words.speaking("de"):
        assert faults.of(error, "name").fields == {"name": "Dies darf nicht leer sein."}


def test_a_remark_about_a_policy_is_told_without_its_name() -> None:
    """The list leaves the name out, and the rest is a sentence that is recognised too."""
    with words.speaking("de"):
        told = stories.coded("Reads `custom.tier`, a static value that is null")
    assert told == "Liest <code>custom.tier</code>, einen statischen Wert, der null ist"


@pytest.mark.parametrize("length", [10, 100, 700])
def test_a_long_text_of_brackets_and_commas_is_told_at_once(length: int) -> None:
    """Nothing that anybody writes keeps the server busy: no pattern runs away."""
    with words.speaking("de"):
        for own in ("a, " * length, "`x` is (" * (length // 6), " is not in " * (length // 8)):
            retold._told.cache_clear()
            assert isinstance(retold.of(own), str)


def test_numbers_are_written_as_the_language_writes_them() -> None:
    """1,000 is a thousand in English and one in German, which writes 1.000."""
    english = "a list has at most 1,000 items; this one has 12,345"
    assert (words.number(1_234_567), words.number(999)) == ("1,234,567", "999")
    with words.speaking("de"):
        assert (words.number(1_234_567), words.number(-1_000)) == ("1.234.567", "-1.000")
        assert retold.of(english) == "eine Liste hat höchstens 1.000 Einträge; diese hat 12.345"


@pytest.mark.parametrize("language", words.LANGUAGES)
def test_a_sentence_of_a_template_is_escaped_once_in_every_language(language: str) -> None:
    """What the template has escaped is not escaped again when it is told again."""
    sentence = Markup("Ask `isOpen(&#39;Desk&#39;)`, or `skills.&lt;id&gt;.isOpen`.")
    with words.speaking(language):
        shown = stories.coded(sentence)
    expected = "Ask <code>isOpen('Desk')</code>, or <code>skills.<id>.isOpen</code>."
    assert shown.unescape() == expected
