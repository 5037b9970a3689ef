"""Seeded policies and attribute sets for comparing engines: what all of them can say.

Forty attributes: 24 of text with three to a million values, ten numbers, four sentences, two
booleans; all are always there. A policy has one to five conditions, each on attributes of its
own. Sets are made to match early (in the first tenth), late (in the second half) or nowhere.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final

import msgspec

from bench.engines import plainly

Condition = dict[str, Any]
Attributes = dict[str, Any]

SETS: Final = 2_000
SIZES: Final = (10, 100, 1_000, 10_000)
ZONES: Final = ("early", "late", "nowhere")

KINDS: Final = {"equality": 60, "number": 20, "list": 10, "contains": 5, "nested": 5}

# How many values each attribute of text has: channels and languages first, consumers last.
_VALUES: Final = (
    *(3, 4, 5, 8, 12, 20, 30, 40, 60, 100, 150, 200, 300, 500, 800, 1_000),
    *(2_000, 3_000, 5_000, 10_000, 20_000, 50_000, 200_000, 1_000_000),
)
TEXTS: Final = {f"crm.c{number:02d}": values for number, values in enumerate(_VALUES)}
NUMBERS: Final = tuple(f"crm.n{number:02d}" for number in range(10))
FRACTIONS: Final = NUMBERS[-2:]
SENTENCES: Final = tuple(f"crm.s{number:02d}" for number in range(4))
BOOLEANS: Final = ("crm.b00", "crm.b01")
NAMES: Final = (*TEXTS, *NUMBERS, *SENTENCES, *BOOLEANS)

SPAN: Final = 1_000_000
_WORDS: Final = 12
_LONGEST, _SHORTEST = 1_000, 20
_REDRAWS: Final = 8
_TRIES: Final = 500

_VOCABULARY: Final = tuple(
    "".join(random.Random(number).choices("abcdefghijklmnoprstuvwz", k=8))  # noqa: S311  words
    for number in range(4_000)
)


class Workload(msgspec.Struct, frozen=True):
    """A policy set document, attribute sets, and for each set where it must match (-1: nowhere)."""

    document: dict[str, Any]
    sets: list[Attributes]
    expected: list[int]
    mix: dict[str, int]
    """How many of each kind of condition there are, and of each zone of matches."""


class _Drawn(msgspec.Struct, frozen=True):
    condition: Condition
    chance: float
    """That an attribute set drawn at random meets it."""


def build(size: int, *, seed: int, sets: int = SETS) -> Workload:
    """Return ``size`` policies and ``sets`` attribute sets, a third for each zone."""
    rng = random.Random(f"{seed} {size}")  # noqa: S311  a seed is wanted
    kinds: Counter[str] = Counter()
    policies = [_policy(rng, number, kinds, at_most=0.5 / size) for number in range(size)]
    return around(rng, policies, kinds, sets=sets)


def around(
    rng: random.Random,
    policies: list[dict[str, Any]],
    kinds: Mapping[str, int],
    *,
    sets: int = SETS,
) -> Workload:
    """Return ``sets`` attribute sets for ``policies``; ``kinds`` are only counted with the mix."""
    placed = [_placed(rng, policies, ZONES[number % len(ZONES)]) for number in range(sets)]
    rng.shuffle(placed)
    expected = [where for _, where in placed]
    zones = Counter(zone(where, len(policies)) for where in expected)
    return Workload(
        {"policies": policies}, [each for each, _ in placed], expected, {**kinds, **zones}
    )


def zone(where: int, size: int) -> str:
    """Return the name of the zone in which policy ``where`` of ``size`` lies; -1 is nowhere."""
    if where < 0:
        return "nowhere"
    if where < max(1, size // 10):
        return "early"
    return "late" if where >= size // 2 else "between"


def policy(number: int, conditions: list[Condition]) -> dict[str, Any]:
    """Return policy ``number``."""
    return {
        "id": f"p{number}",
        "name": f"Policy {number}",
        "enabled": True,
        "conditions": conditions,
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": str(number)}}],
    }


def attributes(rng: random.Random) -> Attributes:
    """Return forty values drawn at random."""
    return {name: _value(rng, name) for name in NAMES}


def conditions(rng: random.Random, *, at_most: float) -> list[Condition]:
    """Return the conditions of one more policy, which a set meets by chance ``at_most`` or so."""
    return _policy(rng, 0, Counter(), at_most=at_most)["conditions"]


def test(name: str, kind: str, *, value: Any) -> Condition:
    """Return a condition."""
    return {"property": name, "type": kind, "value": value}


def text(rng: random.Random, name: str) -> str:
    """Return a value of a text attribute."""
    return f"v{rng.randrange(TEXTS[name])}"


def words(rng: random.Random, count: int) -> str:
    """Return so many words."""
    return " ".join(rng.choices(_VOCABULARY, k=count))


def satisfy(rng: random.Random, conditions: Iterable[Condition], values: Attributes) -> None:
    """Change ``values`` so that they meet all of ``conditions``."""
    for condition in conditions:
        if "any" in condition:
            satisfy(rng, [rng.choice(condition["any"])], values)
        elif "all" in condition:
            satisfy(rng, condition["all"], values)
        elif "none" in condition:
            while not plainly.meets(condition, values):
                for name in _mentioned(condition["none"]):
                    values[name] = _value(rng, name)
        else:
            _meet(rng, condition, values)


def _mentioned(conditions: Iterable[Condition]) -> Iterator[str]:
    for condition in conditions:
        if "property" in condition:
            yield condition["property"]
        for members in (condition.get(group, ()) for group in ("all", "any", "none")):
            yield from _mentioned(members)


def _meet(rng: random.Random, condition: Condition, values: Attributes) -> None:
    name, value = condition["property"], condition["value"]
    match condition["type"]:
        case "EQUAL":
            values[name] = value
        case "IS_IN":
            values[name] = rng.choice(value)
        case "CONTAINS":
            values[name] = f"{values[name]} {value}"
        case "GREATER_THAN" | "GREATER_THAN_OR_EQUAL":
            values[name] = value + 1
        case "LESS_THAN" | "LESS_THAN_OR_EQUAL":
            values[name] = value - 1


def _value(rng: random.Random, name: str) -> Any:
    if name in TEXTS:
        return text(rng, name)
    if name in SENTENCES:
        return words(rng, _WORDS)
    if name in BOOLEANS:
        return rng.random() < 0.5
    return _number(name, rng.randrange(SPAN))


def _number(name: str, value: int) -> float:
    return value + 0.5 if name in FRACTIONS else value


def _placed(
    rng: random.Random, policies: list[dict[str, Any]], wanted: str
) -> tuple[Attributes, int]:
    """Return a set that first matches in the zone that is ``wanted``, and where it does.

    A set that cannot be placed so is kept where it fell: the mix is printed.
    """
    size = len(policies)
    first, last = {"early": (0, max(1, size // 10)), "late": (size // 2, size)}.get(wanted, (0, 0))
    for _ in range(_TRIES):
        values = attributes(rng)
        if last:
            satisfy(rng, policies[rng.randrange(first, last)]["conditions"], values)
        where = plainly.first(policies, values)
        if zone(where, size) == wanted:
            break
    return values, where


def _policy(
    rng: random.Random, number: int, kinds: Counter[str], *, at_most: float
) -> dict[str, Any]:
    """Return a policy that few sets meet: of ten thousand broad ones only the first would matter.

    Chances as they come, if they are small enough together; else conditions are narrowed.
    """
    wanted = rng.choices(list(KINDS), weights=list(KINDS.values()), k=rng.randint(1, 5))
    kinds.update(wanted)
    for _ in range(_REDRAWS):
        drawn = _conditions(rng, wanted, narrow=0, at_most=at_most)
        if math.prod(each.chance for each in drawn) <= at_most:
            break
    else:
        drawn = _conditions(rng, wanted, narrow=1, at_most=at_most)
    rng.shuffle(drawn)
    return policy(number, [each.condition for each in drawn])


def _conditions(
    rng: random.Random, kinds: list[str], *, narrow: int, at_most: float
) -> list[_Drawn]:
    free = set(NAMES)
    return [
        _DRAWS[kind](rng, free, at_most if position < narrow else 1.0)
        for position, kind in enumerate(kinds)
    ]


def _take(rng: random.Random, names: Iterable[str], free: set[str]) -> str:
    """Choose one of ``names`` that is still free, and take it."""
    name = rng.choice([name for name in names if name in free])
    free.remove(name)
    return name


def _equality(rng: random.Random, free: set[str], at_most: float) -> _Drawn:
    if at_most == 1 and rng.random() < 0.1 and free.intersection(BOOLEANS):
        name = _take(rng, BOOLEANS, free)
        return _Drawn(test(name, "EQUAL", value=rng.random() < 0.5), 0.5)
    name = _take(rng, _rare(free, at_most), free)
    return _Drawn(test(name, "EQUAL", value=text(rng, name)), 1 / TEXTS[name])


def _rare(free: set[str], at_most: float) -> list[str]:
    """Return the attributes of text with so many values that one is rare enough, or the last."""
    there = [name for name in TEXTS if name in free]
    return [name for name in there if TEXTS[name] * at_most >= 1] or there[-1:]


def _threshold(rng: random.Random, free: set[str], at_most: float) -> _Drawn:
    name = _take(rng, NUMBERS, free)
    share = min(at_most, rng.uniform(0.05, 0.9))
    above = rng.random() < 0.5
    kind = f"{'GREATER' if above else 'LESS'}_THAN{'_OR_EQUAL' if rng.random() < 0.5 else ''}"
    edge = int(SPAN * share)
    return _Drawn(test(name, kind, value=_number(name, SPAN - edge if above else edge)), share)


def _list(rng: random.Random, free: set[str], at_most: float) -> _Drawn:
    length = round(math.exp(rng.uniform(math.log(_SHORTEST), math.log(_LONGEST))))
    name = _take(rng, _rare(free, min(at_most / length, 0.5 / length)), free)
    items = [f"v{number}" for number in rng.sample(range(TEXTS[name]), length)]
    return _Drawn(test(name, "IS_IN", value=items), length / TEXTS[name])


def _contains(rng: random.Random, free: set[str], at_most: float) -> _Drawn:
    name = _take(rng, SENTENCES, free)
    count = 1 if at_most == 1 else 2
    chance = _WORDS * float(len(_VOCABULARY)) ** -count
    return _Drawn(test(name, "CONTAINS", value=words(rng, count)), chance)


def _nested(rng: random.Random, free: set[str], at_most: float) -> _Drawn:
    """One of: any of two; any of (two together) and one; one, and none of two."""
    shape = rng.randrange(3)
    first = _equality(rng, free, at_most)
    if shape == 0:
        second = _equality(rng, free, at_most)
        return _Drawn(_group("any", first, second), first.chance + second.chance)
    second, third = _threshold(rng, free, 1.0), _equality(rng, free, at_most)
    if shape == 1:
        together = _Drawn(_group("all", first, second), first.chance * second.chance)
        return _Drawn(_group("any", together, third), together.chance + third.chance)
    neither = _Drawn(_group("none", second, third), 1 - second.chance)
    return _Drawn(_group("all", first, neither), first.chance)


def _group(quantifier: str, *members: _Drawn) -> Condition:
    return {quantifier: [each.condition for each in members]}


_DRAWS: Final[Mapping[str, Callable[[random.Random, set[str], float], _Drawn]]] = {
    "equality": _equality,
    "number": _threshold,
    "list": _list,
    "contains": _contains,
    "nested": _nested,
}
