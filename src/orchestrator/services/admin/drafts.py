"""Drafts: one policy while somebody edits it, looked at as often as they pause, and saved."""

import asyncio
from collections.abc import Container, Sequence
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Skill, User
from orchestrator.core.model.errors import Problem
from orchestrator.core.policy import (
    analysis,
    document,
    mistakes,
    recompile,
    targets,
    telling,
    text,
    twins,
)
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy.analysis import Finding
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.expression.check import Scope
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.core.policy.schedule import Calendar
from orchestrator.core.policy.telling import Names
from orchestrator.services.admin import checking, facts
from orchestrator.services.admin.facts import Facts
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.ports import Observed, Reading, Store, Version
from orchestrator.services.admin.publishing import Saved

_OWN: Final = "policies[0]"
UNSAVED: Final = "p-draft-that-is-not-saved"
"""The id of a new policy while it is only tried."""
_TRIES: Final = 3

Staffing = Literal["online", "offline", "nobody", "bot"]


class Draft(msgspec.Struct, frozen=True):
    """What editing begins with: the policy as documents have it, and the version it is from."""

    version: int
    policy: dict[str, Any]


class Looked(msgspec.Struct, frozen=True):
    """What is wrong with a draft and what it says; ``sentence`` is empty while something is wrong.

    Paths begin at the policy: ``conditions[0].value``.
    """

    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()
    sentence: str = ""


Switch = Literal["on", "kept"]
"""How a draft is tried that is off: switched on; or only where what it replaces is off as well, so
that switching off what decides is tried as well."""


class Candidate(msgspec.Struct, frozen=True):
    """What would decide if a draft were saved: the draft among the other policies.

    ``version`` is the one that it was put into; 0 is an account without policies. ``policy_id`` of
    a new one is `UNSAVED`. ``is_switched_on`` says that the draft is off, and tried as if it were
    on.
    """

    version: int
    policy_id: str
    name: str
    rules: CompiledSet
    is_switched_on: bool = False


class SkillSeen(msgspec.Struct, frozen=True):
    """A skill, and whether somebody is there to take what is sent to it."""

    id: str
    name: str
    staffing: Staffing


class AgentSeen(msgspec.Struct, frozen=True):
    """Somebody to whom conversations can be sent."""

    id: str
    login: str
    name: str
    online: bool


class Around(msgspec.Struct, frozen=True):
    """What policies can name besides attributes."""

    skills: tuple[SkillSeen, ...]
    agents: tuple[AgentSeen, ...]
    schedules: tuple[str, ...]


