"""Small changes of the list of policies, each a version of its own that can be taken back."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.policy import comparing, document
from orchestrator.core.policy.comparing import Difference
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.ports import Version
from orchestrator.services.admin.publishing import Saved

AnyPolicy = Policy | InvalidPolicy
Pick = Literal["mine", "theirs", "both"]

_STEPS: Final = {"up": -1, "down": 1}
_LONGEST_NAMED: Final = 80


class Contested(msgspec.Struct, frozen=True):
    """A policy that somebody saves while others have published: what it was, is and is to be.

    ``before`` is None for one that they added, ``theirs`` for one that others removed.
    ``is_free`` says that others left it alone, so that nothing is lost by saving.
    """

    id: str
    name: str
    mine: dict[str, Any]
    before: AnyPolicy | None
    theirs: AnyPolicy | None
    is_free: bool


class Arranging:
    """Use cases of whoever looks at the list. ``policy`` is an id: others may rename it meanwhile.

    They change what is there now, whatever the list looked like; what they name must still be
    there, else `errors.NotFound`. All demand ``policies.write``.
    """

    def __init__(self, policies: Policies) -> None:
        self._policies = policies

    def expecting(self, version: int) -> "Arranging":
        """Return the use cases that change version ``version`` and raise `errors.Stale` else."""
        return Arranging(self._policies.expecting(version))

    async def move(self, actor: Actor, policy: str, *, to: str) -> Saved | None:
        """Move a policy; None when it is there already.

        ``to``: ``top``, ``up``, ``down``, ``bottom``, a number (1 is evaluated first),
        ``before:ID`` or ``after:ID``. Raises `errors.BadInput` for anything else.
        """
        _, now = await self._policies.current(actor)
        found = _found(now, policy)
        if _moved(now, policy, to) == now.policies:
            return None

        def change(there: Document) -> Document:
            return msgspec.structs.replace(there, policies=_moved(there, policy, to))

        place = next(at for at, each in enumerate(_moved(now, policy, to)) if each is found)
        return await self._changed(actor, change, f"Moved {_named(found)} to {place + 1}")

    async def switch(
        self, actor: Actor, policy: str, *, state: Literal["enabled", "disabled"]
    ) -> Saved | None:
        """Enable or disable a policy; None when it is so already.

        Raises `errors.Conflict` for one that is invalid.
        """
        _, now = await self._policies.current(actor)
        found = _usable(_found(now, policy))
        wanted = state == "enabled"
        if found.enabled == wanted:
            return None

        def change(there: Document) -> Document:
            usable = _usable(_found(there, policy))
            return _with(there, msgspec.structs.replace(usable, enabled=wanted))

        done = "Enabled" if wanted else "Disabled"
        return await self._changed(actor, change, f"{done} {_named(found)}")

    async def duplicate(self, actor: Actor, policy: str) -> tuple[str, Saved]:
        """Add a disabled copy behind all others; returns its id as well."""
        _, now = await self._policies.current(actor)
        found = _usable(_found(now, policy))
        given = _as_copy(document.dump_policy(found), now)
        return await self._policies.add(actor, given, message=f"Duplicated {_named(found)}")

    async def remove(self, actor: Actor, policy: str) -> Saved:
        """Take a policy out of the set."""
        _, now = await self._policies.current(actor)
        found = _found(now, policy)

        def change(there: Document) -> Document:
            gone = _found(there, policy)
            rest = tuple(each for each in there.policies if each is not gone)
            return msgspec.structs.replace(there, policies=rest)

        return await self._changed(actor, change, f"Removed {_named(found)}")

    async def undo(self, actor: Actor, number: int) -> Saved:
        """Take version ``number`` back. Raises `errors.Stale` when it is not the newest."""
        before = Document(())
        if number > 1:
            _, before = await self._policies.version(actor, number - 1)
        fixed = self._policies.expecting(number)
        return await fixed.change(actor, lambda _: before, message=f"Took back version {number}")

    async def restore(self, actor: Actor, number: int) -> Saved:
        """Let a stored version decide again, as a new one. Raises `errors.NotFound`."""
        _, wanted = await self._policies.version(actor, number)
        return await self._changed(actor, lambda _: wanted, f"Restored version {number}")

    async def between(
        self, actor: Actor, older: int, newer: int
    ) -> tuple[Version, tuple[Difference, ...]]:
        """Return version ``newer`` and what changed since ``older``; 0 is before the first one."""
        version, after = await self._policies.version(actor, newer)
        before = Document(()) if older == 0 else (await self._policies.version(actor, older))[1]
        return version, comparing.compare(before, after)

    async def contested(
        self, actor: Actor, mine: list[dict[str, Any]], *, since: int
    ) -> tuple[int, list[Contested]]:
        """Return the version that decides now, and each of ``mine`` beside what others have.

        ``mine`` are policies as documents have them, with ids, from version ``since``.
        """
        version, now = await self._policies.current(actor)
        then = (await self._policies.version(actor, since))[1] if since else Document(())
        old = {each.id: each for each in then.policies}
        new = {each.id: each for each in now.policies}
        return (version.number if version else 0), [
            Contested(
                id=identity,
                name=str(each.get("name", identity)),
                mine=each,
                before=old.get(identity),
                theirs=new.get(identity),
                is_free=_same(old.get(identity), new.get(identity)),
            )
            for each in mine
            if (identity := str(each.get("id", "")))
        ]

    async def settle(
        self, actor: Actor, mine: list[dict[str, Any]], *, picks: Mapping[str, Pick], since: int
    ) -> Saved | None:
        """Save what was picked of ``mine`` as one version, on top of version ``since``.

        ``both`` keeps theirs, and adds mine as a disabled copy at the end. None when nothing of
        mine was picked. Raises `errors.Stale` when others have published once more, `PolicyErrors`,
        and `errors.Conflict` for a name that is taken.
        """
        _, now = await self._policies.current(actor)
        chosen = [each for each in mine if picks.get(str(each.get("id"))) in {"mine", "both"}]
        if not chosen:
            return None
        given = [
            _as_copy(each, now) if picks[str(each.get("id"))] == "both" else each for each in chosen
        ]
        loaded = document.load({"policies": given}, schedules=now.schedules or {})
        read = loaded.policy_set.policies
        names = ", ".join(_named(each) for each in read)[:_LONGEST_NAMED]
        fixed = self._policies.expecting(since)
        return await fixed.change(
            actor,
            lambda there: _with_all(there, read),
            message=f"Merged {names}",
            warnings=loaded.warnings,
        )

    async def _changed(
        self, actor: Actor, change: Callable[[Document], Document], message: str
    ) -> Saved:
        return await self._policies.change(actor, change, message=message)


def _found(there: Document, policy: str) -> AnyPolicy:
    found = next((each for each in there.policies if each.id == policy), None)
    if found is None:
        raise errors.NotFound("That policy is not there any more.", path="policy")
    return found


def _usable(policy: AnyPolicy) -> Policy:
    if isinstance(policy, InvalidPolicy):
        raise errors.Conflict(
            f"“{policy.name}” is not valid by today's rules: {policy.problems[0].message}. "
            "Edit it first."
        )
    return policy


def _with_all(there: Document, given: Sequence[AnyPolicy]) -> Document:
    """Return the document with policies in the place of those with their ids, or at the end."""
    rest = {each.id: each for each in given}
    kept = [rest.pop(each.id, each) for each in there.policies]
    policies = (*kept, *rest.values())
    names = Counter(each.name for each in policies)
    taken = next((each.name for each in given if names[each.name] > 1), None)
    if taken is not None:
        raise errors.Conflict(f"There is a policy “{taken}” already.", path="name")
    return msgspec.structs.replace(there, policies=policies)


def _with(there: Document, policy: Policy) -> Document:
    replaced = (policy if each.id == policy.id else each for each in there.policies)
    return msgspec.structs.replace(there, policies=tuple(replaced))


def _moved(there: Document, policy: str, to: str) -> tuple[AnyPolicy, ...]:
    """Return the policies in their new order."""
    found = _found(there, policy)
    place = next(at for at, each in enumerate(there.policies) if each is found)
    rest = [each for each in there.policies if each is not found]
    rest.insert(_target(rest, place, to), found)
    return tuple(rest)


def _target(rest: list[AnyPolicy], place: int, to: str) -> int:
    """Return the index among the ``rest`` for a policy that stood at ``place``."""
    side, _, neighbour = to.partition(":")
    if to in _STEPS:
        return min(max(place + _STEPS[to], 0), len(rest))
    if to in {"top", "bottom"}:
        return 0 if to == "top" else len(rest)
    if side in {"before", "after"} and neighbour:
        for at, each in enumerate(rest):
            if each.id == neighbour:
                return at + (side == "after")
        raise errors.NotFound("The policy beside it is not there any more.", path="policy")
    if to.isascii() and to.isdigit() and 1 <= int(to[:9]) <= len(rest) + 1:
        return int(to) - 1
    raise errors.BadInput(f"A position is a number from 1 to {len(rest) + 1}.", path="position")


def _as_copy(given: Any, there: Document) -> dict[str, Any]:
    """Return a policy as a new, disabled one with a name that is free."""
    taken = {each.name for each in there.policies}
    name = _copied(str(given["name"]), taken)
    rest = {key: value for key, value in given.items() if key not in {"id", "name", "enabled"}}
    return {"name": name, "enabled": False, **rest}


def _copied(name: str, taken: set[str]) -> str:
    number = 1
    while True:
        ending = " (copy)" if number == 1 else f" (copy {number})"
        found = name[: document.MAX_NAME - len(ending)] + ending
        if found not in taken:
            return found
        number += 1


def _same(one: AnyPolicy | None, other: AnyPolicy | None) -> bool:
    if one is None or other is None:
        return one is other
    return document.dump_policy(one) == document.dump_policy(other)


def _named(policy: AnyPolicy) -> str:
    return f"“{policy.name}”"
