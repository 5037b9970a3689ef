"""Whole things, replaced at once: users, skills, profiles, groups, campaigns."""

import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Details
from orchestrator.doors.gateway.configuration import campaigns, people, skills
from orchestrator.doors.gateway.configuration.collection import Asking
from orchestrator.services import directory as services
from orchestrator.services.directory.campaign_forms import CampaignForm, EngagementForm
from orchestrator.services.directory.groups import GroupForm
from orchestrator.services.directory.profiles import BUILT_IN, ProfileForm
from orchestrator.services.directory.skill_forms import SkillForm
from orchestrator.services.directory.user_forms import UserForm
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR = access.operator("1")
AGENT, MANAGER = ("2",), ("3",)


class PlainPasswords:
    async def hash(self, password):
        return f"hash of {password}"

    async def matches(self, password, *, hashed):
        return hashed == f"hash of {password}"


class PlainSeal:
    def seal(self, secret, *, row):  # noqa: ARG002 - the port names it
        return secret

    def open(self, sealed, *, row):  # noqa: ARG002 - as above
        return sealed


@pytest.fixture
def store():
    return memory.MemoryDirectory()


@pytest.fixture
def directory(store):
    return services.Directory(
        store, clocks.TurnedClock(), passwords=PlainPasswords(), seal=PlainSeal()
    )


@pytest.fixture
def forms(directory):
    return directory.forms


async def user(forms, identifier):
    return next(each for each in await forms.users.all(ACTOR) if each.user.id == identifier)


# -- users -------------------------------------------------------------------------------------


async def test_a_user_is_replaced_in_one_piece(directory, forms):
    """Roles, skills and details are what was sent, and what was not sent is gone."""
    first = await forms.skills.add(ACTOR, SkillForm("Billing"))
    second = await forms.skills.add(ACTOR, SkillForm("Sales"))
    form = UserForm("ann", AGENT, skills=(first,), details={"nickname": "Annie"})
    made = await forms.users.add(ACTOR, form)
    await forms.users.replace(ACTOR, made, UserForm("ann2", MANAGER, skills=(second,)))
    found = await user(forms, made)
    assert (found.user.login, found.user.roles) == ("ann2", ("Agent Manager",))
    assert (found.skills, found.profiles) == ((second,), MANAGER)
    assert "nickname" not in found.shown.details
    await directory.users.remove(ACTOR, made)
    assert await directory.skills.assignments(ACTOR) == []


async def test_whatever_does_not_exist_is_refused_and_changes_nothing(directory, forms):
    """One unit of work: a wrong skill leaves the user as they were."""
    made = await forms.users.add(ACTOR, UserForm("ann", AGENT))
    for form in (
        UserForm("bob", AGENT, skills=("1",)),
        UserForm("bob", ("77",)),
        UserForm("bob", AGENT, details={"memberOf": {"agentGroupId": 77}}),
        UserForm("bob", AGENT, type="bot"),
        UserForm("", AGENT),
    ):
        with pytest.raises(errors.BadInput):
            await forms.users.replace(ACTOR, made, form)
    assert [each.login for each in await directory.users.all(ACTOR)] == ["ann"]


async def test_the_usual_limit_is_that_of_the_type(forms):
    """A human gets 10 conversations when nothing is said, a bot any number."""
    human = await forms.users.add(ACTOR, UserForm("ann", AGENT))
    bot = await forms.users.add(ACTOR, UserForm("bot", AGENT, type="bot"))
    none = await forms.users.add(ACTOR, UserForm("bob", AGENT, max_chats=0))
    found = {each.user.id: each.user.max_chats for each in await forms.users.all(ACTOR)}
    assert found == {human: 10, bot: None, none: 0}


async def test_a_new_password_and_a_disabled_user_end_sessions(directory, forms):
    """As by the commands: whoever was signed in signs in again."""
    made = await forms.users.add(ACTOR, UserForm("ann", AGENT, password="correct horse"))
    for change in (
        forms.users.replace(ACTOR, made, UserForm("ann", AGENT, password="battery staple")),
        forms.users.reset_password(ACTOR, made, password="horse correct"),
        forms.users.replace(ACTOR, made, UserForm("ann", AGENT, enabled=False)),
    ):
        kept = ["correct horse", "battery staple", "horse correct"]
        session = None
        for password in kept:
            try:
                session = await directory.logins.by_password("1", username="ann", password=password)
            except errors.Unauthenticated:
                continue
        assert session is not None
        await change
        with pytest.raises(errors.Unauthenticated):
            await directory.logins.check("1", bearer=session.bearer)


