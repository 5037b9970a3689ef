"""Users, passwords, keys and sessions, through the directory's own calls."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from orchestrator.core.model import access, errors
from orchestrator.services import directory as services
from orchestrator.services.directory import fields
from orchestrator.services.directory.keys import Credentials
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR = access.operator("1")


class PlainPasswords:
    """Not slow, not safe: the real ones are tested beside their adapter."""

    async def hash(self, password):
        return f"hash of {password}"

    async def matches(self, password, *, hashed):
        return hashed == f"hash of {password}"


class PlainSeal:
    """Writes the row beside the secret, so that a mix-up is noticed."""

    def seal(self, secret, *, row):
        return row.encode() + b"|" + secret[::-1]

    def open(self, sealed, *, row):
        found, _, secret = sealed.partition(b"|")
        assert found.decode() == row
        return secret[::-1]


@pytest.fixture
def clock():
    return clocks.TurnedClock()


@pytest.fixture
def store():
    return memory.MemoryDirectory()


@pytest.fixture
def directory(store, clock):
    return services.Directory(store, clock, passwords=PlainPasswords(), seal=PlainSeal())


async def add_ann(directory, **more):
    given = {"login": "ann", "type": "human", "roles": ["Agent"], "password": "correct horse"}
    return (await directory.users.add(ACTOR, **{**given, **more})).user


async def add_bot(directory, **more):
    given = {"login": "mavenBot", "type": "bot", "roles": ["Agent"]}
    return (await directory.users.add(ACTOR, **{**given, **more})).user


# -- users -------------------------------------------------------------------------------------


async def test_a_human_without_a_password_gets_one_that_works(directory):
    """The random password is shown once and signs in."""
    made = await directory.users.add(ACTOR, login="ann", type="human", roles=["Agent"])
    assert made.user.max_chats == 10
    assert made.password not in repr(made)
    session = await directory.logins.by_password("1", username="ann", password=made.password)
    assert session.user == made.user


async def test_a_bot_has_no_password_and_no_limit(directory):
    """Bots sign in with keys; their capacity is unlimited unless said."""
    made = await directory.users.add(ACTOR, login="mavenBot", type="bot", roles=["Agent"])
    assert (made.password, made.user.max_chats) == (None, None)
    with pytest.raises(errors.BadInput, match="generate-key"):
        await add_bot(directory, login="other", password="correct horse")
    with pytest.raises(errors.BadInput, match="generate-key"):
        await directory.users.edit(ACTOR, "mavenBot", password="correct horse")


async def test_ids_and_pids_of_users(directory):
    """Ids count from 1001 in each account; a PID is a UUID, the same for the same agent."""
    await directory.accounts.add(ACTOR, "2")
    mine = await add_ann(directory)
    theirs = (
        await directory.users.add(access.operator("2"), login="ann", type="human", roles=["Agent"])
    ).user
    assert (mine.id, theirs.id) == ("1001", "1001")
    assert mine.pid != theirs.pid
    assert [len(part) for part in mine.pid.split("-")] == [8, 4, 4, 4, 12]


@pytest.mark.parametrize("reference", ["1001", "1.1001", "ann", "{pid}"])
async def test_every_spelling_of_an_agent_is_understood(directory, reference):
    """User id, ACCOUNT.USER, PID and login all find the user."""
    ann = await add_ann(directory)
    assert await directory.users.show(ACTOR, reference.format(pid=ann.pid)) == ann


@pytest.mark.parametrize(
    ("given", "path", "said"),
    [
        ({"login": ""}, "login", "1 to 128 characters"),
        ({"login": "two words"}, "login", "without blanks"),
        ({"type": "robot"}, "--type", "human or bot"),
        ({"roles": []}, "--role", "at least one role"),
        ({"roles": ["Agnet"]}, "--role", "no role “Agnet”"),
        ({"max_chats": -1}, "--max-chats", "from 0 to"),
        ({"max_chats": True}, "--max-chats", "must be a number"),
        ({"full_name": "A\nB"}, "--full-name", "line breaks"),
        ({"password": "short"}, "--password-stdin", "8 to 1024"),
    ],
)
async def test_bad_users_are_refused_with_place_and_remedy(directory, given, path, said):
    """Each mistake names its option and what would be right."""
    with pytest.raises(errors.BadInput, match=said) as caught:
        await add_ann(directory, **given)
    assert caught.value.path == path
    assert await directory.users.all(ACTOR) == []


async def test_roles_are_kept_once_and_in_the_order_of_the_table(directory):
    """Case and repetition do not matter on input."""
    ann = await add_ann(directory, roles=["viewer", "Agent", "AGENT"])
    assert ann.roles == ("Agent", "Viewer")


async def test_logins_are_unique_without_regard_to_case(directory):
    """Two people cannot be mistaken for one another; renaming in case only is fine."""
    await add_ann(directory)
    with pytest.raises(errors.Conflict, match="“ann”"):
        await add_ann(directory, login="ANN")
    assert (await directory.users.edit(ACTOR, "ann", login="Ann")).login == "Ann"


async def test_near_matches_are_offered(directory):
    """A misspelt login gets the right one as an answer."""
    await add_ann(directory, login="annette")
    with pytest.raises(errors.NotFound, match="Did you mean “annette”"):
        await directory.users.show(ACTOR, "anette")


async def test_a_removed_user_takes_everything_along(directory):
    """Sessions end, keys and assignments go, and the id is not used again."""
    ann = await add_ann(directory)
    key = await directory.keys.generate(ACTOR, "ann")
    skill = await directory.skills.add(ACTOR, name="Billing")
    await directory.skills.assign(ACTOR, skill.id, users=["ann"])
    session = await directory.logins.by_key("1", credentials=key)
    await directory.users.remove(ACTOR, "ann")
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=session.bearer)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.by_key("1", credentials=key)
    assert await directory.skills.assignments(ACTOR) == []
    assert (await add_ann(directory)).id != ann.id


async def test_a_user_in_use_is_not_removed(directory, store):
    """The refusal says by what: conversations and policies, or the bot's sign-in."""
    bot = await add_bot(directory)
    key = await directory.keys.generate(ACTOR, bot.id)
    store.uses["1", bot.id] = ["2 open conversations"]
    await directory.bots.configure(ACTOR, document=msgspec.to_builtins(key))
    with pytest.raises(errors.Conflict, match=r"bot's sign-in .*, 2 open conversations"):
        await directory.users.remove(ACTOR, bot.id)


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"roles": ["Viewer"]}, None])
async def test_the_last_administrator_stays_one(directory, change):
    """Whoever goes last would leave nobody who can undo it; with another one anybody may go."""

    async def go(login):
        if change is None:
            return await directory.users.remove(ACTOR, login)
        return await directory.users.edit(ACTOR, login, **change)

    await add_ann(directory, roles=["Administrator"])
    await add_ann(directory, login="bob", roles=["Administrator"])
    await directory.users.edit(ACTOR, "bob", status="disabled")  # and is no help
    with pytest.raises(errors.Conflict, match="“ann” is the last administrator here"):
        await go("ann")
    await directory.users.edit(ACTOR, "ann", full_name="Ann", roles=["Agent", "Administrator"])
    await directory.users.edit(ACTOR, "bob", status="enabled")
    await go("ann")
    with pytest.raises(errors.Conflict, match="“bob” is the last"):
        await go("bob")


