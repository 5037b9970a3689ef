"""Accounts, skills, campaigns, engagements and the bot's configuration."""

from datetime import UTC, datetime

import msgspec
import pytest

from orchestrator.core.model import access, errors
from orchestrator.services import directory as services
from orchestrator.services.directory.accounts import Settings
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR = access.operator("1")
KEY = {
    "username": "mavenBot",
    "appKey": "a" * 32,
    "secret": "b" * 16,
    "accessToken": "c" * 32,
    "accessTokenSecret": "d" * 16,
}


class ReversingSeal:
    """Enough of a seal to see that it is used, and with the same row both times."""

    def seal(self, secret, *, row):
        return row.encode() + b"|" + secret[::-1]

    def open(self, sealed, *, row):
        found, _, secret = sealed.partition(b"|")
        assert found.decode() == row
        return secret[::-1]


@pytest.fixture
def store():
    return memory.MemoryDirectory()


@pytest.fixture
def directory(store):
    return services.Directory(store, clocks.TurnedClock(), passwords=None, seal=ReversingSeal())


# -- accounts ----------------------------------------------------------------------------------


async def test_the_first_account_comes_into_being_and_no_other(directory):
    """Account 1 is there on first use; any other must be added, and is then there."""
    assert (await directory.accounts.opened("1")).ring_seconds == 72
    with pytest.raises(errors.NotFound, match="accounts add 7"):
        await directory.accounts.opened("7")
    with pytest.raises(errors.NotFound):
        await directory.skills.add(access.operator("7"), name="Billing")
    await directory.accounts.add(ACTOR, "7")
    assert (await directory.accounts.opened("7")).id == "7"
    assert [account.id for account in await directory.accounts.all(ACTOR)] == ["1", "7"]
    with pytest.raises(errors.Conflict):
        await directory.accounts.add(ACTOR, "7")


async def test_an_account_goes_when_nobody_lives_there(directory, store):
    """Whoever and whatever is in it keeps it; afterwards it begins anew, ids too."""
    await directory.accounts.add(ACTOR, "7")
    other = access.operator("7")
    skill = await directory.skills.add(other, name="Billing")
    store.uses["7", "7"] = ["2 conversations that it keeps"]

    with pytest.raises(errors.Conflict, match="1 skill, 2 conversations that it keeps"):
        await directory.accounts.remove("7")
    await directory.skills.remove(other, "Billing")
    store.uses.clear()
    await directory.bots.configure(other, document=KEY)
    await directory.accounts.remove("7")

    assert await directory.accounts.found("7") is None
    with pytest.raises(errors.NotFound):
        await directory.accounts.remove("7")
    await directory.accounts.add(ACTOR, "7")
    assert (await directory.bots.show(other)).state == "not-configured"
    assert (await directory.skills.add(other, name="New")).id == skill.id


@pytest.mark.parametrize("account", ["", "abc", "1.2", "٣", "1" * 21])
async def test_account_ids_are_digits(directory, account):
    """Anything else is refused: the id is part of paths and of agents' ids."""
    with pytest.raises(errors.BadInput, match="digits"):
        await directory.accounts.add(ACTOR, account)


async def test_settings_change_alone(directory):
    """What is not given stays; the fallback skill goes by name or id, and can be taken away."""
    skill = await directory.skills.add(ACTOR, name="Billing")
    edited = await directory.accounts.edit(
        ACTOR, settings=Settings(fallback_skill="Billing", retention_days=7)
    )
    assert (edited.fallback_skill_id, edited.retention_days, edited.ring_seconds) == (
        skill.id,
        7,
        72,
    )
    edited = await directory.accounts.edit(ACTOR, settings=Settings(fallback_skill=None))
    assert (edited.fallback_skill_id, edited.retention_days) == (None, 7)


