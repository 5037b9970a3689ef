"""The guide's pages without a browser: who may do what, what is refused, and what is shown once."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from running import inside, pages, server

ROLES = ("Agent", "Agent Manager", "Policy editor", "Viewer", "Administrator")
READ = ("/users", "/users/1001", "/campaigns", "/bot-config", "/keys", "/account")
NEW = ("/users/new", "/campaigns/new", "/engagements/new", "/keys/new")
HOSTILE = '"><img src=x onerror=alert(1)>'

CHANGES: dict[str, dict[str, Any]] = {
    "/users/new": {"type": "bot", "login": "sneaked", "roles": "Agent"},
    "/users/1001": {"login": "sneaked", "roles": "Administrator", "max_chats": "3"},
    "/users/1001/status": {"status": "disabled"},
    "/users/1001/remove": {},
    "/users/1001/keys": {},
    "/campaigns/new": {"name": "Sneaked"},
    "/engagements/new": {"name": "Sneaked", "skill": "Billing"},
    "/bot-config": {"username": "sneaked"},
    "/bot-config/try": {"username": "sneaked"},
    "/bot-config/fill": {"document": "{}"},
    "/bot-config/forget": {},
    "/keys/new": {"kind": "key", "name": "Sneaked", "scopes": "admin"},
    "/account": {
        "ring_seconds": "5",
        "suggestion_seconds": "5",
        "first_message_seconds": "1",
        "session_hours": "1",
        "retention_days": "1",
    },
    "/function-hosts": {"host": "sneaked.internal"},
}
"""Every change that these pages offer, as somebody would send it who was not offered it."""


@pytest.fixture(scope="module")
def brand(shared_server: server.Server, account_ids: Iterator[int]) -> inside.Inside:
    """An account with a person of each role, named after it, and the skill Billing."""
    orchestrator = inside.Inside(shared_server.data, str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    for role in ROLES:
        orchestrator(
            *("users", "add", _login(role), "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    orchestrator("skills", "add", "Billing")
    return orchestrator


@pytest.fixture(scope="module")
def visitors(
    shared_server: server.Server, brand: inside.Inside
) -> Iterator[dict[str, pages.Visitor]]:
    """Somebody of each role, signed in."""
    opened = {role: pages.Visitor(shared_server.http, brand.account) for role in ROLES}
    for role, visitor in opened.items():
        assert visitor.sign_in(_login(role)).status_code == 303
    yield opened
    for visitor in opened.values():
        visitor.http.close()


@pytest.fixture
def admin(visitors: dict[str, pages.Visitor]) -> pages.Visitor:
    """The administrator."""
    return visitors["Administrator"]


@pytest.mark.parametrize("role", ROLES)
def test_every_role_sees_what_it_may(visitors: dict[str, pages.Visitor], role: str) -> None:
    """Agents see none of it, administrators all, the others everything but forms to add."""
    visitor = visitors[role]
    for path in READ:
        assert visitor.get(path).status_code == (403 if role == "Agent" else 200), path
    for path in NEW:
        assert visitor.get(path).status_code == (200 if role == "Administrator" else 403), path
    if role not in {"Agent", "Administrator"}:
        form = visitor.get("/users/1001").text
        assert '<fieldset class="plain" disabled>' in form
        assert ">Save<" not in form
        assert "Test connection" not in visitor.get("/bot-config").text


@pytest.mark.parametrize("role", [role for role in ROLES if role != "Administrator"])
def test_nobody_else_changes_anything(
    visitors: dict[str, pages.Visitor], brand: inside.Inside, role: str
) -> None:
    """Whatever form is sent, the services refuse it."""
    token = visitors[role].token()
    for path, form in CHANGES.items():
        assert visitors[role].post(path, token, **form).status_code == 403, path
    assert len(brand("users", "list")) == len(ROLES)
    assert brand("engagements", "list") == []
    assert brand("keys", "list") == []


def test_a_form_without_the_token_changes_nothing(admin: pages.Visitor) -> None:
    """The administrator's own cookie is not enough."""
    for path, form in CHANGES.items():
        assert admin.post(path, "wrong", **form).status_code == 403, path
    assert "sneaked" not in admin.get("/users").text.lower()