async def test_a_human_without_a_password_cannot_sign_in(directory, forms):
    """Nobody is shown a random one here, so there is none."""
    await forms.users.add(ACTOR, UserForm("ann", AGENT))
    with pytest.raises(errors.Unauthenticated):
        await directory.logins.by_password("1", username="ann", password="")


# -- profiles ----------------------------------------------------------------------------------


async def test_a_profile_gives_its_role_and_takes_it_back(forms):
    """Who has a profile of the account's own has its role, also when that changes."""
    made = await forms.profiles.add(ACTOR, ProfileForm("Night shift", "Agent"))
    ann = await forms.users.add(ACTOR, UserForm("ann", (made, "5")))
    assert (await user(forms, ann)).user.roles == ("Agent", "Viewer")
    await forms.profiles.replace(ACTOR, made, ProfileForm("Night shift", "Agent Manager"))
    found = await user(forms, ann)
    assert found.user.roles == ("Agent Manager", "Viewer")
    assert found.profiles == (made, "5")
    counted = {each.shown.record.id: each.users for each in await forms.profiles.all(ACTOR)}
    assert counted[made] == counted["5"] == 1
    with pytest.raises(errors.Conflict, match="ann"):
        await forms.profiles.remove(ACTOR, made)
    await forms.users.replace(ACTOR, ann, UserForm("ann", AGENT))
    await forms.profiles.remove(ACTOR, made)


async def test_roles_changed_by_a_command_show_as_built_in_profiles(directory, forms):
    """Whoever changed the roles meant the roles; the profile that said otherwise is left."""
    made = await forms.profiles.add(ACTOR, ProfileForm("Night shift", "Agent"))
    ann = await forms.users.add(ACTOR, UserForm("ann", (made,)))
    await directory.users.edit(ACTOR, ann, roles=["Viewer"])
    assert (await user(forms, ann)).profiles == ("5",)
    await forms.profiles.replace(ACTOR, made, ProfileForm("Night shift", "Administrator"))
    assert (await user(forms, ann)).user.roles == ("Viewer",)


async def test_built_in_profiles_are_the_roles_and_stay(forms):
    """One for each role, and none of them can be changed or removed."""
    found = await forms.profiles.all(ACTOR)
    assert [each.shown.record.role for each in found] == list(BUILT_IN.values())
    assert set(BUILT_IN.values()) == set(access.ROLES)
    with pytest.raises(errors.Forbidden):
        await forms.profiles.remove(ACTOR, "1")
    with pytest.raises(errors.Forbidden):
        await forms.profiles.replace(ACTOR, "2", ProfileForm("Agent", "Administrator"))
    with pytest.raises(errors.Conflict):
        await forms.profiles.add(ACTOR, ProfileForm("Agent", "Administrator"))
    with pytest.raises(errors.BadInput):
        await forms.profiles.add(ACTOR, ProfileForm("King", "King"))


# -- groups ------------------------------------------------------------------------------------


async def test_groups_are_a_tree_under_the_main_group(forms):
    """No circles, no orphans, and the main group is always there."""
    top = await forms.groups.add(ACTOR, GroupForm("Europe"))
    below = await forms.groups.add(ACTOR, GroupForm("Spain", parent_id=top))
    names = [each.record.name for each in await forms.groups.all(ACTOR)]
    assert names == ["Main Group", "Europe", "Spain"]
    with pytest.raises(errors.BadInput):
        await forms.groups.replace(ACTOR, top, GroupForm("Europe", parent_id=below))
    with pytest.raises(errors.BadInput):
        await forms.groups.replace(ACTOR, top, GroupForm("Europe", parent_id=top))
    with pytest.raises(errors.BadInput):
        await forms.groups.add(ACTOR, GroupForm("Asia", parent_id="77"))
    with pytest.raises(errors.Conflict):
        await forms.groups.remove(ACTOR, top)
    with pytest.raises(errors.Forbidden):
        await forms.groups.remove(ACTOR, "-1")
    ann = UserForm("ann", AGENT, details={"memberOf": {"agentGroupId": int(below)}})
    made = await forms.users.add(ACTOR, ann)
    with pytest.raises(errors.Conflict, match="1 user"):
        await forms.groups.remove(ACTOR, below)
    await forms.users.replace(ACTOR, made, UserForm("ann", AGENT))
    await forms.groups.remove(ACTOR, below)
    await forms.groups.remove(ACTOR, top)


