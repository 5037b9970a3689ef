"""Each role's limits: every route of the console and who may use it, pages and forged forms."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from orchestrator.core.model import access
from orchestrator.core.model.access import Permission, Role
from orchestrator.doors.console import navigation
from orchestrator.doors.console import pages as modules
from running import commands, pages, server

NEEDED: Final[dict[Permission, str]] = {
    "directory.names": """
        GET /
        GET /token
    """,
    "policies.read": """
        GET /intent-and-context-policies
        GET /policies
        GET /policies/versions
        GET /policies/versions/{number}
        GET /policies/{policy:path}/edit
        POST /policies/merge
        POST /policy-editor/look
        POST /policy-editor/findings
        POST /policy-editor/convert
        POST /policy-editor/replay
        GET /playground
        POST /playground
        GET /playground/attributes
        GET /attributes
        GET /attributes/custom/{name}
        GET /attributes/functions/{name}
        GET /schedules
        GET /schedules/of/{name:path}
        POST /schedules/preview
        GET /namespaces
        GET /namespaces/sessions
        GET /namespaces/values
        GET /function-hosts
    """,
    "policies.write": """
        GET /policies/new
        GET /policies/{policy:path}/actions
        POST /policy-editor/go-on
        POST /policies/new
        POST /policies/{policy:path}/edit
        POST /policies/act
        POST /policies/example
        POST /policies/undo/{number}
        POST /policies/versions/{number}/restore
        POST /policies/merge/save
        GET /attributes/new
        POST /attributes/new
        POST /attributes/custom/{name}
        POST /attributes/custom/{name}/remove
        GET /attributes/functions/new
        POST /attributes/functions/new
        POST /attributes/functions/{name}
        POST /attributes/functions/{name}/remove
        POST /attributes/functions/{name}/try
        GET /schedules/new
        POST /schedules/new
        POST /schedules/of/{name:path}
        POST /schedules/remove/{name:path}
        POST /namespaces
        POST /namespaces/remove
        POST /namespaces/sessions/remove
        POST /namespaces/values
        POST /namespaces/values/remove
    """,
    "conversations.serve": """
        GET /desk
        POST /desk/session
        GET /desk/{conversation}/beside
        GET /desk/{conversation}/earlier
        GET /desk/{conversation}/earlier/{earlier}
        GET /desk/{conversation}/places
        GET /desk/{conversation}/options/{kind}
    """,
    "conversations.manage": """
        GET /floor/conversations/{conversation}
        POST /floor/conversations/{conversation}
    """,
    "conversations.read": """
        GET /live
        GET /floor
        GET /floor/agents
        GET /floor/queues/{skill}
        GET /conversations
        GET /conversations/{conversation:path}
        GET /dashboard
        GET /dashboard/files/{table}
        GET /dashboard/policies
        GET /policy-logs
        GET /policy-logs/{decision:path}
    """,
    "directory.read": """
        GET /options/{kind}
        GET /web-client
        GET /bot-config
        GET /bot-config/state
        GET /users
        GET /users/{user}
        GET /skills
        GET /skills/{skill}
        GET /campaigns
        GET /campaigns/{campaign}
        GET /engagements/{engagement}
        GET /keys
        GET /keys/{key}
        GET /account
    """,
    "directory.write": """
        POST /bot-config
        POST /bot-config/fill
        POST /bot-config/try
        POST /bot-config/forget
        GET /users/new
        POST /users/new
        POST /users/{user}
        POST /users/{user}/status
        POST /users/{user}/remove
        POST /users/{user}/sign-in-link/remove
        POST /users/{user}/keys
        POST /users/{user}/keys/{key}/revoke
        GET /skills/new
        POST /skills/new
        POST /skills/{skill}
        POST /skills/{skill}/remove
        GET /campaigns/new
        POST /campaigns/new
        POST /campaigns/{campaign}
        POST /campaigns/{campaign}/remove
        GET /engagements/new
        POST /engagements/new
        POST /engagements/{engagement}
        POST /engagements/{engagement}/remove
        GET /keys/new
        POST /keys/new
        POST /keys/{key}
        POST /keys/{key}/rotate
        POST /keys/{key}/revoke
        POST /account
        POST /function-hosts
        POST /function-hosts/remove
    """,
}
"""THE table of the console's routes, by the permission without which each is refused."""

OFFERED: Final[tuple[tuple[str, str, Permission], ...]] = (
    ("/policies", 'href="/console/policies/new"', "policies.write"),
    ("/policies", 'class="handle"', "policies.write"),
    ("/policies", "policies/act?do=enable", "policies.write"),
    ("/policies/versions", "/restore", "policies.write"),
    ("/attributes", 'href="/console/attributes/new"', "policies.write"),
    ("/schedules", 'href="/console/schedules/new', "policies.write"),
    ("/namespaces", 'name="ttl"', "policies.write"),
    ("/users", 'href="/console/users/new"', "directory.write"),
    ("/skills", 'href="/console/skills/new', "directory.write"),
    ("/campaigns", 'href="/console/engagements/new', "directory.write"),
    ("/keys", 'href="/console/keys/new"', "directory.write"),
    ("/function-hosts", 'name="host"', "directory.write"),
    ("/bot-config", 'action="/console/bot-config"', "directory.write"),
    ("/playground", 'name="load"', "conversations.read"),
)
"""What stands on a page for those only who may use it: path, what is looked for, permission."""

