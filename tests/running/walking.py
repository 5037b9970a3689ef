"""Every page of the console: an account with something of each kind, and the way to all of it."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from orchestrator.doors.console import pages as modules
from running import commands, pages
from translating import services

ADMIN: Final = "Διαχειριστής"
"""What people of the account write is Greek, so that it is neither English nor ours."""

SKILL: Final = "Χρεώσεις"
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
        "id": "p-6",
        "name": "Κατάταξη",
        "enabled": True,
        "expression": "custom.tier == 'χρυσός'",
        "actions": [SAID],
    },
    {
        "id": "p-3",
        "name": "Όλα",
        "enabled": True,
        "conditions": [{"property": "custom.missing", "type": "NOT_EQUAL", "value": "α"}],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": SKILL}}],
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
"""They match, cannot match, ask a function in vain, send to the bot, come too late, are off."""

STREAMS: Final = frozenset({"/live", "/floor/live"})
"""What goes on, and never ends."""

_WORDS: Final = "|".join(filter(str.isalpha, services.WORDS))
OWN: Final = re.compile(
    "|".join(
        (
            r"Conversation Orchestrator",  # the product's name
            r"\bisOpen\(.*|\S+ in \[|\] and isSet\(.*",  # expressions
            r"\b(?:English|Deutsch|Français|Español)\b",  # languages by their own names
            r"https?://\S+|\b[\w.-]+\.(?:example|com|net|internal)\b\S*",  # addresses
            r"<?\b\w+>?\.[\w.<>-]*\w>?",  # names of attributes, scopes and files
            r"\b(?:[A-Z][A-Z0-9_]+|[a-z]+[A-Z]\w+)\b",  # names of operators, codes and fields
            r"\b[0-9a-f-]{8,}\b",  # ids
            r"\b(?:UTC|[A-Z]\w+/[A-Z]\w+)\b",  # zones
            rf"^(?!(?:{_WORDS})$)[a-z]+(?:-[A-Z]+)?$",  # codes: vip, de-DE
            r"^\[\{.*\}\]$",  # an example of JSON
            r"\b(?:ctype|thing|tier|Default|operator|Good morning)\b",  # names in this account
            r"\b(?:namespace|nothing)\b|^context$",  # what tests ask for, and a scope of keys
            r"`[^`]*`",  # commands
        )
    )
)
"""What of a page is in no language: names, codes, and what people wrote."""


def administrator(account: commands.Commands) -> None:
    """Add somebody who may do everything, and who answers customers."""
    account(
        *("users", "add", ADMIN, "--type", "human", "--role", "Administrator"),
        *("--role", "Agent", "--password-stdin"),
        stdin=pages.PASSWORD,
    )


def furnished(account: commands.Commands) -> dict[str, str]:
    """Put something of each kind into an account; returns what stands for the names in paths."""
    skill = account("skills", "add", SKILL)["id"]
    account("schedules", "add", "Ώρες", stdin={"zone": "Europe/Athens", "weekly": {}})
    account("skills", "edit", SKILL, "--schedule", "Ώρες")
    for name in ("Πριν", "Χρυσός"):
        given = [{**POLICIES[0], "name": name}, *POLICIES[1:]]
        account("policies", "load", "-", stdin={"policies": given})
    account("attributes", "set", "custom.thing", '"α"')
    account("functions", "add", "tier", stdin={"url": "https://127.0.0.1/"})
    bot = account("users", "add", "Ρομπότ", "--type", "bot", "--role", "Agent")
    account("bot-config", "set", stdin=account("users", "generate-key", "Ρομπότ"))
    account("skills", "assign", SKILL, "Ρομπότ")
    engagement = account("engagements", "add", "Επαφή", "--skill", SKILL)
    account("keys", "add", "Κλειδί")
    gold = json.dumps([{"type": "ctmrinfo", "info": {"ctype": "χρυσός"}}])
    said = ("--message", "Γεια", "--wait", "60")
    talk = account.start("chat", "--skill", SKILL, "--profile", gold, *said)
    talk.wait_for(lambda line: line.get("text") == "Καλημέρα", what="what the bot says")
    talk.kill()
    account("chat", "--skill", SKILL, "--message", "Γεια", "--wait", "0")
    return {
        "number": "1",
        "policy": "p-1",
        "name": "thing",
        "function": "tier",
        "schedule": "Ώρες",
        "conversation": account("conversations", "list")[0]["conversationId"],
        "user": bot["id"],
        "skill": skill,
        "campaign": engagement["campaignId"],
        "engagement": engagement["engagementId"],
        "key": account("keys", "list")[0]["prefix"],
        "table": "matches",
        "kind": "skills",
    }


def decisions(logs: str) -> list[str]:
    """Return the ids of the decisions that the page of policy logs lists, the latest first."""
    return list(dict.fromkeys(re.findall(r'href="/console/policy-logs/([^"?]+)"', logs)))


def filled(path: str, things: Mapping[str, str]) -> str:
    """Return a path with a thing for each name in it; for an unknown one something not there."""
    named = path.replace("/functions/{name}", "/functions/{function}")
    named = named.replace("/schedules/of/{name:path}", "/schedules/of/{schedule}")
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: things.get(name[1], "nothing"), named)


def paths(things: Mapping[str, str]) -> Iterator[str]:
    """Yield the path of every page and part of one: a new row of the console is there at once."""
    for row in modules.rows():
        if row.method == "GET" and row.path not in STREAMS:
            yield filled(row.path, things)