@pytest.mark.parametrize(
    ("settings", "path"),
    [
        (Settings(ring_seconds=0), "--ring-seconds"),
        (Settings(retention_days=0), "--retention-days"),
        (Settings(session_hours=0), "--session-hours"),
        (Settings(suggestion_seconds=-1), "--suggestion-seconds"),
        (Settings(first_message_seconds=61), "--first-message-seconds"),
        (Settings(first_message_seconds=float("nan")), "--first-message-seconds"),
    ],
)
async def test_settings_out_of_range_name_their_option(directory, settings, path):
    """Numbers that would stall or flood the account are refused."""
    with pytest.raises(errors.BadInput) as caught:
        await directory.accounts.edit(ACTOR, settings=settings)
    assert caught.value.path == path


async def test_an_unknown_fallback_skill_offers_what_was_meant(directory):
    """The error names the option and the near match."""
    await directory.skills.add(ACTOR, name="Billing")
    with pytest.raises(errors.NotFound, match="Did you mean “Billing”") as caught:
        await directory.accounts.edit(ACTOR, settings=Settings(fallback_skill="billing"))
    assert caught.value.path == "--fallback-skill"


# -- skills ------------------------------------------------------------------------------------


async def test_skills_are_found_by_id_or_exact_name_and_listed_by_name(directory):
    """An id wins over a name that looks like one."""
    zebra = await directory.skills.add(ACTOR, name="zebra")
    named = await directory.skills.add(ACTOR, name=zebra.id)
    maven = await directory.skills.add(ACTOR, name="maven:Billing", description="by the bot")
    assert [skill.name for skill in await directory.skills.all(ACTOR)] == [
        zebra.id,
        "maven:Billing",
        "zebra",
    ]
    assert (await directory.skills.show(ACTOR, zebra.id)).skill == zebra
    assert (await directory.skills.show(ACTOR, named.id)).skill == named
    assert (await directory.skills.show(ACTOR, "maven:Billing")).skill == maven
    with pytest.raises(errors.NotFound):
        await directory.skills.show(ACTOR, "Maven:Billing")


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "x" * 201, None, 5])
async def test_bad_names_are_refused(directory, name):
    """Names are for people to read in one line."""
    with pytest.raises(errors.BadInput):
        await directory.skills.add(ACTOR, name=name)


async def test_a_taken_name_is_a_conflict(directory):
    """Both on adding and on renaming; a skill keeps its own name."""
    await directory.skills.add(ACTOR, name="Billing")
    await directory.skills.add(ACTOR, name="Sales")
    with pytest.raises(errors.Conflict, match="“Billing”"):
        await directory.skills.add(ACTOR, name="Billing")
    with pytest.raises(errors.Conflict, match="“Billing”"):
        await directory.skills.edit(ACTOR, "Sales", name="Billing")
    assert (await directory.skills.edit(ACTOR, "Sales", name="Sales")).name == "Sales"


async def test_assigning_is_all_or_nothing_and_may_be_repeated(directory):
    """One unknown user, and nobody is assigned; a second time changes nothing."""
    await directory.skills.add(ACTOR, name="Billing")
    await directory.users.add(ACTOR, login="bot", type="bot", roles=["Agent"])
    with pytest.raises(errors.NotFound):
        await directory.skills.assign(ACTOR, "Billing", users=["bot", "nobody"])
    assert (await directory.skills.show(ACTOR, "Billing")).users == []
    for _ in range(2):
        await directory.skills.assign(ACTOR, "Billing", users=["bot", "1001"])
    assert [user.login for user in (await directory.skills.show(ACTOR, "Billing")).users] == ["bot"]
    for _ in range(2):
        await directory.skills.unassign(ACTOR, "Billing", users=["bot"])
    assert (await directory.skills.show(ACTOR, "Billing")).users == []


async def test_a_skill_in_use_is_not_removed_and_says_by_what(directory, store):
    """Engagements, assigned users, fallbacks, and what the store knows of, all at once."""
    skill = await directory.skills.add(ACTOR, name="Billing")
    await directory.skills.add(ACTOR, name="Sales", fallback="Billing")
    await directory.users.add(ACTOR, login="bot", type="bot", roles=["Agent"])
    await directory.skills.assign(ACTOR, "Billing", users=["bot"])
    await directory.engagements.add(ACTOR, name="Web", skill="Billing")
    await directory.accounts.edit(ACTOR, settings=Settings(fallback_skill="Billing"))
    store.uses["1", skill.id] = ["the policy “VIP”"]
    with pytest.raises(errors.Conflict) as caught:
        await directory.skills.remove(ACTOR, "Billing")
    for use in ("“Web”", "1 assigned user", "the account", "“Sales”", "“VIP”"):
        assert use in caught.value.message


