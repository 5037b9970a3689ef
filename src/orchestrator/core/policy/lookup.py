"""Attributes at hand in a mapping, nested or with dotted keys, as the engine wants them."""

from collections.abc import Callable, Mapping
from typing import Any

from orchestrator.core.model import attributes, errors
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.policy import memory, plain
from orchestrator.core.policy.mistakes import Mistakes


def reader(given: Mapping[str, Any], source: str = "caller") -> Callable[[str], AttributeValue]:
    """Return a function from canonical names to values of ``given``; only what is asked is read.

    Both ``{"custom": {"a": 1}}`` and ``{"custom.a": 1}`` hold ``custom.a``; aliases are found too.
    Raises `errors.BadInput` for no mapping, and the function does for a value that is no JSON.
    """
    if not isinstance(given, Mapping):
        raise errors.BadInput("attributes are a mapping of names and values", path="attributes")

    def read(name: str) -> AttributeValue:
        for spelling in attributes.spellings(name):
            found = memory.find(given, spelling)
            if found is not None and found[0] is not None:
                return Known(plain_json(found[0], name), source)
        return Known(None, source)

    return read


def plain_json(value: object, name: str) -> attributes.Json:
    """Return a copy of ``value`` as plain JSON; raises `errors.BadInput` if it is none."""
    mistakes = Mistakes()
    copied = plain.copy(value, name, mistakes)
    if mistakes.errors:
        first = mistakes.errors[0]
        raise errors.BadInput(first.message, path=first.path)
    return copied