class Drafts:
    """Use cases of a policy's editor. A draft is a text: the JSON of one policy."""

    def __init__(
        self, store: Store, observed: Observed, *, policies: Policies, calendar: Calendar
    ) -> None:
        self._store = store
        self._observed = observed
        self._policies = policies
        self._calendar = calendar
        self._analysis = asyncio.Lock()  # among thousands it takes a second: one at a time
        self._compiled: dict[str, tuple[Document, CompiledSet]] = {}

    async def open(self, actor: Actor, reference: str) -> Draft:
        """Return what there is to edit. Raises `errors.NotFound`."""
        version, found = await self._policies.current(actor)
        policy = _named(found, reference)
        if policy is None:
            policy = await self._policies.show(actor, reference)  # which says what there is
        return Draft(version.number if version else 0, _dumped(policy))

    async def around(self, actor: Actor) -> Around:
        """Return skills with their staffing, agents and schedules."""
        access.demand(actor, "policies.read")
        _, found = await self._policies.current(actor)
        seen = await self._seen(actor, found)
        people = (user for user in seen.users.values() if user.enabled and user.type == "human")
        bots = seen.bot_skill_ids
        return Around(
            tuple(
                SkillSeen(skill.id, skill.name, _staffing(seen, skill.id, bots=bots))
                for skill in sorted(seen.skills.values(), key=lambda each: each.name.casefold())
            ),
            tuple(
                AgentSeen(user.id, user.login, user.full_name, seen.online(user))
                for user in sorted(people, key=lambda each: each.login.casefold())
            ),
            tuple(sorted(found.schedules or ())),
        )

    async def look(
        self, actor: Actor, draft: str, *, replaces: str | None = None, language: str = "en"
    ) -> Looked:
        """Return what is wrong with a draft, and its sentence in ``language``.

        ``replaces`` is the id of the policy that is edited; None is a new one.
        """
        access.demand(actor, "policies.read")
        _, found = await self._policies.current(actor)
        try:
            policy, warnings = await asyncio.to_thread(self._read, draft, found)
        except errors.OrchestratorError as error:
            return Looked(tuple(_own(error.problems)))
        taken = _name_taken(found, policy, replaces)
        if taken is not None:
            return Looked((taken,))
        names = await self._store.read(lambda rows: _names(rows, actor.account, policy))
        names = msgspec.structs.replace(names, language=language)
        return Looked((), tuple(_own(warnings)), telling.sentence(policy, names=names))

    async def findings(
        self, actor: Actor, draft: str, *, replaces: str | None = None
    ) -> tuple[Finding, ...]:
        """Return what is probably not meant, with the draft in its place (a new one at the end).

        A policy that is off is looked at as if it were on. Raises `PolicyErrors` for a draft that
        cannot be used.
        """
        access.demand(actor, "policies.read")
        version, found = await self._policies.current(actor)
        functions = frozenset(await self._observed.functions(actor.account))
        seen = await self._seen(actor, found)
        known = checking.known_of(seen, found.schedules or {}, functions=functions)
        async with self._analysis:
            return await asyncio.to_thread(
                self._found, (draft, replaces), version, found, known=known
            )

    async def candidate(
        self, actor: Actor, draft: str, *, replaces: str | None = None, switch: Switch = "on"
    ) -> Candidate:
        """Return what would decide with the draft in its place (a new one at the end).

        Raises `PolicyErrors` for a draft that cannot be used.
        """
        access.demand(actor, "policies.read")
        version, found = await self._policies.current(actor)
        async with self._analysis:
            return await asyncio.to_thread(
                self._tried, (draft, replaces), version, found, switch=switch
            )

    async def other_form(self, actor: Actor, given: object) -> dict[str, Any]:
        """Return ``{"expression": …}`` for ``{"conditions": …}``, and the other way round.

        Raises `errors.Conflict` with a sentence where there is no other form.
        """
        access.demand(actor, "policies.read")
        asked = given if isinstance(given, dict) else {}
        _, found = await self._policies.current(actor)
        scope = Scope(None, frozenset(found.schedules or ()))
        try:
            if "conditions" in asked:
                made = await asyncio.to_thread(twins.expression, asked["conditions"])
                return {"expression": made}
            wanted = str(asked.get("expression", ""))
            return {"conditions": await asyncio.to_thread(twins.conditions, wanted, scope=scope)}
        except twins.NoTwin as none:
            raise errors.Conflict(str(none)) from None

    async def save(
        self,
        actor: Actor,
        draft: str,
        *,
        replaces: str | None = None,
        version: int = 0,
        message: str = "",
    ) -> tuple[str, Saved]:
        """Save a draft as a new version; returns the policy's id as well.

        ``version`` is that from which the draft began: what others changed since elsewhere does not
        matter. Raises `errors.Stale` when they changed this policy, `PolicyErrors`, and
        `errors.Conflict` when the name is taken.
        """
        access.demand(actor, "policies.write")
        given = text.parse(draft, "json")
        for _ in range(_TRIES):
            number = await self._policies.at(actor)
            if replaces is not None and number != version:
                await self._refuse_changed(actor, replaces, version)
            try:
                fixed = self._policies.expecting(number)
                if replaces is None:
                    return await fixed.add(actor, given, message=message)
                return await fixed.replace(actor, replaces, given=given, message=message)
            except errors.Stale:
                continue
            except PolicyErrors as error:
                raise PolicyErrors(tuple(_own(error.problems))) from error
        raise errors.TooMany("Others save all the time. Try again.", seconds=1)

    async def _refuse_changed(self, actor: Actor, policy_id: str, version: int) -> None:
        current, found = await self._policies.current(actor)
        then = (await self._policies.version(actor, version))[1] if version else Document(())
        before, after = _named(then, policy_id), _named(found, policy_id)
        if before is not None and after is not None and _dumped(before) == _dumped(after):
            return
        who = current.author if current else ""
        what = "removed" if after is None else "changed"
        raise errors.Stale(
            f"The policy was {what} meanwhile, last by {who} "
            f"(version {current.number if current else 0})."
        )

    def _read(self, draft: str, found: Document) -> tuple[Policy, Sequence[Problem]]:
        given = text.parse(draft, "json")
        if not isinstance(given, dict):
            raise mistakes.refused("", "wrong-type", "a policy is an object")
        loaded = document.load(
            {"policies": [given]}, calendar=self._calendar, schedules=found.schedules or {}
        )
        policy = loaded.policy_set.policies[0]
        assert isinstance(policy, Policy)  # noqa: S101 - others are refused on loading
        return policy, loaded.warnings

    def _found(
        self,
        asked: tuple[str, str | None],
        version: Version | None,
        found: Document,
        *,
        known: analysis.Facts,
    ) -> tuple[Finding, ...]:
        tried = self._tried(asked, version, found)
        return analysis.check_one(tried.rules, tried.policy_id, facts=known)

    def _tried(
        self,
        asked: tuple[str, str | None],
        version: Version | None,
        found: Document,
        *,
        switch: Switch = "on",
    ) -> Candidate:
        draft, replaces = asked
        read, _ = self._read(draft, found)
        identity = replaces or UNSAVED
        place = next(
            (at for at, each in enumerate(found.policies) if each.id == identity),
            len(found.policies),
        )
        replaced = found.policies[place : place + 1]
        decides = any(each.enabled for each in replaced)
        enabled = read.enabled if switch == "kept" and decides else True
        policy = msgspec.structs.replace(read, id=identity, enabled=enabled)
        changed = (*found.policies[:place], policy, *found.policies[place + 1 :])
        after = msgspec.structs.replace(found, policies=changed)
        before, made = self._current(version, found)
        rules = recompile.recompile(made, before, after, version=UNSAVED)
        number = version.number if version else 0
        return Candidate(number, policy.id, policy.name, rules, enabled and not read.enabled)

    def _current(self, version: Version | None, found: Document) -> tuple[Document, CompiledSet]:
        """Return the compiled form of the current set: that of the last one asked for is kept."""
        key = "" if version is None else f"{version.account} {version.hash}"
        kept = self._compiled.get(key)
        if kept is None or kept[0] is not found:
            kept = (found, compiler.compile_set(found))
            self._compiled = {key: kept}
        return kept

    async def _seen(self, actor: Actor, found: Document) -> Facts:
        return await self._store.read(
            lambda rows: facts.gather(rows, actor.account, server="running", policies=found)
        )


