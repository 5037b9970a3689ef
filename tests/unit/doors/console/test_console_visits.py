"""What pages ask of a request and answer with, whatever stands in either."""

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from orchestrator.core.model import access
from orchestrator.core.model.directory import User
from orchestrator.core.model.ids import Pid
from orchestrator.doors.console import drawing, meanwhile, navigation, rendering
from orchestrator.doors.console.cookies import Ticket
from orchestrator.doors.console.faults import NOTHING
from orchestrator.doors.console.visits import Visit
from orchestrator.services.directory import sessions

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)


def visit(form: Any = (), *, roles: tuple[str, ...] = ("Administrator",), part: str = "") -> Visit:
    """A visit; ``part`` is what htmx says."""
    scope = {
        "type": "http",
        "method": "GET",
        "scheme": "http",
        "path": "/console/users",
        "query_string": b"search=a%26b",
        "headers": [(b"host", b"door"), (b"hx-request", part.encode())],
    }
    user = User("1", "7", Pid("p7"), "<b>ada</b>", "human", roles, NOW)
    no_services: Any = None
    return Visit(
        Request(scope),
        no_services,
        signed=sessions.SignedIn("s", user, NOW),
        ticket=Ticket("1", "cookie", "token"),
        form=FormData(form),
    )


def test_fields_are_texts() -> None:
    """Absent is empty, blanks around are nobody's, and an upload is no text."""
    asked = visit([("a", "  x \n"), ("b", "1"), ("b", "2"), ("c", UploadFile(io.BytesIO()))])
    assert (asked.text("a"), asked.text("c"), asked.text("none")) == ("x", "", "")
    assert (asked.texts("b"), asked.texts("c")) == (["1", "2"], [])
    assert asked.asked("search") == "a&b"


@pytest.mark.parametrize("path", ["/users/ü", "/policies?search=a%26b", "/x/%2F/ \u202e"])
def test_one_is_sent_to_any_path(path: str) -> None:
    """In a redirection and in what htmx is told: headers hold ASCII."""
    plain, part = visit().go(path), visit(part="true").go(path)
    assert plain.status_code == 303
    assert plain.headers["location"].isascii()
    assert part.status_code == 200
    assert part.headers["hx-redirect"] == plain.headers["location"]


@pytest.mark.parametrize("role", access.ROLES)
def test_the_side_has_what_a_role_may_see(role: access.Role) -> None:
    """And no heading above nothing."""
    actor = visit(roles=(role,)).actor
    seen = navigation.seen_by(actor)
    assert all(part.places for part in seen)
    shown = {place.path for part in seen for place in part.places}
    wanted = {
        place.path
        for part in navigation.PARTS
        for place in part.places
        if place.permission in access.ROLES[role]
    }
    assert shown == wanted


async def test_a_name_with_markup_is_text_on_every_page() -> None:
    """It stands at the side of each."""
    answer = visit().page("home.html", steps=[], done=0, next=())
    assert isinstance(answer, drawing.Page)
    await answer.finish(drawing.Pencil())
    page = bytes(answer.body).decode()
    assert answer.headers["content-length"] == str(len(answer.body))
    assert "&lt;b&gt;ada&lt;/b&gt;" in page
    assert "<b>ada</b>" not in page
    assert '<meta name="csrf" content="token">' in page


def test_a_moment_is_told_by_the_browser() -> None:
    """An instant in an attribute, UTC as its text, and a dash where there is none."""
    assert rendering.moment(NOW, '"><script>') == (
        '<time datetime="2026-01-05T09:00:00+00:00" data-as="&#34;&gt;&lt;script&gt;">'
        "2026-01-05 09:00 UTC</time>"
    )
    assert rendering.moment(None) == "–"


def test_only_what_others_changed_and_one_would_overwrite_is_said() -> None:
    """What both changed to the same, what only others or only oneself changed is no dispute."""
    began = {"same": "a", "theirs": "a", "mine": "a", "both": "a", "list": ["x", "y"]}
    now = {"same": "b", "theirs": "b", "mine": "a", "both": "b", "list": ["y", "x"]}
    given = {"same": "b", "theirs": "b", "mine": "c", "both": "c", "list": ["x"]}
    words = {"both": "B, in words"}
    found = meanwhile.contradiction(meanwhile.marks(began), now, given, words=words)
    assert found.fields == {"both": "Now there: B, in words"}
    assert found.rest
    assert meanwhile.contradiction("", now, given, words=words) is NOTHING
    assert meanwhile.contradiction('{"a": 1}', now, given, words=words) is NOTHING
