"""Skills and profiles on the wire of the configuration."""

from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Role
from orchestrator.core.model.directory import Profile, Skill
from orchestrator.doors.gateway import login
from orchestrator.doors.gateway.configuration import wire
from orchestrator.doors.gateway.configuration.collection import Asking, Entry
from orchestrator.doors.gateway.configuration.people import named
from orchestrator.doors.gateway.configuration.wire import Id
from orchestrator.services.directory.details import Shown
from orchestrator.services.directory.profiles import BUILT_IN, ProfileForm, ProfileShown
from orchestrator.services.directory.skill_forms import SkillForm

ROLE_TYPES: Final[dict[Role, int]] = {
    "Administrator": 1,
    "Agent": 2,
    "Agent Manager": 3,
    "Policy editor": 4,
    "Viewer": 4,
}
"""Role → ``roleTypeId``. The platform's fourth, campaign manager, edits without serving."""


class Share(msgspec.Struct, frozen=True, rename="camel"):
    """Which part of a skill's conversations a group of agents gets; kept, not acted on."""

    agent_group_id: Id = -1
    priority: int = 1
    split_percentage: int = 100


class SkillSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of a skill."""

    name: str
    description: str | None = ""
    skill_order: int = 1
    max_wait_time: int | None = 120
    lob_ids: list[Id] = []
    working_hours_id: Id | None = None
    special_occasion_id: Id | None = None
    can_transfer: bool = True
    skill_transfer_list: list[Id] | None = None
    skill_routing_configuration: list[Share] = []
    sla_default_response_time: int | None = None
    sla_urgent_response_time: int | None = None
    sla_first_time_response_time: int | None = None
    wrap_up_time: int | None = None
    auto_close_in_seconds: int | None = None
    transfer_to_agent_max_wait_in_seconds: int | None = None
    fallback_skill: Id | None = None
    fallback_when_all_agents_are_away: bool = True
    post_conversation_survey_app_install_association_id: Id | None = None
    default_agent_survey_id: Id | None = None


_OWN: Final = frozenset(
    {
        "name",
        "description",
        "can_transfer",
        "skill_transfer_list",
        "fallback_skill",
        "transfer_to_agent_max_wait_in_seconds",
        "post_conversation_survey_app_install_association_id",
    }
)
"""The fields of `SkillSent` that mean something here; the others are kept and shown."""


class Skills:
    """``le-users/skills``."""

    brief = ("id", "deleted", "name")
    shape = SkillSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return every skill by name, or the one in the path."""
        return [
            _skill(each) for each in await asking.forms.skills.all(asking.actor, only=asking.only)
        ]

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the skills that were removed."""
        found = await asking.forms.removed(asking.actor, Skill)
        return [named(identifier, before) for identifier, before in found.items()]

    async def add(self, asking: Asking, sent: SkillSent) -> str:
        """Add a skill."""
        return await asking.forms.skills.add(asking.actor, _skill_form(sent))

    async def replace(self, asking: Asking, identifier: str, sent: SkillSent) -> None:
        """Replace a skill."""
        await asking.forms.skills.replace(asking.actor, identifier, _skill_form(sent))

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove a skill."""
        await asking.forms.remove_skill(asking.actor, identifier)


class Package(msgspec.Struct, frozen=True, rename="camel"):
    """One package of permissions of a profile; kept, not acted on."""

    id: int
    is_enabled: bool = True
    is_displayed: bool = True
    feature_keys: list[Id] = []


class ProfileSent(msgspec.Struct, frozen=True, rename="camel"):
    """What may be written of a profile."""

    name: str
    description: str | None = ""
    role_type_id: int = 2
    role_type_name: str | None = None
    permissions: list[int] = []
    permission_packages: list[Package] = []


_PROFILES_OWN: Final = frozenset({"name", "description", "role_type_id", "role_type_name"})
"""The fields of `ProfileSent` that mean something here: rights follow the role alone."""


class Profiles:
    """``le-users/profiles``."""

    brief = ("id", "deleted", "name")
    shape = ProfileSent

    async def all(self, asking: Asking) -> list[Entry]:
        """Return the built-in profiles, then the account's own by name."""
        return [_profile(each) for each in await asking.forms.profiles.all(asking.actor)]

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return the profiles that were removed."""
        found = await asking.forms.removed(asking.actor, Profile)
        return [named(identifier, before) for identifier, before in found.items()]

    async def add(self, asking: Asking, sent: ProfileSent) -> str:
        """Add a profile."""
        return await asking.forms.profiles.add(asking.actor, _profile_form(sent))

    async def replace(self, asking: Asking, identifier: str, sent: ProfileSent) -> None:
        """Replace a profile."""
        await asking.forms.profiles.replace(asking.actor, identifier, _profile_form(sent))

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove a profile."""
        await asking.forms.profiles.remove(asking.actor, identifier)


def _skill(each: Shown) -> Entry:
    skill: Skill = each.record
    fallback, targets = skill.fallback_skill_id, skill.transfer_list
    return {
        "id": wire.number(skill.id),
        "name": skill.name,
        "description": skill.description,
        "deleted": False,
        "canTransfer": skill.can_transfer,
        "skillTransferList": None if targets is None else wire.numbers(targets),
        "fallbackSkill": None if fallback is None else wire.number(fallback),
        "transferToAgentMaxWaitInSeconds": skill.transfer_wait_seconds,
        "postConversationSurveyAppInstallAssociationId": skill.survey,
        **wire.filled(SkillSent, each.details, own=_OWN),
        "dateUpdated": wire.date(each.changed_at),
    }


def _skill_form(sent: SkillSent) -> SkillForm:
    targets = sent.skill_transfer_list
    return SkillForm(
        sent.name,
        sent.description or "",
        wire.maybe(sent.fallback_skill),
        sent.can_transfer,
        None if targets is None else wire.texts(targets),
        wire.maybe(sent.post_conversation_survey_app_install_association_id),
        sent.transfer_to_agent_max_wait_in_seconds,
        details=wire.kept(sent, own=_OWN),
    )


def _profile(each: ProfileShown) -> Entry:
    profile: Profile = each.shown.record
    role: Role = next(role for role in access.ROLES if role == profile.role)
    details = each.shown.details
    if profile.id in BUILT_IN:
        granted = login.packages(access.ROLES[role])
        packages = [
            {"id": one, "isEnabled": True, "isDisplayed": True, "featureKeys": []}
            for one in granted
        ]
        details = {"permissions": granted, "permissionPackages": packages}
    return {
        "id": wire.number(profile.id),
        "name": profile.name,
        "description": profile.description,
        "roleTypeId": ROLE_TYPES[role],
        "roleTypeName": role,
        **wire.filled(ProfileSent, details, own=_PROFILES_OWN),
        "numOfAssignedUsers": each.users,
        "isAssignedToLPA": False,
        "deleted": False,
        "dateUpdated": wire.date(each.shown.changed_at),
    }


def _profile_form(sent: ProfileSent) -> ProfileForm:
    return ProfileForm(
        sent.name, _role(sent), sent.description or "", wire.kept(sent, own=_PROFILES_OWN)
    )


def _role(sent: ProfileSent) -> Role:
    """Return the role that is meant: by its name where that fits the number, else by the number."""
    fitting = [role for role, number in ROLE_TYPES.items() if number == sent.role_type_id]
    if not fitting:
        known = ", ".join(str(number) for number in sorted(set(ROLE_TYPES.values())))
        raise errors.BadInput(f"roleTypeId must be one of {known}.", path="roleTypeId")
    return next((role for role in fitting if role == sent.role_type_name), fitting[0])