def _names(rows: Reading, account: str, policy: Policy) -> Names:
    """Return what the targets of one policy are called."""
    wanted = {aim.id for aim in targets.targets(policy) if aim.id is not None}
    skills = (each for key in wanted for each in rows.find(Skill, account=account, id=key))
    users = (each for key in wanted for each in rows.find(User, account=account, id=key))
    return Names({each.id: each.name for each in skills}, {each.id: each.login for each in users})


def _named(found: Document, reference: str) -> Policy | InvalidPolicy | None:
    return next((policy for policy in found.policies if policy.id == reference), None)


def _dumped(policy: Policy | InvalidPolicy) -> dict[str, Any]:
    shown = document.dump_policy(policy)
    return shown if isinstance(shown, dict) else {"name": policy.name}


def _name_taken(found: Document, policy: Policy, replaces: str | None) -> Problem | None:
    for other in found.policies:
        if other.name == policy.name.strip() and other.id != replaces:
            return Problem("conflict", "name", f"There is a policy “{other.name}” already.")
    return None


def _staffing(seen: Facts, skill: str, *, bots: Container[str]) -> Staffing:
    if skill in bots:
        return "bot"
    people = seen.humans(seen.skills[skill])
    if not people:
        return "nobody"
    return "online" if any(map(seen.online, people)) else "offline"


def _own(problems: Sequence[Problem]) -> list[Problem]:
    """Return problems with paths that begin at the policy."""
    return [
        msgspec.structs.replace(
            each, path=each.path.removeprefix(_OWN).removeprefix(".").replace("--name", "name")
        )
        for each in problems
    ]
