"""What people look for among decisions and conversations, on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import msgspec
import pytest
from sqlalchemy import insert

from orchestrator.adapters.storage import admin, engine, looking, tables
from orchestrator.adapters.storage.routing import Records
from orchestrator.core.model import access
from orchestrator.core.model.conversation import Conversation, Dialog, Participant
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.model.wanted import ConversationsWanted, DecisionsWanted
from orchestrator.services.admin.decisions import Decisions
from orchestrator.services.admin.ports import Place
from orchestrator.services.admin.reports import Reports
from orchestrator.testing.clock import START, TurnedClock

ACTOR = access.operator("1")


@pytest.fixture
async def database(place: Path | str) -> AsyncIterator[engine.Database]:
    """A new database, closed after the test."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


def _receipt(number: int, *, conversation: str, policy: str | None, error: str | None) -> Receipt:
    return Receipt(
        decision_id=f"d{number:02}",
        account="1",
        conversation_id=conversation,
        at=START + timedelta(minutes=number // 2),  # two of them at the same moment
        version="v",
        number=1,
        readings=(Reading("custom.crm", error=error),),
        policy_id=policy,
        policy_name=policy and policy.upper(),
        no_match_reason=None if policy else "NO_MATCHED_RULES",
        actions=(),
        asked_by="key crm",
        consumer_id="asked" if number == 9 else None,
    )


@pytest.fixture
async def decisions(database: engine.Database) -> Decisions:
    """Twelve decisions about three conversations: by p, by none, and in trouble."""
    await _conversations(database)
    kept = [
        _receipt(
            number,
            conversation=f"c{number % 3}",
            policy="p" if number % 2 else None,
            error="no answer" if number % 5 == 0 else None,
        )
        for number in range(12)
    ]
    for each in kept:
        await Records(database).keep([each], now=each.at)
    return Decisions(admin.AdminStore(database))


async def _ids(decisions: Decisions, wanted: DecisionsWanted) -> list[str]:
    """Read it page by page, two on each."""
    found: list[str] = []
    after: Place | None = None
    while page := await decisions.all(ACTOR, limit=2, after=after, wanted=wanted):
        found += [row.decision_id for _, row in page]
        after = page[-1][0]
    return found


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (DecisionsWanted(), range(12)),
        (DecisionsWanted(conversation="c1"), (1, 4, 7, 10)),
        (DecisionsWanted(consumer="anna"), (0, 3, 6, 9)),
        (DecisionsWanted(consumer="asked"), (9,)),
        (DecisionsWanted(policy="p"), (1, 3, 5, 7, 9, 11)),
        (DecisionsWanted(ending="matched"), (1, 3, 5, 7, 9, 11)),
        (DecisionsWanted(ending="fell-back"), (0, 2, 4, 6, 8, 10)),
        (DecisionsWanted(ending="trouble"), (0, 5, 10)),
        (DecisionsWanted(policy="p", ending="trouble"), (5,)),
        (DecisionsWanted(since=START + timedelta(minutes=4)), (8, 9, 10, 11)),
        (DecisionsWanted(until=START + timedelta(minutes=1)), (0, 1)),
        (DecisionsWanted(conversation="c1", policy="p"), (1, 7)),
        (DecisionsWanted(policy="nobody"), ()),
    ],
)
async def test_decisions_are_found_page_by_page(
    decisions: Decisions, wanted: DecisionsWanted, numbers: range
) -> None:
    """Every page continues behind the one before, the newest first, and nothing is there twice."""
    order = sorted(numbers, key=lambda number: (-(number // 2), number))
    assert await _ids(decisions, wanted) == [f"d{number:02}" for number in order]


async def test_decisions_are_found_by_how_a_conversations_id_begins(
    database: engine.Database,
) -> None:
    """The eight characters that lists show are enough; what programs call theirs is taken whole."""
    ids = ["d793babd-b7e1-4627-8676-83341d96ed14", "d793babe-b7e1-4627-8676-83341d96ed14", "c1"]

    def work(connection) -> None:
        for key in ids:
            connection.execute(insert(tables.conversations), _row(key, "ann", "OPEN", None))

    await database.transact(work)
    for number, key in enumerate([*ids, "c10"]):
        kept = _receipt(number, conversation=key, policy="p", error=None)
        await Records(database).keep([kept], now=kept.at)
    decisions = Decisions(admin.AdminStore(database))
    for asked, wanted in (("d793babd", ["d00"]), ("d793babd-b7e1", ["d00"]), ("d793bab", [])):
        assert await _ids(decisions, DecisionsWanted(conversation=asked)) == wanted
    assert await _ids(decisions, DecisionsWanted(conversation=ids[1])) == ["d01"]
    assert await _ids(decisions, DecisionsWanted(conversation="c1")) == ["d02"]


async def _conversations(database: engine.Database) -> None:
    people = (("b", "bot"), ("a", "human"))
    rows = (("c0", "anna", "CLOSE", None), ("c1", "bob", "OPEN", "b"), ("c2", "bob", "OPEN", "a"))
    rows += (("c3", "eve", "OPEN", None), ("x4", "eve", "OPEN", None))

    def work(connection) -> None:
        for user, kind in people:
            row = {"account": "1", "id": user, "pid": f"1.{user}", "login": user, "type": kind}
            row |= {"roles": ("Agent",), "max_chats": None, "full_name": user}
            row |= {"enabled": True, "created_at": START}
            connection.execute(insert(tables.users), row)
        for key, consumer, state, agent in rows:
            connection.execute(insert(tables.conversations), _row(key, consumer, state, agent))
        ring = {"account": "1", "ring_id": "r", "conversation_id": "x4", "user_id": "a"}
        ring |= {"skill_id": "s", "state": "WAITING", "created_at": START, "expires_at": START}
        connection.execute(insert(tables.rings), ring)

    await database.transact(work)


def _row(key: str, consumer: str, state, agent: str | None) -> dict[str, object]:
    people = () if agent is None else (Participant(agent, f"1.{agent}", "ASSIGNED_AGENT"),)
    skill = "s-open" if state == "OPEN" else "s-closed"
    found = Conversation(
        "1",
        key,
        consumer,
        skill,
        skill,
        START,
        START,
        (Dialog(key, people, START, START),),
        state=state,
    )
    shown = {"account": "1", "id": key, "consumer_id": consumer, "skill_id": skill}
    shown |= {"entry_skill_id": skill, "state": state, "stage": state, "people": ""}
    shown |= {"started_at": START, "changed_at": START, "assigned_user": agent}
    return shown | {"body": msgspec.json.encode(found)}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (ConversationsWanted(), ["c0", "c1", "c2", "c3", "x4"]),
        (ConversationsWanted(about="c"), ["c0", "c1", "c2", "c3"]),
        (ConversationsWanted(about="c3"), ["c3"]),
        (ConversationsWanted(about="bob"), ["c1", "c2"]),
        (ConversationsWanted(about="%"), []),
        (ConversationsWanted(consumer="bob"), ["c1", "c2"]),
        (ConversationsWanted(consumer="c"), []),  # how ids begin is another question
        (ConversationsWanted(standing="CLOSED"), ["c0"]),
        (ConversationsWanted(standing="WITH_BOT"), ["c1"]),
        (ConversationsWanted(standing="WITH_AGENT"), ["c2"]),
        (ConversationsWanted(standing="QUEUED"), ["c3"]),
        (ConversationsWanted(standing="RINGING"), ["x4"]),
        (ConversationsWanted(skill="s-closed"), ["c0"]),
        (ConversationsWanted(agent="a"), ["c2"]),
        (ConversationsWanted(agent="a", about="c1"), []),
        (ConversationsWanted(policy="p"), []),  # asked by a program: the bot decided nothing
    ],
)
async def test_conversations_are_found(
    database: engine.Database,
    decisions: Decisions,
    wanted: ConversationsWanted,
    ids: list[str],
) -> None:
    """By where they stand, by skill, agent and policy, by their own or the consumer's id."""
    del decisions  # they must not be in the way
    reports = Reports(admin.AdminStore(database), TurnedClock())
    found = await reports.conversations(ACTOR, wanted=wanted)
    assert [row.conversation_id for row in found] == ids


PLANS = (
    (DecisionsWanted(policy="p"), "decisions_of_policy"),
    (DecisionsWanted(ending="fell-back"), "decisions_unmatched"),
    (DecisionsWanted(ending="trouble"), "decisions_in_trouble"),
    (DecisionsWanted(conversation="c"), "decisions_of_arrival"),
    (DecisionsWanted(conversation="d793babd"), "decisions_of_arrival"),
    (DecisionsWanted(), "decisions_newest"),
)


@pytest.mark.parametrize(("wanted", "index"), PLANS)
async def test_an_index_knows_where_a_page_begins(
    tmp_path: Path, wanted: DecisionsWanted, index: str
) -> None:
    """However far one has paged, what came before is not read again."""
    opened = await engine.Database.open(tmp_path / "data.db")
    column = tables.decisions.c
    at = looking.kept_at(wanted)
    behind = looking.behind(at, column.id, Place(START, "d"))
    conditions = looking.decisions("1", wanted)
    statement = column.id, column.at

    def work(connection) -> list[str]:
        asked = tables.decisions.select().with_only_columns(*statement)
        asked = asked.where(*conditions, *behind).order_by(at.desc(), column.id).limit(50)
        text = asked.compile(connection, compile_kwargs={"literal_binds": True})
        rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
        return [row[-1] for row in rows]

    plan = await opened.read(work)
    await opened.close()
    assert index in plan[0]
    if index != "decisions_of_arrival":
        assert "at<" in plan[0]


async def test_what_a_customer_had_before_is_found_by_an_index(tmp_path: Path) -> None:
    """Beside each conversation it is asked for, of whatever size the account is."""
    opened = await engine.Database.open(tmp_path / "data.db")
    wanted, column = ConversationsWanted(consumer="bob"), tables.conversations.c
    at = looking.started_at(wanted)
    asked = tables.conversations.select().with_only_columns(column.id)
    asked = asked.where(
        *looking.conversations("1", wanted), *looking.behind(at, column.id, Place(START, "d"))
    )
    asked = asked.order_by(at.desc(), column.id).limit(6)

    def work(connection) -> str:
        text = asked.compile(connection, compile_kwargs={"literal_binds": True})
        return connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {text}").first()[-1]

    plan = await opened.read(work)
    await opened.close()
    assert "conversations_of_consumer" in plan
    assert "started_at<" in plan
