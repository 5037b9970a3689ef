"""Addresses: pages of lists, near and far, and moments that people write."""

from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.console import moments, paging, places
from orchestrator.services.admin.ports import Place

AT = datetime(2026, 1, 5, 9, 30, 0, 123456, tzinfo=UTC)
HOSTILE = "a&b=c?d#e/../ü\u202e<script>%41~+"


def visit(**asked: str) -> Any:
    """What paging looks at of a visit."""
    return SimpleNamespace(asked=lambda name, default="": asked.get(name, default))


@pytest.mark.parametrize("identifier", ["c-1", HOSTILE])
def test_a_place_is_found_again_by_its_address(identifier: str) -> None:
    """To the microsecond, whatever the id is, and with the same search."""
    address = places.older("/policy-logs", {"search": HOSTILE, "after": "x"}, Place(AT, identifier))
    asked = parse_qs(urlsplit(address).query)
    assert urlsplit(address).path == "/policy-logs"
    assert places.read(asked["after"][0]) == Place(AT, identifier)
    assert asked["search"] == [HOSTILE]
    first = places.first("/policy-logs", {"search": HOSTILE, "after": "x"})
    assert parse_qs(urlsplit(first).query) == {"search": [HOSTILE]}


@pytest.mark.parametrize(
    "text", ["~", "x~c-1", "2026-01-05T09:30:00~c-1", "2026-01-05T09:30:00+00:00~", "2026", "\0"]
)
def test_a_place_that_nobody_gave_out_is_refused(text: str) -> None:
    """No moment, no zone, no id."""
    with pytest.raises(errors.BadInput):
        places.read(text)


def test_the_first_page_is_no_place() -> None:
    """Nor is there one behind the last page."""
    assert places.read("") is None
    assert places.older("/x", {}, None) == ""
    assert places.first("/x", {"search": "a"}) == ""
    assert places.first("/x", {"after": "a"}) == "/x"


@pytest.mark.parametrize(
    ("asked", "first"),
    [
        ("", 1),
        ("1", 1),
        ("2", 51),
        ("3", 101),
        ("4", 101),
        ("0", 1),
        ("-1", 1),
        ("²", 1),
        ("9" * 5_000, 1),
        ("x", 1),
    ],
)
def test_a_page_of_a_list_is_always_one_that_is_there(asked: str, first: int) -> None:
    """Too far is the last page, nonsense the first."""
    found = paging.of(visit(page=asked), range(120), path="/users")
    assert (found.first, found.total) == (first, 120)
    assert found.rows == range(first - 1, min(first + 49, 120))


def test_neighbours_keep_the_search() -> None:
    """As an address has to have it."""
    found = paging.of(visit(page="2", search=HOSTILE), range(120), path="/users")
    for address, number in ((found.previous, "1"), (found.next, "3")):
        assert parse_qs(urlsplit(address).query) == {"search": [HOSTILE], "page": [number]}
    alone = paging.of(visit(), range(50), path="/users")
    assert (alone.previous, alone.next) == ("", "")
    nobody = paging.of(visit(), (), path="/users")
    assert (nobody.total, nobody.previous, nobody.next) == (0, "", "")


@pytest.mark.parametrize(
    ("text", "zone", "at"),
    [
        ("2026-07-01T10:00", "Europe/Paris", datetime(2026, 7, 1, 8, tzinfo=UTC)),
        ("2026-07-01T10:00", "", datetime(2026, 7, 1, 10, tzinfo=UTC)),
        ("2026-07-01T10:00:30+05:30", "Europe/Paris", datetime(2026, 7, 1, 4, 30, 30, tzinfo=UTC)),
        ("", "Europe/Paris", None),
    ],
)
def test_a_moment_is_read_in_its_writers_zone(text: str, zone: str, at: datetime | None) -> None:
    """UTC without one; what says its own zone is taken at its word."""
    assert moments.read(text, zone, path="at") == at


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("tomorrow", "UTC"),
        ("2026-07-01T10:00", "Nowhere/Land"),
        ("2026-07-01T10:00", "../../etc/passwd"),
        ("2026-07-01T10:00", "/etc/passwd"),
        ("2026-07-01T10:00", "Europe/Par\0is"),
        ("0001-01-01T00:00", "Asia/Tokyo"),
        ("9999-12-31T23:59", "America/Los_Angeles"),
        ("2026-07-01T10:00", "Europe"),
        ("2026-07-01T10:00", "x" * 5_000),
    ],
)
def test_what_is_no_moment_is_said_at_its_field(text: str, zone: str) -> None:
    """No date, no zone, no time that there is in UTC; nothing of the disk is read for it."""
    with pytest.raises(errors.BadInput) as refused:
        moments.read(text, zone, path="at")
    assert refused.value.path == "at"


def test_a_moment_comes_back_from_its_field() -> None:
    """Fields carry UTC and the instant from which the browser makes its own time."""
    shown = moments.field(AT)
    assert shown == {"value": "2026-01-05T09:30:00", "instant": AT.isoformat()}
    assert moments.read(shown["value"], "", path="at") == AT.replace(microsecond=0)
    assert moments.field(None) == {"value": "", "instant": ""}
