"""Accounts, users, roles, skills, engagements, keys and logins: who is who, and who serves what."""

import functools

from orchestrator.services.clock import Clock
from orchestrator.services.directory.accounts import Accounts
from orchestrator.services.directory.api_keys import ApiKeys
from orchestrator.services.directory.bot import Bots
from orchestrator.services.directory.choosing import Choosing
from orchestrator.services.directory.clients import Clients
from orchestrator.services.directory.connectors import Connectors
from orchestrator.services.directory.engagements import Campaigns, Engagements
from orchestrator.services.directory.expecting import Expecting
from orchestrator.services.directory.first_run import FirstRun
from orchestrator.services.directory.forms import Forms
from orchestrator.services.directory.keys import Keys
from orchestrator.services.directory.logins import Logins
from orchestrator.services.directory.ports import Passwords, Seal, Store
from orchestrator.services.directory.sign_in_links import SignInLinks
from orchestrator.services.directory.skills import Skills
from orchestrator.services.directory.users import Users

__all__ = ["Directory"]


class Directory:
    """One room, a desk for each noun. Every call names the actor who asks.

    Calls raise `errors.Forbidden` when the actor's roles do not allow it, and
    `errors.Unavailable` when the store does not answer.
    """

    def __init__(self, store: Store, clock: Clock, *, passwords: Passwords, seal: Seal) -> None:
        self._build = functools.partial(Directory, clock=clock, passwords=passwords, seal=seal)
        self._store = store
        self.accounts = Accounts(store, clock)
        self.users = Users(store, clock, passwords)
        self.first_run = FirstRun(store, self.users)
        self.sign_in_links = SignInLinks(store, clock)
        self.keys = Keys(store, clock, seal)
        self.skills = Skills(store, clock)
        self.campaigns = Campaigns(store, clock)
        self.engagements = Engagements(store, clock)
        self.connectors = Connectors(store, clock)
        self.logins = Logins(store, clock, passwords=passwords, login_keys=self.keys)
        self.bots = Bots(store, clock, seal)
        self.clients = Clients(store, clock)
        self.api_keys = ApiKeys(store, clock, seal)
        self.forms = Forms(store, clock, passwords)
        self.choosing = Choosing(store)

    def expecting(self, revision: int) -> "Directory":
        """Return the same desks, whose every change raises `errors.Stale` at another revision.

        The revision is that of `Forms.revision`.
        """
        return self._build(Expecting(self._store, revision))
