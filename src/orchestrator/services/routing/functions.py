"""Attributes that are functions: called when the outcome depends on them, under a contract.

A function costs its time budget at most, whatever it does: waiting for a turn, attempts and the
pauses between them all count. What happens when there is no value is part of its contract.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import msgspec
import structlog

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.model.function import Call, Function, FunctionFailed, Host, Secrets
from orchestrator.core.model.ids import AccountId
from orchestrator.core.policy import parameters
from orchestrator.services.clock import Clock
from orchestrator.services.directory.ports import Seal
from orchestrator.services.routing import budget, costs
from orchestrator.services.routing.breaker import State
from orchestrator.services.routing.function_ports import FunctionCaller, FunctionRecords
from orchestrator.services.routing.functionbook import Book, Entry
from orchestrator.services.routing.ports import Fetch, Note
from orchestrator.services.routing.remembered import Key, Remembered

PAUSES: Final = (0.1, 0.3, 1.0)
"""Seconds before another attempt; the last one for all that follow."""

BELIEVED_FOR: Final = timedelta(seconds=1)
"""How long the account's definitions are believed before they are read again."""

SOURCE: Final = "function"

_NOWHERE: Final = Known(None, "nowhere")
_log = structlog.get_logger(__name__)
_canonical: Final = msgspec.json.Encoder(order="sorted")


class Tried(msgspec.Struct, frozen=True, rename="camel"):
    """One call for somebody who tries a function: past cache and breaker.

    ``outcome`` is what a policy would get: a value, none, or an error.
    """

    name: str
    outcome: str
    value: Json
    milliseconds: int
    attempts: int
    reason: str | None
    sent: Json


