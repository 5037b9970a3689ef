"""What the bench compares is comparable: engines agree on its workloads, and these are as told."""

import importlib.metadata

import pytest

from bench.engines import adversarial, plainly, rivals, targets, translation, workload

SETS = 60
FEW = {"cel-python": 6}
"""A quarter of a second a decision is too slow for all of them."""


def _installed(rival):
    try:
        importlib.metadata.version(rival.package or "pytest")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@pytest.mark.parametrize("size", [10, 100])
@pytest.mark.parametrize("name", [name for name in rivals.RIVALS if name != rivals.FLOOR])
def test_an_engine_decides_what_the_plain_interpreter_does(name, size):
    """Every form of every engine that is installed; the others need `make bench`'s group."""
    rival = rivals.RIVALS[name]
    if not _installed(rival):
        pytest.skip(f"{rival.package} is not installed: uv sync --group engines")
    made = workload.build(size, seed=7, sets=FEW.get(name, SETS))
    for make in rival.forms:
        form = make(made.document)
        given = made.sets
        if not rival.namespaced:
            given = [
                {translation.bare(key): value for key, value in each.items()} for each in given
            ]
        assert [form.place(form.decide(values)) for values in given] == made.expected, form.name


@pytest.mark.parametrize("shape", adversarial.SHAPES)
def test_what_is_made_to_defeat_an_index_is_decided_as_the_plain_interpreter_does(shape):
    """The same workloads as the bench's, with fewer policies."""
    made = adversarial.build(shape, seed=7, size=300, sets=SETS)
    form = rivals.RIVALS[rivals.OURS].forms[0](made.document)
    assert [form.place(form.decide(values)) for values in made.sets] == made.expected


@pytest.mark.parametrize("size", [10, 100])
def test_a_third_each_of_the_sets_match_early_late_and_nowhere(size):
    """Otherwise a median would say nothing about two of the three."""
    made = workload.build(size, seed=7, sets=SETS)
    assert {zone: made.mix[zone] for zone in workload.ZONES} == dict.fromkeys(
        workload.ZONES, SETS // 3
    )
    assert [plainly.first(made.document["policies"], each) for each in made.sets] == made.expected


def test_kinds_of_conditions_are_mixed_as_told():
    """60 % equality, 20 % thresholds, 10 % lists of 20 to 1,000 items, 5 % contains and nested."""
    made = workload.build(1_000, seed=7, sets=0)
    count = sum(made.mix[kind] for kind in workload.KINDS)
    for kind, share in workload.KINDS.items():
        assert made.mix[kind] / count == pytest.approx(share / 100, abs=0.03)
    conditions = [each for policy in made.document["policies"] for each in policy["conditions"]]
    assert {len(policy["conditions"]) for policy in made.document["policies"]} == {1, 2, 3, 4, 5}
    lengths = [len(each["value"]) for each in conditions if each.get("type") == "IS_IN"]
    assert 20 <= min(lengths) < 30
    assert 900 < max(lengths) <= 1_000


def test_the_same_seed_gives_the_same_workload():
    """Figures of two days are about the same decisions."""
    assert workload.build(50, seed=7, sets=9) == workload.build(50, seed=7, sets=9)
    assert workload.build(50, seed=7, sets=9) != workload.build(50, seed=8, sets=9)


def _engine(median, p99, *, finished=True):
    return {"median_us": median, "p99_us": p99, "finished": finished}


def test_targets_are_judged_against_the_fastest_that_finished():
    """One that was given up cannot be the one to beat; the floor and our own inside are none."""
    engines = {
        "ours": _engine(10, 20),
        "inner": _engine(5, 10),
        "floor": _engine(1, 1),
        "slow": _engine(90, 95),
        "quick": _engine(60, 90),
        "given up": _engine(30, 30, finished=False),
    }
    judged = targets.judged({"sizes": {"100": {"engines": engines}}, "adversarial": {}})
    assert [(each["name"], each["measured"], each["met"]) for each in judged] == [
        ("100: median over quick", 6.0, True),
        ("100: p99 over quick", 4.5, False),
    ]
