"""Who asks, of which account, at which state: what every endpoint of ``/v3`` is given."""

from typing import Annotated, Any

import msgspec
from fastapi import Depends, Path, Request
from starlette.responses import Response

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.doors.api import conditions, credentials, wire
from orchestrator.doors.api.conditions import IfMatch
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.schedules import Schedules
from orchestrator.services.directory import Directory

Account = Annotated[str, Path(description="The account's id.", max_length=20)]


class Asking(msgspec.Struct, frozen=True):
    """A request by ``actor``, and the desks at which its condition holds."""

    request: Request
    rooms: Rooms
    actor: Actor
    directory: Directory
    policies: Policies
    arranging: Arranging
    schedules: Schedules

    async def at_revision(self) -> dict[str, str]:
        """Return the header that names the configuration's state. Ask before reading."""
        return conditions.tag("r", await self.directory.forms.revision(self.actor))

    async def at_version(self) -> dict[str, str]:
        """Return the header that names the policy set's state. Ask before reading."""
        return conditions.tag("v", await self.policies.at(self.actor))

    async def configured(self, body: Any, *, status: int = 200) -> Response:
        """Answer a change of the configuration with its new state."""
        return wire.json(body, status=status, headers=await self.at_revision())


async def _reading(request: Request, account: Account) -> Asking:
    rooms: Rooms = request.app.state.rooms
    actor = await credentials.asker(rooms, request, account=account)
    return Asking(
        request,
        rooms,
        actor,
        rooms.directory,
        rooms.policies,
        rooms.arranging,
        rooms.schedules,
    )


async def _configuring(
    asking: Annotated[Asking, Depends(_reading)], if_match: IfMatch = None
) -> Asking:
    access.demand(asking.actor, "directory.write")  # before the body, whatever is in it
    revision = conditions.expected("r", if_match)
    if revision is None:
        return asking
    return msgspec.structs.replace(asking, directory=asking.directory.expecting(revision))


async def _ruling(asking: Annotated[Asking, Depends(_reading)], if_match: IfMatch = None) -> Asking:
    access.demand(asking.actor, "policies.write")
    version = conditions.expected("v", if_match)
    if version is None:
        return asking
    return msgspec.structs.replace(
        asking,
        policies=asking.policies.expecting(version),
        arranging=asking.arranging.expecting(version),
        schedules=asking.schedules.expecting(version),
    )


Reading = Annotated[Asking, Depends(_reading)]
"""Anybody with a credential of the account; the service demands the permission."""

Configuring = Annotated[Asking, Depends(_configuring)]
"""Somebody who may change people, skills, campaigns and engagements, at the state they saw."""

Ruling = Annotated[Asking, Depends(_ruling)]
"""Somebody who may change policies, static attributes and schedules, at the state they saw."""
