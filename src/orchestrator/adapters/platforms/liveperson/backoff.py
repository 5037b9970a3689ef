"""How long to wait before the next attempt."""

from orchestrator.adapters.platforms.liveperson.settings import Timing


def pause(failures: int, timing: Timing) -> float:
    """Return the seconds to wait after this many failures in a row (at least 1).

    First the quick pauses, then the documented growth (5 s, ×1.25, 35 tries), then long intervals
    (2, 4, 8 minutes), the last of them for ever: a bot never gives up. Source: protocol §9.1.
    """
    place = failures - 1
    if place < len(timing.quick):
        return timing.quick[place]
    place -= len(timing.quick)
    if place < timing.tries:
        return min(timing.first * timing.growth**place, timing.longest)
    place -= timing.tries
    return timing.intervals[min(place, len(timing.intervals) - 1)]
