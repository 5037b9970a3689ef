"""What forms offer to choose from: all of it where that is little, else what somebody looks for."""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Campaign, Engagement, Skill, User
from orchestrator.services.directory import lookup, ports
from orchestrator.services.directory.ports import Reading, Store

Kind = Literal["users", "skills", "campaigns", "engagements"]

_RECORDS: Final[dict[Kind, type[ports.Listed]]] = {
    "users": User,
    "skills": Skill,
    "campaigns": Campaign,
    "engagements": Engagement,
}


KINDS: Final[frozenset[str]] = frozenset(_RECORDS)


class Choice(msgspec.Struct, frozen=True):
    """One thing to choose. ``name`` is unique among its kind; ``about`` may be empty."""

    id: str
    name: str
    about: str = ""


class Choices(msgspec.Struct, frozen=True):
    """What was looked for, by name: ``rows`` of those ``found``, of ``total`` that there are."""

    rows: tuple[Choice, ...]
    found: int
    total: int


class Choosing:
    """Reads for forms, each of a few records however many there are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def found(self, actor: Actor, kind: Kind, *, search: str = "", limit: int) -> Choices:
        """Return the first ``limit`` of a kind that have ``search`` in their names."""
        access.demand(actor, "directory.read")

        def work(rows: Reading) -> Choices:
            sheet = lookup.sheet(
                rows, _RECORDS[kind], actor.account, search=search, skip=0, limit=limit
            )
            return Choices(tuple(map(_choice, sheet.rows)), sheet.found, sheet.total)

        return await self._store.read(work)

    async def named(self, actor: Actor, kind: Kind, ids: Collection[str]) -> list[Choice]:
        """Return those of a kind that have one of these ids, by name; others are passed over."""
        access.demand(actor, "directory.read")

        def work(rows: Reading) -> list[Choice]:
            found = (
                each
                for one in dict.fromkeys(ids)
                for each in rows.find(_RECORDS[kind], account=actor.account, id=one)
            )
            return lookup.by_name(map(_choice, found), lambda choice: choice.name)

        return await self._store.read(work)

    async def meant(self, actor: Actor, kind: Kind, reference: str) -> str | None:
        """Return the id of the one with this id or exact name; the id counts first."""
        access.demand(actor, "directory.read")
        record = _RECORDS[kind]

        def work(rows: Reading) -> str | None:
            for field in ("id", ports.NAMED[record][0]):
                found = rows.find(record, account=actor.account, **{field: reference})
                if found:
                    return found[0].id
            return None

        return await self._store.read(work)


def _choice(record: ports.Listed) -> Choice:
    match record:
        case User():
            return Choice(
                record.id, record.login, "bot" if record.type == "bot" else record.full_name
            )
        case Engagement():
            return Choice(record.id, record.name, record.entry_point or "")
        case Skill() | Campaign():
            return Choice(record.id, record.name)
