"""Wrong passwords: how many, from where, and who is never locked out by others."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.allowances import Allowance
from orchestrator.services.directory.guesses import Guesses, Limits
from orchestrator.testing.clock import TurnedClock

LIMITS = Limits(login=Allowance(3, 20), address=Allowance(5, 1), remembered=10, waiting=4)


@pytest.fixture
def clock():
    return TurnedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
def guesses(clock):
    return Guesses(clock, LIMITS)


async def wrong(guesses, login="anna", address="a", account="1"):
    with pytest.raises(errors.Unauthenticated):
        async with guesses.turn(account, login, address=address):
            raise errors.Unauthenticated("wrong")


async def right(guesses, login="anna", address="a", account="1"):
    async with guesses.turn(account, login, address=address) as turn:
        turn.good()


async def refused(guesses, login="anna", address="a", account="1"):
    with pytest.raises(errors.TooMany) as error:
        await right(guesses, login, address, account)
    return error.value.seconds


async def test_after_a_burst_of_wrong_ones_a_login_has_to_wait(guesses, clock):
    """It is told how long, and then has one more, be it right or wrong."""
    for _ in range(3):
        await wrong(guesses)
    assert await refused(guesses) == 20
    await refused(guesses, address="b")
    await clock.advance(timedelta(seconds=20))
    await wrong(guesses)
    assert await refused(guesses) == 20
    await clock.advance(timedelta(seconds=20))
    await right(guesses)


async def test_right_ones_cost_nothing(guesses):
    """Whoever knows the password signs in as often as they like."""
    for _ in range(50):
        await right(guesses)


async def test_other_logins_and_accounts_are_not_concerned(guesses):
    """The same login of another account is somebody else."""
    for _ in range(3):
        await wrong(guesses)
    await right(guesses, "ben")
    await right(guesses, account="2")


async def test_one_address_cannot_try_one_password_on_everybody(guesses):
    """Logins that do not exist count as well."""
    for number in range(5):
        await wrong(guesses, f"user-{number}")
    assert await refused(guesses, "somebody-else") == 1
    await right(guesses, "somebody-else", "b")


async def test_strangers_cannot_lock_out_who_has_been_there(guesses):
    """Neither by their name from elsewhere, nor from the same address by other names."""
    await right(guesses)
    for _ in range(3):
        await wrong(guesses, address="b")
    await refused(guesses, address="b")
    for number in range(5):
        await wrong(guesses, f"user-{number}")
    await refused(guesses, "ben")
    await right(guesses)


async def test_who_has_been_there_may_not_guess_for_ever_either(guesses):
    """Their own bucket is as small."""
    await right(guesses)
    for _ in range(3):
        await wrong(guesses)
    await refused(guesses)


async def test_a_failure_of_ours_is_nobodys_guess(guesses):
    """A database that does not answer costs the client nothing."""
    for _ in range(9):
        with pytest.raises(errors.Unavailable):
            async with guesses.turn("1", "anna", address="a"):
                raise errors.Unavailable("no disk")
    await right(guesses)


async def test_many_at_once_get_no_further_than_as_many_in_a_row(guesses):
    """The question is asked when it is one's turn; too many who wait are told to come back."""
    looked_at = 0

    async def attempt():
        nonlocal looked_at
        async with guesses.turn("1", "anna", address=None):
            looked_at += 1
            await asyncio.sleep(0)
            raise errors.Unauthenticated("wrong")

    found = await asyncio.gather(*(attempt() for _ in range(20)), return_exceptions=True)
    assert 0 < looked_at <= LIMITS.login.burst + LIMITS.turns
    assert sum(isinstance(each, errors.TooMany) for each in found) == 20 - looked_at
    assert guesses._waiting == 0


async def test_nobody_waits_longer_than_a_client_would(clock):
    """Whose turn does not come is told to come back; the turn goes to the next all the same."""
    guesses = Guesses(clock, Limits(turns=1, patience=0.01))
    async with guesses.turn("1", "anna", address=None):
        assert await refused(guesses, "ben", None) > 0
    await right(guesses, "ben")


async def test_what_is_remembered_is_bounded(guesses):
    """A million names cost no more memory than ten."""
    for number in range(50):
        await right(guesses, f"good-{number}", f"{number}")
        await wrong(guesses, f"bad-{number}", f"{number}")
    assert (len(guesses._wrong), len(guesses._good)) == (10, 10)


async def test_a_clock_that_goes_back_forgives_nothing_and_breaks_nothing(guesses, clock):
    """And goes on from there."""
    for _ in range(3):
        await wrong(guesses)
    clock._now -= timedelta(hours=1)
    await refused(guesses)
    await clock.advance(timedelta(seconds=20))
    await right(guesses)


async def test_an_ipv6_network_is_one_neighbour(guesses):
    """Whoever has one address of it has all of them, so they share its allowance."""
    for number in range(5):
        await wrong(guesses, f"login-{number}", f"2001:db8:0:1::{number}")
    await refused(guesses, "another", "2001:db8:0:1:ffff::1")
    await right(guesses, "another", "2001:db8:0:2::1")
    await right(guesses, "another", "::ffff:192.0.2.1")
