"""Signatures and programs' tokens prove who calls, once and for a while."""

import asyncio
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl, unquote, urlsplit

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from oauthlib import oauth1 as other

from orchestrator.adapters import oauth1
from orchestrator.adapters.tokens import app_tokens
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import LoginKey
from orchestrator.services import directory as services
from orchestrator.services.directory import callers, sessions
from orchestrator.services.directory.callers import Callers, SignedRequest
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR = access.operator("1")
NOW = datetime.fromtimestamp(1700000000, UTC)

VECTOR_URL = "https://localhost:8443/api/account/12345678/configuration/le-users/users"
VECTOR = SignedRequest(
    "GET",
    (VECTOR_URL,),
    (("v", "4.0"), ("select", "id,loginName")),
    {
        "oauth_consumer_key": "a1b2c3d4e5f6a7b8c9d0e1f2a3b4c5d6",
        "oauth_token": "00112233445566778899aabbccddeeff",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1700000000",
        "oauth_nonce": "nonce-123",
        "oauth_version": "1.0",
        "oauth_signature": "hX8FgC9tobZDI8n3g6HxIhkrAs8=",
    },
)
"""Messaging protocol 7.7: two independent implementations agree on it."""


class PlainPasswords:
    async def hash(self, password):
        return password

    async def matches(self, password, *, hashed):
        return password == hashed


class PlainSeal:
    def seal(self, secret, *, row):  # noqa: ARG002 - the port names it
        return secret

    def open(self, sealed, *, row):  # noqa: ARG002 - as above
        return sealed


class Kept:
    """Signing keys in memory."""

    def __init__(self):
        self.rows = {}

    async def find(self, account):
        return self.rows.get(account)

    async def keep(self, account, *, sealed):
        return self.rows.setdefault(account, sealed)


class Town:
    """A directory with one bot, whose key is the vector's; and the callers' desk over it."""

    def __init__(self):
        self.clock = clocks.TurnedClock(NOW)
        self.store = memory.MemoryDirectory()
        self.directory = services.Directory(
            self.store, self.clock, passwords=PlainPasswords(), seal=PlainSeal()
        )
        self.callers = Callers(
            self.store,
            self.clock,
            login_keys=self.directory.keys,
            signing=oauth1.HmacSha1(),
            tokens=app_tokens.AppTokens(Kept(), PlainSeal(), self.clock),
        )

    async def fill(self):
        made = await self.directory.users.add(ACTOR, login="bot", type="bot", roles=["Agent"])
        key = LoginKey(
            "1",
            VECTOR.header["oauth_consumer_key"],
            made.user.id,
            b"0123456789abcdef",
            sessions.digest(VECTOR.header["oauth_token"]),
            b"fedcba9876543210",
            self.clock.now(),
        )
        await self.store.write(ACTOR, self.clock.now(), lambda unit: unit.add(key))
        return self


@pytest.fixture
async def town():
    return await Town().fill()


def changed(**header):
    return msgspec.structs.replace(VECTOR, header=VECTOR.header | header)


async def test_the_published_vector_is_accepted(town):
    """The signature on which two implementations agree is the owner's of the key."""
    actor = await town.callers.by_signature("1", VECTOR)
    assert (actor.who, actor.user_id) == ("bot", "1001")
    assert actor.may("directory.read"), "bots look people up"
    assert not actor.may("directory.write")


async def test_a_signature_counts_once(town):
    """The same nonce is refused for as long as its timestamp could pass."""
    await town.callers.by_signature("1", VECTOR)
    for _ in range(2):
        with pytest.raises(errors.Unauthenticated):
            await town.callers.by_signature("1", VECTOR)
        await town.clock.advance(callers.WINDOW)


async def test_a_refused_signature_uses_up_no_nonce(town):
    """Somebody who has seen a nonce cannot spoil it for its owner."""
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("1", changed(oauth_signature="bm90aGluZw=="))
    assert await town.callers.by_signature("1", VECTOR)


