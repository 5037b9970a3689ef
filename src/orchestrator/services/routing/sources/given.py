"""Values that are at hand: what the caller says, and the static ones of the policy set."""

from collections.abc import Mapping, Sequence

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Json, Known
from orchestrator.core.policy import lookup, memory

_CUSTOM = "custom."


class OfCaller:
    """Knows whatever the caller gave, nested or with dotted keys, aliases included.

    Raises `errors.BadInput` for a value that is no JSON of reasonable depth.
    """

    def __init__(self, given: Mapping[str, Json]) -> None:
        self._given = given
        self._read = lookup.reader(given)

    def knows(self, name: str) -> bool:
        """Whether the caller gave it a value; null counts as none."""
        for spelling in attributes.spellings(name):
            found = memory.find(self._given, spelling)
            if found is not None and found[0] is not None:
                return True
        return False

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return the caller's values."""
        return {name: self._read(name) for name in names}


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
