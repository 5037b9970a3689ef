"""Groups of agents, a tree under the main group."""

from typing import Final

import msgspec

from orchestrator.core.model import access, errors, times
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import AgentGroup, Details
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, details, fields, lookup
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.ports import Reading, Store, Writing

NOUN: Final = "agent-groups"

MAIN: Final = "-1"
"""The id of the group in which everybody is who is in no other: the platform's "Main Group"."""

_DETAIL: Final = "memberOf"
"""Where a user's details say in which group they are."""


class GroupForm(msgspec.Struct, frozen=True):
    """A group as it is to be. ``parent_id`` None or `MAIN`: right under the main group."""

    name: str
    description: str = ""
    parent_id: str | None = None
    enabled: bool = True


class Groups:
    """Use cases on groups, by id."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def all(self, actor: Actor) -> list[Shown]:
        """Return the main group, then the others by name."""
        access.demand(actor, "directory.names")

        def work(rows: Reading) -> list[Shown]:
            main = AgentGroup(actor.account, MAIN, "Main Group", times.EPOCH)
            found = details.shown(rows, AgentGroup, account=actor.account)
            found = lookup.by_name(found, lambda each: each.record.name)
            return [Shown(main, {}, times.EPOCH), *found]

        return await self._store.read(work)

    async def add(self, actor: Actor, form: GroupForm) -> str:
        """Add a group and return its id. Raises `errors.BadInput`, `errors.Conflict` (name)."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> str:
            account = accounts.required(unit, actor.account).id
            wanted = _checked(unit, account, form)
            _refuse_taken(unit, account, wanted.name)
            made = unit.next_id(account, NOUN)
            unit.add(
                AgentGroup(
                    account,
                    made,
                    wanted.name,
                    unit.now,
                    wanted.description,
                    wanted.parent_id,
                    wanted.enabled,
                )
            )
            return made

        return await self._store.write(actor, self._clock.now(), work)

    async def replace(self, actor: Actor, group: str, form: GroupForm) -> None:
        """Put ``form`` in the group's place.

        Raises as `add`, `errors.NotFound`, and `errors.Forbidden` for the main group.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            before = _own(unit, actor.account, group)
            wanted = _checked(unit, actor.account, form)
            if wanted.name != before.name:
                _refuse_taken(unit, actor.account, wanted.name)
            _refuse_circle(unit, actor.account, group, wanted.parent_id)
            unit.replace(msgspec.structs.replace(before, **msgspec.structs.asdict(wanted)))

        await self._store.write(actor, self._clock.now(), work)

    async def remove(self, actor: Actor, group: str) -> None:
        """Remove a group in which nobody and nothing is.

        Raises `errors.Conflict`, `errors.NotFound`, and `errors.Forbidden` for the main group.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> None:
            found = _own(unit, actor.account, group)
            inside = unit.find(AgentGroup, account=actor.account, parent_id=group)
            uses = [f"the group “{each.name}” inside it" for each in inside]
            people = [
                each
                for each in unit.find(Details, account=actor.account, noun="users")
                if of_body(each.body) == group
            ]
            if people:
                uses.append(f"{len(people)} user{'s' if people[1:] else ''}")
            lookup.refuse_removal("group", found.name, uses)
            unit.remove(found)

        await self._store.write(actor, self._clock.now(), work)


def of_body(body: object) -> str:
    """Return the group in which somebody with these details is."""
    member = body.get(_DETAIL) if isinstance(body, dict) else None
    return str(member.get("agentGroupId", MAIN)) if isinstance(member, dict) else MAIN


def demand(rows: Reading, account: str, group: str) -> None:
    """Raise `errors.BadInput` unless there is such a group."""
    if group != MAIN and not rows.find(AgentGroup, account=account, id=group):
        raise errors.BadInput(f"There is no agent group {group}.", path="agentGroupId")


def _checked(rows: Reading, account: str, form: GroupForm) -> GroupForm:
    parent = None if form.parent_id in (None, MAIN) else form.parent_id
    if parent is not None:
        demand(rows, account, parent)
    return GroupForm(
        fields.name(form.name, path="name"),
        fields.line(form.description, path="description"),
        parent,
        form.enabled,
    )


def _own(rows: Reading, account: str, group: str) -> AgentGroup:
    if group == MAIN:
        raise errors.Forbidden("The main group is built in and stays as it is.")
    found = rows.find(AgentGroup, account=account, id=group)
    if not found:
        raise errors.NotFound(f"There is no agent group {group}.")
    return found[0]


def _refuse_circle(rows: Reading, account: str, group: str, parent: str | None) -> None:
    parents = {each.id: each.parent_id for each in rows.find(AgentGroup, account=account)}
    while parent is not None:
        if parent == group:
            raise errors.BadInput("A group cannot be inside itself.", path="parentGroupId")
        parent = parents.get(parent)


def _refuse_taken(rows: Reading, account: str, name: str) -> None:
    if name == "Main Group" or rows.find(AgentGroup, account=account, name=name):
        raise errors.Conflict(f"There is a group “{name}” already.", path="name")
