"""Circles of references: which of several things need themselves, directly or through others."""

from collections.abc import Collection, Mapping


def members(graph: Mapping[str, Collection[str]]) -> frozenset[str]:
    """Return the names that reach themselves, or something that does: none of them can be had.

    ``graph`` maps a name to those that it needs; names that are no keys need nothing.
    """
    needed = {name: {other for other in others if other in graph} for name, others in graph.items()}
    while True:
        free = {name for name, others in needed.items() if not others}
        if not free:
            return frozenset(needed)
        needed = {name: others - free for name, others in needed.items() if name not in free}