@pytest.mark.parametrize(("text", "chats"), [("unlimited", None), ("0", 0), ("25", 25)])
def test_capacity_is_read(text, chats):
    """A whole number or the word."""
    assert fields.capacity(text) == chats


@pytest.mark.parametrize("text", ["-1", "many", "", "1.5"])
def test_bad_capacity_is_refused(text):
    """Anything else names the option."""
    with pytest.raises(errors.BadInput, match="--max-chats"):
        fields.capacity(text)


# -- who may -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", access.ROLES)
async def test_only_administrators_change_the_directory(directory, role):
    """The permission is demanded before anything happens."""
    actor = access.Actor("1", "somebody", access.permissions((role,)))
    adding = directory.skills.add(actor, name="Billing")
    if role == "Administrator":
        assert (await adding).name == "Billing"
    else:
        with pytest.raises(errors.Forbidden, match="Administrator"):
            await adding
        assert await directory.skills.all(ACTOR) == []


def test_several_roles_add_up():
    """Permissions are the union; a role that no longer exists grants nothing."""
    both = access.permissions(("Agent", "Policy editor", "Wizard"))
    assert both == access.ROLES["Agent"] | access.ROLES["Policy editor"]


async def test_agents_may_look_at_themselves_and_nobody_else(directory):
    """An agent's own record needs no permission."""
    ann = await add_ann(directory)
    await add_ann(directory, login="bob")
    session = await directory.logins.by_password("1", username="ann", password="correct horse")
    actor = (await directory.logins.check("1", bearer=session.bearer)).actor
    assert await directory.users.show(actor, ann.id) == ann
    with pytest.raises(errors.Forbidden):
        await directory.users.show(actor, "bob")


# -- keys --------------------------------------------------------------------------------------


