"""Conditions to expressions and back: the same meaning, or nothing at all."""

import random

import pytest

from oracle import comparing, inventing
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import condition, document, engine
from orchestrator.core.policy.expression import check, convert, parse, render
from orchestrator.core.policy.mistakes import Mistakes

NAMES = ["a.b", "c.d", "sde.visitorinfo.customerinfo.ctype", "custom.list"]
POOL = [None, True, False, 0, 5, 12, 12.5, -3, "5", "12", "gold", "Gold", "true", "2026-11-22",
        [], ["gold", 5], {"a": 1}, "", "old", comparing.FAILED]  # fmt: skip
SAY = [{"type": "SEND_MESSAGE", "payload": {"message": "x"}}]


def read(given):
    mistakes = Mistakes()
    found = condition.read_list(given, "", mistakes)
    assert mistakes.errors == []
    return found


def states(block, given):
    """What the engine says of a policy with that block, and what it asked for."""
    loaded = document.load([{"name": "P", "enabled": True, "actions": SAY, **block}])
    asked = []

    def value(name):
        asked.append(name)
        found = given[name]
        return Unfetched("down") if found is comparing.FAILED else Known(found)

    made = engine.run(compiling.compile_set(loaded.policy_set), value, at=None, tracing="on")
    return made.trace["policies"][0]["state"], sorted(asked)


SAME = [
    ([{"all": []}], "true"),
    ([{"any": []}], "false"),
    ([{"property": "a.b", "type": "EQUAL", "value": "it's"}], r"a.b == 'it\'s'"),
    ([{"property": "a.b", "type": "NOT_EQUAL", "value": -1.5}], "a.b != -1.5"),
    ([{"property": "a.b", "type": "LESS_THAN", "value": "2026-11-22"}], "a.b < '2026-11-22'"),
    ([{"property": "a.b", "type": "IS_IN", "value": "{{custom.list}}"}], "a.b in custom.list"),
    ([{"property": "a.b", "type": "NOT_IN", "value": ["x", "{{c.d}}"]}],
     "not (a.b in ['x', c.d])"),
    ([{"property": "a.b", "type": "CONTAINS", "value": 5}], "contains(a.b, 5)"),
    ([{"property": "a.b", "type": "NOT_CONTAINS", "value": "x"}], "not contains(a.b, 'x')"),
    ([{"property": "a.b", "type": "IS_PART_OF", "value": "xyz"}], "contains('xyz', a.b)"),
    ([{"property": "a.b", "type": "STARTS_WITH", "value": "x"}], "startsWith(a.b, 'x')"),
    ([{"property": "a.b", "type": "ENDS_WITH", "value": "{{c.d}}"}], "endsWith(a.b, c.d)"),
    ([{"property": "a.b", "type": "MATCHES", "value": r"^\d+$"}], r"matches(a.b, '^\\d+$')"),
    ([{"property": "a.b", "type": "IS_SET"}], "isSet(a.b)"),
    ([{"property": "a.b", "type": "IS_NOT_SET"}], "not isSet(a.b)"),
    ([{"property": "a.b", "type": "EQUAL", "value": True},
      {"any": [{"property": "c.d", "type": "IS_SET"}, {"property": "a.b", "type": "IS_SET"}]}],
     "a.b == true and (isSet(c.d) or isSet(a.b))"),
    ([{"none": [{"property": "c.d", "type": "EQUAL", "value": 1},
                {"property": "a.b", "type": "EQUAL", "value": 2}]}],
     "not (c.d == 1 or a.b == 2)"),
]  # fmt: skip


@pytest.mark.parametrize(("conditions", "text"), SAME, ids=[text for _, text in SAME])
def test_conditions_and_expressions_that_are_each_others_twins(conditions, text):
    """There, and back to exactly the same conditions."""
    assert convert.to_expression(read(conditions)) == text
    back = convert.to_conditions(parse.read(text))
    assert [condition.dump(member) for member in back] == conditions


@pytest.mark.parametrize(
    "made",
    [
        {"property": "a.b", "type": "EQUAL", "value": "x", "ignoreCase": True},
        {"property": "a.b-c", "type": "EQUAL", "value": "x"},
        {"property": "a.b", "type": "EQUAL", "value": "{{a.b-c}}"},
        {"property": "a.b", "type": "EQUAL", "value": {"k": 1}},
        {"property": "a.b", "type": "EQUAL", "value": "hello {{c.d}}"},
        {"property": "a.b", "type": "EQUAL", "value": "{{c.d|none}}"},
        {"property": "a.b", "type": "EQUAL", "value": "rock ’n roll"},
        {"property": "a.b", "type": "IS_PART_OF", "value": "{{c.d}}"},
        {"property": "a.b", "type": "EQUAL", "value": "x" * 20_000},
    ],
)
def test_conditions_without_a_twin(made):
    """What an expression cannot say is not approximated."""
    assert convert.to_expression(read([made])) is None


@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        "a.b + 1 == 2",
        "lower(a.b) == 'x'",
        "a.b in c.d and isOpen(a.b)",
        "'x' in a.b",
        "1 == 1",
        "a.b == '{{c.d}}'",
        "a.b == '{5}'",
        "a.b == [[c.d]]",
        "contains('x', 'y')",
        "isTimeRange('00:00:00', '12:00:00', 'UTC')",
    ],
)
def test_expressions_without_a_twin(text):
    """What conditions cannot say is not approximated either."""
    assert convert.to_conditions(parse.read(text)) is None


def test_what_would_be_nested_too_deeply_is_not_converted():
    """Both sides allow 64 levels, of which the other may need more."""
    for depth, fits in ((32, True), (33, False)):
        text = "a.b == 1"
        for _ in range(depth):
            text = f"(c.d == 1 or a.b == 3 and {text})"
        found = convert.to_conditions(parse.read(text))
        assert (found is not None) == fits
        assert found is None or read([condition.dump(member) for member in found]) == found
    made = {"property": "a.b", "type": "IS_SET"}
    for _ in range(60):
        made = {"none": [made, {"property": "c.d", "type": "IS_SET"}]}
    assert convert.to_expression(read([made])) is None


@pytest.mark.parametrize("seed", range(6))
def test_a_conversion_never_changes_what_is_decided_or_asked(seed):
    """Random expressions to conditions and back: same state, same questions to the world."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    converted = 0
    while converted < 60:
        text = inventing.condition(chance, NAMES, depth=chance.randrange(5))
        root = parse.read(text)
        if check.check(root, check.Scope()).errors:
            continue
        found = convert.to_conditions(root)
        if found is None:
            continue
        converted += 1
        shown = [condition.dump(member) for member in found]
        back = convert.to_expression(read(shown))
        assert back is not None, shown
        assert render.render(parse.read(back)) == back
        for _ in range(4):
            given = {name: chance.choice(POOL) for name in NAMES}
            first = states({"expression": text}, given)
            assert states({"conditions": shown}, given) == first, (text, shown, given)
            assert states({"expression": back}, given) == first, (text, back, given)
