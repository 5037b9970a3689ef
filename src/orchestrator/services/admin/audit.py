"""The audit trail: who changed what, as far as somebody may see it."""

from typing import Final

from orchestrator.core.model.access import Actor, Permission
from orchestrator.services.admin.ports import Line

SEEN_WITH: Final[dict[str, Permission]] = {
    "policies": "policies.read",
    "users": "directory.read",
    "skills": "directory.read",
    "skill-assignments": "directory.read",
    "campaigns": "directory.read",
    "engagements": "directory.read",
    "profiles": "directory.read",
    "agent-groups": "directory.read",
    "accounts": "directory.read",
    "bot-config": "directory.read",
    "transfers": "conversations.read",
}
"""Noun of the change log → who may see its lines; those of other nouns are administrators'."""


def may_see(actor: Actor, line: Line) -> bool:
    """Whether somebody may see a line of their account."""
    return actor.may(SEEN_WITH.get(line.noun, "directory.write"))
