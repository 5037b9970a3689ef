"""Lists that are asked often what they hold: found by hash, however long they are."""

from collections.abc import Iterable
from typing import Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import values

WORTH_IT: Final = 16
"""A shorter list is walked as fast."""

_BOOLEANS: Final = {"true": True, "false": False}


class Listed(list[Json]):
    """A list of a policy set, which never changes. The index is made when it is first asked.

    It answers as walking the list with `values.equal` would: the two bridges between types are
    keys of their own, and only lists and objects inside it are walked.
    """

    __slots__ = ("_index",)

    def __init__(self, items: Iterable[Json]) -> None:
        super().__init__(items)
        self._index: _Index | None = None

    def holds(self, value: Json, *, fold: bool = False) -> bool:
        """Whether an element equals ``value``; ``fold`` disregards the case of texts."""
        if self._index is None:
            self._index = _Index(self)
        return self._index.holds(value, fold=fold)


class _Index:
    def __init__(self, items: Iterable[Json]) -> None:
        self.texts: set[str] = set()
        self.folded: set[str] = set()
        self.numbers: set[int | float] = set()
        self.spelled: set[int | float] = set()
        self.booleans: set[bool] = set()
        self.said: set[bool] = set()
        self.others: list[Json] = []
        for item in items:
            self._add(item)

    def _add(self, item: Json) -> None:
        match values.kind(item):
            case "text":
                self.texts.add(item)
                self.folded.add(item.casefold())
                if (number := values.spelled(item)) is not None:
                    self.spelled.add(number)
                if (said := _BOOLEANS.get(item.lower())) is not None:
                    self.said.add(said)
            case "number":
                if item == item:  # noqa: PLR0124 - NaN equals nothing, but a set would find it
                    self.numbers.add(item)
            case "boolean":
                self.booleans.add(item)
            case "list" | "object":
                self.others.append(item)

    def holds(self, value: Json, *, fold: bool) -> bool:
        match values.kind(value):
            case "text":
                return self._holds_text(value, fold=fold or isinstance(value, values.Caseless))
            case "number":
                return value in self.numbers or value in self.spelled
            case "boolean":
                return value in self.booleans or value in self.said
            case "list" | "object":
                return any(values.equal(value, each, fold=fold) for each in self.others)
            case _:
                return False

    def _holds_text(self, text: str, *, fold: bool) -> bool:
        if (text.casefold() in self.folded) if fold else (text in self.texts):
            return True
        if self.numbers and values.spelled(text) in self.numbers:
            return True
        return bool(self.booleans) and _BOOLEANS.get(text.lower()) in self.booleans


def indexed(value: Json) -> Json:
    """Return ``value`` with its long lists ready to be asked; the parts of objects too."""
    if isinstance(value, dict):
        return {key: indexed(part) for key, part in value.items()}
    if isinstance(value, list) and len(value) >= WORTH_IT:
        return Listed(value)
    return value


def warm(value: Json) -> None:
    """Make the indexes of an `indexed` value now, so that whoever asks first need not."""
    if isinstance(value, dict):
        for part in value.values():
            warm(part)
    elif isinstance(value, Listed):
        value.holds(None)
