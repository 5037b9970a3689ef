"""Attributes, schedules, namespaces, the web client: without a browser, as every role has them."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from running import commands, pages, server

ROLES = ("Agent", "Agent Manager", "Policy editor", "Viewer", "Administrator")
EDITORS = {"Policy editor", "Administrator"}
HOSTILE = '"><img src=x onerror=alert(1)>'
WEEK: Final = {"zone": "Europe/Paris", "week_MON": "09:00–12:00, 13:00–17:00"}
CONTRACT: Final[dict[str, Any]] = {
    "kind": "url",
    "url": "https://crm.example.com/tier",
    "on_failure": "unknown",
    "timeout_ms": "1500",
    "parameter": ["id", "limit"],
    "value": ["{{conversation.consumerId}}", "3"],
}


@pytest.fixture
def visitor(shared_server: server.Server, account: commands.Commands) -> Iterator[pages.Visitor]:
    """Somebody at the door of an account with a person of each role, named after it."""
    for role in ROLES:
        login = role.lower().replace(" ", "-")
        account(
            *("users", "add", login, "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    opened = pages.Visitor(shared_server.http, account.account)
    yield opened
    opened.http.close()


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_and_changes_what_it_may(visitor: pages.Visitor, role: str) -> None:
    """Agents see none of these pages; policy editors and administrators change what is there."""
    visitor.sign_in(role.lower().replace(" ", "-"))
    for path in ("/attributes", "/schedules", "/namespaces"):
        assert visitor.get(path).status_code == (403 if role == "Agent" else 200), path
    assert visitor.get("/attributes/new").status_code == (200 if role in EDITORS else 403)
    changes: dict[str, dict[str, Any]] = {
        "/attributes/new": {"name": "vip", "kind": "texts", "value": "C-1"},
        "/attributes/functions/new": {"name": "tier", **CONTRACT},
        "/schedules/new": {"name": "Desk", **WEEK},
        "/namespaces": {"name": "orders", "ttl": "60"},
        "/namespaces/values": {
            "namespace": "orders",
            "session": "c1",
            "name": "state",
            "value": '"shipped"',
        },
        "/attributes/custom/vip/remove": {},
        "/attributes/functions/tier/remove": {},
        "/schedules/remove/Desk": {},
        "/namespaces/remove": {"name": "orders"},
    }
    token = visitor.token()
    for path, fields in changes.items():
        assert visitor.post(path, "", **fields).status_code == 403, path
        status = visitor.post(path, token, **fields).status_code
        assert status == (303 if role in EDITORS else 403), path


def test_a_static_list_is_pasted_shown_and_changed(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """The list of values tells how many there are; a stale form loses nothing and says so."""
    visitor.sign_in("administrator")
    pasted = "\n".join(f"C-{number}" for number in range(6_000))
    answer = visitor.post("/attributes/new", name="vip", kind="texts", value=pasted)
    assert answer.status_code == 303, answer.text
    assert "6,000 values" in visitor.get("/attributes?tab=custom").text
    part = visitor.get("/attributes?tab=custom&search=a", headers={"hx-request": "true"})
    assert (part.status_code, "<html" in part.text) == (200, False)
    account("attributes", "set", "custom.vip", '["elsewhere"]')
    late = visitor.post("/attributes/custom/vip", kind="texts", value="mine", version="1")
    assert late.status_code == 422
    assert "mine" in late.text
    wrong = visitor.post("/attributes/custom/vip", kind="number", value="ten")
    assert "is no number" in wrong.text
    taken = visitor.post("/attributes/new", name="vip", kind="text", value="x")
    assert "already" in taken.text
    for name in ("two words", "C/1"):
        odd = visitor.post("/attributes/new", name=name, kind="text", value="x")
        assert 'id="name-error"' in odd.text, name


def test_attributes_name_the_policies_that_read_them(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """With links, and with what they are called as text."""
    condition = {"property": "conversation.channel", "type": "EQUAL", "value": "web"}
    action = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
    policy = {"name": HOSTILE, "conditions": [condition], "actions": [action]}
    account("policies", "load", "-", stdin={"policies": [policy]})
    visitor.sign_in("viewer")
    page = visitor.get("/attributes").text
    assert "1 policy" in page
    assert "<img src=x" not in page
    assert "never shown" in page  # the first message is sensitive


def test_a_function_is_written_changed_and_tried(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """The whole contract goes through the form; what went wrong when it is tried is said."""
    visitor.sign_in("administrator")
    assert visitor.post("/attributes/functions/new", name="tier", **CONTRACT).status_code == 303
    found = account("functions", "show", "tier")
    assert found["parameters"] == {"id": "{{conversation.consumerId}}", "limit": 3}
    assert (found["timeoutMs"], found["onFailure"]) == (1500, "unknown")
    wrong = {**CONTRACT, "timeout_ms": "1", "on_failure": "default", "default_value": "{"}
    answer = visitor.post("/attributes/functions/tier", **wrong)
    assert answer.status_code == 422
    assert 'id="default_value-error"' in answer.text
    unreachable = {**CONTRACT, "url": "https://127.0.0.1:9/tier"}
    assert visitor.post("/attributes/functions/tier", **unreachable).status_code == 303
    tried = visitor.post("/attributes/functions/tier/try", **{"with:conversation.consumerId": "c"})
    assert "attempts: " in tried.text
    assert "127.0.0.1" in tried.text


def test_a_schedule_is_written_and_asked_before_it_is_saved(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """The preview takes what is in the form, at a moment of the schedule's own zone."""
    visitor.sign_in("administrator")
    moments = {
        "2026-11-23T12:00": "open",
        "2026-11-23T12:30": "closed",
        "2026-11-24T10:00": "closed",
    }
    for at, state in moments.items():
        told = visitor.post("/schedules/preview", at=at, **WEEK).text
        assert f">{state}<" in told, at
    name = "Desk/Paris"
    fields = {"exception_date": "2026-12-24", "exception_hours": "", "country": "fr"}
    assert visitor.post("/schedules/new", name=name, **WEEK, **fields).status_code == 303
    assert account("schedules", "show", name)["holidays"]["country"] == "FR"
    answer = visitor.post(f"/schedules/of/{name}", **{**WEEK, "week_TUE": "nine to five"})
    assert 'id="week_TUE-error"' in answer.text
    assert "nine to five" in answer.text
    assert visitor.post(f"/schedules/remove/{name}").status_code == 303