async def test_the_shape_of_a_key(directory):
    """32, 16, 32 and 16 hex digits, with the login; its repr holds none of them."""
    await add_bot(directory)
    key = await directory.keys.generate(ACTOR, "mavenBot")
    parts = (key.app_key, key.secret, key.access_token, key.access_token_secret)
    assert [len(part) for part in parts] == [32, 16, 32, 16]
    assert set("".join(parts)) <= set("0123456789abcdef")
    assert not any(part in repr(key) for part in parts)
    assert set(msgspec.to_builtins(key)) == {
        "username",
        "appKey",
        "secret",
        "accessToken",
        "accessTokenSecret",
    }


@pytest.mark.parametrize("part", Credentials.__struct_fields__)
async def test_every_part_of_a_key_counts(directory, part):
    """One wrong part of five, and the login is refused in the words of any other."""
    await add_bot(directory)
    await add_bot(directory, login="other")
    key = await directory.keys.generate(ACTOR, "mavenBot")
    other = await directory.keys.generate(ACTOR, "other")
    wrong = msgspec.structs.replace(key, **{part: getattr(other, part)})
    with pytest.raises(errors.Unauthenticated, match=r"^These credentials are not valid\.$"):
        await directory.logins.by_key("1", credentials=wrong)
    assert (await directory.logins.by_key("1", credentials=key)).user.login == "mavenBot"


async def test_a_revoked_key_ends_its_own_sessions(directory):
    """Sessions of other keys go on; revoking twice changes nothing."""
    await add_bot(directory)
    first, second = [await directory.keys.generate(ACTOR, "mavenBot") for _ in range(2)]
    ended = await directory.logins.by_key("1", credentials=first)
    lasting = await directory.logins.by_key("1", credentials=second)
    revoked = [
        await directory.keys.revoke(ACTOR, "mavenBot", app_key=first.app_key) for _ in range(2)
    ]
    assert revoked[0] == revoked[1]
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=ended.bearer)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.by_key("1", credentials=first)
    await directory.logins.check("1", bearer=lasting.bearer)
    shown = {key.app_key: key.revoked_at for key in await directory.keys.all(ACTOR, "mavenBot")}
    assert shown == {first.app_key: revoked[0].revoked_at, second.app_key: None}


async def test_a_key_of_another_account_is_no_key(directory):
    """Credentials are good in their own account alone."""
    await directory.accounts.add(ACTOR, "2")
    await add_bot(directory)
    key = await directory.keys.generate(ACTOR, "mavenBot")
    session = await directory.logins.by_key("1", credentials=key)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.by_key("2", credentials=key)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("2", bearer=session.bearer)


# -- sessions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("account", "username", "password"),
    [
        ("1", "ann", "wrong horse"),
        ("1", "nobody", "correct horse"),
        ("1", "mavenBot", "correct horse"),
        ("1", "off", "correct horse"),
        ("9", "ann", "correct horse"),
    ],
)
async def test_every_wrong_password_login_is_the_same_error(directory, account, username, password):
    """Wrong password, no such user, a bot, a disabled user, no such account: one answer."""
    await add_ann(directory)
    await add_ann(directory, login="off")
    await add_bot(directory)
    await directory.users.edit(ACTOR, "off", status="disabled")
    with pytest.raises(errors.Unauthenticated, match=r"^These credentials are not valid\.$"):
        await directory.logins.by_password(account, username=username, password=password)


async def test_a_session_lives_as_long_as_it_is_refreshed(directory, clock):
    """Eight hours from the last refresh, by cookie and CSRF token."""
    await add_ann(directory)
    session = await directory.logins.by_password("1", username="ann", password="correct horse")
    assert session.expires_at == clock.now() + timedelta(hours=8)
    await clock.advance(timedelta(hours=7))
    ends = await directory.logins.refresh("1", cookie=session.cookie, csrf=session.csrf)
    assert ends == clock.now() + timedelta(hours=8)
    await clock.advance(timedelta(hours=7, minutes=59))
    assert (await directory.logins.check("1", bearer=session.bearer)).expires_at == ends
    await clock.advance(timedelta(minutes=1))
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=session.bearer)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.refresh("1", cookie=session.cookie, csrf=session.csrf)


async def test_the_account_sets_how_long_a_session_lives(directory, clock):
    """``session_hours`` counts for new sessions and for refreshes."""
    from orchestrator.services.directory.accounts import Settings

    await add_ann(directory)
    await directory.accounts.edit(ACTOR, settings=Settings(session_hours=0.5))
    session = await directory.logins.by_password("1", username="ann", password="correct horse")
    assert session.lifetime == timedelta(minutes=30)
    assert session.expires_at == clock.now() + timedelta(minutes=30)


