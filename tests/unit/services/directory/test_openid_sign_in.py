"""Signing in by a provider: what the browser keeps, what is asked for, who comes in."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.adapters.seal import Seal
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import User
from orchestrator.services.directory import openid
from orchestrator.services.directory.accounts import Accounts
from orchestrator.services.directory.claims import Rules
from orchestrator.services.directory.logins import Logins
from orchestrator.services.directory.openid import OpenId
from orchestrator.services.directory.ports import Vouched
from orchestrator.testing.clock import TurnedClock
from orchestrator.testing.directory import MemoryDirectory

RULES = Rules(roles={"desk": "Agent", "owners": "Administrator"})


class Provider:
    """Vouches for whoever ``claims`` describe; remembers what it was asked."""

    issuer = "https://id.example"

    def __init__(self) -> None:
        self.claims: dict[str, Any] = {"sub": "1", "preferred_username": "ada", "groups": ["desk"]}
        self.userinfo: dict[str, Any] = {}
        self.token = "a.b.c"
        self.state = ""
        self.asked: list[str] = []

    async def entrance(self, *, redirect: str, state: str, nonce: str, challenge: str) -> str:
        self.state = state
        assert len({redirect, state, nonce, challenge}) == 4
        return "https://id.example/in"

    async def vouch(self, code: str, *, redirect: str, nonce: str, verifier: str) -> Vouched:
        assert all((redirect, nonce, verifier))
        self.asked.append(code)
        return Vouched(self.claims, self.token, "access")

    async def more(self, vouched: Vouched) -> Mapping[str, Any]:
        assert vouched.access_token == "access"
        self.asked.append("userinfo")
        return self.userinfo

    async def farewell(self, *, id_token: str | None, back: str) -> str | None:
        assert back
        return f"https://id.example/out?{id_token}"


class House:
    """An account, and the desk under test."""

    def __init__(self) -> None:
        self.store, self.clock, self.provider = MemoryDirectory(), TurnedClock(), Provider()
        self.seal = Seal(secrets.token_bytes(32))

    async def desk(self, rules: Rules = RULES) -> OpenId:
        await Accounts(self.store, self.clock).opened("1")
        return OpenId(
            self.store,
            self.clock,
            account="1",
            provider=self.provider,
            seal=self.seal,
            rules=rules,
        )

    async def enter(self, desk: OpenId, **answer: str) -> openid.Entered:
        """Go there and back."""
        begun = await desk.begin(redirect="https://here/back", back="/console/skills")
        given = {"state": self.provider.state, "code": "code"} | answer
        return await desk.finish(begun.kept, given)

    async def user(self) -> User:
        """Return the one user there is."""
        (found,) = await self.store.read(lambda rows: rows.find(User, account="1"))
        return found


@pytest.fixture
def house() -> House:
    return House()


async def test_the_session_is_one_like_any_other(house: House) -> None:
    """Its cookie opens pages, as the person's own and with their rights."""
    entered = await house.enter(await house.desk())
    session = entered.session
    logins = Logins(house.store, house.clock, passwords=None, login_keys=None)
    signed = await logins.by_cookie("1", cookie=session.cookie, csrf=session.csrf)
    assert signed.actor.permissions == access.permissions(("Agent",))
    assert entered.back == "/console/skills"


async def test_the_way_back_ends_after_ten_minutes(house: House) -> None:
    """And at once for what was changed, is another server's, or is a farewell's."""
    desk = await house.desk()
    begun = await desk.begin(redirect="https://here/back", back="")
    answer = {"state": house.provider.state, "code": "code"}
    hint = (await house.enter(desk)).hint
    other = House()
    other.provider = house.provider
    for kept in (begun.kept + "AAAA", "", "€", hint):
        with pytest.raises(errors.Unauthenticated):
            await desk.finish(kept, answer)
    with pytest.raises(errors.Unauthenticated):
        await (await other.desk()).finish(begun.kept, answer)
    await house.clock.advance(openid.PATIENCE - timedelta(seconds=1))
    assert await desk.finish(begun.kept, answer)
    await house.clock.advance(timedelta(seconds=1))
    with pytest.raises(errors.Unauthenticated):
        await desk.finish(begun.kept, answer)


@pytest.mark.parametrize(
    "answer",
    [
        {"state": "another"},
        {"state": ""},
        {"state": "é"},
        {"iss": "https://evil.example"},
        {"code": ""},
        {"error": "access_denied"},
    ],
)
async def test_an_answer_that_is_not_the_asked_one_exchanges_nothing(
    house: House, answer: dict[str, str]
) -> None:
    """The code never leaves for the provider."""
    desk = await house.desk()
    with pytest.raises(errors.Unauthenticated):
        await house.enter(desk, **answer)
    assert house.provider.asked == []


async def test_what_is_written_into_an_address_is_not_repeated(house: House) -> None:
    """Anybody can make a link; only what looks like a code of OAuth's is shown."""
    desk = await house.desk()
    with pytest.raises(errors.Unauthenticated, match=r"\(login_required\)"):
        await house.enter(desk, error="login_required")
    with pytest.raises(errors.Unauthenticated) as raised:
        await house.enter(desk, error="call 555 and say your password")
    assert "555" not in raised.value.message


async def test_userinfo_fills_in_and_never_overrules(house: House) -> None:
    """It is asked when the token lacks a claim; what is signed counts."""
    desk = await house.desk()
    await house.enter(desk)
    assert house.provider.asked == ["code"]
    house.provider.claims = {"sub": "1", "groups": ["desk"]}
    house.provider.userinfo = {"preferred_username": "ada", "groups": ["owners"]}
    await house.enter(desk)
    assert (await house.user()).roles == ("Agent",)
    assert house.provider.asked[-1] == "userinfo"


async def test_a_login_in_other_letters_is_the_same_person(house: House) -> None:
    """No two logins differ in that alone, so nobody else is meant; a lost name stays."""
    desk = await house.desk()
    house.provider.claims |= {"name": "Ada"}
    await house.enter(desk)
    house.provider.claims = {"sub": "1", "preferred_username": "ADA", "groups": ["owners"]}
    await house.enter(desk)
    user = await house.user()
    assert (user.login, user.full_name, user.roles) == ("ada", "Ada", ("Administrator",))


async def test_without_a_role_nothing_is_left_of_what_was(house: House) -> None:
    """The refusal does not undo that the role is gone."""
    desk = await house.desk()
    session = (await house.enter(desk)).session
    house.provider.claims["groups"] = []
    with pytest.raises(errors.Forbidden, match="is empty"):
        await house.enter(desk)
    user = await house.user()
    assert (user.roles, user.enabled) == ((), True)
    logins = Logins(house.store, house.clock, passwords=None, login_keys=None)
    with pytest.raises(errors.Unauthenticated):
        await logins.by_cookie("1", cookie=session.cookie, csrf=session.csrf)


async def test_a_token_too_long_for_a_cookie_is_left_out(house: House) -> None:
    """Then the provider is asked without it; what is no hint of ours leads nowhere."""
    desk = await house.desk()
    hint = (await house.enter(desk)).hint
    assert await desk.farewell(hint, back="b") == "https://id.example/out?a.b.c"
    house.provider.token = secrets.token_hex(8_000)
    hint = (await house.enter(desk)).hint
    assert len(hint) < openid.LONGEST_HINT
    assert await desk.farewell(hint, back="b") == "https://id.example/out?None"
    assert await desk.farewell("AAAA", back="b") is None
    assert await desk.farewell(None, back="b") is None
