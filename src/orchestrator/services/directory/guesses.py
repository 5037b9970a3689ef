"""How many wrong passwords may be tried: for one login, and from one address.

How to think about this
=======================

Only wrong passwords count, and only passwords: the parts of a login key are 256 random bits and
more, which nobody guesses, so that a bot with its key is never held up, whoever attacks.

Every wrong password takes a token out of two buckets, which fill again with time: the login's and
the address's. When one is empty, passwords are not looked at any more, and the answer says when to
come back. A stranger could use this to lock somebody out by trying wrong passwords in their name.
Therefore an address from which a login has signed in before has a bucket of its own for that login,
and does not depend on its neighbours: strangers empty only what strangers share. (The idea is that
of OWASP's device cookies; https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)

The address's bucket is generous, for behind a proxy or an office's router all have the same one.

Everything is in the memory of one process and forgotten at a restart, which a stranger cannot
bring about. How much is remembered is bounded (`allowances`). Of an IPv6 address its network
counts, in which one person has all the others.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from typing import Final

import msgspec

from orchestrator.core.model import allowances, errors
from orchestrator.core.model.allowances import Allowance, Allowances, Counted
from orchestrator.services.clock import Clock


class Limits(msgspec.Struct, frozen=True):
    """How patient the door is."""

    login: Allowance = Allowance(10, 20)
    """4,320 guesses a day: nothing against a password of twelve characters."""
    address: Allowance = Allowance(300, 0.2)
    remembered: int = 20_000
    """Buckets and good addresses that are kept, of each."""
    turns: int = 2
    """Passwords that are looked at together: as many as there are workers who hash."""
    waiting: int = 200
    """Who may wait for that, and …"""
    patience: float = 9.0
    """… for how many seconds: clients give up after ten, and then nobody wants the answer."""


DEFAULT: Final = Limits()

BUSY_SECONDS: Final = 2


class Guesses:
    """Who has guessed how often."""

    def __init__(self, clock: Clock, limits: Limits = DEFAULT) -> None:
        self._limits = limits
        self._clock = clock
        self._wrong = Allowances(remembered=limits.remembered)
        self._good: OrderedDict[Hashable, None] = OrderedDict()
        self._turns = asyncio.Semaphore(limits.turns)
        self._waiting = 0

    @asynccontextmanager
    async def turn(self, account: str, login: str, *, address: str | None) -> AsyncIterator["Turn"]:
        """Let one password be looked at. Say with ``Turn.good`` that it was right.

        Anything but a right one, or a failure of ours, counts as wrong. Raises `errors.TooMany`
        when too many were wrong, or too many wait. The question is asked when it is this one's
        turn, not before, so that many at once get no further than as many in a row.
        """
        address = None if address is None else allowances.neighbourhood(address)
        await self._wait()
        try:
            counted = self._counted(account, login, address)
            self._demand(counted)
            turn = Turn()
            try:
                yield turn
            except errors.Unauthenticated:
                self._wrong.spend(counted, now=self._clock.now())
                raise
            if turn.is_good:
                self._remember((_whose(account, login), address))
        finally:
            self._turns.release()

    async def _wait(self) -> None:
        if self._waiting >= self._limits.waiting:
            raise _busy()
        self._waiting += 1
        try:
            async with asyncio.timeout(self._limits.patience):
                await self._turns.acquire()
        except TimeoutError as error:
            raise _busy() from error
        finally:
            self._waiting -= 1

    def _counted(self, account: str, login: str, address: str | None) -> list[Counted]:
        """Return the buckets that a wrong password would take from."""
        whose = _whose(account, login)
        if (whose, address) in self._good:
            return [((whose, address), self._limits.login)]
        found: list[Counted] = [(whose, self._limits.login)]
        if address is not None:
            found.append((address, self._limits.address))
        return found

    def _demand(self, counted: list[Counted]) -> None:
        if seconds := self._wrong.wait(counted, now=self._clock.now()):
            raise errors.TooMany(
                "Too many wrong passwords. Wait a little, then try again.", seconds=seconds
            )

    def _remember(self, known: Hashable) -> None:
        self._good[known] = None
        self._good.move_to_end(known)
        while len(self._good) > self._limits.remembered:
            self._good.popitem(last=False)


def _busy() -> errors.TooMany:
    return errors.TooMany("Too many sign in just now.", seconds=BUSY_SECONDS)


def _whose(account: str, login: str) -> bytes:
    """Return what stands for a login in memory: as short for a login of a megabyte."""
    return hashlib.sha256(f"{account}\n{login}".encode()).digest()


class Turn:
    """One look at a password."""

    def __init__(self) -> None:
        self.is_good = False

    def good(self) -> None:
        """Say that the password was right."""
        self.is_good = True