POLICY: Final = {
    "id": "p-1",
    "name": "First",
    "conditions": [{"all": []}],
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
}
FORGED: Final = json.dumps({**POLICY, "name": "Forged"})
SENT: Final[dict[str, dict[str, str]]] = {
    "/policies/merge": {"policies": FORGED, "version": "1"},
    "/policies/merge/save": {
        "policies": FORGED,
        "version": "1",
        "number": "2",
        "pick p-1": "mine",
    },
    "/policy-editor/convert": {"block": '{"conditions": []}'},
    "/attributes/new": {"name": "forged", "kind": "text", "value": "a"},
    "/attributes/custom/{name}": {"kind": "text", "value": "forged"},
    "/users/{user}": {"login": "forged", "roles": "Agent", "max_chats": "1"},
    "/keys/new": {"name": "Forged", "scopes": "admin", "rate": "60"},
}
"""What forms hold where an empty one is refused before anybody asks who sent it."""

ROWS: Final = [
    (*line.split(), permission)
    for permission, told in NEEDED.items()
    for line in told.split("\n")
    if line.strip()
]


@pytest.fixture(scope="module")
def brand(shared_server: server.Server, account_ids: Iterator[int]) -> commands.Commands:
    """An account with a person of each role, named after it, and one of everything else."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    for role in access.ROLES:
        orchestrator(
            *("users", "add", login(role), "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    return orchestrator


@pytest.fixture(scope="module")
def things(brand: commands.Commands) -> dict[str, str]:
    """What stands for the names in paths: something that is there."""
    for name in ("Before", "First"):
        brand("policies", "load", "-", stdin={"policies": [{**POLICY, "name": name}]})
    brand("attributes", "set", "custom.thing", '"a"')
    brand("functions", "add", "tier", stdin={"url": "https://crm.example.com"})
    brand("schedules", "add", "thing", stdin={"zone": "UTC", "weekly": {}})
    skill = brand("skills", "add", "Billing")["id"]
    engagement = brand("engagements", "add", "Contact us", "--skill", "Billing")
    brand("chat", "--skill", "Billing", "--message", "Hello", "--wait", "0")
    brand("keys", "add", "CRM")
    return {
        "number": "1",
        "policy": "p-1",
        "name": "thing",
        "function": "tier",
        "conversation": brand("conversations", "list")[0]["conversationId"],
        "decision": "nothing",
        "earlier": "nothing",
        "table": "policies",
        "kind": "skills",
        "user": brand("users", "show", login("Viewer"))["id"],
        "skill": skill,
        "campaign": engagement["campaignId"],
        "engagement": engagement["engagementId"],
        "key": brand("keys", "list")[0]["prefix"],
    }


@pytest.fixture
def visitor(
    shared_server: server.Server, brand: commands.Commands, role: Role
) -> Iterator[pages.Visitor]:
    """Somebody of a role, signed in."""
    opened = pages.Visitor(shared_server.http, brand.account)
    opened.sign_in(login(role))
    yield opened
    opened.http.close()


def login(role: str) -> str:
    """The name of the person who has the role."""
    return role.lower().replace(" ", "-")


def filled(path: str, things: dict[str, Any]) -> str:
    """A path of the table with a thing for each name in it."""
    named = path.replace("/functions/{name}", "/functions/{function}")
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: things[found[1]], named)


def test_the_table_has_every_route() -> None:
    """A new page says here whom it is for."""
    routes = sorted((row.method, row.path or "/") for row in modules.rows())
    assert sorted((method, path) for method, path, _ in ROWS) == routes


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_is_refused_what_it_may_not(
    visitor: pages.Visitor, things: dict[str, str], role: Role
) -> None:
    """Pages and forms, with the session's own token: 403 for all that the role lacks, and no more.

    What a role may do is done to things that are not there, with an empty form.
    """
    token, odd = visitor.token(), {}
    nowhere = {name: "99" if name == "number" else "nothing" for name in things}
    for method, path, permission in ROWS:
        may = permission in access.ROLES[role]
        if (method, path) == ("GET", "/live") and may:
            continue  # a stream that goes on
        at = filled(path, nowhere if may and method == "POST" else things).rstrip("/")
        if method == "GET":
            answer = visitor.get(at)
        else:
            form = {} if may else SENT.get(path, {})
            asked = "?do=duplicate&policy=p-1" if path == "/policies/act" else ""
            answer = visitor.post(f"{at}{asked}", token, **form)
        if answer.status_code >= 500 or (answer.status_code == 403) == may:
            odd[f"{method} {path}"] = answer.status_code
    assert odd == {}


@pytest.mark.parametrize("role", access.ROLES)
def test_each_role_is_offered_what_it_may(
    visitor: pages.Visitor, things: dict[str, str], role: Role
) -> None:
    """The side shows the places that open, and pages the buttons that would be obeyed."""
    assert things
    granted = access.ROLES[role]
    side = visitor.get("").text.partition("<main")[0]
    for part in navigation.PARTS:
        for place in part.places:
            shown = f'<a href="/console{place.path}"' in side
            assert shown == (place.permission in granted), place
    for path, button, permission in OFFERED:
        answer = visitor.get(path)
        if answer.status_code == 200:
            assert (button in answer.text) == (permission in granted), (path, button)
