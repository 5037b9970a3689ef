"""Every page in a language that nobody speaks: what is not in its brackets was not translated."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

import pytest

from orchestrator.doors.console import pages as modules
from running import commands, pages, reading, server
from translating import pseudo

ADMIN: Final = "Διαχειριστής"
"""What people of the account write is Greek, so that it is neither English nor ours."""

OWN: Final = re.compile(
    "|".join(  # noqa: FLY002 - one reason beside each
        (
            r"Conversation Orchestrator",  # the product's name
            r"\b(?:English|Deutsch|Français|Español)\b",  # languages by their own names
            r"https?://\S+|\b[\w.-]+\.(?:example|com|net|internal)\b\S*",  # addresses
            r"<?\b\w+>?\.[\w.<>-]*\w>?",  # names of attributes, scopes and files
            r"\bisOpen\(.*",  # an expression
            r"\b(?:[A-Z][A-Z0-9_]+|[a-z]+[A-Z]\w+)\b",  # names of operators, codes and fields
            r"\b[0-9a-f-]{8,}\b",  # ids
            r"\b(?:UTC|[A-Z]\w+/[A-Z]\w+)\b",  # zones
            r"^[a-z]+(?:-[A-Z]+)?$|^\[\{.*\}\]$",  # codes alone, and examples: vip, de-DE, JSON
            r"\b(?:ctype|thing|tier|Default|operator|Good morning)\b",  # names in this account
            r"\b(?:namespace|nothing)\b",  # what these tests ask for
        )
    )
)

CTYPE: Final = "sde.visitorinfo.customerinfo.ctype"
SAID: Final = {"type": "SEND_MESSAGE", "payload": {"message": "Καλημέρα"}}
POLICIES: Final[list[dict[str, Any]]] = [
    {
        "id": "p-1",
        "name": "Χρυσός",
        "enabled": True,
        "conditions": [
            {"property": CTYPE, "type": "IS_IN", "value": ["χρυσός", "{custom.thing}"]},
            {"any": [{"property": "custom.thing", "type": "IS_SET"}]},
        ],
        "actions": [SAID, {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Ψ"}}],
    },
    {
        "id": "p-2",
        "name": "Αδύνατο",
        "enabled": True,
        "conditions": [
            {"property": CTYPE, "type": "EQUAL", "value": "α"},
            {"property": CTYPE, "type": "EQUAL", "value": "β"},
        ],
        "actions": [SAID],
    },
    {
        "id": "p-3",
        "name": "Όλα",
        "enabled": True,
        "conditions": [{"property": "custom.missing", "type": "NOT_EQUAL", "value": "α"}],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Χρεώσεις"}}],
    },
    {
        "id": "p-4",
        "name": "Μετά",
        "enabled": True,
        "expression": "isOpen('Ώρες') and custom.tier == 'χρυσός'",
        "actions": [{"type": "TRANSFER_TO_AGENT", "payload": {"loginName": "Κανένας"}}],
    },
    {"id": "p-5", "name": "Κλειστό", "conditions": [{"all": []}], "actions": [SAID]},
]

STREAMS: Final = frozenset({"/live", "/floor/live"})
"""What goes on, and never ends."""

ENDING: Final = frozenset({"remove", "forget", "revoke", "rotate", "status", "act"})
"""What takes something away; it is asked about what is not there."""

VARIANTS: Final = (
    *(f"/attributes?tab={tab}" for tab in ("sde", "custom", "context", "staffing")),
    "/attributes?search=zzz",
    "/policies?show=findings",
    "/policies?search=zzz",
    "/policies/versions/1?with=2",
    "/playground?load={conversation}",
    "/playground?load=nothing",
    "/policy-logs?conversation=nothing",
    "/policy-logs?policy=nothing",
    "/policy-logs?since=never",
    "/conversations?status=closed",
    "/users/new?type=bot",
    "/web-client?skill=Χρεώσεις",
    "/nothing",
)
"""Pages that look otherwise when they are asked for something; `modules.rows` has all others."""


@pytest.fixture(scope="module")
def babel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A server that speaks `translating.pseudo` besides."""
    running = server.Server(
        tmp_path_factory.mktemp("data"), command=pseudo.COMMAND, env=pseudo.ENVIRONMENT
    )
    yield running
    running.close()


@pytest.fixture(scope="module")
def account(babel: server.Server) -> commands.Commands:
    """An account with an administrator."""
    made = babel.account("1")
    made(
        *("users", "add", ADMIN, "--type", "human", "--role", "Administrator"),
        *("--role", "Agent", "--password-stdin"),
        stdin=pages.PASSWORD,
    )
    return made


