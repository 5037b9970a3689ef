"""Who may do what: roles are sets of permissions, and every use case names the one it demands."""

from collections.abc import Iterable
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
    "directory.names",
    "directory.read",
    "directory.write",
]
"""``conversations.serve``: be rung, and take part where one is a participant.
``conversations.manage``: join, read, move and close any conversation of the account.
``directory.names``: see which skills, groups and profiles there are, and oneself; everybody who
signs in has it, since these are where conversations can be sent."""

EVERYTHING: Final[frozenset[Permission]] = frozenset(
    {
        "conversations.serve",
        "conversations.read",
        "conversations.manage",
        "policies.read",
        "policies.write",
        "directory.names",
        "directory.read",
        "directory.write",
    }
)

ROLES: Final[dict[Role, frozenset[Permission]]] = {
    "Agent": frozenset({"conversations.serve", "directory.names"}),
    "Agent Manager": frozenset(
        {
            "conversations.serve",
            "conversations.read",
            "conversations.manage",
            "policies.read",
            "directory.names",
            "directory.read",
        }
    ),
    "Policy editor": frozenset(
        {"policies.read", "policies.write", "directory.names", "directory.read"}
    ),
    "Viewer": frozenset(
        {"conversations.read", "policies.read", "directory.names", "directory.read"}
    ),
    "Administrator": EVERYTHING,
}

RUNG: Final[frozenset[Role]] = frozenset({"Agent", "Agent Manager"})
"""Conversations ring only at users in these roles (the guide gives the bot the role Agent);
administrators may serve as well, but nothing is sent to them unasked."""

OF_BOTS: Final[frozenset[Permission]] = frozenset({"directory.names", "directory.read"})
"""What a bot may do whatever its roles: it sends conversations to people, so it looks them up."""

SCOPES: Final[dict[str, frozenset[Permission]]] = {
    "users.read": frozenset({"directory.names", "directory.read"}),
    "users.write": frozenset({"directory.names", "directory.read", "directory.write"}),
    "conversations.read": frozenset({"conversations.read"}),
    "msg.consumer": frozenset(),
    "faas.lambda.invoke": frozenset(),
}
"""Scope of a program's token → permissions. A scope without any is asked for by the door itself.
The names are the platform's; ``conversations.read`` (the history) is ours."""

KEY_SCOPES: Final[dict[str, frozenset[Permission]]] = {
    "context": frozenset(),
    "decide": frozenset(),
    "admin": EVERYTHING - {"conversations.serve"},
}
"""Scope of an API key → permissions, the same as people's roles have. Contexts and decisions are
asked for by scope at their own doors; a program is no participant, so it is never rung."""


OPERATOR: Final = "operator"
"""Who owns the machine: as whom commands act."""


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
    return Actor(account, OPERATOR, EVERYTHING)


def permissions(roles: tuple[str, ...]) -> frozenset[Permission]:
    """Return what somebody with all these roles may do; a role unknown today grants nothing."""
    found: frozenset[Permission] = frozenset()
    for role, granted in ROLES.items():
        if role in roles:
            found |= granted
    return found


def of_scopes(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what a token with all these scopes may do; a scope unknown today grants nothing."""
    return frozenset().union(*(SCOPES.get(scope, frozenset()) for scope in scopes))


def of_key(scopes: Iterable[str]) -> frozenset[Permission]:
    """Return what an API key with all these scopes may do; an unknown scope grants nothing."""
    return frozenset().union(*(KEY_SCOPES.get(scope, frozenset()) for scope in scopes))


def demand(actor: Actor, permission: Permission) -> None:
    """Raise `errors.Forbidden` unless ``actor`` has the permission."""
    if not actor.may(permission):
        holders = ", ".join(role for role, granted in ROLES.items() if permission in granted)
        raise errors.Forbidden(
            f"{actor.who} may not do this: it needs the permission {permission} "
            f"(roles that have it: {holders})."
        )
