"""Texts to be found inside others, however many they are, in one walk (Aho and Corasick, 1975)."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from ahocorasick_rs import AhoCorasick, Implementation

_SOME: Final = 3
"""So many needles are as quickly looked for one by one."""
_SMALL: Final = 20_000
"""Needles of so many letters together may have a table for every letter at every state."""


class Needles:
    """Texts to be found in other texts, all in one go; each stands for something.

    A text is walked once, whatever the number of needles (Aho and Corasick, 1975).
    """

    __slots__ = ("_always", "_found", "_texts", "_walk")

    def __init__(self, needles: Mapping[str, Any]) -> None:
        self._always = [found for needle, found in needles.items() if not needle]
        self._texts = [needle for needle in needles if needle]
        self._found = [needles[needle] for needle in self._texts]
        self._walk = walker(self._texts) if len(self._texts) > _SOME else None

    def inside(self, text: str) -> list[Any]:
        """Return what the needles that ``text`` contains stand for, some perhaps several times."""
        found = self._found
        if self._walk is not None:
            try:
                hits = self._walk(text, True)  # overlapping; by name it costs more
            except UnicodeEncodeError:  # half of a surrogate pair, which is in no needle
                pass
            else:
                return self._always + [found[hit[0]] for hit in hits] if hits else self._always
        pairs = zip(self._texts, found, strict=True)
        return self._always + [some for needle, some in pairs if needle in text]


Walk = Callable[[str, bool], list[tuple[int, int, int]]]


def walker(needles: Sequence[str]) -> Walk:
    """Return what finds the numbers of ``needles`` in a text, with where each begins and ends.

    None is empty. It raises UnicodeEncodeError for a text with half of a surrogate pair.
    """
    small = sum(map(len, needles)) <= _SMALL
    kind = Implementation.DFA if small else Implementation.ContiguousNFA
    return AhoCorasick(needles, store_patterns=False, implementation=kind).find_matches_as_indexes


class Joint:
    """Needles of several texts, which are walked as one; what is found is looked at again."""

    __slots__ = ("_owners", "_walk")

    def __init__(self, needles: Sequence[Mapping[str, Sequence[int]]]) -> None:
        owners: dict[str, list[tuple[int, Sequence[int]]]] = {}
        for number, some in enumerate(needles):
            for needle, rows in some.items():
                owners.setdefault(needle, []).append((number, rows))
        self._owners = list(owners.items())
        self._walk = walker(list(owners))

    def inside(self, texts: Sequence[str]) -> list[int]:
        """Return what the needles of each of ``texts`` that it contains stand for."""
        hits = self._walk("".join(texts), True)  # overlapping
        if not hits:
            return []
        found: list[int] = []
        for number in {hit[0] for hit in hits}:
            needle, owners = self._owners[number]
            for place, rows in owners:
                if needle in texts[place]:
                    found += rows
        return found
