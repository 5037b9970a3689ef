"""Policy sets of an account: loading, changing one policy, versions. Every change is a version."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.errors import Problem
from orchestrator.core.policy import document, editing, plain, targets
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.library import Library
from orchestrator.core.policy.schedule import Calendar
from orchestrator.services.admin import publishing
from orchestrator.services.admin.expecting import Expecting
from orchestrator.services.admin.history import Historian, History
from orchestrator.services.admin.ports import Reading, Store, Version
from orchestrator.services.admin.publishing import Publishing, Saved, Taken
from orchestrator.services.clock import Clock
from orchestrator.services.directory import lookup

V = TypeVar("V")

LARGEST: Final = 2**31 - 1
"""The largest number of a version that databases can look for."""


class Policies:
    """Use cases on an account's policy set. ``reference`` is a policy's id or exact name."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        calendar: Calendar,
        library: Library | None = None,
        taken: Taken = publishing.nobody,
        historian: Historian | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._calendar = calendar
        self._library = library or Library()
        self._taken = taken
        self._historian = historian or Historian()
        self._press = Publishing(store, clock, library=self._library, taken=taken)

    def expecting(self, number: int) -> "Policies":
        """Return the same use cases, whose changes raise `errors.Stale` at another version.

        0 is the state before the first version.
        """
        return Policies(
            Expecting(self._store, number),
            self._clock,
            calendar=self._calendar,
            library=self._library,
            taken=self._taken,
            historian=self._historian,
        )

    async def load(self, actor: Actor, given: object, *, message: str = "") -> Saved:
        """Replace the policies by those of a document (plain objects) as one new version.

        ``custom`` and ``schedules`` are replaced where the document speaks of them, and stay
        otherwise. Names of skills and users are looked up in the account; what is unknown there is
        a warning. Raises `PolicyErrors` with every mistake and its path, also for a transfer to a
        skill that the account's own bot serves, and `errors.Conflict` when schedules would go
        that skills have for their opening hours.
        """
        access.demand(actor, "policies.write")
        seen = await self._current(actor)
        schedules = seen.schedules or {}
        loaded = await asyncio.to_thread(
            document.load, given, calendar=self._calendar, schedules=schedules
        )

        def make(before: Document) -> Document:
            if loaded.policy_set.schedules is None and (before.schedules or {}) != schedules:
                raise errors.Conflict("The schedules have changed meanwhile. Try again.")
            return msgspec.structs.replace(
                loaded.policy_set,
                custom=_first(loaded.policy_set.custom, before.custom),
                schedules=_first(loaded.policy_set.schedules, before.schedules),
            )

        change = publishing.Change(make, message, loaded.warnings, "refused")
        return await self._press.publish(actor, change)

    async def current(self, actor: Actor) -> tuple[Version | None, Document]:
        """Return the version that decides now, None before the first one, and its document."""
        access.demand(actor, "policies.read")
        version, edition = await self._press.latest(actor.account)
        return version, edition.document

    async def at(self, actor: Actor) -> int:
        """Return the number of the version that decides now, 0 before the first one."""
        access.demand(actor, "policies.read")
        version = await self._store.glance(lambda rows: rows.current(actor.account))
        return version.number if version else 0

    async def _current(self, actor: Actor) -> Document:
        return (await self._press.latest(actor.account))[1].document

    async def show(self, actor: Actor, reference: str) -> Policy | InvalidPolicy:
        """Return one policy. Raises `errors.NotFound`."""
        _, found = await self.current(actor)
        return found.policies[_position(found, reference)]

    async def shown(self, actor: Actor, reference: str) -> dict[str, Any]:
        """Return one policy as exports have it, with its id. Raises `errors.NotFound`."""

        def pick(found: Document) -> slice:
            place = _position(found, reference)
            return slice(place, place + 1)

        ((_, policy, given),) = await self._picked(actor, pick)
        return {"id": policy.id, "name": policy.name, "enabled": policy.enabled, **given}

    async def listed(
        self, actor: Actor, *, after: int, limit: int
    ) -> Sequence[tuple[int, Policy | InvalidPolicy, dict[str, Any]]]:
        """Return at most ``limit`` policies behind number ``after``, each with its own number.

        The third is the policy as exports have it, with nothing in it where it is no object.
        """
        return await self._picked(actor, lambda _: slice(max(after, 0), max(after, 0) + limit))

    async def _picked(
        self, actor: Actor, pick: Callable[[Document], slice]
    ) -> Sequence[tuple[int, Policy | InvalidPolicy, dict[str, Any]]]:
        """Return some policies with their numbers, from 1; the others are not looked at."""
        access.demand(actor, "policies.read")

        def work(rows: Reading) -> Sequence[tuple[int, Policy | InvalidPolicy, dict[str, Any]]]:
            _, edition = self._press.current(rows, actor.account)
            chosen = pick(edition.document)
            some = Document(edition.document.policies[chosen])
            named = targets.name_targets(some, publishing.known_targets(rows, actor.account))
            given = map(document.dump_policy, named.policies)
            return [
                (number, policy, shown if isinstance(shown, dict) else {})
                for number, (policy, shown) in enumerate(
                    zip(some.policies, given, strict=True), start=chosen.start + 1
                )
            ]

        return await self._store.read(work)

    async def export(self, actor: Actor, *, number: int | None = None) -> dict[str, Any]:
        """Return the document, of the current version or of one by number, as JSON.

        Transfers name their targets by id and name. Raises `errors.NotFound` for the version.
        """
        access.demand(actor, "policies.read")

        def work(rows: Reading) -> dict[str, Any]:
            if number is None:
                _, found = self._press.current(rows, actor.account)
            else:
                found = self._press.edition(rows, _version(rows, actor.account, number))
            known = publishing.known_targets(rows, actor.account)
            named = targets.name_targets(found.document, known)
            return document.dump(named, form="document")

        return await self._store.read(work)

    async def edit(
        self,
        actor: Actor,
        reference: str,
        *,
        name: str | UnsetType = UNSET,
        state: str | UnsetType = UNSET,
        position: int | UnsetType = UNSET,
    ) -> Saved:
        """Rename a policy, set it ``enabled`` or ``disabled``, or move it (1 is evaluated first).

        Raises `errors.NotFound`, `errors.BadInput`, and `PolicyErrors` as `load`.
        """
        if name is UNSET and state is UNSET and position is UNSET:
            raise errors.BadInput("Say what to change: --enabled, --disabled, --position, --name.")
        meant = await self.show(actor, reference)

        def change(found: Document) -> Document:
            place = _position(found, meant.id)
            before = after = found.policies[place]
            if name is not UNSET:
                _refuse_taken(found, name, but=before)
                after = msgspec.structs.replace(_usable(after), name=name.strip())
            if state is not UNSET:
                after = msgspec.structs.replace(_usable(after), enabled=state == "enabled")
            rest = list(found.policies)
            del rest[place]
            if position is not UNSET:
                if not 1 <= position <= len(found.policies):
                    raise errors.BadInput(
                        f"--position must be from 1 to {len(found.policies)}.", path="--position"
                    )
                place = position - 1
            rest.insert(place, after)
            return msgspec.structs.replace(found, policies=tuple(rest))

        return await self.change(actor, change, message=f"Edited {meant.name}")

    async def add(self, actor: Actor, given: object, *, message: str = "") -> tuple[str, Saved]:
        """Add one policy, as documents have it, behind the others; returns its id as well.

        ``message`` says why, in the list of versions. Raises `PolicyErrors` with every mistake, and
        `errors.Conflict` when its name is taken.
        """
        read, warnings = await self._one(actor, given)

        def change(found: Document) -> Document:
            _refuse_taken(found, read.name, but=None)
            if any(policy.id == read.id for policy in found.policies):
                raise errors.Conflict(f"There is a policy {read.id} already.", path="id")
            return msgspec.structs.replace(found, policies=(*found.policies, read))

        why = message or f"Added {read.name}"
        return read.id, await self.change(actor, change, message=why, warnings=warnings)

    async def replace(
        self, actor: Actor, reference: str, *, given: object, message: str = ""
    ) -> tuple[str, Saved]:
        """Put one policy in another's place; it keeps the id, which is returned as well.

        Raises as `add`, and `errors.NotFound`.
        """
        before = await self.show(actor, reference)
        read, warnings = await self._one(actor, given)
        after = msgspec.structs.replace(read, id=before.id)

        def change(found: Document) -> Document:
            place = _position(found, before.id)
            _refuse_taken(found, after.name, but=found.policies[place])
            changed = (*found.policies[:place], after, *found.policies[place + 1 :])
            return msgspec.structs.replace(found, policies=changed)

        why = message or f"Replaced {before.name}"
        return before.id, await self.change(actor, change, message=why, warnings=warnings)

    async def _one(self, actor: Actor, given: object) -> tuple[Policy, Sequence[Problem]]:
        access.demand(actor, "policies.write")
        seen = await self._current(actor)
        loaded = document.load(
            {"policies": [given]}, calendar=self._calendar, schedules=seen.schedules or {}
        )
        return _usable(loaded.policy_set.policies[0]), loaded.warnings

    async def remove(self, actor: Actor, reference: str) -> Saved:
        """Take one policy out of the set. Raises `errors.NotFound`."""
        meant = await self.show(actor, reference)

        def change(found: Document) -> Document:
            rest = list(found.policies)
            del rest[_position(found, meant.id)]
            return msgspec.structs.replace(found, policies=tuple(rest))

        return await self.change(actor, change, message=f"Removed {meant.name}")

    async def set_custom(self, actor: Actor, name: str, *, value: Any) -> Saved:
        """Set the static attribute ``custom.NAME`` to a JSON value. Raises `PolicyErrors`."""
        custom = _custom_name(name)
        plain.refuse_long_lists(value, f"custom.{custom}")

        def change(found: Document) -> Document:
            return msgspec.structs.replace(found, custom={**(found.custom or {}), custom: value})

        return await self.change(actor, change, message=f"Set custom.{custom}")

    async def remove_custom(self, actor: Actor, name: str) -> Saved:
        """Take the static attribute ``custom.NAME`` away. Raises `errors.NotFound`."""
        plain = _custom_name(name)

        def change(found: Document) -> Document:
            custom = dict(found.custom or {})
            if plain not in custom:
                known = [f"custom.{other}" for other in custom]
                raise lookup.missing("attribute", f"custom.{plain}", known=known, path="name")
            del custom[plain]
            return msgspec.structs.replace(found, custom=custom)

        return await self.change(actor, change, message=f"Removed custom.{plain}")

    async def versions(
        self, actor: Actor, *, limit: int = 100, before: int | None = None
    ) -> Sequence[Version]:
        """Return the versions, newest first; those below ``before``."""
        access.demand(actor, "policies.read")
        return await self._store.read(
            lambda rows: rows.versions(actor.account, limit=limit, before=_comparable(before))
        )

    async def history(
        self, actor: Actor, *, limit: int = 100, before: int | None = None
    ) -> History:
        """Return versions as `versions` does, each with what it changed, and which decides now."""
        access.demand(actor, "policies.read")

        def work(rows: Reading) -> History:
            return self._historian.tell(
                rows,
                actor.account,
                limit=limit,
                before=_comparable(before),
                document=lambda version: self._press.edition(rows, version).document,
            )

        return await self._store.read(work)

    async def version(self, actor: Actor, number: int) -> tuple[Version, Document]:
        """Return one version and its document. Raises `errors.NotFound`."""
        access.demand(actor, "policies.read")

        found = await self._store.glance(lambda rows: _version(rows, actor.account, number))
        return found, (await self._press.fetch(found)).document

    async def change(
        self,
        actor: Actor,
        change: Callable[[Document], Document],
        *,
        message: str,
        warnings: Sequence[Problem] = (),
    ) -> Saved:
        """Save what ``change`` makes of the current document as a new version."""
        access.demand(actor, "policies.write")
        wanted = publishing.Change(
            lambda found: editing.settled(change(found), found), message, warnings
        )
        return await self._press.publish(actor, wanted)


