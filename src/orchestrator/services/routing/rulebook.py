"""The rules to decide by, compiled: a new version is made ready while the old one still decides."""

import asyncio
from collections import OrderedDict
from typing import Final

import msgspec
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import editions, membership, recompile
from orchestrator.core.policy.editions import Edition
from orchestrator.core.policy.library import Library
from orchestrator.services.routing.ports import Records, Rules

KEPT_COMPILED: Final = 64
"""Compiled policy sets kept at hand, least recently used out first."""

MANY: Final = 500
"""Policies of a set that takes long enough to read and compile for decisions not to wait for."""

PATIENCE: Final = 0.004
"""Seconds for which decisions wait for the successor of such a set."""

_log = structlog.get_logger(__name__)


class Ready(msgspec.Struct, frozen=True):
    """A compiled edition, and what is wrong with it as a whole."""

    edition: Edition
    compiled: compiler.CompiledSet
    warnings: tuple[str, ...] = ()


class Book(msgspec.Struct, frozen=True):
    """What to decide by: rules, whose version is the one that is compiled here."""

    rules: Rules
    compiled: compiler.CompiledSet
    warnings: tuple[str, ...] = ()


class Rulebook:
    """Compiled policy sets by their content address: the same rules are read and compiled once.

    Reading and compiling is a thread's work. Whoever changes rules in this process hands over what
    they have made (`take`); what others change is read as far as it differs from what is here.
    """

    def __init__(self, records: Records, library: Library | None = None) -> None:
        self._records = records
        self._library = library or Library()
        self._ready: OrderedDict[str, Ready] = OrderedDict()
        self._making: dict[str, asyncio.Task[Ready]] = {}
        self._current: dict[AccountId, Book] = {}
        self._renewing: dict[AccountId, asyncio.Task[None]] = {}

    async def of(self, account: AccountId, rules: Rules) -> Book:
        """Return ``rules`` compiled. Raises Unavailable when they cannot be read.

        While a new version of many policies is being made ready, that is the version before it,
        with the rest of ``rules`` as it is now. A stored set that makes no sense as a whole decides
        nothing, so that conversations go down the fallback chain instead of waiting for somebody to
        mend it.
        """
        current = self._current.get(account)
        if current is not None and current.rules == rules:
            return current
        ready = self._ready.get(rules.version)
        if ready is None:
            making = self._make(account, rules.version, None)
            if current is not None and len(current.compiled.policies) >= MANY:
                await asyncio.wait({making}, timeout=PATIENCE)
                if not making.done():
                    numbered = current.rules
                    kept = msgspec.structs.replace(
                        rules, version=numbered.version, number=numbered.number
                    )
                    return Book(kept, current.compiled, current.warnings)
            ready = await asyncio.shield(making)
        self._put(rules.version, ready)
        book = self._current[account] = Book(rules, ready.compiled, ready.warnings)
        if recompile.is_worn(ready.compiled) and account not in self._renewing:
            self._renewing[account] = asyncio.ensure_future(self._renew(account, ready))
        return book

    async def take(self, account: AccountId, edition: Edition) -> None:
        """Make an edition ready that was published here just now.

        Where its account is decided for here, it decides on return; else nobody waits for it.
        """
        if edition.version not in self._ready:
            making = self._make(account, edition.version, edition)
            if account in self._current:
                await asyncio.shield(making)

    def _make(
        self, account: AccountId, version: str, edition: Edition | None
    ) -> asyncio.Task[Ready]:
        """Read and compile a version once for all who wait for it."""
        making = self._making.get(version)
        if making is None:
            work = self._made(account, version, edition)
            making = self._making[version] = asyncio.ensure_future(work)
            making.add_done_callback(lambda done: self._finished(version, done))
        return making

    async def _made(self, account: AccountId, version: str, edition: Edition | None) -> Ready:
        like = self._library.latest(account)
        try:
            found = edition or self._library.find(version)
            if found is None:
                found = await self._records.edition(version, like=like)
        except errors.Unavailable:
            raise
        except errors.OrchestratorError as error:
            _log.error("routing.rules-unreadable", version=version, reason=error.message)
            found = editions.of(editions.NOTHING)
            warnings = (f"The rules make no sense: {error.message}",)
            return Ready(found, compiler.compile_set(found.document), warnings)
        found = found or editions.of(editions.NOTHING)
        self._library.keep(account, found)
        current = self._current.get(account)
        before = self._ready.get(current.rules.version) if current else None
        return await asyncio.to_thread(_compiled, found, before)

    async def _renew(self, account: AccountId, ready: Ready) -> None:
        """Make a set's index anew while it decides; what was edited meanwhile is edited again."""
        try:
            made = await asyncio.to_thread(_renewed, ready)
            version = self._current[account].rules.version
            current = self._ready.get(version)
            if current is not None and version != ready.edition.version:
                made = await asyncio.to_thread(_compiled, current.edition, made)
            self._put(made.edition.version, made)
            book = self._current[account]
            if book.rules.version == made.edition.version:
                self._current[account] = msgspec.structs.replace(book, compiled=made.compiled)
        finally:
            del self._renewing[account]

    def _finished(self, version: str, done: asyncio.Task[Ready]) -> None:
        del self._making[version]
        if not done.cancelled() and done.exception() is None:
            self._put(version, done.result())

    def _put(self, version: str, ready: Ready) -> None:
        self._ready[version] = ready
        self._ready.move_to_end(version)
        while len(self._ready) > KEPT_COMPILED:
            self._ready.popitem(last=False)


def _compiled(edition: Edition, before: Ready | None) -> Ready:
    if before is None:
        made = compiler.compile_set(edition.document)
    else:
        made = recompile.recompile(
            before.compiled, before.edition.document, edition.document, version=edition.version
        )
    for value in made.custom.values():
        membership.warm(value)  # else the first decision would, on the loop
    return Ready(edition, made)


def _renewed(ready: Ready) -> Ready:
    return msgspec.structs.replace(ready, compiled=recompile.renewed(ready.compiled))
