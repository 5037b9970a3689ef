"""Bins of durations, and what they tell of percentiles."""

import random

import pytest

from orchestrator.core.model import latency


@pytest.mark.parametrize(
    ("milliseconds", "end"), [(0, 1), (1, 1), (1.5, 2), (200, 200), (60_000, 60_000), (60_001, 0)]
)
def test_a_bin_has_its_end(milliseconds: float, end: int) -> None:
    """And nothing beyond it."""
    assert latency.bin_of(milliseconds) == end


def test_a_percentile_is_the_end_of_the_bin_that_has_it() -> None:
    """As sorting all durations would say."""
    chance = random.Random(1)  # noqa: S311 - a test's chance, the same each time
    for number in (1, 2, 7, 100):
        took = sorted(chance.expovariate(0.01) for _ in range(number))
        counts: dict[int, int] = {}
        for each in took:
            counts[latency.bin_of(each)] = counts.get(latency.bin_of(each), 0) + 1
        for share in (0.5, 0.95, 1.0):
            exact = next(each for at, each in enumerate(took, 1) if at >= share * number)
            assert latency.percentile(counts, share) == latency.bin_of(exact)


def test_what_is_beyond_all_bins_has_no_percentile() -> None:
    """Nor has nothing at all."""
    assert latency.percentile({}, 0.5) is None
    assert latency.percentile({5: 1, latency.LONGER: 9}, 0.5) is None
    assert latency.percentile({5: 1, latency.LONGER: 1}, 0.5) == 5
