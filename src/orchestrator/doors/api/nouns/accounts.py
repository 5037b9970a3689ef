"""The account itself, and its settings."""

from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access, directory
from orchestrator.doors.api import wire
from orchestrator.doors.api.asking import Asking, Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.shapes import Moment, Shape
from orchestrator.services.directory.accounts import Settings


class Account(Shape):
    """An account and its settings."""

    id: str
    created_at: Moment
    fallback_skill_id: str | None
    fallback_skill: str | None
    ring_seconds: int
    retention_days: int
    session_hours: float
    suggestion_seconds: int
    first_message_seconds: float


class AccountChange(Shape):
    """Which settings to change; a fallback skill (an id or a name) of null is taken away."""

    fallback_skill: str | None = None
    ring_seconds: int = 72
    retention_days: int = 30
    session_hours: float = 8
    suggestion_seconds: int = 120
    first_message_seconds: float = 2


async def show(asking: Reading) -> Response:
    """Show the account's settings."""
    access.demand(asking.actor, "directory.read")
    headers = await asking.at_revision()
    found = await asking.directory.accounts.opened(asking.actor.account)
    return wire.json(await _named(asking, found), headers=headers)


async def edit(asking: Configuring, body: AccountChange) -> Response:
    """Change what is sent of the account's settings."""
    settings = Settings(**body.given())
    changed = await asking.directory.accounts.edit(asking.actor, settings=settings)
    return await asking.configured(await _named(asking, changed))


async def _named(asking: Asking, found: directory.Account) -> dict[str, Any]:
    skills = {each.id: each.name for each in await asking.directory.skills.all(asking.actor)}
    named = skills.get(found.fallback_skill_id or "")
    return wire.record(found) | {"fallbackSkill": named}


CALLS: Final = (
    Call("GET", "", show, Account),
    Call("PATCH", "", edit, Account),
)