async def test_a_removed_skill_leaves_its_name_free_and_its_id_used(directory):
    """The name can be given again, with another id."""
    first = await directory.skills.add(ACTOR, name="Billing")
    await directory.skills.remove(ACTOR, "Billing")
    second = await directory.skills.add(ACTOR, name="Billing")
    assert (first.id, second.id) == ("3001", "3002")


async def test_a_skill_does_not_fall_back_to_itself(directory):
    """The obvious loop is refused."""
    await directory.skills.add(ACTOR, name="Billing")
    with pytest.raises(errors.BadInput, match="itself"):
        await directory.skills.edit(ACTOR, "Billing", fallback="Billing")


# -- campaigns and engagements -----------------------------------------------------------------


async def test_an_engagement_makes_its_campaign_when_needed(directory):
    """Named campaigns are made or joined; without one it is the default campaign."""
    await directory.skills.add(ACTOR, name="Billing")
    first = await directory.engagements.add(ACTOR, name="A", skill="Billing", campaign="Spring")
    second = await directory.engagements.add(
        ACTOR, name="B", skill="3001", campaign=first.campaign_id, entry_point="footer"
    )
    third = await directory.engagements.add(ACTOR, name="C", skill="Billing")
    assert first.campaign_id == second.campaign_id == "5001"
    assert (second.id, second.entry_point, first.entry_point) == ("7002", "footer", None)
    assert (await directory.campaigns.show(ACTOR, third.campaign_id)).name == "Default"


async def test_engagements_change_and_go(directory):
    """Skill, campaign, name and entry point can be changed; then the skill is free again."""
    await directory.skills.add(ACTOR, name="Billing")
    await directory.skills.add(ACTOR, name="Sales")
    await directory.engagements.add(ACTOR, name="Web", skill="Billing", entry_point="footer")
    edited = await directory.engagements.edit(
        ACTOR, "Web", name="Shop", skill="Sales", campaign="Spring", entry_point=None
    )
    assert (edited.name, edited.skill_id, edited.entry_point) == ("Shop", "3002", None)
    assert await directory.engagements.show(ACTOR, "Shop") == edited
    await directory.skills.remove(ACTOR, "Billing")
    with pytest.raises(errors.Conflict, match="“Shop”"):
        await directory.campaigns.remove(ACTOR, "Spring")
    await directory.engagements.remove(ACTOR, "Shop")
    await directory.campaigns.remove(ACTOR, "Spring")
    assert await directory.engagements.all(ACTOR) == []


async def test_an_engagement_needs_an_existing_skill(directory):
    """Nothing is made when the skill is unknown, not even the campaign."""
    with pytest.raises(errors.NotFound, match="skills add"):
        await directory.engagements.add(ACTOR, name="Web", skill="Billing", campaign="Spring")
    assert await directory.campaigns.all(ACTOR) == []


async def test_accounts_do_not_see_each_other(directory):
    """The same names live in two accounts, each with its own ids."""
    await directory.accounts.add(ACTOR, "2")
    other = access.operator("2")
    for actor in (ACTOR, other):
        assert (await directory.skills.add(actor, name="Billing")).id == "3001"
    await directory.skills.edit(other, "Billing", name="Theirs")
    assert [skill.name for skill in await directory.skills.all(ACTOR)] == ["Billing"]
    with pytest.raises(errors.NotFound):
        await directory.skills.show(ACTOR, "Theirs")


# -- the bot -----------------------------------------------------------------------------------


