"""Signing in by a provider: what the browser keeps, what is asked for, who comes in."""

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.adapters.seal import Seal
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import SignInLink, User
from orchestrator.services.directory import openid, users
from orchestrator.services.directory.accounts import Accounts
from orchestrator.services.directory.claims import Rules
from orchestrator.services.directory.logins import Logins
from orchestrator.services.directory.openid import OpenId
from orchestrator.services.directory.ports import Vouched
from orchestrator.services.directory.sign_in_links import SignInLinks
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


ADMIN = access.operator("1")


def claims(subject: str, login: str, *groups: str) -> dict[str, Any]:
    """What the provider says of somebody."""
    return {"sub": subject, "preferred_username": login, "groups": list(groups or ["desk"])}


async def add(house: House, login: str, *roles: str, bound_to: str | None = None) -> User:
    """A user whom an administrator added; nobody is linked, or a subject of another provider."""

    def work(unit: Any) -> User:
        wanted = users.checked(login=login, type="human", roles=roles)
        made = users.make(unit, "1", max_chats=1, full_name="", **wanted)
        if bound_to is not None:
            unit.add(SignInLink("1", made.id, bound_to, "1", unit.now))
        return made

    return await house.store.write(ADMIN, house.clock.now(), work)


async def people(house: House) -> dict[str, tuple[str, ...]]:
    """Roles by login."""
    found = await house.store.read(lambda rows: rows.find(User, account="1"))
    return {user.login: user.roles for user in found}


async def test_a_login_given_to_somebody_else_is_not_their_way_in(house: House) -> None:
    """The first stays who they are; the second is told why, and changes nothing of theirs."""
    desk = await house.desk()
    house.provider.claims = claims("1", "ada", "owners")
    session = (await house.enter(desk)).session
    for groups in (["desk"], []):
        house.provider.claims = claims("2", "Ada") | {"groups": groups}
        with pytest.raises(errors.Forbidden):
            await house.enter(desk)
    house.provider.claims = claims("2", "Ada", "owners")
    with pytest.raises(errors.Forbidden, match="linked to somebody else"):
        await house.enter(desk)
    assert await people(house) == {"ada": ("Administrator",)}
    logins = Logins(house.store, house.clock, passwords=None, login_keys=None)
    assert await logins.by_cookie("1", cookie=session.cookie, csrf=session.csrf)


async def test_somebody_renamed_is_who_they_were(house: House) -> None:
    """Whatever they are called there now, even if that is somebody else's login here."""
    desk = await house.desk()
    await house.enter(desk)
    await add(house, "grace", "Administrator")
    for login in ("countess", "grace"):
        house.provider.claims = claims("1", login)
        session = (await house.enter(desk)).session
        logins = Logins(house.store, house.clock, passwords=None, login_keys=None)
        signed = await logins.by_cookie("1", cookie=session.cookie, csrf=session.csrf)
        assert signed.actor.permissions == access.permissions(("Agent",))
    assert await people(house) == {"ada": ("Agent",), "grace": ("Administrator",)}


async def test_a_namesake_is_linked_once_and_for_good(house: House) -> None:
    """Somebody who was added by hand is met at their first sign-in; nobody after them."""
    desk = await house.desk()
    user = await add(house, "ada", "Viewer")
    await house.enter(desk)
    assert await people(house) == {"ada": ("Agent",)}
    link = await SignInLinks(house.store, house.clock).show(ADMIN, "ada")
    assert link is not None
    assert (link.user_id, link.issuer, link.subject) == (user.id, "https://id.example", "1")
    house.provider.claims = claims("2", "ada")
    with pytest.raises(errors.Forbidden):
        await house.enter(desk)


async def test_namesakes_may_be_refused(house: House) -> None:
    """Then nobody becomes a user who is there; those who are linked, and new ones, come in."""
    await house.enter(await house.desk())
    await add(house, "grace", "Viewer")
    desk = await house.desk(Rules(roles={"desk": "Agent"}, namesakes="refused"))
    house.provider.claims = claims("2", "grace")
    with pytest.raises(errors.Forbidden, match="nobody is linked"):
        await house.enter(desk)
    house.provider.claims = claims("3", "heidi")
    assert await house.enter(desk)
    house.provider.claims = claims("1", "ada")
    assert await house.enter(desk)
    assert await people(house) == {"ada": ("Agent",), "grace": ("Viewer",), "heidi": ("Agent",)}


async def test_without_a_role_a_namesake_loses_nothing(house: House) -> None:
    """Whoever is not let in is not known to be that user either."""
    desk = await house.desk()
    await add(house, "ada", "Administrator")
    house.provider.claims["groups"] = []
    with pytest.raises(errors.Forbidden):
        await house.enter(desk)
    assert await people(house) == {"ada": ("Administrator",)}


async def test_another_providers_subject_is_somebody_else(house: House) -> None:
    """Subjects mean something with their issuer alone."""
    desk = await house.desk()
    await add(house, "ada", "Administrator", bound_to="https://old.example")
    with pytest.raises(errors.Forbidden, match="another sign-in service"):
        await house.enter(desk)
    house.provider.claims = claims("1", "grace")
    await house.enter(desk)
    assert await people(house) == {"ada": ("Administrator",), "grace": ("Agent",)}


async def test_a_link_taken_away_ends_sessions_and_is_made_anew(house: House) -> None:
    """Only by somebody who may write the directory; whoever comes next is that user."""
    desk, links = await house.desk(), SignInLinks(house.store, house.clock)
    session = (await house.enter(desk)).session
    viewer = access.Actor("1", "viewer", access.permissions(("Viewer",)))
    with pytest.raises(errors.Forbidden):
        await links.remove(viewer, "ada")
    assert (await links.remove(ADMIN, "ada")).subject == "1"
    logins = Logins(house.store, house.clock, passwords=None, login_keys=None)
    with pytest.raises(errors.Unauthenticated):
        await logins.by_cookie("1", cookie=session.cookie, csrf=session.csrf)
    with pytest.raises(errors.NotFound, match="linked to nobody"):
        await links.remove(ADMIN, "ada")
    house.provider.claims = claims("2", "ada")
    assert await house.enter(desk)
    house.provider.claims = claims("1", "ada")
    with pytest.raises(errors.Forbidden):
        await house.enter(desk)


async def test_a_user_who_is_removed_leaves_no_link(house: House) -> None:
    """Whoever was linked comes in as somebody new."""
    desk = await house.desk()
    await house.enter(desk)
    before = await house.user()
    await users.Users(house.store, house.clock, passwords=None).remove(ADMIN, "ada")
    await house.enter(desk)
    assert (await house.user()).id != before.id