@pytest.mark.parametrize(
    ("path", "form", "field", "said"),
    [
        ("/users/new", {"type": "human", "login": "a b", "roles": "Agent"}, "login", "blanks"),
        ("/users/new", {"type": "human", "login": "viewer", "roles": "Agent"}, "login", "already"),
        ("/users/new", {"type": "human", "login": "x"}, "roles", "Name at least one role"),
        (
            "/users/new",
            {"type": "bot", "login": "x", "roles": "Agent", "max_chats": "many"},
            *("max_chats", "This must be a whole number"),
        ),
        (
            "/users/new",
            {"type": "human", "login": "x", "roles": "Agent", "password": "short"},
            *("password", "8 to 1024"),
        ),
        ("/campaigns/new", {"name": " "}, "name", "This must not be empty"),
        ("/engagements/new", {"name": "Web", "skill": "Biling"}, "skill", "Billing"),
        ("/keys/new", {"name": "CRM"}, "scopes", "at least one scope"),
        ("/keys/new", {"name": "CRM", "scopes": "decide", "rate": "0"}, "rate", "1 or more"),
        ("/account", CHANGES["/account"] | {"ring_seconds": "0"}, "ring_seconds", "1 to 3600"),
        ("/account", CHANGES["/account"] | {"retention_days": "x"}, "retention_days", "whole"),
        ("/function-hosts", {"host": "a b"}, "host", "HOST:PORT"),
        ("/function-hosts", {"host": "ok", "authority": "no PEM"}, "authority", "PEM"),
        ("/bot-config", {"username": "bot"}, "secret", "missing"),
        ("/bot-config", {"document": "no JSON"}, "document", "This is no key"),
    ],
)
def test_what_is_wrong_is_said_beside_its_field(
    admin: pages.Visitor, path: str, form: dict[str, str], field: str, said: str
) -> None:
    """Each mistake stands at the field that it concerns, and what was typed is still there."""
    answer = admin.post(path, **form)
    assert answer.status_code == 422
    at_field = re.search(rf'id="{field}-error">([^<]*)<', answer.text)
    assert at_field, answer.text[-4000:]
    assert said in at_field[1]
    assert not at_field[1].startswith("--")


def test_what_people_wrote_is_text(admin: pages.Visitor) -> None:
    """Markup in a name is shown as it was written, wherever it appears."""
    admin.post("/users/new", type="bot", login="hostile", full_name=HOSTILE, roles="Agent")
    admin.post("/campaigns/new", name=HOSTILE, description=HOSTILE)
    admin.post(
        *("/engagements/new",),
        name=HOSTILE,
        campaign=HOSTILE,
        skill="Billing",
        entry_point=HOSTILE,
    )
    issued = admin.post("/keys/new", kind="client", name=HOSTILE, scopes="decide")
    listed = ("/users", "/campaigns", "/engagements/new", "/keys")
    shown = [issued.text, *(admin.get(path).text for path in listed)]
    for text in shown:
        assert "<img src=x" not in text
    assert sum("&lt;img src=x" in text for text in shown) == len(shown)


def test_a_key_is_shown_once(admin: pages.Visitor) -> None:
    """Generating shows all five parts; no page afterwards has a secret, and revoking ends it."""
    answer = admin.post("/users/new", type="bot", login="keyed", roles="Agent", key="1")
    parts = {
        name: re.search(rf'<code id="{name}">([^<]+)<', answer.text)
        for name in ("app-key", "secret", "access-token", "access-token-secret")
    }
    values = {name: found[1] for name, found in parts.items() if found}
    assert len(values) == 4
    assert f"&#34;secret&#34;:&#34;{values['secret']}&#34;" in answer.text
    user = re.search(r'href="/console/users/(\d+)">keyed<', admin.get("/users").text)
    assert user
    page = admin.get(f"/users/{user[1]}").text
    assert values["app-key"] in page
    assert not any(values[name] in page for name in values if name != "app-key")
    gone = admin.post(f"/users/{user[1]}/keys/{values['app-key']}/revoke")
    assert gone.status_code == 303
    assert "revoked" in admin.get(f"/users/{user[1]}").text


def test_developer_keys_are_made_rotated_and_revoked(admin: pages.Visitor) -> None:
    """A rotated key and its successor are both good during the overlap; revoked ones are not."""
    first = _issued(admin.post("/keys/new", kind="key", name="CRM", scopes="admin", rate="600"))
    second = _issued(admin.post(f"/keys/{_prefix(first)}/rotate", overlap="3600"))
    where = f"/v3/accounts/{admin.account}/bot-config"

    def status(key: str) -> int:
        return admin.http.get(where, headers={"Authorization": f"Bearer {key}"}).status_code

    assert (status(first), status(second)) == (200, 200)
    assert admin.post(f"/keys/{_prefix(first)}/revoke").status_code == 303
    assert (status(first), status(second)) == (401, 200)
    third = _issued(admin.post(f"/keys/{_prefix(second)}/rotate", overlap="0"))
    assert (status(second), status(third)) == (401, 200)
    shown = admin.get("/keys").text
    assert "600 a minute" in shown
    assert third not in shown
    assert "Show 2 that have ended" in shown


