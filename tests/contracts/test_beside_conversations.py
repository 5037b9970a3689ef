"""What an agent may see beside a conversation comes from the rows alike, on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import insert

from orchestrator.adapters.storage import admin, engine, tables
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Conversation, Dialog, Participant
from orchestrator.services.admin.explaining import Explaining
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.admin.workplace import Workplace
from orchestrator.testing.clock import START

PROFILE: dict[str, Any] = {
    "firstName": "Renée",
    "lastName": "金",
    "claims": {
        "lp_sdes": [{"type": "ctmrinfo", "auth": {}, "info": {"ctype": "vip", "balance": 0}}]
    },
}

KEPT: list[tuple[str, str, dict[str, Any]]] = [
    ("1", "renee", PROFILE),
    ("2", "renee", {}),
    ("1", "x", {}),
]


@pytest.fixture
async def store(place: Path | str) -> AsyncIterator[admin.AdminStore]:
    """Ann has conversation c of accounts 1 and 2; in 1 bob had it twice before, cleo another."""
    database = await engine.Database.open(place)
    had = [("c", 0, "bob"), ("c", 1, "ann"), ("c", 2, "bob"), ("c", 3, "ann"), ("d", 0, "cleo")]

    def work(connection: Any) -> None:
        for account in ("1", "2"):
            connection.execute(insert(tables.conversations), conversation(account))
        connection.execute(insert(tables.assignments), [assignment("1", *each) for each in had])
        connection.execute(insert(tables.assignments), [assignment("2", "c", 0, "dan")])
        for account, consumer, profile in KEPT:
            row: dict[str, Any] = {"account": account, "id": consumer, "kind": "web"}
            row |= {"created_at": START, "profile": msgspec.json.encode(profile)}
            connection.execute(insert(tables.consumers), row)

    await database.transact(work)
    yield admin.AdminStore(database)
    await database.close()


def conversation(account: str) -> dict[str, Any]:
    """A row: ann has it, and whose account it is, is all that differs."""
    people = (
        Participant("renee", "pid", "CONSUMER"),
        Participant("ann", "pid-ann", "ASSIGNED_AGENT"),
        Participant("eve", "pid-eve", "ASSIGNED_AGENT", suggested=True),
    )
    dialogs = (Dialog("c", people, START, START),)
    found = Conversation(account, "c", "renee", "s", "s", START, START, dialogs)
    shown = {"account": account, "id": "c", "consumer_id": "renee", "skill_id": "s"}
    shown |= {"entry_skill_id": "s", "state": "OPEN", "stage": "OPEN", "people": ""}
    shown |= {"started_at": START, "changed_at": START, "assigned_user": "ann"}
    return shown | {"body": msgspec.json.encode(found)}


def assignment(account: str, key: str, hour: int, user: str) -> dict[str, Any]:
    """A row: ``user`` had the conversation ``key`` from that hour on."""
    row = {"account": account, "conversation_id": key, "user_id": user, "consumer_id": "renee"}
    return row | {"skill_id": "s", "from_at": START + timedelta(hours=hour)}


@pytest.mark.parametrize(
    ("account", "key", "people"),
    [("1", "c", {"ann", "bob"}), ("1", "d", {"cleo"}), ("2", "c", {"dan"}), ("2", "d", set())],
)
async def test_whoever_had_a_conversation_is_remembered(
    store: admin.AdminStore, account: str, key: str, people: set[str]
) -> None:
    """Each once, of this conversation and this account alone; nobody where there is none."""
    assert await store.read(lambda rows: rows.had_by(account, key)) == people


@pytest.mark.parametrize(
    ("account", "consumer", "hours", "limit", "served"),
    [
        ("1", "renee", 3, 9, ["c bob 2", "c ann 1", "c bob 0", "d cleo 0"]),
        ("1", "renee", 3, 2, ["c bob 2", "c ann 1"]),
        ("1", "renee", 0, 9, []),
        ("2", "renee", 9, 9, ["c dan 0"]),
        ("1", "x", 9, 9, []),
    ],
)
async def test_who_served_a_consumer_is_told_newest_first(
    store: admin.AdminStore, account: str, consumer: str, hours: int, limit: int, served: list[str]
) -> None:
    """In all of their conversations, before a moment and not at it, of this account alone."""
    moment = START + timedelta(hours=hours)
    found = await store.read(
        lambda rows: rows.served(account, consumer, before=moment, limit=limit)
    )
    told = [
        (each.conversation_id, each.user_id, (each.at - START).seconds // 3600) for each in found
    ]
    assert [f"{key} {user} {hour}" for key, user, hour in told] == served


@pytest.mark.parametrize(
    ("account", "consumer", "profile"),
    [("1", "renee", PROFILE), ("2", "renee", {}), ("1", "x", {}), ("1", "nobody", {})],
)
async def test_a_profile_is_what_was_kept(
    store: admin.AdminStore, account: str, consumer: str, profile: dict[str, Any]
) -> None:
    """As on the wire, letters of all scripts; empty where nothing is known, or nobody is there."""
    assert await store.read(lambda rows: rows.profile(account, consumer)) == profile


@pytest.mark.parametrize(
    ("user", "account", "sees"),
    [
        ("ann", "1", True),
        ("bob", "1", True),
        ("cleo", "1", False),
        ("eve", "1", False),
        ("dan", "1", False),
        ("dan", "2", True),
        ("bob", "2", False),
    ],
)
async def test_the_desk_is_for_those_who_have_or_had_it(
    store: admin.AdminStore, user: str, account: str, *, sees: bool
) -> None:
    """Whoever was only asked sees nothing, and no account sees into another."""
    desk = Workplace(store, Explaining(store, Rulesets()))
    actor = Actor(account, user, access.permissions(("Agent",)), user_id=user)
    if not sees:
        with pytest.raises(errors.NotFound):
            await desk.beside(actor, "c")
        return
    beside = await desk.beside(actor, "c")
    assert beside.name == ("Renée 金" if account == "1" else "")
    assert [(each.name, each.value, each.signed) for each in beside.known] == (
        [("info.ctype", "vip", True), ("info.balance", 0, True)] if account == "1" else []
    )
