"""The list of policies as people look at it: windows of rows, each told in words, with its state.

Whatever the number of policies, a request tells only those of its window; what is searched by is
noted once for each policy, and policies that versions share are not noted again.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

import msgspec

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import analysis, targets, telling
from orchestrator.core.policy.analysis import Finding
from orchestrator.core.policy.condition import Comparison, Condition
from orchestrator.core.policy.document import Block, Document, InvalidPolicy, Policy
from orchestrator.core.policy.library import Library
from orchestrator.core.policy.telling import Names
from orchestrator.services.admin import checking, facts, inspecting
from orchestrator.services.admin.inspecting import Inspected, Inspecting
from orchestrator.services.admin.ports import Observed, Reading, Store, Version
from orchestrator.services.admin.publishing import Publishing
from orchestrator.services.clock import Clock

State = Literal["live", "disabled", "unreachable", "invalid", "never-matched"]
Show = Literal["all", "enabled", "disabled", "findings"]

HOURS: Final = 24
FALLBACK: Final = ""
"""What stands for a policy where none wanted the conversation."""

UNREACHABLE: Final = frozenset(
    {"never-matches", "contradiction", "shadowed", "shadowed-together", "duplicate"}
)
"""Findings after which nothing ever comes to a policy."""

_ACCOUNTS: Final = 100


class Row(msgspec.Struct, frozen=True):
    """One policy. ``number`` 1 is evaluated first; ``matches`` are those of `HOURS`, oldest first.

    ``notes`` say what is probably not meant, the gravest first.
    """

    number: int
    id: str
    name: str
    enabled: bool
    state: State
    sentence: str
    notes: tuple[str, ...]
    matches: tuple[int, ...]


class Listed(msgspec.Struct, frozen=True):
    """A window of the list.

    ``found`` of ``total`` policies are what was searched for; ``rows`` begin at ``start`` (from 1)
    among them. ``fallback`` is the name of the account's fallback skill. ``is_settled`` is false
    while the newest change is still being looked at.
    """

    version: Version | None
    rows: tuple[Row, ...]
    start: int
    found: int
    total: int
    enabled: int
    fallback: str | None
    fallback_matches: tuple[int, ...]
    is_settled: bool


class Traffic(msgspec.Struct, frozen=True):
    """How often a policy matched in each of the last `HOURS` hours, oldest first.

    ``last`` is the beginning of the hour in which it matched last; None if that is not on record.
    """

    matches: tuple[int, ...]
    last: datetime | None


class Standing(msgspec.Struct, frozen=True):
    """How a policy stands, and its traffic.

    ``is_settled`` is false while it is still being looked at whether anything can come to it; until
    then ``state`` is what is known without that.
    """

    state: State
    is_settled: bool
    traffic: Traffic


class _Noted(msgspec.Struct, frozen=True):
    """What one policy is found by. It holds the policy, so that its address stays its own."""

    policy: Policy | InvalidPolicy
    text: str
    targets: frozenset[str]


class _Seen(msgspec.Struct, frozen=True):
    """What the list is made of, as it is until the account's next ``change``.

    Who is there at the moment, which is no change, is nothing that the list tells.
    """

    version: Version | None
    policies: Document
    change: int
    facts: facts.Facts
    noted: Sequence[_Noted]
    enabled: int
    known: dict[frozenset[str], analysis.Facts]
    """What analysis is told of the account, for the functions that there are."""


class Listing:
    """Use cases on the list of policies."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        observed: Observed,
        library: Library | None = None,
        examine: inspecting.Examine = inspecting.examined,
    ) -> None:
        self._store = store
        self._clock = clock
        self._observed = observed
        self._press = Publishing(store, clock, library=library or Library())
        self._inspecting = Inspecting(clock, examine=examine)
        self._noted: dict[AccountId, tuple[Document, dict[int, _Noted]]] = {}
        self._kept: dict[AccountId, _Seen] = {}

    async def page(
        self,
        actor: Actor,
        *,
        search: str = "",
        show: Show = "all",
        start: int = 1,
        limit: int = 50,
        language: str = "en",
    ) -> Listed:
        """Return a window of what is searched for, by name, attribute or target.

        A ``start`` behind the end is that of the last window. Sentences are in ``language``.
        """
        access.demand(actor, "policies.read")
        seen = await self._store.read(lambda rows: self._seen(rows, actor.account))
        inspected = await self._inspected(actor.account, seen)
        wanted = _wanted(seen, search.strip().casefold(), show, inspected)
        last = max(0, (len(wanted) - 1) // limit * limit)
        first = min(max(start, 1) - 1, last)
        window = wanted[first : first + limit]
        since = self._clock.now() - timedelta(hours=HOURS - 1)
        ids = [seen.policies.policies[at].id for at in window]

        def counted(
            rows: Reading,
        ) -> tuple[Mapping[str, Mapping[datetime, int]], Mapping[str, datetime]]:
            counts = rows.matches(actor.account, [*ids, FALLBACK], since=since)
            return counts, rows.last_matches(actor.account, [i for i in ids if i not in counts])

        counts, last_ones = await self._store.read(counted)
        matched = {*counts, *last_ones}
        names = Names(
            {skill.id: skill.name for skill in seen.facts.skills.values()},
            {user.id: user.login for user in seen.facts.users.values()},
            language,
        )
        fallback = seen.facts.skills.get(seen.facts.account.fallback_skill_id or "")
        return Listed(
            version=seen.version,
            rows=tuple(
                _row(
                    at,
                    seen.policies.policies[at],
                    names,
                    inspected=inspected,
                    matches=_hours(counts.get(seen.policies.policies[at].id, {}), since),
                    has_matched=seen.policies.policies[at].id in matched,
                )
                for at in window
            ),
            start=first + 1,
            found=len(wanted),
            total=len(seen.policies.policies),
            enabled=seen.enabled,
            fallback=fallback.name if fallback else None,
            fallback_matches=_hours(counts.get(FALLBACK, {}), since),
            is_settled=inspected.is_current,
        )

    async def traffic(self, actor: Actor, policies: Sequence[str]) -> Mapping[str, Traffic]:
        """Return the traffic of policies (a thousand at most) by id, whether they matched or not.

        `FALLBACK` is that of conversations which no policy wanted.
        """
        access.demand(actor, "policies.read")
        since = self._clock.now() - timedelta(hours=HOURS - 1)

        def counted(rows: Reading) -> Mapping[str, Traffic]:
            counts = rows.matches(actor.account, policies, since=since)
            older = rows.last_matches(actor.account, [i for i in policies if i not in counts])
            last = {**older, **{i: max(hours) for i, hours in counts.items()}}
            return {i: Traffic(_hours(counts.get(i, {}), since), last.get(i)) for i in policies}

        return await self._store.read(counted)

    async def standings(
        self, actor: Actor, policies: Sequence[Policy | InvalidPolicy]
    ) -> Mapping[str, Standing]:
        """Return how policies (a thousand at most) of those that decide now stand, by id."""
        traffic = await self.traffic(actor, [policy.id for policy in policies])
        seen = await self._store.read(lambda rows: self._seen(rows, actor.account))
        inspected = await self._inspected(actor.account, seen)
        found = {}
        for policy in policies:
            theirs = traffic[policy.id]
            state, is_settled = _state(policy, inspected, has_matched=theirs.last is not None)
            found[policy.id] = Standing(state, is_settled, theirs)
        return found

    def _seen(self, rows: Reading, account: AccountId) -> _Seen:
        version, edition = self._press.current(rows, account)
        change = rows.newest_change(account)
        found = edition.document
        kept = self._kept.get(account)
        if kept is None or kept.change != change or kept.policies is not found:
            known = facts.gather(rows, account, server="running", policies=found)
            enabled = sum(policy.enabled for policy in found.policies)
            kept = _Seen(version, found, change, known, self._notes(account, found), enabled, {})
            self._kept.pop(account, None)
            self._kept[account] = kept
            while len(self._kept) > _ACCOUNTS:
                self._kept.pop(next(iter(self._kept)), None)
        return kept

    def _notes(self, account: AccountId, found: Document) -> Sequence[_Noted]:
        """Return what each policy is found by, in their order."""
        kept = self._noted.get(account)
        known = kept[1] if kept else {}
        if kept is None or kept[0] is not found:
            made = (known.get(id(each)) or _note(each) for each in found.policies)
            known = {id(note.policy): note for note in made}
            self._noted.pop(account, None)
            self._noted[account] = (found, known)
            while len(self._noted) > _ACCOUNTS:
                self._noted.pop(next(iter(self._noted)), None)
        return [known[id(each)] for each in found.policies]

    async def _inspected(self, account: AccountId, seen: _Seen) -> Inspected:
        if seen.version is None:
            return Inspected({}, is_current=True)
        functions = frozenset(await self._observed.functions(account))
        known = seen.known.get(functions)
        if known is None:
            hours = seen.policies.schedules or {}
            known = checking.known_of(seen.facts, hours, functions=functions)
            seen.known[functions] = known
        mark = (seen.version.hash, seen.change)
        return await self._inspecting.of(account, mark, seen.policies, facts=known)


def _wanted(seen: _Seen, search: str, show: Show, inspected: Inspected) -> Sequence[int]:
    """Return the places of the policies that are searched for."""
    if not search and show == "all":
        return range(len(seen.noted))
    return list(_searched(seen, search, show, inspected))


def _searched(seen: _Seen, search: str, show: Show, inspected: Inspected) -> Iterator[int]:
    named = {
        identity
        for identity, name in (
            *((skill.id, skill.name) for skill in seen.facts.skills.values()),
            *((user.id, user.login) for user in seen.facts.users.values()),
        )
        if search and search in name.casefold()
    }
    for at, note in enumerate(seen.noted):
        if search and search not in note.text and named.isdisjoint(note.targets):
            continue
        if _is_shown(note.policy, show, inspected):
            yield at


def _is_shown(policy: Policy | InvalidPolicy, show: Show, inspected: Inspected) -> bool:
    if show == "all":
        return True
    if show == "findings":
        found = inspected.findings.get(policy.id, ())
        return isinstance(policy, InvalidPolicy) or any(_is_grave(each) for each in found)
    return policy.enabled == (show == "enabled")


def _is_grave(finding: Finding) -> bool:
    return finding.severity != "may"


def _row(
    at: int,
    policy: Policy | InvalidPolicy,
    names: Names,
    *,
    inspected: Inspected,
    matches: tuple[int, ...],
    has_matched: bool,
) -> Row:
    found = inspected.findings.get(policy.id, ())
    grave = sorted(filter(_is_grave, found), key=lambda each: each.severity != "error")
    notes = tuple(dict.fromkeys(map(_remark, grave)))
    sentence = ""
    if isinstance(policy, InvalidPolicy):
        notes = tuple(f"{each.path}: {each.message}" for each in policy.problems)
    else:
        sentence = telling.sentence(policy, names=names)
    state, _is_settled = _state(policy, inspected, has_matched=has_matched)
    return Row(at + 1, policy.id, policy.name, policy.enabled, state, sentence, notes, matches)


def _remark(finding: Finding) -> str:
    """Return what is found, without the name of the policy beside which it stands."""
    said = finding.message
    own = str(finding.policies[0])
    rest = said[len(own) + 1 :] if said.casefold().startswith(f"{own} ".casefold()) else said
    return rest[:1].upper() + rest[1:]


def _state(
    policy: Policy | InvalidPolicy, inspected: Inspected, *, has_matched: bool
) -> tuple[State, bool]:
    """Return what lists say of a policy, and whether that is settled.

    What was found in policies that no longer decide makes nothing unreachable.
    """
    if isinstance(policy, InvalidPolicy):
        return "invalid", True
    if not policy.enabled:
        return "disabled", True
    found = inspected.findings.get(policy.id, ()) if inspected.is_current else ()
    if any(each.code in UNREACHABLE and each.severity == "error" for each in found):
        return "unreachable", True
    return ("live" if has_matched else "never-matched"), inspected.is_current


def _hours(counts: Mapping[datetime, int], since: datetime) -> tuple[int, ...]:
    first = since.replace(minute=0, second=0, microsecond=0)
    return tuple(counts.get(first + timedelta(hours=hour), 0) for hour in range(HOURS))


def _note(policy: Policy | InvalidPolicy) -> _Noted:
    if isinstance(policy, InvalidPolicy):
        return _Noted(policy, f"{policy.name}\n{policy.id}".casefold(), frozenset())
    blocks = (policy.root, policy.exception) if policy.exception else (policy.root,)
    aims = targets.targets(policy)
    words = [policy.name, policy.id]
    words += [word for block in blocks for word in _attributes(block)]
    words += [aim.name for aim in aims if aim.name]
    return _Noted(
        policy,
        "\n".join(words).casefold(),
        frozenset(aim.id for aim in aims if aim.id is not None),
    )


def _attributes(block: Block) -> Iterator[str]:
    if block.expression is not None:
        yield block.expression.text
    waiting: list[Condition] = list(block.conditions)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Comparison):
            yield each.property
            if isinstance(each.value, str):
                yield each.value
        else:
            waiting.extend(each.members)
