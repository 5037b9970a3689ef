"""The attributes that policies can read: the catalogue, and the account's static ones."""

from typing import Any

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.access import Actor
from orchestrator.services.admin.policies import Policies, Saved


class Shown(msgspec.Struct, frozen=True, omit_defaults=False):
    """One attribute. ``value`` is unset but for the account's static ones."""

    name: str
    type: str
    source: str
    description: str
    example: Any
    sensitive: bool
    value: Any = msgspec.UNSET


class Attributes:
    """Use cases on attributes. Static ones belong to the policy set: a change is a new version."""

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    async def all(self, actor: Actor) -> list[Shown]:
        """Return the catalogue and the account's static attributes, by name."""
        _, document = await self._policies.current(actor)
        static = [
            Shown(
                f"custom.{name}",
                _type(value),
                "custom",
                "Static value of this account.",
                value,
                sensitive=False,
                value=value,
            )
            for name, value in (document.custom or {}).items()
        ]
        known = [
            Shown(each.name, each.type, each.source, each.description, each.example, each.sensitive)
            for each in attributes.CATALOGUE
        ]
        return sorted([*static, *known], key=lambda each: each.name)

    async def set(self, actor: Actor, name: str, *, value: Any) -> Saved:
        """Set ``custom.NAME`` to a JSON value, as a new version of the policy set.

        Raises `errors.BadInput` for another namespace or a malformed name.
        """
        return await self._policies.set_custom(actor, name, value=value)

    async def remove(self, actor: Actor, name: str) -> Saved:
        """Take ``custom.NAME`` away, as a new version. Raises `errors.NotFound`."""
        return await self._policies.remove_custom(actor, name)


_TYPES = {bool: "boolean", int: "number", float: "number", str: "text", list: "list"}


def _type(value: Any) -> str:
    return _TYPES.get(type(value), "object")