# -- skills and campaigns ----------------------------------------------------------------------


async def test_a_replaced_skill_keeps_its_opening_hours(store, directory, forms):
    """They are no part of what the platform writes, so nothing it writes takes them away."""
    store.schedules["1"] = ["Office hours"]
    made = await forms.skills.add(ACTOR, SkillForm("Billing"))
    await directory.skills.edit(ACTOR, made, schedule="Office hours")
    await forms.skills.replace(ACTOR, made, SkillForm("Billing", "Invoices"))
    found = (await directory.skills.show(ACTOR, made)).skill
    assert (found.schedule, found.description) == ("Office hours", "Invoices")


async def test_a_skill_points_at_skills_that_exist(forms):
    """A fallback or a target that is not there is refused, and no skill falls back to itself."""
    made = await forms.skills.add(ACTOR, SkillForm("Billing"))
    for form in (
        SkillForm("Billing", fallback_skill_id="77"),
        SkillForm("Billing", fallback_skill_id=made),
        SkillForm("Billing", transfer_list=("77",)),
        SkillForm("Billing", transfer_wait_seconds=0),
    ):
        with pytest.raises(errors.BadInput):
            await forms.skills.replace(ACTOR, made, form)


async def test_details_go_with_the_thing(store, directory, forms):
    """Nothing is left behind of what was removed by whatever way."""
    skill = await forms.skills.add(ACTOR, SkillForm("Billing", details={"skillOrder": 7}))
    campaign = await forms.campaigns.add(ACTOR, CampaignForm("Web"))
    way = await forms.campaigns.add_engagement(ACTOR, campaign, EngagementForm("Chat", skill))
    ann = await forms.users.add(ACTOR, UserForm("ann", AGENT))
    await directory.engagements.remove(ACTOR, way)
    await directory.campaigns.remove(ACTOR, campaign)
    await directory.skills.remove(ACTOR, skill)
    await directory.users.remove(ACTOR, ann)
    assert await store.read(lambda rows: rows.find(Details)) == []


# -- revisions and rights ----------------------------------------------------------------------


async def test_a_stale_revision_changes_nothing(directory, forms):
    """The condition is checked where the change is made, whoever came in between."""
    made = await forms.skills.add(ACTOR, SkillForm("Billing"))
    seen = await forms.revision(ACTOR)
    await directory.skills.add(ACTOR, name="Sales")  # by a command
    with pytest.raises(errors.Stale):
        await forms.expecting(seen).skills.replace(ACTOR, made, SkillForm("Invoices"))
    now = await forms.revision(ACTOR)
    assert now > seen
    await forms.expecting(now).skills.replace(ACTOR, made, SkillForm("Invoices"))
    names = [each.record.name for each in await forms.skills.all(ACTOR)]
    assert names == ["Invoices", "Sales"]


READS = ("users", "skills", "profiles", "groups", "campaigns")
WRITES = {
    "users": UserForm("new", AGENT),
    "skills": SkillForm("New"),
    "profiles": ProfileForm("New", "Agent"),
    "groups": GroupForm("New"),
    "campaigns": CampaignForm("New"),
}


@pytest.mark.parametrize("role", access.ROLES)
async def test_who_may_do_what(forms, role):
    """Everybody sees the names; readers of the directory see people; administrators write."""
    ann = await forms.users.add(ACTOR, UserForm("ann", AGENT))
    await forms.users.add(ACTOR, UserForm("bob", AGENT))
    actor = Actor("1", "ann", access.permissions((role,)), ann)
    for noun in READS:
        assert isinstance(await getattr(forms, noun).all(actor), list)
    seen = {each.user.login for each in await forms.users.all(actor)}
    assert seen == ({"ann"} if role == "Agent" else {"ann", "bob"})
    for noun, form in WRITES.items():
        if role == "Administrator":
            assert await getattr(forms, noun).add(actor, form)
        else:
            with pytest.raises(errors.Forbidden):
                await getattr(forms, noun).add(actor, form)


