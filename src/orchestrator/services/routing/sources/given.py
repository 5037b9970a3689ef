"""Values that are at hand: what the caller says, and the static ones of the policy set."""

from collections.abc import Callable, Mapping, Sequence

from orchestrator.core.model.attributes import AttributeValue, Json, Known
from orchestrator.core.policy import lookup, memory

_CUSTOM = "custom."


def caller(given: Mapping[str, Json]) -> Callable[[str], AttributeValue | None]:
    """Return what reads ``given`` by canonical names; None where the caller says nothing.

    Null says nothing. Raises `errors.BadInput` for a value that is no JSON of reasonable depth.
    """
    if not given:
        return lambda _: None
    read = lookup.reader(given)

    def found(name: str) -> AttributeValue | None:
        value = read(name)
        return None if isinstance(value, Known) and value.value is None else value

    return found


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
