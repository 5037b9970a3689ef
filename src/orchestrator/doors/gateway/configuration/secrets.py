"""Passwords and login keys of users: what an administrator gives, and nobody can read again.

On the platform keys are made by hand in its pages and no REST call makes them; here there are no
such pages, so ``le-users/users/{id}/keys`` is our own.
"""

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.doors.gateway import credentials, web
from orchestrator.doors.gateway.configuration import collection
from orchestrator.doors.gateway.rooms import Rooms


class _NewPassword(msgspec.Struct, rename="camel"):
    new_password: str


class Secrets:
    """Four calls beside those on users."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    async def reset_password(self, request: Request) -> Response:
        """Give a human a new password (``newPassword``); their sessions end."""
        asking = await collection.writing(self._rooms, request)
        sent = await web.body(request, _NewPassword, limit=self._rooms.limits.body_bytes)
        user, password = asking.where["id"], sent.new_password
        await asking.forms.users.reset_password(asking.actor, user, password=password)
        headers = collection.stamped(await asking.forms.revision(asking.actor))
        return web.json({}, headers=headers)

    async def keys(self, request: Request) -> Response:
        """Answer with the keys of a user, newest first, without a secret."""
        actor = await credentials.asker(self._rooms, request)
        found = await self._rooms.directory.keys.all(actor, request.path_params["id"])
        return web.json(found)

    async def add_key(self, request: Request) -> Response:
        """Make a key and answer with its four parts, this once: 201."""
        actor = await credentials.asker(self._rooms, request)
        made = await self._rooms.directory.keys.generate(actor, request.path_params["id"])
        return web.json(made, status=201, headers={"Cache-Control": "no-store"})

    async def revoke_key(self, request: Request) -> Response:
        """Revoke a key; sessions that began with it end."""
        actor = await credentials.asker(self._rooms, request)
        user, app_key = request.path_params["id"], request.path_params["app_key"]
        return web.json(await self._rooms.directory.keys.revoke(actor, user, app_key=app_key))
