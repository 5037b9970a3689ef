"""The configuration as administrators see it from outside: whole things, and one revision."""

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import (
    AgentGroup,
    Campaign,
    Engagement,
    Profile,
    Skill,
    User,
)
from orchestrator.services.clock import Clock
from orchestrator.services.directory import engagements, ports, skills, users
from orchestrator.services.directory.campaign_forms import CampaignForms
from orchestrator.services.directory.expecting import Expecting
from orchestrator.services.directory.groups import Groups
from orchestrator.services.directory.profiles import Profiles
from orchestrator.services.directory.skill_forms import SkillForms
from orchestrator.services.directory.user_forms import UserForms

Kind = type[User | Skill | Profile | AgentGroup | Campaign | Engagement]


class Forms:
    """A desk for each noun that is replaced as a whole, beside `Directory`'s that change fields."""

    def __init__(self, store: ports.Store, clock: Clock, passwords: ports.Passwords) -> None:
        self._store = store
        self._clock = clock
        self._passwords = passwords
        self.users = UserForms(store, clock, passwords)
        self.skills = SkillForms(store, clock)
        self.profiles = Profiles(store, clock)
        self.groups = Groups(store, clock)
        self.campaigns = CampaignForms(store, clock)
        self.remove_user = users.Users(store, clock, passwords).remove
        self.remove_skill = skills.Skills(store, clock).remove
        self.remove_campaign = engagements.Campaigns(store, clock).remove
        self.remove_engagement = engagements.Engagements(store, clock).remove

    def expecting(self, revision: int) -> "Forms":
        """Return the same desks, whose every change raises `errors.Stale` at another revision."""
        return Forms(Expecting(self._store, revision), self._clock, self._passwords)

    async def revision(self, actor: Actor) -> int:
        """Return the revision of the account's configuration.

        Ask before reading what it is of: then what is read may be newer, and is never older.
        """
        access.demand(actor, "directory.names")
        return await self._store.read(lambda rows: rows.revision(actor.account))

    async def removed(self, actor: Actor, kind: Kind) -> dict[str, dict[str, object]]:
        """Return the records of ``kind`` that are gone, in the JSON of the change log, by id."""
        access.demand(actor, "directory.read")
        return await self._store.read(lambda rows: rows.removed(kind, account=actor.account))