async def test_refresh_needs_both_cookie_and_csrf(directory):
    """Neither alone, nor those of two different sessions."""
    await add_ann(directory)
    first, second = [
        await directory.logins.by_password("1", username="ann", password="correct horse")
        for _ in range(2)
    ]
    for cookie, csrf in [
        (first.cookie, second.csrf),
        (second.cookie, first.csrf),
        ("", ""),
        (first.bearer, first.csrf),
    ]:
        with pytest.raises(errors.Unauthenticated):
            await directory.logins.refresh("1", cookie=cookie, csrf=csrf)


async def test_logout_ends_one_session(directory):
    """The bearer dies, another login of the same user lives."""
    await add_ann(directory)
    first, second = [
        await directory.logins.by_password("1", username="ann", password="correct horse")
        for _ in range(2)
    ]
    ended = await directory.logins.logout("1", cookie=first.cookie, csrf=first.csrf)
    assert ended.session_id == first.session_id
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=first.bearer)
    assert (await directory.logins.check("1", bearer=second.bearer)).user.login == "ann"


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"password": "battery staple"}])
async def test_disabling_and_a_new_password_end_sessions(directory, change):
    """Nobody stays signed in with what no longer counts."""
    await add_ann(directory)
    session = await directory.logins.by_password("1", username="ann", password="correct horse")
    await directory.users.edit(ACTOR, "ann", **change)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=session.bearer)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.by_password("1", username="ann", password="correct horse")


async def test_a_password_changed_during_the_slow_hash_does_not_sign_in(store, clock):
    """What was true before the hash is looked at again before the session begins."""

    class Slow(PlainPasswords):
        def __init__(self):
            self.started = asyncio.Event()
            self.go_on = asyncio.Event()

        async def matches(self, password, *, hashed):
            self.started.set()
            await self.go_on.wait()
            return await super().matches(password, hashed=hashed)

    passwords = Slow()
    directory = services.Directory(store, clock, passwords=passwords, seal=PlainSeal())
    await add_ann(directory)
    login = asyncio.create_task(
        directory.logins.by_password("1", username="ann", password="correct horse")
    )
    await passwords.started.wait()
    await directory.users.edit(ACTOR, "ann", password="battery staple")
    passwords.go_on.set()
    with pytest.raises(errors.Unauthenticated):
        await login


async def test_a_browser_of_an_agent_is_lent_a_bearer_that_ends_with_its_session(directory):
    """The same one in every tab, not the session's first one, and none after signing out."""
    await add_ann(directory)
    session = await directory.logins.by_password("1", username="ann", password="correct horse")
    shown = {"cookie": session.cookie, "csrf": session.csrf}
    lent = await directory.logins.lend("1", **shown)
    assert lent == await directory.logins.lend("1", **shown)
    assert (len(lent.bearer), lent.bearer in repr(lent)) == (64, False)
    assert (await directory.logins.check("1", bearer=lent.bearer)).user == session.user
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.lend("1", cookie=session.cookie, csrf="wrong")
    await directory.logins.logout("1", **shown)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.check("1", bearer=lent.bearer)
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.lend("1", **shown)


async def test_whoever_is_no_agent_and_no_person_is_lent_nothing(directory):
    """A viewer serves nobody; a bot's program answers for it."""
    await add_ann(directory, roles=["Viewer"])
    await add_bot(directory)
    key = await directory.keys.generate(ACTOR, "mavenBot")
    for session, said in (
        (
            await directory.logins.by_password("1", username="ann", password="correct horse"),
            "conversations.serve",
        ),
        (await directory.logins.by_key("1", credentials=key), "is a bot"),
    ):
        with pytest.raises(errors.Forbidden, match=said):
            await directory.logins.lend("1", cookie=session.cookie, csrf=session.csrf)


async def test_an_invitation_is_over_when_an_administrator_was_added_by_other_means(directory):
    """It says so to whoever holds it; a stranger's token learns nothing of that."""
    token = await directory.first_run.invite("1")
    await directory.first_run.demand("1", token=token)
    await add_ann(directory, roles=["Administrator"])

    with pytest.raises(errors.Unauthenticated, match="There is an administrator by now"):
        await directory.first_run.demand("1", token=token)
    with pytest.raises(errors.Unauthenticated, match="There is an administrator by now"):
        await directory.first_run.accept("1", token=token, login="eve", password="correct horse")
    with pytest.raises(errors.Unauthenticated, match="This link has been used"):
        await directory.first_run.demand("1", token="guessed")
