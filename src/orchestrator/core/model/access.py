"""Who may do what: roles are sets of permissions, and every use case names the one it demands."""

from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId, UserId

Role = Literal["Agent", "Agent Manager", "Policy editor", "Viewer", "Administrator"]

Permission = Literal[
    "conversations.serve",
    "conversations.read",
    "conversations.manage",
    "policies.read",
    "policies.write",
    "directory.read",
    "directory.write",
]
"""``conversations.serve``: be rung, and take part where one is a participant.
``conversations.manage``: join, read and close any conversation of the account."""

EVERYTHING: Final[frozenset[Permission]] = frozenset(
    {
        "conversations.serve",
        "conversations.read",
        "conversations.manage",
        "policies.read",
        "policies.write",
        "directory.read",
        "directory.write",
    }
)

ROLES: Final[dict[Role, frozenset[Permission]]] = {
    "Agent": frozenset({"conversations.serve"}),
    "Agent Manager": frozenset(
        {
            "conversations.serve",
            "conversations.read",
            "conversations.manage",
            "policies.read",
            "directory.read",
        }
    ),
    "Policy editor": frozenset({"policies.read", "policies.write", "directory.read"}),
    "Viewer": frozenset({"conversations.read", "policies.read", "directory.read"}),
    "Administrator": EVERYTHING,
}


class Actor(msgspec.Struct, frozen=True):
    """Somebody who asks: ``who`` is a login or a word for people, written into the audit trail.

    ``user_id`` is None for the operator of the machine and for programs with an API key.
    """

    account: AccountId
    who: str
    permissions: frozenset[Permission]
    user_id: UserId | None = None

    def may(self, permission: Permission) -> bool:
        """Whether this actor has the permission."""
        return permission in self.permissions


def operator(account: AccountId) -> Actor:
    """Return the actor who owns the machine (the command line): may do everything."""
    return Actor(account, "operator", EVERYTHING)


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """Return what somebody with all these roles may do; a role unknown today grants nothing."""
    found: frozenset[Permission] = frozenset()
    for role, granted in ROLES.items():
        if role in roles:
            found |= granted
    return found


def demand(actor: Actor, permission: Permission) -> None:
    """Raise `errors.Forbidden` unless ``actor`` has the permission."""
    if not actor.may(permission):
        holders = ", ".join(role for role, granted in ROLES.items() if permission in granted)
        raise errors.Forbidden(
            f"{actor.who} may not do this: it needs the permission {permission} "
            f"(roles that have it: {holders})."
        )
