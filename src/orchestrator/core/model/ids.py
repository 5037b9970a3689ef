"""Identifiers and the three spellings of an agent's id on the wire.

An agent is named by the user id (``1001``) everywhere outside the wire. Inside the messaging socket
the platform writes ``{account}.{user}`` (the "old" id) or a PID (a UUID); both are accepted on
input. Source: LivePerson's messaging protocol, `docs/reference/protocol.md`.
"""

from typing import Final

AccountId = str
UserId = str
Pid = str
SkillId = str
ConversationId = str
DialogId = str
ConsumerId = str
RingId = str

UNASSIGNED_SKILL: Final[SkillId] = "-1"
"""The platform's word for "no skill"."""


def agent_key(account: AccountId, user: UserId) -> str:
    """Return the agent's id as the messaging socket writes it: ``1.1001``."""
    return f"{account}.{user}"


def user_of(reference: str, account: AccountId) -> str:
    """Strip the account from ``1.1001``; a bare user id or a PID comes back unchanged."""
    prefix = f"{account}."
    return reference.removeprefix(prefix)
