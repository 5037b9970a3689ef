"""How long decisions took, counted by bins: percentiles of any period without its decisions."""

from bisect import bisect_left
from collections.abc import Mapping
from typing import Final

ENDS: Final = (
    *(1, 2, 5, 10, 20, 50, 100, 200, 500),
    *(1000, 2000, 5000, 10_000, 20_000, 60_000),
)
"""Upper ends of bins in milliseconds; one more bin has what took longer."""
LONGER: Final = 0
"""What stands for the end of that last one."""

BINS: Final = (*ENDS, LONGER)
"""All bins, the shortest first."""


def bin_of(milliseconds: float) -> int:
    """Return the end of the bin that a duration falls into, `LONGER` beyond the last."""
    place = bisect_left(ENDS, milliseconds)
    return ENDS[place] if place < len(ENDS) else LONGER


def percentile(counts: Mapping[int, int], share: float) -> int | None:
    """Return milliseconds that ``share`` (0 to 1) of what is counted by bins did not exceed.

    It is a bin's end; None where nothing is counted, and where only the last bin has it.
    """
    wanted = share * sum(counts.values())
    so_far = 0
    for end in ENDS:
        so_far += counts.get(end, 0)
        if so_far and so_far >= wanted:
            return end
    return None