class Functions:
    """Implements `ports.Functions`."""

    def __init__(
        self, records: FunctionRecords, caller: FunctionCaller, clock: Clock, *, seal: Seal
    ) -> None:
        self._records = records
        self._caller = caller
        self._clock = clock
        self._seal = seal
        self._books: dict[AccountId, Book] = {}
        self._remembered = Remembered()
        self._flying: dict[Key, asyncio.Task[Known]] = {}
        self.costs = costs.Spending(records, clock)

    async def value(
        self, account: AccountId, name: str, fetch: Fetch, *, note: Note | None = None
    ) -> AttributeValue:
        """Return what ``custom.NAME`` is; missing where there is no such function.

        ``fetch`` gives the attributes that its parameters refer to, and is only asked for those.
        ``note`` is told what the call cost. Never raises for what a function does.
        """
        plain = name.removeprefix("custom.")
        book = await self._book(account)
        entry = book.entries.get(plain)
        if entry is None:
            return _NOWHERE
        began = self._clock.now()
        attempts = budget.Attempts()
        known: Known | None = None
        reason, fault = "", None
        try:
            known, ended = await self._answer(entry, book.hosts, fetch, attempts)
        except FunctionFailed as error:
            reason, fault = error.message, error.fault
            ended = "failed" if attempts.made or fault == "late" else "refused"
        taken = round((self._clock.now() - began).total_seconds() * 1000)
        call = Call(plain, ended, taken, attempts.made, reason or None, fault)
        self.costs.note(account, call, at=began)
        if note is not None:
            note(call)
        return known or _instead(entry.function, reason)

    def breakers(self, account: AccountId) -> dict[str, State]:
        """Return how the breakers of this process stand, for the functions that it has seen."""
        book, now = self._books.get(account), self._clock.now()
        entries = book.entries if book else {}
        return {name: entry.breaker.state(now) for name, entry in entries.items()}

    async def trial(self, account: AccountId, name: str, fetch: Fetch) -> Tried:
        """Call a function once more than anybody asked for, past cache and breaker.

        It is read afresh: who changes a function tries what they have just written. Raises
        `errors.NotFound`.
        """
        plain = name.removeprefix("custom.")
        book = await self._read(account)
        entry = book.entries.get(plain)
        if entry is None:
            raise errors.NotFound(f"There is no function “custom.{plain}”.", path="name")
        began = self._clock.now()
        attempts = budget.Attempts()
        sent: Json = None
        try:
            sent = await self._payload(entry, fetch)
            found: AttributeValue = await self._call(entry, book.hosts, sent, attempts)
            reason = None
        except FunctionFailed as error:
            found, reason = _instead(entry.function, error.message), error.message
        taken = round((self._clock.now() - began).total_seconds() * 1000)
        value = found.value if isinstance(found, Known) else None
        outcome = (
            "error" if isinstance(found, Unfetched) else "missing" if value is None else "value"
        )
        return Tried(f"custom.{plain}", outcome, value, taken, attempts.made, reason, sent)

    def forget(self, account: AccountId) -> None:
        """Drop every answer of an account's functions, those on their way too, from the cache.

        Somebody is erased, and any answer may be about them.
        """
        self._remembered.forget(account)
        for key in [key for key in self._flying if key[0] == account]:
            del self._flying[key]

    async def _answer(
        self, entry: Entry, hosts: Sequence[Host], fetch: Fetch, attempts: budget.Attempts
    ) -> tuple[Known, Any]:
        """Return the value, and whether it was answered or cached. Raises `FunctionFailed`."""
        payload = await self._payload(entry, fetch)
        seconds = entry.function.definition.cache_seconds
        if seconds == 0:
            return await self._admitted(entry, hosts, payload, attempts), "answered"
        sent = _canonical.encode(payload)
        key = (entry.function.account, entry.function.name, entry.function.changed_at, sent)
        found = self._remembered.get(key, now=self._clock.now())
        if found is not None:
            return found, "cached"
        flying = self._flying.get(key)
        if flying is not None:  # somebody asks the very same already
            return await asyncio.shield(flying), "cached"
        flying = asyncio.ensure_future(self._admitted(entry, hosts, payload, attempts))
        self._flying[key] = flying
        flying.add_done_callback(lambda done: self._landed(key, done, seconds))
        return await asyncio.shield(flying), "answered"

    def _landed(self, key: Key, done: asyncio.Task[Known], seconds: int) -> None:
        wanted = self._flying.get(key) is done
        if wanted:
            del self._flying[key]
        if done.cancelled() or done.exception() is not None or not wanted:
            return
        known = done.result()
        until = (known.as_of or self._clock.now()) + timedelta(seconds=seconds)
        self._remembered.put(key, known.value, as_of=known.as_of or until, until=until)

    async def _payload(self, entry: Entry, fetch: Fetch) -> Json:
        """Return what to send. Raises `FunctionFailed` where a parameter could not be fetched."""
        if entry.fault is not None:
            raise FunctionFailed(entry.fault, fault="forbidden")
        known: Mapping[str, AttributeValue] = {}
        if entry.references:
            known = await fetch(entry.references)
        for name, found in known.items():
            if isinstance(found, Unfetched):
                raise FunctionFailed(
                    f"Its parameter {name} could not be fetched: {found.reason}", fault="request"
                )
        return parameters.fill(entry.function.definition.sent, known)

    async def _admitted(
        self, entry: Entry, hosts: Sequence[Host], payload: Json, attempts: budget.Attempts
    ) -> Known:
        """Call unless the breaker is open, and tell it how that went."""
        breaker = entry.breaker
        if not breaker.admit(self._clock.now()):
            raise FunctionFailed("It failed too often lately, and is left alone for a while.")
        try:
            found = await self._call(entry, hosts, payload, attempts)
        except FunctionFailed as error:
            if error.fault in {"request", "forbidden"}:
                breaker.abandoned()
            elif breaker.failed(self._clock.now()):
                _log.warning(
                    "functions.left-alone",
                    account=entry.function.account,
                    function=entry.function.name,
                    reason=error.message,
                )
            raise
        except BaseException:
            breaker.abandoned()
            raise
        breaker.succeeded()
        return found

    async def _call(
        self, entry: Entry, hosts: Sequence[Host], payload: Json, attempts: budget.Attempts
    ) -> Known:
        """Call within the time budget, once or more often. Raises `FunctionFailed`."""
        await self._caller.prepare()
        seconds = entry.function.definition.timeout_ms / 1000
        until = self._clock.now() + timedelta(seconds=seconds)
        value = await budget.within(
            seconds,
            self._attempts(entry, hosts, payload, attempts=attempts, until=until),
            clock=self._clock,
        )
        return Known(value, SOURCE, self._clock.now())

    async def _attempts(
        self,
        entry: Entry,
        hosts: Sequence[Host],
        payload: Json,
        *,
        attempts: budget.Attempts,
        until: datetime,
    ) -> Json:
        secrets = _opened(entry.function, self._seal)
        call_id = str(uuid4())
        async with entry.turns:
            while True:
                attempts.made += 1
                try:
                    return await self._caller.call(
                        entry.function, payload, secrets=secrets, hosts=hosts, call_id=call_id
                    )
                except FunctionFailed as error:
                    pause = max(PAUSES[min(attempts.made, len(PAUSES)) - 1], error.after_seconds)
                    again = self._clock.now() + timedelta(seconds=pause)
                    is_over = attempts.made > entry.function.definition.retries or again >= until
                    if error.fault != "temporary" or is_over:
                        raise
                    await self._clock.sleep(pause)
                except Exception as error:  # a strange answer must not stop a decision
                    _log.exception("functions.broken", function=entry.function.name)
                    raise FunctionFailed(
                        f"The call broke down ({type(error).__name__}).", fault="own"
                    ) from error

    async def _book(self, account: AccountId) -> Book:
        """Return the account's definitions, at most a second old."""
        book = self._books.get(account)
        # A clock that was set back must not make old knowledge fresh for hours.
        if book is None or not timedelta() <= self._clock.now() - book.read_at < BELIEVED_FOR:
            book = await self._read(account)
        return book

    async def _read(self, account: AccountId) -> Book:
        now = self._clock.now()
        found = await self._records.functions(account)
        book = Book(found.functions, found.hosts, read_at=now, before=self._books.get(account))
        self._books[account] = book
        return book


def _opened(function: Function, seal: Seal) -> Secrets:
    if function.secrets is None:
        return Secrets()
    try:
        opened = seal.open(function.secrets, row=function.row)
        return msgspec.json.decode(opened, type=Secrets)
    except errors.OrchestratorError as error:
        raise FunctionFailed(error.message, fault="forbidden") from error


def _instead(function: Function, reason: str) -> AttributeValue:
    """Return what the contract says of a function that gave no value."""
    match function.definition.on_failure:
        case "unknown":
            return Known(None, f"{SOURCE} (failed: {reason})")
        case "default":
            return Known(function.definition.default_value, f"{SOURCE} (default: {reason})")
        case _:
            return Unfetched(reason, SOURCE)