def test_a_test_connection_tells_each_step(admin: pages.Visitor, brand: inside.Inside) -> None:
    """With a good key, a wrong one, and at a place that does not answer; by page and by API."""
    brand("users", "add", "tried", "--type", "bot", "--role", "Agent")
    key = brand("users", "generate-key", "tried")

    def steps(**form: str) -> list[str]:
        answer = admin.post("/bot-config/try", **form)
        assert answer.status_code == 200
        return re.findall(r'<span class="unseen">(Good|Failed|Not reached)</span>', answer.text)

    document = json.dumps(key)
    good, bad, none = "Good", "Failed", "Not reached"
    assert steps(document=document) == [good, good, good, bad, good]  # it serves no skill
    brand("skills", "assign", "Billing", "tried")
    assert steps(document=document) == [good] * 5
    wrong = document.replace(key["secret"], "0" * 16)
    assert steps(document=wrong) == [good, bad, none, none, none]
    assert steps(document=document, domain="127.0.0.1:9") == [bad, none, none, none, none]
    assert brand("bot-config", "show")["state"] == "not-configured"

    presented = _issued(admin.post("/keys/new", kind="key", name="Trier", scopes="admin"))
    answer = admin.http.post(
        f"/v3/accounts/{admin.account}/bot-config/try",
        json=key,
        headers={"Authorization": f"Bearer {presented}"},
    )
    assert [(step["stage"], step["ok"]) for step in answer.json()] == [
        *(("find", True), ("sign-in", True), ("connect", True), ("look", True)),
        ("sign-out", True),
    ]

    assert admin.post("/bot-config", document=document).status_code == 303
    page = admin.get("/bot-config").text
    assert "tried" in page
    assert not any(key[part] in page for part in ("secret", "accessToken", "accessTokenSecret"))
    part = admin.get("/bot-config/state", headers={"HX-Request": "true"}).text
    assert "tried" in part
    assert "<html" not in part
    assert steps() == [good] * 5  # with what is kept
    assert admin.post("/bot-config/forget").status_code == 303


def test_a_stale_save_says_what_is_there_now(admin: pages.Visitor, brand: inside.Inside) -> None:
    """Fields that others changed meanwhile are not overwritten unseen; a second save does it."""
    brand("engagements", "add", "Stale", "--skill", "Billing", "--entry-point", "one")
    (found,) = [each for each in brand("engagements", "list") if each["name"] == "Stale"]
    path = f"/engagements/{found['engagementId']}"
    form = {
        "name": "Stale",
        "campaign": "Default",
        "skill": re.findall(r'<option value="(\d+)" selected', admin.get(path).text)[0],
        "entry_point": "two",
    }
    brand("engagements", "edit", "Stale", "--entry-point", "three")
    answer = admin.post(path, **form, seen=_seen(admin.get(path).text))
    assert answer.status_code == 303
    before = _seen(admin.get(path).text)
    brand("engagements", "edit", "Stale", "--entry-point", "four")
    answer = admin.post(path, **form | {"entry_point": "five"}, seen=before)
    assert answer.status_code == 412
    assert "Now there: four" in answer.text
    assert 'value="five"' in answer.text
    again = admin.post(path, **form | {"entry_point": "five"}, seen=_seen(answer.text))
    assert again.status_code == 303
    assert brand("engagements", "show", "Stale")["entryPoint"] == "five"


def test_the_accounts_settings_are_saved(admin: pages.Visitor) -> None:
    """All of them in one form, the fallback skill too."""
    form = CHANGES["/account"] | {"fallback_skill": "Billing", "session_hours": "8"}
    assert admin.post("/account", **form).status_code == 303
    page = admin.get("/account").text
    assert re.search(r'name="ring_seconds"[^>]* value="5"', page)
    assert re.search(r"<option[^>]* selected>Billing</option>", page)


def test_long_lists_are_cut(admin: pages.Visitor, brand: inside.Inside) -> None:
    """Fifty users stand on a page; the search and the number of the page find the others."""
    for number in range(51):
        brand("users", "add", f"robot{number:02}", "--type", "bot", "--role", "Agent")
    first = admin.get("/users?search=robot").text
    assert first.count("/console/users/") >= 50
    assert "robot49" in first
    assert "robot50" not in first
    assert 'href="/console/users?search=robot&amp;page=2"' in first
    second = admin.get("/users?search=robot&page=2").text
    assert "robot50" in second
    assert "51–51 of 51" in second
    found = admin.get("/users?search=robot50", headers={"HX-Request": "true"}).text
    assert "robot50" in found
    assert "<html" not in found


def _login(role: str) -> str:
    return role.lower().replace(" ", "-")


def _seen(page: str) -> str:
    found = re.search(r'name="seen" value="([^"]+)"', page)
    assert found
    return found[1].replace("&#34;", '"')


def _issued(answer: Any) -> str:
    assert answer.status_code == 200
    found = re.search(r'<code id="api-key">(co_[^<]+)<', answer.text)
    assert found
    return found[1]


def _prefix(key: str) -> str:
    return "_".join(key.split("_")[:2])
