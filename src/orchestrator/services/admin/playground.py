"""Trying policies out: what a stored version would decide for attributes that somebody writes."""

import itertools
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import AttributeValue, Known, Unfetched
from orchestrator.core.policy import answer, engine, excerpt, lookup, nearest
from orchestrator.core.policy.compiled import CompiledSet
from orchestrator.core.policy.engine import Tracing
from orchestrator.core.policy.index import literals
from orchestrator.core.policy.nearest import Suggestion
from orchestrator.services.admin import reports
from orchestrator.services.admin.drafts import Candidate
from orchestrator.services.admin.ports import Observed, Reading, Store
from orchestrator.services.admin.rulesets import Rulesets

MOST: Final = 1_000
"""Combinations that are tried at once."""

NOT_RUN: Final = "functions are not run here; write what it would answer"
"""Why an attribute that a function gives is not known in the playground."""


_REMEMBERED: Final = 16
"""Versions of which it is remembered what they read first: it is a walk through all policies."""


class Tried(msgspec.Struct, frozen=True, rename="camel"):
    """What one version decides for one set of attributes, and why.

    ``actions`` have names beside the ids. ``version`` 0 is an account without policies.
    """

    version: int
    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]
    no_match_reason: str | None
    trace: dict[str, Any]
    suggestions: tuple[Suggestion, ...]


class Cell(msgspec.Struct, frozen=True, rename="camel"):
    """What one combination comes to."""

    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]


class Playground:
    """Use cases that change nothing and keep nothing.

    ``number`` None is the live version; a ``candidate`` decides instead of any version.
    """

    def __init__(self, store: Store, rulesets: Rulesets, observed: Observed) -> None:
        self._store = store
        self._rulesets = rulesets
        self._observed = observed
        self._first: dict[tuple[str, int], list[str]] = {}

    async def reads(
        self,
        actor: Actor,
        *,
        most: int,
        number: int | None = None,
        candidate: Candidate | None = None,
    ) -> tuple[int, list[str]]:
        """Return the version's number and the attributes that it reads first, ``most`` of them.

        Static values are not among them: the set has them. Raises `errors.NotFound` for an unknown
        version, as everything here does.
        """
        access.demand(actor, "policies.read")

        def work(rows: Reading) -> tuple[int, list[str]]:
            version, rules = self._rules(rows, actor, candidate or number)
            if candidate is not None:
                return version, _first_read(rules, most, candidate.policy_id)
            key = (rules.version, most)
            if key not in self._first:
                self._first[key] = _first_read(rules, most, "")
                while len(self._first) > _REMEMBERED:
                    self._first.pop(next(iter(self._first)), None)
            return version, self._first.get(key, [])

        return await self._store.read(work)

    async def explain(
        self,
        actor: Actor,
        given: Mapping[str, Any],
        *,
        at: datetime,
        number: int | None = None,
        candidate: Candidate | None = None,
        entries: int | None = None,
    ) -> Tried:
        """Return what is decided for attributes, nested or with dotted keys, and why.

        ``entries`` is how many policies of the trace are wanted, as `excerpt.trace` has them.
        What is not given is missing; what a function would have to be asked for stays unknown.
        Raises `errors.BadInput` for a value that is no JSON.
        """
        access.demand(actor, "policies.read")
        functions = await self._functions(actor)

        def work(rows: Reading) -> Tried:
            version, rules = self._rules(rows, actor, candidate or number)
            read = _reader(given, functions)
            near = nearest.suggestions(rules, read, at=at)
            if entries is None:
                made = engine.run(rules, read, at=at, tracing="on")
            else:
                named = {each.policy_id for each in near}
                trace = excerpt.trace(rules, read, at=at, most=entries, also=named)
                made = msgspec.structs.replace(engine.run(rules, read, at=at), trace=trace)
            told = answer.Decision(made)
            return Tried(
                version,
                told.policy_id,
                told.policy_name,
                reports.with_names(told.actions, reports.names_of(rows, actor.account)),
                told.no_match_reason,
                told.trace or {"policies": []},
                near,
            )

        return await self._store.read(work)

    async def grid(
        self,
        actor: Actor,
        questions: Sequence[Mapping[str, Any]],
        *,
        at: datetime,
        number: int | None = None,
        candidate: Candidate | None = None,
    ) -> list[Cell]:
        """Return what is decided for each of several sets of attributes, in order.

        Raises `errors.BadInput` for more than `MOST`.
        """
        access.demand(actor, "policies.read")
        refuse_many(len(questions))
        functions = await self._functions(actor)

        def work(rows: Reading) -> list[Cell]:
            _, rules = self._rules(rows, actor, candidate or number)
            names = reports.names_of(rows, actor.account)
            off: Tracing = "off"
            found = []
            for given in questions:
                made = engine.run(rules, _reader(given, functions), at=at, tracing=off)
                told = answer.Decision(made)
                actions = reports.with_names(told.actions, names)
                found.append(Cell(told.policy_id, told.policy_name, actions))
            return found

        return await self._store.read(work)

    async def _functions(self, actor: Actor) -> frozenset[str]:
        names = await self._observed.functions(actor.account)
        return frozenset(f"custom.{name}" for name in names)

    def _rules(
        self, rows: Reading, actor: Actor, wanted: Candidate | int | None
    ) -> tuple[int, CompiledSet]:
        """Return the number and the rules of a version, or of what would become one."""
        if isinstance(wanted, Candidate):
            return wanted.version, wanted.rules
        account = actor.account
        version = rows.current(account) if wanted is None else rows.version(account, wanted)
        if version is None:
            if wanted is not None:
                raise errors.NotFound(f"There is no version {wanted}.", path="version")
            return 0, CompiledSet("", (), {}, {})
        found = self._rulesets.of(rows, account, version.hash)
        return version.number, found or CompiledSet(version.hash, (), {}, {})


def refuse_many(combinations: int) -> None:
    """Raise `errors.BadInput` for more combinations than are tried at once."""
    if combinations > MOST:
        raise errors.BadInput(
            f"These are {combinations:,} combinations; at most {MOST:,} are tried at once.",
            path="attributes",
        )


def _first_read(rules: CompiledSet, most: int, before: str) -> list[str]:
    """Return the names that policies read, in their order, policy ``before`` before all others."""
    found: dict[str, None] = {}
    first = (each for each in rules.policies if before and each.id == before)
    for policy in itertools.chain(first, rules.policies):
        if len(found) >= most:
            break
        if not policy.enabled:
            continue
        for block in policy.blocks:
            for name in literals.names(block.condition):
                if not _is_static(rules, name):
                    found.setdefault(name)
    return list(found)[:most]


def _is_static(rules: CompiledSet, name: str) -> bool:
    namespace, _, rest = name.partition(".")
    return namespace == "custom" and rest.split(".")[0] in rules.custom


def _reader(given: Mapping[str, Any], functions: frozenset[str]) -> engine.Read:
    read = lookup.reader(given, "you")

    def answered(name: str) -> AttributeValue:
        found = read(name)
        is_missing = isinstance(found, Known) and found.value is None
        if is_missing and ".".join(name.split(".")[:2]) in functions:
            return Unfetched(NOT_RUN, "function")
        return found

    return answered
