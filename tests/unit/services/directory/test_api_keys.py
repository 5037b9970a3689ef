"""Keys of the REST interfaces open what they are for, as long as they are good."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.adapters import seal
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Account, ApiKey
from orchestrator.services.directory import allowances, api_keys, sessions
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR, OTHER = access.operator("1"), access.operator("2")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


class House:
    """Two accounts and their keys."""

    def __init__(self):
        self.clock = clocks.TurnedClock(NOW)
        self.store = memory.MemoryDirectory()
        self.keys = api_keys.ApiKeys(self.store, self.clock, seal.Seal(bytes(32)))

    async def pass_seconds(self, seconds):
        await self.clock.advance(timedelta(seconds=seconds))

    async def open(self, key, *, account="1", scope="context"):
        return await self.keys.check(account, key, scope=scope)


@pytest.fixture
async def house():
    made = House()

    def accounts(unit):
        for account in ("1", "2"):
            unit.add(Account(account, NOW))

    await made.store.write(ACTOR, NOW, accounts)
    return made


async def test_a_key_is_shown_once_and_kept_as_a_hash(house):
    """256 random bits behind a visible prefix, in letters that need no escaping anywhere."""
    made = await house.keys.add(ACTOR, name="CRM")
    assert re.fullmatch(r"co_[0-9a-f]{12}_[A-Za-z0-9_-]{43}", made.api_key)
    assert made.api_key.startswith(made.prefix)
    kept = (await house.store.read(lambda rows: rows.find(ApiKey)))[0]
    assert kept.secret_hash == sessions.digest(made.api_key.removeprefix(f"{made.prefix}_"))
    (shown,) = await house.keys.all(ACTOR)
    assert (shown.prefix, shown.scopes, shown.state) == (
        made.prefix,
        ("context", "decide"),
        "active",
    )
    assert made.api_key not in repr(made) + repr(shown)


async def test_a_key_opens_its_scopes_in_its_account(house):
    """Another account is 401, as is anything else that is no key; another scope is 403."""
    made = await house.keys.add(ACTOR, name="CRM", scopes=["context"])
    actor = await house.open(made.api_key)
    assert (actor.account, actor.who, actor.permissions) == ("1", "key CRM", frozenset())
    with pytest.raises(errors.Forbidden):
        await house.open(made.api_key, scope="decide")
    with pytest.raises(errors.Unauthenticated):
        await house.open(made.api_key, account="2")
    admin = await house.keys.add(OTHER, name="CRM", scopes=["admin"])
    assert (await house.open(admin.api_key, account="2", scope="admin")).may("directory.write")


@pytest.mark.parametrize(
    "spoiled",
    [
        lambda _: "",
        lambda _: "co_",
        lambda _: "co__",
        lambda key: key[:-1],
        lambda key: key + "x",
        lambda key: key.upper(),
        lambda key: key.removeprefix("co_"),
        lambda key: key.replace("co_", "co_\x00"),
        lambda key: key.replace("co_", "co_é"),
        lambda key: f"co_token.{key}",
        lambda _: "co_token.",
        lambda _: "co_token.é",
        lambda _: "co_token.AAAA",
    ],
)
async def test_what_is_no_key_opens_nothing(house, spoiled):
    """Whatever is wrong, the refusal is the same."""
    made = await house.keys.add(ACTOR, name="CRM")
    with pytest.raises(errors.Unauthenticated, match=r"^The API key or token is not valid\.$"):
        await house.open(spoiled(made.api_key))


async def test_a_rotation_overlaps_as_long_as_asked(house):
    """The old key is good until the end of the overlap, the new one from now on."""
    old = await house.keys.add(ACTOR, name="CRM", scopes=["decide"], rate=600)
    new = await house.keys.rotate(ACTOR, "CRM", overlap_seconds=60)
    assert (new.name, new.scopes, new.rate) == ("CRM", ("decide",), 600)
    for key in (old, new):
        await house.open(key.api_key, scope="decide")
    assert [key.state for key in await house.keys.all(ACTOR)] == ["ending", "active"]
    await house.pass_seconds(60)
    await house.open(new.api_key, scope="decide")
    with pytest.raises(errors.Unauthenticated):
        await house.open(old.api_key, scope="decide")
    with pytest.raises(errors.Conflict):
        await house.keys.rotate(ACTOR, old.prefix)


async def test_a_rotation_at_once_ends_the_old_key(house):
    """As the original's button does."""
    old = await house.keys.add(ACTOR, name="CRM")
    await house.keys.rotate(ACTOR, old.prefix)
    with pytest.raises(errors.Unauthenticated):
        await house.open(old.api_key)