async def test_the_bots_credentials_go_in_and_only_the_bot_gets_them_out(directory):
    """What is shown holds no secret; what the bot gets is what was given."""
    shown = await directory.bots.show(ACTOR)
    assert (shown.state, shown.username) == ("not-configured", None)
    shown = await directory.bots.configure(ACTOR, document={**KEY, "domain": "localhost:8443"})
    assert (shown.state, shown.username, shown.domain) == (
        "connecting",
        "mavenBot",
        "localhost:8443",
    )
    everything = msgspec.json.encode(shown).decode()
    assert not any(KEY[part] in everything for part in KEY if part != "username")
    sign_in = await directory.bots.sign_in("1")
    assert msgspec.to_builtins(sign_in.credentials) == KEY
    assert KEY["secret"] not in repr(sign_in)
    assert (sign_in.domain, sign_in.ca_file) == ("localhost:8443", None)
    assert await directory.bots.sign_in("2") is None


async def test_the_bot_reports_how_it_goes(directory):
    """State and reason are rows; new credentials begin anew; forgetting leaves nothing."""
    await directory.bots.configure(ACTOR, document=KEY)
    await directory.bots.report("1", state="refused", reason="The key was revoked.")
    shown = await directory.bots.show(ACTOR)
    assert (shown.state, shown.reason) == ("refused", "The key was revoked.")
    assert (await directory.bots.configure(ACTOR, document=KEY)).state == "connecting"
    assert (await directory.bots.forget(ACTOR)).state == "not-configured"
    assert await directory.bots.sign_in("1") is None


async def test_every_mistake_in_the_bots_configuration_is_reported_at_once(directory):
    """Unknown, missing and malformed fields, each with its path and never with its value."""
    document = {**KEY, "secret": "PRIVATE value", "domain": "https://PRIVATE", "appkey": "PRIVATE"}
    del document["accessToken"]
    with pytest.raises(errors.Problems) as caught:
        await directory.bots.configure(ACTOR, document=document)
    assert {problem.path for problem in caught.value.problems} == {
        "secret",
        "domain",
        "appkey",
        "accessToken",
    }
    assert "PRIVATE" not in str(caught.value.problems)


@pytest.mark.parametrize("document", [None, [], "text", 5])
async def test_a_configuration_that_is_no_object_is_refused(directory, document):
    """The remedy names the command that prints the right thing."""
    with pytest.raises(errors.BadInput, match="generate-key"):
        await directory.bots.configure(ACTOR, document=document)


def test_the_turned_clock_starts_on_a_monday_morning():
    """Tests that name no time have one that everybody knows."""
    assert datetime(2026, 1, 5, 9, tzinfo=UTC) == clocks.START
    assert clocks.START.weekday() == 0


async def test_a_user_serves_exactly_the_skills_that_are_named(directory):
    """New ones come, others go; one unknown skill, and nothing changes."""
    for name in ("Billing", "Sales", "Service"):
        await directory.skills.add(ACTOR, name=name)
    await directory.users.add(ACTOR, login="bot", type="bot", roles=["Agent"])
    await directory.skills.serve(ACTOR, "bot", skills=["Billing", "Sales"])
    await directory.skills.serve(ACTOR, "bot", skills=["Sales", "Service"])
    with pytest.raises(errors.NotFound):
        await directory.skills.serve(ACTOR, "bot", skills=["Billing", "Nothing"])
    names = {skill.id: skill.name for skill in await directory.skills.all(ACTOR)}
    serving = await directory.skills.assignments(ACTOR)
    assert {names[one.skill_id] for one in serving} == {"Sales", "Service"}
    await directory.skills.serve(ACTOR, "bot", skills=[])
    assert await directory.skills.assignments(ACTOR) == []


async def test_credentials_can_be_read_without_being_kept(directory):
    """What would be configured is returned, and the bot still has nothing."""
    read = directory.bots.read(ACTOR, document={**KEY, "domain": "cloud.example"})
    assert (read.credentials.app_key, read.domain) == ("a" * 32, "cloud.example")
    with pytest.raises(errors.Problems):
        directory.bots.read(ACTOR, document={})
    with pytest.raises(errors.Forbidden):
        directory.bots.read(access.Actor("1", "eve", frozenset()), document=KEY)
    assert await directory.bots.sign_in("1") is None
