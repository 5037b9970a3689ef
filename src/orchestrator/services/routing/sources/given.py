"""Values that are at hand: what the caller says, and the static ones of the policy set."""

import functools
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Json, Known
from orchestrator.core.policy import lookup, memory

SOURCE: Final = "caller"

MOST_NAMES: Final = 10_000
"""Attributes of which is remembered where they may stand."""

_CUSTOM: Final = "custom."
_LARGEST: Final = 1e300
"""Numbers beyond it are looked at more closely: they may be no JSON."""

_UNUSUAL: Final = object()


def caller(given: Mapping[str, Json]) -> Callable[[str], AttributeValue | None]:
    """Return what reads ``given`` by canonical names; None where the caller says nothing.

    Null says nothing. Raises `errors.BadInput` for a value that is no JSON of reasonable depth.
    It finds what `lookup.reader` finds, whose way is taken for whatever is unusual.
    """
    if not given:
        return lambda _: None
    carefully = lookup.reader(given, SOURCE)
    dotted: dict[int, bool] = {}

    def found(name: str) -> AttributeValue | None:
        for parts in _ways(name):
            value = _plainly(given, parts, dotted)
            if value is None:
                continue
            if _is_plain(value):
                return Known(value, SOURCE)
            read = carefully(name)
            return None if isinstance(read, Known) and read.value is None else read
        return None

    return found


@functools.lru_cache(maxsize=MOST_NAMES)
def _ways(name: str) -> tuple[tuple[str, ...], ...]:
    """Return where an attribute may stand in nested objects, the canonical name's place first."""
    return tuple(tuple(spelling.split(".")) for spelling in attributes.spellings(name))


def _plainly(given: Mapping[str, Json], parts: tuple[str, ...], dotted: dict[int, bool]) -> Any:
    """Return what stands at a place, None for nothing, or `_UNUSUAL` where a key has dots in it.

    ``dotted`` remembers of which objects that is known; by their identity, as nothing replaces
    them meanwhile.
    """
    found: Any = given
    for part in parts:
        if type(found) is not dict:
            return _UNUSUAL if isinstance(found, Mapping) else None
        is_dotted = dotted.get(id(found))
        if is_dotted is None:
            is_dotted = any(type(key) is not str or "." in key for key in found)
            dotted[id(found)] = is_dotted
        if is_dotted:
            return _UNUSUAL
        found = found.get(part)
    return found


def _is_plain(value: Any) -> bool:
    """Whether a value is JSON as it stands, and nothing that somebody could change."""
    kind = type(value)
    if kind is str:
        return value.isascii()  # others may hold half of a surrogate pair
    if kind is int or kind is float:
        return -_LARGEST < value < _LARGEST
    return kind is bool


class OfCaller:
    """Knows whatever the caller gave, nested or with dotted keys, aliases included.

    Raises `errors.BadInput` for a value that is no JSON of reasonable depth.
    """

    def __init__(self, given: Mapping[str, Json]) -> None:
        self._read = caller(given)

    def knows(self, name: str) -> bool:
        """Whether the caller gave it a value; null counts as none."""
        return self._read(name) is not None

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return the caller's values."""
        return {name: found for name in names if (found := self._read(name)) is not None}


class OfSet:
    """Knows the static values of the policy set: parameters of functions refer to them too."""

    def __init__(self, custom: Mapping[str, Json]) -> None:
        self._custom = custom

    def knows(self, name: str) -> bool:
        """Whether the set has a static value of that name."""
        return name.startswith(_CUSTOM) and self._find(name) is not None

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return the set's values."""
        return {name: Known((self._find(name) or (None,))[0], "custom") for name in names}

    def _find(self, name: str) -> tuple[Json] | None:
        return memory.find(self._custom, name.removeprefix(_CUSTOM))