@pytest.mark.parametrize("overlap", [-1, 30 * 86_400 + 1])
async def test_an_overlap_has_bounds(house, overlap):
    """No key lives on for years by rotation."""
    await house.keys.add(ACTOR, name="CRM")
    with pytest.raises(errors.BadInput):
        await house.keys.rotate(ACTOR, "CRM", overlap_seconds=overlap)


async def test_revoking_by_name_ends_all_by_prefix_one(house):
    """What a key replaced, and is still good, goes with its name."""
    old = await house.keys.add(ACTOR, name="CRM")
    new = await house.keys.rotate(ACTOR, "CRM", overlap_seconds=60)
    await house.keys.revoke(ACTOR, old.prefix)
    await house.open(new.api_key)
    newest = await house.keys.rotate(ACTOR, "CRM", overlap_seconds=60)
    assert (await house.keys.revoke(ACTOR, "CRM")).state == "ended"
    for key in (old, new, newest):
        with pytest.raises(errors.Unauthenticated):
            await house.open(key.api_key)
    assert (await house.keys.revoke(ACTOR, "CRM")).state == "ended", "again, nothing happens"


async def test_a_name_is_free_again_after_its_key(house):
    """No two living keys or clients of an account share one."""
    await house.keys.add(ACTOR, name="CRM")
    with pytest.raises(errors.Conflict):
        await house.keys.add_client(ACTOR, name="CRM")
    await house.keys.add(OTHER, name="CRM")
    await house.keys.revoke(ACTOR, "CRM")
    again = await house.keys.add(ACTOR, name="CRM")
    assert (await house.keys.show(ACTOR, "CRM")).prefix == again.prefix


@pytest.mark.parametrize(
    "wish",
    [
        {"name": ""},
        {"name": "a", "scopes": []},
        {"name": "a", "scopes": ["everything"]},
        {"name": "a", "rate": 0},
        {"name": "a", "rate": 1_000_001},
    ],
)
async def test_impossible_wishes_are_refused(house, wish):
    """Before anything is made."""
    with pytest.raises(errors.BadInput):
        await house.keys.add(ACTOR, **wish)
    assert await house.keys.all(ACTOR) == []


async def test_a_key_is_changed_without_a_new_secret(house):
    """From its next request on; its name stays its own."""
    made = await house.keys.add(ACTOR, name="CRM", rate=1)
    await house.keys.add(ACTOR, name="taken")
    shown = await house.keys.edit(ACTOR, "CRM", name="Sales", scopes=["decide"], rate=0)
    assert (shown.name, shown.scopes, shown.rate) == ("Sales", ("decide",), None)
    assert (await house.open(made.api_key, scope="decide")).who == "key Sales"
    assert await house.keys.edit(ACTOR, "Sales") == shown
    for wish in ({"scopes": []}, {"rate": -1}, {"name": ""}):
        with pytest.raises(errors.BadInput):
            await house.keys.edit(ACTOR, "Sales", **wish)
    with pytest.raises(errors.Conflict):
        await house.keys.edit(ACTOR, "Sales", name="taken")


async def test_a_removed_key_is_gone(house):
    """It opens nothing and is not listed."""
    made = await house.keys.add(ACTOR, name="CRM")
    assert (await house.keys.remove(ACTOR, made.prefix)).name == "CRM"
    assert await house.keys.all(ACTOR) == []
    with pytest.raises(errors.Unauthenticated):
        await house.open(made.api_key)


