"""Pages of a list: at most ``limit`` entries, and where the next page begins.

A list is one JSON array, as the command line prints it; the next page's address stands in the
header ``Link`` with ``rel="next"`` (RFC 8288). A cursor names the last entry of the page before,
so that what is added or removed meanwhile makes nothing come twice or be left out.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import msgspec
from fastapi import Query
from starlette.datastructures import URL
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors, times
from orchestrator.doors.api import wire
from orchestrator.services.admin.ports import Place

T = TypeVar("T")
Key = list[str | int]

LARGEST: Final = 1000

_LATEST: Final = 253_402_300_799_000
"""The last millisecond but 999 of the year 9999: later moments are none."""

Limit = Annotated[int, Query(ge=1, le=LARGEST, description="How many entries at most.")]
Cursor = Annotated[
    str | None, Query(max_length=2000, description="Where to go on, from `Link` of the last page.")
]


def by_key(
    found: Sequence[T], key: Callable[[T], Key], *, limit: int, cursor: str | None
) -> tuple[Sequence[T], Key | None]:
    """Return the page of a whole list in the order of ``key``, and the cursor of the next one."""
    after = opened(cursor, types=None)
    rest = found if after is None else [each for each in found if _beyond(key(each), after)]
    page = rest[:limit]
    return page, key(page[-1]) if len(rest) > limit else None


def _beyond(key: Key, after: Key) -> bool:
    try:
        return key > after
    except TypeError as error:
        raise _refused() from error


def opened(cursor: str | None, *, types: tuple[type, ...] | None) -> Key | None:
    """Return what a cursor names, None for the first page. Raises `errors.BadInput`.

    ``types`` are those of its parts, where the list knows them.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        found = msgspec.json.decode(base64.urlsafe_b64decode(padded.encode()), type=Key)
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise _refused() from error
    if any(isinstance(each, str) and "\0" in each for each in found):
        raise _refused()  # not every database takes it in a question
    if types is not None and tuple(type(each) for each in found) != types:
        raise _refused()
    return found


def place(cursor: str | None) -> Place | None:
    """Return where the page before ended, of a list that shows the newest first."""
    found = opened(cursor, types=(int, str))
    if found is None:
        return None
    at, identifier = int(found[0]), str(found[1])
    if not 0 <= at <= _LATEST:
        raise _refused()
    return Place(times.moment(at), identifier)


def key_of(at: datetime, identifier: str) -> Key:
    """Return the key by which such a list goes on behind an entry."""
    return [times.milliseconds(at), identifier]


def answer(
    request: Request, page: Sequence[Any], after: Key | None, *, headers: dict[str, str]
) -> Response:
    """Return a page as an answer; ``after`` is the key of its last entry when there are more."""
    if after is not None:
        cursor = base64.urlsafe_b64encode(msgspec.json.encode(after)).decode().rstrip("=")
        there = URL(scope=request.scope).include_query_params(cursor=cursor)
        headers = headers | {"Link": f'<{there.path}?{there.query}>; rel="next"'}
    return wire.json(list(page), headers=headers)


def _refused() -> errors.BadInput:
    return errors.BadInput("This cursor is none of ours.", path="cursor")
