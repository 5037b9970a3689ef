"""The five calls on a noun: list, one, add, replace, remove; by revision, and with `If-Match`.

Every answer names the account's revision (``ac-revision``, and ``ETag``), which any change moves,
by whatever way it came. A GET with ``If-Match`` of that revision is 304; ``-1`` is always answered
in full. On a write it is a condition: 412 when anything changed since, for a client that sends it
does so in order not to overwrite what it has not seen. The public pages list no code for that;
HTTP has one. Source: messaging protocol 7.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import Any, Final, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.gateway import credentials, web
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.services.directory.forms import Forms

Entry = dict[str, Any]

EVERYTHING: Final = "$all"
"""The word of ``select`` that keeps every field."""

_ALWAYS: Final = frozenset({"", "-1", "*"})
"""What ``If-Match`` says when it is no condition."""


class Asking(msgspec.Struct, frozen=True):
    """Who asks, at which desks, and the ids in the path (``where``), such as a campaign's.

    ``only`` is the id of the one entry that is wanted: a noun with many entries then reads no
    other, and may show more of it.
    """

    forms: Forms
    actor: Actor
    where: Mapping[str, str]
    only: str | None = None


class Noun(Protocol):
    """What is particular to one noun."""

    @property
    def brief(self) -> tuple[str, ...]:
        """The fields that a list shows when nothing is selected; empty: all."""
        ...

    @property
    def shape(self) -> type[msgspec.Struct]:
        """What may be written."""
        ...

    async def all(self, asking: Asking) -> list[Entry]:
        """Return every entry that the actor may see, whole, or at least the one asked for."""
        ...

    async def gone(self, asking: Asking) -> list[Entry]:
        """Return what is left of entries that were removed: ``deleted``, id and name."""
        ...

    async def add(self, asking: Asking, sent: Any) -> str:
        """Add an entry and return its id."""
        ...

    async def replace(self, asking: Asking, identifier: str, sent: Any) -> None:
        """Put what was sent in the entry's place."""
        ...

    async def remove(self, asking: Asking, identifier: str) -> None:
        """Remove the entry."""
        ...


class Collection:
    """The endpoints of one noun."""

    def __init__(self, rooms: Rooms, noun: Noun) -> None:
        self._rooms = rooms
        self._noun = noun

    async def all(self, request: Request) -> Response:
        """Answer with the entries; ``include_deleted=true`` adds those that are gone."""

        async def read(asking: Asking) -> list[Entry]:
            found = await self._noun.all(asking)
            if request.query_params.get("include_deleted", "").lower() == "true":
                found += await self._noun.gone(asking)
            return found

        return await self._read(request, read, brief=self._noun.brief)

    async def one(self, request: Request) -> Response:
        """Answer with one entry, whole unless fields are selected; 404 for an unknown one."""

        async def read(asking: Asking) -> Entry:
            return await self._entry(asking, asking.where["id"])

        return await self._read(request, read, brief=())

    async def add(self, request: Request) -> Response:
        """Add an entry and answer with it: 201."""
        asking = await writing(self._rooms, request)
        made = await self._noun.add(asking, await self._sent(request))
        return await self._written(request, asking, made, status=201)

    async def replace(self, request: Request) -> Response:
        """Replace an entry, with defaults for what is not sent, and answer with it."""
        asking = await writing(self._rooms, request)
        sent = await self._sent(request)
        wanted = str((await self._entry(asking, asking.where["id"]))["id"])
        await self._noun.replace(asking, wanted, sent)
        return await self._written(request, asking, wanted, status=200)

    async def remove(self, request: Request) -> Response:
        """Remove an entry, and answer with what is left of it."""
        asking = await writing(self._rooms, request)
        wanted = (await self._entry(asking, asking.where["id"]))["id"]
        await self._noun.remove(asking, str(wanted))
        headers = stamped(await asking.forms.revision(asking.actor))
        return web.json({"id": wanted, "deleted": True}, headers=headers)

    async def _read(
        self,
        request: Request,
        read: Callable[[Asking], Awaitable[Entry | list[Entry]]],
        *,
        brief: tuple[str, ...],
    ) -> Response:
        actor = await credentials.asker(self._rooms, request)
        asking = Asking(self._rooms.directory.forms, actor, request.path_params)
        # Asked for first: what is then read may be newer than it says, and is never older.
        revision = await asking.forms.revision(actor)
        if _condition(request) == str(revision):
            return Response(status_code=304, headers=stamped(revision))
        found = await read(asking)
        entries = found if isinstance(found, list) else [found]
        headers = stamped(revision) | modified(entries)
        shown = [selected(request, each, brief=brief) for each in entries]
        return web.json(shown if isinstance(found, list) else shown[0], headers=headers)

    async def _entry(self, asking: Asking, identifier: str) -> Entry:
        asking = msgspec.structs.replace(asking, only=identifier)
        for each in await self._noun.all(asking):
            if identifier in (str(each["id"]), each.get("pid")):
                return each
        raise errors.NotFound(f"There is no entry {identifier} here.")

    async def _sent(self, request: Request) -> msgspec.Struct:
        return await web.body(request, self._noun.shape, limit=self._rooms.limits.body_bytes)

    async def _written(
        self, request: Request, asking: Asking, identifier: str, *, status: int
    ) -> Response:
        headers = stamped(await asking.forms.revision(asking.actor))
        found = await self._entry(asking, identifier)
        return web.json(selected(request, found, brief=()), status=status, headers=headers)


async def writing(rooms: Rooms, request: Request) -> Asking:
    """Return who writes, and the desks at which the condition of the request holds.

    Raises `errors.BadInput` for an ``If-Match`` that is no revision.
    """
    actor = await credentials.asker(rooms, request)
    access.demand(actor, "directory.write")  # before the body, whatever is in it
    forms, known = rooms.directory.forms, _condition(request)
    if known not in _ALWAYS:
        if not known.isascii() or not known.isdigit():
            raise errors.BadInput("If-Match must be a revision, or -1.", path="If-Match")
        forms = forms.expecting(int(known))
    return Asking(forms, actor, request.path_params)


def _condition(request: Request) -> str:
    return request.headers.get("if-match", "").strip().removeprefix("W/").strip('"')


def stamped(revision: int) -> dict[str, str]:
    """Return the headers that name the revision."""
    return {"ac-revision": str(revision), "ETag": f'"{revision}"'}


def modified(entries: Iterable[Entry]) -> dict[str, str]:
    """Return the header that says when the newest of these was changed; not where none says it.

    Clients of profiles read it; no page says how the platform writes it, so as ``dateUpdated``.
    """
    newest = max((each.get("dateUpdated", "") for each in entries), default="")
    return {"X-LP-Last-Modified": newest} if newest else {}


def selected(request: Request, entry: Entry, *, brief: Iterable[str]) -> Entry:
    """Keep the fields of ``select=id,name`` or ``fields=id&fields=name``; ``$all`` keeps all."""
    asked = [*request.query_params.getlist("select"), *request.query_params.getlist("fields")]
    names = {name.strip() for each in asked for name in each.split(",") if name.strip()}
    names = names or set(brief)
    if not names or EVERYTHING in names:
        return entry
    return {name: value for name, value in entry.items() if name in names}