async def test_keys_of_others_are_not_seen(house):
    """Neither listed nor ended, by name or by prefix."""
    theirs = await house.keys.add(OTHER, name="CRM")
    assert await house.keys.all(ACTOR) == []
    for reference in ("CRM", theirs.prefix):
        with pytest.raises(errors.NotFound):
            await house.keys.revoke(ACTOR, reference)


async def test_only_who_may_write_makes_keys(house):
    """A viewer reads the list."""
    viewer = Actor("1", "vera", access.permissions(("Viewer",)))
    assert await house.keys.all(viewer) == []
    with pytest.raises(errors.Forbidden):
        await house.keys.add(viewer, name="CRM")
    with pytest.raises(errors.Forbidden):
        await house.keys.revoke(viewer, "CRM")


async def test_a_key_has_so_many_requests_a_minute(house):
    """The minute begins with its first request; what is refused says when to come back."""
    made = await house.keys.add(ACTOR, name="CRM", rate=2)
    left = [(await house.keys.admit(made.api_key, scope="context")).allowance for _ in range(2)]
    assert left == [allowances.Allowance(2, 1, 60), allowances.Allowance(2, 0, 60)]
    await house.pass_seconds(59.5)
    with pytest.raises(allowances.RateExceeded) as refused:
        await house.open(made.api_key)
    assert (refused.value.seconds, refused.value.allowance) == (1, allowances.Allowance(2, 0, 1))
    await house.pass_seconds(0.5)
    await house.open(made.api_key)


async def test_a_client_gets_tokens_for_an_hour(house):
    """By user id and password; the token says all, and nothing of it can be changed."""
    client = await house.keys.add_client(ACTOR, name="bot", scopes=["context"])
    made = await house.keys.login(client.user_id, client.password)
    assert made.lifetime == timedelta(seconds=3600)
    assert re.fullmatch(r"[A-Za-z0-9._-]+", made.token)
    assert (await house.open(made.token)).who == "key bot"
    with pytest.raises(errors.Unauthenticated):
        await house.open(made.token, account="2")
    with pytest.raises(errors.Unauthenticated):
        await house.open(
            made.token[:50] + ("A" if made.token[50] != "A" else "B") + made.token[51:]
        )
    await house.pass_seconds(3599)
    await house.open(made.token)
    await house.pass_seconds(1)
    with pytest.raises(errors.Unauthenticated):
        await house.open(made.token)


async def test_a_clients_tokens_end_with_it(house):
    """Also those that were given before."""
    client = await house.keys.add_client(ACTOR, name="bot")
    made = await house.keys.login(client.user_id, client.password)
    await house.keys.revoke(ACTOR, client.user_id)
    with pytest.raises(errors.Unauthenticated):
        await house.open(made.token)
    with pytest.raises(errors.Unauthenticated):
        await house.keys.login(client.user_id, client.password)


async def test_a_client_is_rotated_too(house):
    """A new id with a new password; the old pair and its tokens overlap as asked."""
    old = await house.keys.add_client(ACTOR, name="bot")
    token = (await house.keys.login(old.user_id, old.password)).token
    new = await house.keys.rotate(ACTOR, "bot", overlap_seconds=10)
    assert new.user_id != old.user_id
    await house.open(token)
    await house.pass_seconds(10)
    with pytest.raises(errors.Unauthenticated):
        await house.open(token)


async def test_wrong_passwords_and_keys_as_clients_give_no_token(house):
    """A key is no client, nor a client a key."""
    client = await house.keys.add_client(ACTOR, name="bot")
    key = await house.keys.add(ACTOR, name="CRM")
    for pair in (
        (client.user_id, "wrong"),
        ("nobody", client.password),
        ("", ""),
        (key.prefix.removeprefix("co_"), key.api_key.rpartition("_")[2]),
    ):
        with pytest.raises(errors.Unauthenticated, match="user id or password"):
            await house.keys.login(*pair)
    with pytest.raises(errors.Unauthenticated):
        await house.open(f"co_{client.user_id}_{client.password}")