@pytest.fixture(scope="module")
def things(account: commands.Commands) -> dict[str, str]:
    """What stands for the names in paths: something of each kind, with what is found wrong."""
    skill = account("skills", "add", "Χρεώσεις")["id"]
    account("schedules", "add", "Ώρες", stdin={"zone": "Europe/Athens", "weekly": {}})
    account("skills", "edit", "Χρεώσεις", "--schedule", "Ώρες")
    for name in ("Πριν", "Χρυσός"):
        given = [{**POLICIES[0], "name": name}, *POLICIES[1:]]
        account("policies", "load", "-", stdin={"policies": given})
    account("attributes", "set", "custom.thing", '"α"')
    account("functions", "add", "tier", stdin={"url": "https://crm.example"})
    bot = account("users", "add", "Ρομπότ", "--type", "bot", "--role", "Agent")
    key = account("users", "generate-key", "Ρομπότ")
    account("bot-config", "set", stdin=key)
    account("skills", "assign", "Χρεώσεις", "Ρομπότ")
    engagement = account("engagements", "add", "Επαφή", "--skill", "Χρεώσεις")
    account("keys", "add", "Κλειδί")
    gold = json.dumps([{"type": "ctmrinfo", "info": {"ctype": "χρυσός"}}])
    said = ("--message", "Γεια", "--wait", "60")
    talk = account.start("chat", "--skill", "Χρεώσεις", "--profile", gold, *said)
    talk.wait_for(lambda line: line.get("text") == "Καλημέρα", what="what the bot says")
    talk.kill()
    account("chat", "--skill", "Χρεώσεις", "--message", "Γεια", "--wait", "0")
    conversation = account("conversations", "list")[0]["conversationId"]
    return {
        "number": "1",
        "policy": "p-1",
        "name": "thing",
        "function": "tier",
        "schedule": "Ώρες",
        "conversation": conversation,
        "user": bot["id"],
        "skill": skill,
        "campaign": engagement["campaignId"],
        "engagement": engagement["engagementId"],
        "key": account("keys", "list")[0]["prefix"],
    }


@pytest.fixture
def visitor(babel: server.Server, account: commands.Commands) -> Iterator[pages.Visitor]:
    """The administrator, whose browser prefers the language that nobody speaks."""
    opened = pages.Visitor(babel.http, account.account)
    opened.http.headers["Accept-Language"] = "xx"
    opened.sign_in(ADMIN)
    yield opened
    opened.http.close()


@pytest.fixture
def decisions(visitor: pages.Visitor) -> list[str]:
    """The latest decisions: one for each end that there is."""
    found = re.findall(r'href="/console/policy-logs/([^"]+)"', visitor.get("/policy-logs").text)
    return list(dict.fromkeys(found))


def filled(path: str, things: dict[str, str]) -> str:
    """Return a path with a thing for each name in it."""
    named = path.replace("/functions/{name}", "/functions/{function}")
    named = named.replace("/schedules/{name:path}", "/schedules/{schedule}")
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: things.get(name[1], "nothing"), named)


def paths(things: dict[str, str]) -> list[str]:
    """Return the path of every page and part of one: a new row of the console is there at once."""
    pages = [row.path for row in modules.rows() if row.method == "GET"]
    return [filled(path, things) for path in (*pages, *VARIANTS) if path not in STREAMS]


def test_every_page_says_everything_in_the_readers_language(
    visitor: pages.Visitor, things: dict[str, str], decisions: list[str]
) -> None:
    """No word on any page is English, but for what people wrote and names of things."""
    odd: dict[str, list[str]] = {}
    others = [f"/policy-logs/{decision}" for decision in decisions[1:6]]
    for path in (*paths({**things, "decision": decisions[0]}), *others):
        answer = visitor.get(path)
        assert answer.status_code < 500, path
        if answer.headers.get("content-type", "").startswith("text/html"):
            odd[path] = list(reading.strange(reading.texts(answer.text), OWN))
    assert {path: said for path, said in odd.items() if said} == {}
    assert len(odd) > 40


def test_every_form_says_in_the_readers_language_what_is_wrong(
    visitor: pages.Visitor, things: dict[str, str]
) -> None:
    """Forms that are empty, that hold nonsense, and that are about what is not there."""
    token, odd, refused = visitor.token(), dict[str, list[str]](), 0
    nowhere = dict.fromkeys(things, "nothing") | {"number": "99"}
    for row in modules.rows():
        if row.method != "POST":
            continue
        ends = row.path.rsplit("/", 1)[-1] in ENDING
        at = {**things, "decision": "nothing", **(nowhere if ends else {})}
        path = filled(row.path, at)
        names = re.findall(r' name="(\w+)"', visitor.get(path).text)
        for form in ({}, dict.fromkeys(names, "Ω:\n" * 150)):
            answer = visitor.post(path, token, **{**form, "csrf": token})
            assert answer.status_code < 500 or answer.status_code == 503, path
            refused += answer.status_code >= 400
            kind = answer.headers.get("content-type", "")
            if kind.startswith("text/html"):
                odd.setdefault(path, []).extend(reading.strange(reading.texts(answer.text), OWN))
            elif kind.startswith("application/json"):
                said = re.findall(r'"message":"((?:[^"\\\\]|\\\\.)*)"', answer.text)
                odd.setdefault(path, []).extend(reading.strange(said, OWN))
    assert {path: said for path, said in odd.items() if said} == {}
    assert refused > 40
