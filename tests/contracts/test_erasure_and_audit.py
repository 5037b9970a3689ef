"""Erasing a consumer, pages of traffic and the audit trail, on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
import sqlalchemy
from sqlalchemy import insert

from orchestrator.adapters.storage import admin, audit, columns, engine, erasure, tables
from orchestrator.adapters.storage.seen import SeenValues
from orchestrator.core.model import access
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.services.admin.erasure import Erasure
from orchestrator.services.routing.ports import SeenValue
from orchestrator.services.routing.seen import Seen
from orchestrator.testing.clock import START, TurnedClock

ACTOR = access.operator("1")


@pytest.fixture
async def database(place: Path | str) -> AsyncIterator[engine.Database]:
    """A new database, closed after the test."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


def _receipt(
    number: int, *, conversation: str, value: str, account: str = "1"
) -> dict[str, object]:
    at = START + timedelta(minutes=number // 2)  # two of them at the same moment
    receipt = Receipt(
        decision_id=f"d{number}",
        account=account,
        conversation_id=conversation,
        at=at,
        version="v",
        number=1,
        readings=(Reading("conversation.consumerId", value),),
        policy_id=None,
        policy_name=None,
        no_match_reason="NO_MATCHED_RULES",
        actions=(),
    )
    return {
        "account": account,
        "id": receipt.decision_id,
        "conversation_id": conversation,
        "arrival": receipt.decision_id,
        "at": at,
        "receipt": msgspec.json.encode(receipt),
    }


async def _write(database: engine.Database, *rows: dict[str, object]) -> None:
    def work(connection: object) -> None:
        for row in rows:
            connection.execute(insert(tables.decisions), row)

    await database.transact(work)


async def test_decisions_in_somebodys_name_are_erased(database: engine.Database) -> None:
    """Also without a conversation; those of others and of other accounts stay."""
    await _write(
        database,
        _receipt(1, conversation="x1", value="jo"),
        _receipt(2, conversation="x2", value="joan"),
        _receipt(3, conversation="x3", value="jo", account="2"),
    )
    # As one that is kept after the receipts were looked through: only its column says whose it is.
    await _write(database, _receipt(4, conversation="x4", value="-") | {"consumer_id": "jo"})
    seen = SeenValues(database)
    await seen.put([SeenValue(each, "crm.name", "Jo", "context", START) for each in "12"])
    store = erasure.Consumers(database)
    erased = await store.erase(ACTOR, START, "jo", shelved=())
    assert erased is not None
    assert erased.decisions == 2
    assert [len(await seen.seen(account)) for account in "12"] == [0, 1]
    left = await admin.AdminStore(database).read(
        lambda rows: [
            [each.place.id for each in rows.receipts(account, limit=9)] for account in "12"
        ]
    )
    assert left == [["d2"], ["d3"]]


def _row(table: sqlalchemy.Table, consumer: str, conversation: str) -> dict[str, object]:
    """Return a row of any table, made up but for whose and of which conversation it is."""
    known = {"account": "1", "state": "CLOSED", "consumer_id": consumer, "owner": consumer}
    return {
        column.name: known.get(column.name) or _value(column.type, conversation)
        for column in table.columns
        if column.name in known or not (column.nullable or _is_counted(column))
    }


def _is_counted(column: sqlalchemy.Column[Any]) -> bool:
    """Whether the database numbers the rows."""
    return (
        column.primary_key and column.name == "id" and isinstance(column.type, sqlalchemy.Integer)
    )


def _value(kind: object, text: str) -> object:
    match kind:
        case columns.Moment():
            return START
        case columns.Json():
            return {}
        case sqlalchemy.LargeBinary():
            return b"{}"
        case sqlalchemy.Integer() | sqlalchemy.Boolean():
            return 1
        case _:
            return text


async def test_every_table_that_knows_of_conversations_is_cleared(
    database: engine.Database,
) -> None:
    """Whatever tables there are: what is of a conversation goes with it, and of nobody else."""
    concerned = [
        table
        for table in vars(tables).values()
        if isinstance(table, sqlalchemy.Table)
        and ("conversation_id" in table.columns or table is tables.conversations)
    ]
    assert len(concerned) >= 9

    def fill(connection: sqlalchemy.Connection) -> None:
        for table in concerned:
            for consumer, conversation in (("jo", "c1"), ("ann", "c2")):
                connection.execute(insert(table), _row(table, consumer, conversation))

    def left(connection: sqlalchemy.Connection) -> dict[str, list[str]]:
        return {
            table.name: [str(tuple(row)) for row in connection.execute(sqlalchemy.select(table))]
            for table in concerned
        }

    await database.transact(fill)
    store = erasure.Consumers(database)
    before = await database.read(left)
    assert await store.erase(ACTOR, START, "jo", shelved=["another"]) is None
    assert await database.read(left) == before, "a file's bytes are still there"
    held = await store.held("1", "jo")
    assert held.files == ("c1",)
    assert await store.erase(ACTOR, START, "jo", shelved=held.files) is not None
    for name, rows in (await database.read(left)).items():
        assert len(rows) == 1, name
        assert "c2" in rows[0]


async def test_values_that_wait_to_be_written_are_dropped(database: engine.Database) -> None:
    """What was seen of somebody is not written down after they were erased."""
    await _write(database, _receipt(1, conversation="x1", value="jo"))
    kept = SeenValues(database)
    noticed = Seen(kept)
    for account in "12":
        row = _receipt(2, conversation="x2", value="Jo", account=account)["receipt"]
        receipt = msgspec.json.decode(cast("bytes", row), type=Receipt)
        named = msgspec.structs.replace(receipt.readings[0], name="crm.name")
        noticed.note(msgspec.structs.replace(receipt, readings=(named,)), now=START)

    async def none(*_: str) -> None:
        raise AssertionError("there is nothing to close or to remove")

    desk = Erasure(
        erasure.Consumers(database),
        TurnedClock(),
        close=none,
        remove_file=none,
        forget_seen=noticed.forget,
    )
    await desk.forget(ACTOR, "jo")
    await noticed.flush(START, 100)
    assert [len(await kept.seen(account)) for account in "12"] == [0, 1]


async def test_nobody_is_erased_twice(database: engine.Database) -> None:
    """What is not there is told, and leaves no line in the change log."""

    async def none(*_: str) -> None:
        raise AssertionError("there is nothing to close or to remove")

    desk = Erasure(erasure.Consumers(database), TurnedClock(), close=none, remove_file=none)
    with pytest.raises(Exception, match="Nothing is held"):
        await desk.forget(ACTOR, "nobody")
    log = audit.AuditLog(database)
    assert await log.since("1", 0, limit=10) == []
    assert await log.newest("1") == 0


async def test_pages_of_decisions_leave_none_out(database: engine.Database) -> None:
    """Newest first, by id where the moments are the same."""
    await _write(
        database, *(_receipt(number, conversation=f"x{number}", value="jo") for number in range(7))
    )
    store, seen, after = admin.AdminStore(database), [], None
    while True:
        page = await store.read(lambda rows, after=after: rows.receipts("1", limit=2, after=after))
        seen += [each.receipt.decision_id for each in page]
        if len(page) < 2:
            break
        after = page[-1].place
    assert seen == ["d6", "d4", "d5", "d2", "d3", "d0", "d1"]
    found = await store.read(lambda rows: (rows.decided("1", "d3"), rows.decided("2", "d3")))
    assert found[0] is not None
    assert found[0].receipt.decision_id == "d3"
    assert found[1] is None