async def test_a_token_without_rights_sees_nothing(forms):
    """A program's scopes are its rights; one for something else opens nothing here."""
    actor = Actor("1", "client x", access.of_scopes(["faas.lambda.invoke", "unheard.of"]))
    for noun in READS:
        with pytest.raises(errors.Forbidden):
            await getattr(forms, noun).all(actor)
    with pytest.raises(errors.Forbidden):
        await forms.revision(actor)


# -- what was read can be sent back ------------------------------------------------------------

_TEXT = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=10)
_NAME = st.text("abcdefghijklmnop", min_size=1, max_size=10)
_MAYBE = st.none() | _TEXT
_NUMBER = st.none() | st.integers(0, 10_000)
_FIELDS = {
    people.UserSent: {
        "loginName": _NAME,
        "nickname": _MAYBE,
        "email": _MAYBE,
        "isEnabled": st.booleans(),
        "maxAsyncChats": st.none() | st.integers(-1, 50),
        "maxChats": _NUMBER,
        "lobIds": st.lists(st.integers(0, 9), max_size=3),
        "profileIds": st.lists(st.sampled_from([1, 2, 3, 4, 5]), max_size=3),
        "userTypeId": st.sampled_from([1, 2]),
        "memberOf": st.none() | st.just({"agentGroupId": -1, "assignmentDate": None}),
        "employeeId": _MAYBE,
        "permissionGroups": st.lists(st.integers(0, 9), max_size=3),
    },
    skills.SkillSent: {
        "name": _NAME,
        "maxWaitTime": _NUMBER,
        "skillOrder": st.integers(0, 9),
        "canTransfer": st.booleans(),
        "skillTransferList": st.none() | st.just([]),
        "transferToAgentMaxWaitInSeconds": st.none() | st.integers(1, 900),
        "workingHoursId": _NUMBER,
        "fallbackWhenAllAgentsAreAway": st.booleans(),
        "slaUrgentResponseTime": _NUMBER,
        "postConversationSurveyAppInstallAssociationId": st.none() | _NAME,
    },
    skills.ProfileSent: {
        "name": _NAME,
        "roleTypeId": st.sampled_from([1, 2, 3, 4]),
        "roleTypeName": st.sampled_from([None, "Viewer", "Agent", "Night shift"]),
        "permissions": st.lists(st.integers(0, 300), max_size=4),
        "permissionPackages": st.lists(
            st.fixed_dictionaries({"id": st.integers(0, 99)}), max_size=2
        ),
    },
    people.GroupSent: {
        "name": _NAME,
        "parentGroupId": st.sampled_from([None, -1]),
        "isEnabled": st.booleans(),
    },
    campaigns.CampaignSent: {
        "name": _NAME,
        "startDate": _MAYBE,
        "status": _NUMBER,
        "weight": _NUMBER,
    },
}
_NOUNS = [people.Users, skills.Skills, skills.Profiles, people.Groups, campaigns.Campaigns]


@pytest.mark.parametrize("noun", _NOUNS, ids=lambda noun: noun.__name__)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_was_read_can_be_sent_back(noun, data):
    """PUT of what GET said changes nothing, and what was written is what is read."""
    shape = noun().shape
    optional = {key: value for key, value in _FIELDS[shape].items() if value is not _NAME}
    required = {key: value for key, value in _FIELDS[shape].items() if value is _NAME}
    sent = data.draw(st.fixed_dictionaries(required, optional=optional))

    async def run():
        directory = services.Directory(
            memory.MemoryDirectory(),
            clocks.TurnedClock(),
            passwords=PlainPasswords(),
            seal=PlainSeal(),
        )
        asking = Asking(directory.forms, ACTOR, {})
        desk = noun()
        made = await desk.add(asking, msgspec.convert(sent, shape))
        read = next(each for each in await desk.all(asking) if str(each["id"]) == made)
        revision = await directory.forms.revision(ACTOR)
        await desk.replace(asking, made, msgspec.convert(read, shape))
        again = next(each for each in await desk.all(asking) if str(each["id"]) == made)
        assert again == read
        assert await directory.forms.revision(ACTOR) == revision
        return read

    read = asyncio.run(run())
    ours = {"profileIds", "maxAsyncChats", "roleTypeName", "permissionPackages", "parentGroupId"}
    assert {key: read[key] for key in sent if key not in ours} == {
        key: value for key, value in sent.items() if key not in ours
    }