@pytest.mark.parametrize("name", ["new", "preview", "of", "Desk/remove"])
def test_a_schedule_may_be_called_like_a_page(visitor: pages.Visitor, name: str) -> None:
    """It is opened, saved and removed as any other."""
    visitor.sign_in("administrator")
    assert visitor.post("/schedules/new", name=name, **WEEK).status_code == 303
    assert f'href="/console/schedules/of/{name}"' in visitor.get("/schedules").text
    assert f"/console/schedules/remove/{name}" in visitor.get(f"/schedules/of/{name}").text
    assert visitor.post(f"/schedules/of/{name}", **WEEK).status_code == 303
    assert visitor.post(f"/schedules/remove/{name}").status_code == 303
    assert visitor.get(f"/schedules/of/{name}").status_code == 404


@pytest.mark.parametrize("number", ["0", "2147483648", "9" * 5_000, "one", "²"])
def test_a_number_that_no_version_has_is_not_found(visitor: pages.Visitor, number: str) -> None:
    """Wherever a path has one."""
    visitor.sign_in("administrator")
    assert visitor.get(f"/policies/versions/{number}").status_code == 404
    assert visitor.post(f"/policies/versions/{number}/restore").status_code == 404
    assert visitor.post(f"/policies/undo/{number}").status_code == 404


def test_values_of_a_namespace_are_kept_shown_and_deleted(visitor: pages.Visitor) -> None:
    """Any name and any JSON; a page of sessions, each with its values and how long they stay."""
    visitor.sign_in("administrator")
    session = "a/b?c=ü&d"
    place = {"namespace": "orders", "session": session}
    assert visitor.post("/namespaces", name="orders", ttl="3600").status_code == 303
    saved = visitor.post("/namespaces/values", **place, name="state", value='"shipped"')
    assert saved.status_code == 303
    assert "a/b?c=ü&amp;d" in visitor.get("/namespaces/sessions?namespace=orders").text
    page = visitor.http.get(saved.headers["location"]).text
    assert "orders.state" in page
    assert "&#34;shipped&#34;" in page
    wrong = visitor.post("/namespaces/values", **place, name="state", value="shipped")
    assert 'id="value-error"' in wrong.text
    assert visitor.post("/namespaces", name="sde", ttl="").status_code == 422
    assert visitor.post("/namespaces/sessions/remove", **place).status_code == 303
    assert "Nothing is kept here" in visitor.http.get(saved.headers["location"]).text


def test_the_web_client_begins_where_its_address_says(
    visitor: pages.Visitor, account: commands.Commands
) -> None:
    """A skill by name, an engagement by its word, and either word under ``skill`` as before."""
    skill = account("skills", "add", "Billing")["id"]
    account(
        *("engagements", "add", "Web", "--skill", "Billing", "--campaign", "Site"),
        *("--entry-point", "parcels"),
    )
    visitor.sign_in("viewer")
    assert f' skill="{skill}"' in visitor.get("/web-client?skill=Billing").text
    for query in ("identifier=parcels", "skill=parcels", ""):
        page = visitor.get(f"/web-client?{query}").text
        assert ' engagement="' in page
        assert "data-campaign=" in page
    assert "no skill and no engagement" in visitor.get("/web-client?skill=Nowhere").text