def _comparable(before: int | None) -> int | None:
    """Return a number that versions are compared with, as every database can compare it."""
    return None if before is None else min(max(before, 0), LARGEST)


def _version(rows: Reading, account: str, number: int) -> Version:
    found = rows.version(account, number) if 0 < number <= LARGEST else None
    if found is None:
        raise errors.NotFound(
            f"There is no version {number}. See `orchestrator versions list`.", path="version"
        )
    return found


def _position(found: Document, reference: str) -> int:
    for wanted in ("id", "name"):
        for index, policy in enumerate(found.policies):
            if getattr(policy, wanted) == reference:
                return index
    known = [policy.name for policy in found.policies]
    if not known:
        raise errors.NotFound(
            f"There is no policy “{reference}”, nor another: `orchestrator policies load FILE`.",
            path="policy",
        )
    error = lookup.missing("policy", reference, known=known, path="policy")
    message = error.message.replace("orchestrator policys", "orchestrator policies")
    raise errors.NotFound(message, path="policy")


def _usable(policy: Policy | InvalidPolicy) -> Policy:
    if isinstance(policy, InvalidPolicy):
        first = policy.problems[0]
        raise errors.Conflict(
            f"“{policy.name}” is a policy that today's rules refuse ({first.path}: "
            f"{first.message}). Mend it in the document and load that.",
            path="policy",
        )
    return policy


def _refuse_taken(found: Document, name: str, *, but: Policy | InvalidPolicy | None) -> None:
    if not 0 < len(name.strip()) <= document.MAX_NAME:
        raise errors.BadInput(
            f"--name must have 1 to {document.MAX_NAME} characters.", path="--name"
        )
    for policy in found.policies:
        if policy.name == name.strip() and policy is not but:
            raise errors.Conflict(f"There is a policy “{policy.name}” already.", path="--name")


def _custom_name(name: str) -> str:
    prefix, _, plain = name.partition(".")
    if prefix != "custom" or not plain:
        raise errors.BadInput(
            f"Only static attributes can be set: write custom.{plain or name}.", path="name"
        )
    return plain


def _first(given: dict[str, V] | None, kept: dict[str, V] | None) -> dict[str, V] | None:
    return kept if given is None else given