@pytest.mark.parametrize("minutes", [-6, -5, 0, 5, 6])
async def test_the_timestamp_may_be_five_minutes_off(minutes):
    """Either way, and not a second more."""
    town = Town()
    town.clock = clocks.TurnedClock(NOW + timedelta(minutes=minutes))
    town.callers = Callers(
        town.store,
        town.clock,
        login_keys=town.directory.keys,
        signing=oauth1.HmacSha1(),
        tokens=app_tokens.AppTokens(Kept(), PlainSeal(), town.clock),
    )
    await town.fill()
    if abs(minutes) > 5:
        with pytest.raises(errors.Unauthenticated):
            await town.callers.by_signature("1", VECTOR)
    else:
        assert await town.callers.by_signature("1", VECTOR)


@pytest.mark.parametrize(
    "header",
    [
        {"oauth_consumer_key": "another"},
        {"oauth_consumer_key": "\0"},
        {"oauth_token": "another"},
        {"oauth_signature_method": "PLAINTEXT"},
        {"oauth_timestamp": "1700000001"},
        {"oauth_timestamp": "²"},
        {"oauth_timestamp": "9" * 40},
        {"oauth_timestamp": ""},
        {"oauth_nonce": "another"},
        {"oauth_signature": ""},
        {"oauth_signature": "ä"},
        {"oauth_callback": "more"},
    ],
)
async def test_whatever_differs_is_refused(town, header):
    """Every part of the header is signed, and says nothing about what was wrong."""
    with pytest.raises(errors.Unauthenticated, match=r"^The signature is not valid\.$"):
        await town.callers.by_signature("1", changed(**header))


@pytest.mark.parametrize(
    "request_",
    [
        msgspec.structs.replace(VECTOR, method="PUT"),
        msgspec.structs.replace(VECTOR, query=()),
        msgspec.structs.replace(VECTOR, urls=(VECTOR_URL.replace(":8443", ""),)),
        msgspec.structs.replace(VECTOR, urls=("no url at all",)),
    ],
)
async def test_a_signature_is_of_one_request(town, request_):
    """Method, query and URL with its port are signed."""
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("1", request_)


async def test_a_revoked_key_and_a_disabled_user_sign_nothing(town):
    """Both are looked at for every request, and another account's key is nobody's."""
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("2", VECTOR)
    await town.directory.users.edit(ACTOR, "bot", status="disabled")
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("1", VECTOR)
    await town.directory.users.edit(ACTOR, "bot", status="enabled")
    await town.directory.keys.revoke(ACTOR, "bot", app_key=VECTOR.header["oauth_consumer_key"])
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("1", VECTOR)


async def test_a_signature_without_a_nonce_could_be_repeated_and_is_refused(town):
    """Though it be right in all else."""
    header = {name: value for name, value in VECTOR.header.items() if name != "oauth_nonce"}
    signed = [*VECTOR.query, *((k, v) for k, v in header.items() if k != "oauth_signature")]
    signature = oauth1.HmacSha1().sign(
        "GET", VECTOR_URL, signed, secret="0123456789abcdef", token_secret="fedcba9876543210"
    )
    unnumbered = {**header, "oauth_signature": signature}
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_signature("1", msgspec.structs.replace(VECTOR, header=unnumbered))


_WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    query=st.lists(st.tuples(_WORDS.filter(bool), _WORDS), max_size=4),
    port=st.sampled_from(["", ":8443", ":443"]),
)
def test_what_another_library_signs_is_accepted(method, query, port):
    """An OAuth1 client that is not ours signs, whatever the query; its header is understood."""

    async def run():
        town = await Town().fill()
        client = other.Client(
            VECTOR.header["oauth_consumer_key"],
            "0123456789abcdef",
            VECTOR.header["oauth_token"],
            "fedcba9876543210",
            timestamp="1700000000",
        )
        from urllib.parse import urlencode

        url = f"https://Localhost{port}/api/account/1/x?{urlencode(query)}"
        _, headers, _ = client.sign(url, method)
        parts = headers["Authorization"].removeprefix("OAuth ").split(", ")
        pairs = (part.split("=", 1) for part in parts)
        header = {name: unquote(value.strip('"')) for name, value in pairs}
        split = urlsplit(url)
        sent = tuple(parse_qsl(split.query, keep_blank_values=True))
        where = f"https://{split.netloc}{split.path}"
        assert await town.callers.by_signature("1", SignedRequest(method, (where,), sent, header))

    asyncio.run(run())


