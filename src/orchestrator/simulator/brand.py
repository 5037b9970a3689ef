"""What the simulator is told about a brand that exists: its ids and logins, and where it is."""

import ssl
from collections.abc import Mapping

import msgspec

from orchestrator.client.messaging import discovery, web


class Brand(msgspec.Struct, frozen=True):
    """An account as the seed was put into it; everything by name.

    ``agents`` maps logins to user ids, ``ways_in`` engagements to campaign and engagement ids.
    """

    account: str
    skills: Mapping[str, str]
    agents: Mapping[str, str]
    passwords: Mapping[str, str]
    ways_in: Mapping[str, tuple[str, str]]

    def __repr__(self) -> str:
        """Leave the passwords out: a repr ends up in logs and tracebacks."""
        return f"Brand(account={self.account!r}, …)"

    def skill_name(self, skill_id: str) -> str:
        """Return a skill's name; the id itself when it is not one of the brand's."""
        return next((name for name, known in self.skills.items() if known == skill_id), skill_id)


class Line(msgspec.Struct, frozen=True):
    """A way to the messaging cloud: whoever opens ``http`` closes it."""

    http: web.Client
    services: discovery.Services
    tls: ssl.SSLContext
