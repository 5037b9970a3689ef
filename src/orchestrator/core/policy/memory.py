"""What one decision knows so far: the set's own values, and every attribute it was given."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

import msgspec

from orchestrator.core.model.attributes import AttributeValue, Json, Known

if TYPE_CHECKING:
    from orchestrator.core.policy.schedule import Timetable

_MISSING: Final = Known(None)
_CUSTOM: Final = "custom."


class Setting(msgspec.Struct, frozen=True):
    """What is no attribute: the clock, aware and UTC, None without one; opening hours by name."""

    at: datetime | None = None
    schedules: "Mapping[str, Timetable]" = {}


Given = Callable[[str], AttributeValue | None]
"""From a canonical name to what is at hand for nothing; None is "not at hand: ask"."""


class Memory:
    """Attributes by canonical name. ``custom`` wins over whatever a caller would say.

    What is ``given`` is known before anybody asks.
    """

    def __init__(
        self,
        custom: Mapping[str, Json],
        setting: Setting | None = None,
        *,
        given: Given | None = None,
    ) -> None:
        self._custom = custom
        self._given = given
        self.setting = setting or Setting()
        self._known: dict[str, AttributeValue] = {}

    def get(self, name: str) -> AttributeValue | None:
        """Return what is known of ``name``; None means that nobody has asked for it yet."""
        known = self._known.get(name)
        if known is not None:
            return known
        if self._custom and name.startswith(_CUSTOM):
            found = find(self._custom, name.removeprefix(_CUSTOM))
            if found is not None:
                known = self._known[name] = Known(found[0], "custom")
                return known
        if self._given is not None and (known := self._given(name)) is not None:
            self._known[name] = known
        return known

    def learn(self, names: Sequence[str], values: Mapping[str, AttributeValue]) -> None:
        """Keep the reply to a question; a name that is absent from it is missing."""
        for name in names:
            self._known[name] = values.get(name, _MISSING)


def find(tree: Mapping[str, Any], name: str) -> tuple[Json] | None:
    """Look up a dotted name in a mapping that may be nested, dotted, or both; the longest key wins.

    Returns a tuple of the value, which may be None, or None when no such key exists.
    """
    if name in tree:
        return (tree[name],)
    cut = name.rfind(".")
    while cut > 0:
        inner = tree.get(name[:cut])
        if isinstance(inner, Mapping):
            found = find(inner, name[cut + 1 :])
            if found is not None:
                return found
        cut = name.rfind(".", 0, cut)
    return None