async def test_a_programs_token_names_its_account(town):
    """All accounts' are signed by one key, so that the audience alone keeps them apart."""
    signer = app_tokens.AppTokens(Kept(), PlainSeal(), town.clock)
    token = await signer.sign("1", "c", scopes=["users.read"], expires_at=NOW + timedelta(hours=1))
    assert (await signer.verify("1", token)).client_id == "c"
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("2", token)


# -- programs ----------------------------------------------------------------------------------


async def test_a_client_fetches_a_token_that_is_good_for_an_hour(town):
    """It says by its scopes what it may do, and nothing more."""
    made = await town.directory.clients.add(ACTOR, name="sync", scopes=["users.read"])
    assert made.client_secret not in repr(made)
    issued = await town.callers.issue("1", client_id=made.client_id, secret=made.client_secret)
    actor = await town.callers.by_token("1", issued.token)
    assert actor.who == "client sync"
    assert actor.may("directory.read")
    assert not actor.may("directory.write")
    await town.clock.advance(callers.TOKEN_LIFETIME - timedelta(seconds=1))
    assert await town.callers.by_token("1", issued.token)
    await town.clock.advance(timedelta(seconds=1))
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_token("1", issued.token)


async def test_wrong_clients_get_no_token(town):
    """Wrong ids, secrets and accounts are all the same error."""
    made = await town.directory.clients.add(ACTOR, name="sync")
    for account, client, secret in (
        ("1", made.client_id, "wrong"),
        ("1", "wrong", made.client_secret),
        ("2", made.client_id, made.client_secret),
    ):
        with pytest.raises(errors.Unauthenticated, match="not valid"):
            await town.callers.issue(account, client_id=client, secret=secret)


async def test_a_revoked_client_is_refused_with_the_tokens_it_has(town):
    """Nobody waits for the hour to pass."""
    made = await town.directory.clients.add(ACTOR, name="sync", scopes=["users.read"])
    issued = await town.callers.issue("1", client_id=made.client_id, secret=made.client_secret)
    await town.directory.clients.revoke(ACTOR, "sync")
    with pytest.raises(errors.Unauthenticated):
        await town.callers.by_token("1", issued.token)
    with pytest.raises(errors.Unauthenticated):
        await town.callers.issue("1", client_id=made.client_id, secret=made.client_secret)
    again = await town.directory.clients.add(ACTOR, name="sync")
    assert again.client_id != made.client_id


async def test_a_token_is_of_one_account_and_one_issuer(town):
    """Neither another account's nor a forged one passes, whatever it says of itself."""
    made = await town.directory.clients.add(ACTOR, name="sync")
    issued = await town.callers.issue("1", client_id=made.client_id, secret=made.client_secret)
    head, claims, signature = issued.token.split(".")
    unsigned = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
    for account, token in (
        ("2", issued.token),
        ("1", f"{head}.{claims}."),
        ("1", f"{unsigned}.{claims}."),
        ("1", f"{unsigned}.{claims}.{signature}"),
        ("1", f"{head}.{claims[::-1]}.{signature}"),
        ("1", "a.b.c"),
        ("1", ".."),
    ):
        with pytest.raises(errors.Unauthenticated):
            await town.callers.by_token(account, token)


async def test_a_door_can_ask_for_a_scope(town):
    """What a scope opens by itself is open to those who have it alone."""
    made = await town.directory.clients.add(ACTOR, name="line", scopes=["msg.consumer"])
    issued = await town.callers.issue("1", client_id=made.client_id, secret=made.client_secret)
    found = await town.callers.demand_scope("1", issued.token, scope="msg.consumer")
    assert found.client_id == made.client_id
    with pytest.raises(errors.Forbidden):
        await town.callers.demand_scope("1", issued.token, scope="faas.lambda.invoke")


async def test_scopes_are_those_of_the_table(town):
    """A misspelt scope is noticed when the client is made; so is a name that is taken."""
    with pytest.raises(errors.BadInput, match=r"users\.read"):
        await town.directory.clients.add(ACTOR, name="sync", scopes=["users.raed"])
    with pytest.raises(errors.BadInput):
        await town.directory.clients.add(ACTOR, name="sync", scopes=[])
    await town.directory.clients.add(ACTOR, name="sync")
    with pytest.raises(errors.Conflict):
        await town.directory.clients.add(ACTOR, name="sync")
    with pytest.raises(errors.NotFound, match="clients list"):
        await town.directory.clients.revoke(ACTOR, "sink")
