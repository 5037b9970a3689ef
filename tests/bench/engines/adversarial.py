"""Policy sets that are made to defeat one index or another; ours alone decides them."""

import random
from collections.abc import Callable, Mapping
from typing import Any, Final

from bench.engines import workload
from bench.engines.workload import Condition, Workload

SIZE: Final = 10_000
SETS: Final = 300

_SKILL: Final = "crm.c04"


def build(name: str, *, seed: int, size: int = SIZE, sets: int = SETS) -> Workload:
    """Return the workload called ``name``, one of `SHAPES`."""
    rng = random.Random(f"{seed} {name} {size}")  # noqa: S311  a seed is wanted
    shape = SHAPES[name]
    policies = [workload.policy(number, shape(rng)) for number in range(size)]
    return workload.around(rng, policies, {}, sets=sets)


def _same_skill(rng: random.Random) -> list[Condition]:
    """Everyone's first condition is the same, and is met by who meets any."""
    first = workload.test(_SKILL, "EQUAL", value="v1")
    others = workload.conditions(rng, at_most=1e-4)
    return [first, *(each for each in others if each.get("property") != _SKILL)]


def _numbers(rng: random.Random) -> list[Condition]:
    """Nothing to look up: three numbers each beyond a threshold, as far out as one in twenty."""
    names = rng.sample(workload.NUMBERS, 3)
    return [_threshold(rng, name, share=rng.uniform(0.01, 0.05)) for name in names]


def _threshold(rng: random.Random, name: str, *, share: float) -> Condition:
    edge = round(workload.SPAN * share) + 0.5
    if rng.random() < 0.5:
        return workload.test(name, "LESS_THAN", value=edge)
    return workload.test(name, "GREATER_THAN", value=workload.SPAN - edge)


def _contains(rng: random.Random) -> list[Condition]:
    """Nothing but parts of sentences: two words each, from two sentences."""
    names = rng.sample(workload.SENTENCES, 2)
    return [workload.test(name, "CONTAINS", value=workload.words(rng, 1)) for name in names]


def _two_on_one(rng: random.Random) -> list[Condition]:
    """Two conditions on one attribute: both must hold, whichever index found the policy."""
    return rng.choice((_between, _one_of_but, _both_words))(rng) + _between(rng)


def _between(rng: random.Random) -> list[Condition]:
    name = rng.choice(workload.NUMBERS)
    low = rng.randrange(workload.SPAN)
    high = low + rng.randrange(2, workload.SPAN // 100)
    return [
        workload.test(name, "GREATER_THAN_OR_EQUAL", value=low),
        workload.test(name, "LESS_THAN", value=high),
    ]


def _one_of_but(rng: random.Random) -> list[Condition]:
    name = rng.choice([name for name, values in workload.TEXTS.items() if values >= 300])
    items = list(dict.fromkeys(workload.text(rng, name) for _ in range(20)))
    return [
        workload.test(name, "IS_IN", value=items),
        workload.test(name, "NOT_EQUAL", value=items[0]),
    ]


def _both_words(rng: random.Random) -> list[Condition]:
    name = rng.choice(workload.SENTENCES)
    return [workload.test(name, "CONTAINS", value=workload.words(rng, 1)) for _ in range(2)]


SHAPES: Final[Mapping[str, Callable[[random.Random], list[Any]]]] = {
    "same skill": _same_skill,
    "numbers only": _numbers,
    "contains only": _contains,
    "two on one attribute": _two_on_one,
}
