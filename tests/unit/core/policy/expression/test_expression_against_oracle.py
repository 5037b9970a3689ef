"""What expressions mean, against the oracle: every sign and function, and whole ones at random."""

import itertools
import random
from datetime import UTC, datetime, timedelta

import pytest

from oracle import comparing, expressing, inventing
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import functions
from orchestrator.core.policy.expression import check, formula, parse, render, weighing
from orchestrator.core.policy.expression.formula import Expression
from orchestrator.core.policy.memory import Memory, Setting
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN
from running import amount

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STATES = {FALSE: "FALSE", UNKNOWN: "UNKNOWN", TRUE: "TRUE"}
NAMES = ["a.b", "c.d", "e.f", "sde.visitorinfo.customerinfo.ctype"]
VALUES = [
    None, True, False, 0, 1, -1, 2, 12, 12.0, 12.5, -2.5, 0.5, -0.5, 0.49999999999999994, 10**30,
    1e308, "", "0", "1", "-1", "12", "12.0", "012", "1e3", "true", "FALSE", "gold", "Gold", "old",
    "2026-02-28", "2026-12-24", "2026-12-24T18:00:00Z", "2026-12-24T18:00:00",
    [], ["gold"], ["GOLD", 12], [True, "x"], {"a": 1}, comparing.FAILED,
]  # fmt: skip


def known(value):
    return Unfetched("down") if value is comparing.FAILED else Known(value)


def compiled(text):
    return formula.flatten(Expression(text, parse.read(text)))


def weighed(made, given, at=None):
    memory = Memory({}, Setting(at))
    memory.learn([*given], {name: known(value) for name, value in given.items()})
    found = weighing.truth(made, memory)
    assert found.low == found.high
    assert [*weighing.wanted(made, memory)] == []
    return "ERROR" if found.failed else STATES[found.low]


def agrees(text, given, at=None):
    expected = expressing.state(text, given.get, at)
    assert weighed(compiled(text), given, at) == expected, (text, given)


@pytest.mark.parametrize("sign", [*formula.COMPARATORS])
def test_every_comparator_agrees_for_every_pair_of_values(sign):
    """Attribute against attribute, and the customer's type against either."""
    plain = compiled(f"a.b {sign} c.d")
    folded = compiled(f"{NAMES[3]} {sign} c.d")
    for left, right in itertools.product(VALUES, VALUES):
        pair = {"a.b": left, "c.d": right, NAMES[3]: left}
        for made in (plain, folded):
            expected = expressing.state(made.source.text, pair.get)
            found = weighed(made, pair)
            if comparing.FAILED in (left, right):  # which of two lost ones is told is the same
                found, expected = (each.replace("ERROR", "UNKNOWN") for each in (found, expected))
            assert found == expected, (made.source.text, pair)


@pytest.mark.parametrize("sign", ["+", "-", "*", "/", "%", "^", "||"])
def test_every_sign_agrees_for_every_pair_of_values(sign):
    """The result is compared with itself plus a little, so that a wrong one shows."""
    equal = compiled(f"a.b {sign} c.d == e.f")
    for left, right in itertools.product(VALUES, VALUES):
        reading = expressing.Meaning({"a.b": left, "c.d": right}.get, None)
        result = reading.value(expressing.Reader(f"a.b {sign} c.d").read())
        settled = result not in (comparing.FAILED, expressing.LOST)
        for third in [result, "other"] if settled else [1]:
            given = {"a.b": left, "c.d": right, "e.f": third}
            expected = expressing.state(equal.source.text, given.get)
            assert weighed(equal, given) == expected, (sign, given)


TIMELESS = [row for row in functions.ROWS if row.clock == "not needed"]


@pytest.mark.parametrize("row", TIMELESS, ids=lambda row: row.name)
def test_every_function_agrees_for_every_value(row):
    """One or two attributes as arguments; null and failures among them."""
    count = row.required
    arguments = ", ".join(NAMES[:count])
    call = f"{row.name}({arguments})"
    text = call if row.gives == "boolean" else f"{call} == e.f"
    made = compiled(text)
    for values in itertools.product(VALUES, repeat=count):
        given = dict(zip(NAMES, values, strict=False))
        result = expressing.Meaning(given.get, None).value(expressing.Reader(call).read())
        settled = result not in (comparing.FAILED, expressing.LOST)
        for third in [result] if settled else ["x"]:
            case = given | {"e.f": third}
            assert weighed(made, case) == expressing.state(text, case.get), (text, case)


@pytest.mark.parametrize("seed", range(10))
def test_expressions_at_random_agree(seed):
    """Precedence, brackets, three values, failures and the clock, all at once."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    tried = 0
    while tried < 60 * amount.TIMES:
        text = inventing.condition(chance, NAMES)
        if check.check(parse.read(text), check.Scope()).errors:
            continue
        tried += 1
        made, canonical = compiled(text), render.render(parse.read(text))
        assert parse.read(canonical) == made.source.root
        assert render.render(parse.read(canonical)) == canonical
        for _ in range(4):
            given = {name: chance.choice(VALUES[:-1]) for name in NAMES}
            at = chance.choice([None, NOON, NOON + timedelta(hours=chance.randrange(200))])
            agrees(text, given, at)
            agrees(canonical, given, at)
            given[chance.choice(NAMES)] = comparing.FAILED
            found, expected = weighed(made, given, at), expressing.state(text, given.get, at)
            assert {found, expected} in ({found}, {"ERROR", "UNKNOWN"}), (text, given)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_not_asked_for_cannot_matter(seed):
    """With some attributes pending, bounds hold whatever they will be; the unasked change none."""
    chance = random.Random(100 + seed)  # noqa: S311 — reproducible, not secret
    spared = 0
    for _ in range(60 * amount.TIMES):
        text = inventing.condition(chance, NAMES)
        if check.check(parse.read(text), check.Scope()).errors:
            continue
        made = compiled(text)
        memory, given = Memory({}, Setting(NOON)), {}
        for name in NAMES:
            if chance.random() < 0.5:
                given[name] = chance.choice(VALUES)
                memory.learn([name], {name: known(given[name])})
        found = weighing.truth(made, memory)
        asked = {*weighing.wanted(made, memory)}
        pending = {reference.name for reference in made.references} - {*given}
        spared += len(pending - asked)
        assert asked <= pending
        assert bool(asked) == (found.low != found.high)
        base = {name: chance.choice(VALUES[:-1]) for name in asked}
        outcomes = set()
        for _ in range(5):
            rest = {name: chance.choice(VALUES) for name in pending - asked}
            state = weighed(made, given | base | rest, NOON).replace("ERROR", "UNKNOWN")
            assert found.low <= {name: each for each, name in STATES.items()}[state] <= found.high
            outcomes.add(state)
        assert len(outcomes) == 1 or asked
    assert spared > 5
