"""The statements of every moment find their rows by an index, however many rows there are."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from orchestrator.adapters.storage import cloud, dialect, sqlite
from orchestrator.core.model.conversation import Presence, Ring
from orchestrator.services.cloud.ports import ConversationFilter, PastFilter, Place
from orchestrator.testing.clock import START

USES = {
    "who waits": lambda tx: tx.waiting(
        skills=frozenset({"3001"}), users=frozenset({"1001"}), now=START, limit=500
    ),
    "queues": lambda tx: tx.queues(),
    "loads": lambda tx: tx.load("1001"),
    "who could take it": lambda tx: tx.agents(),
    "next deadline": lambda tx: tx.next_deadline(START),
    "rings that are due": lambda tx: tx.rings_due(START, limit=500),
    "rings of a user": lambda tx: tx.rings_of_user("1001"),
    "rings of a conversation": lambda tx: tx.rings_of_conversation("c"),
    "an open subscription": lambda tx: tx.conversations(
        ConversationFilter(states=("OPEN",), agents=("1001",)), limit=100
    ),
    "a consumer's conversations": lambda tx: tx.newest(limit=10, consumer="x"),
    "a conversation": lambda tx: tx.conversation_of_dialog("c"),
    "a sequence": lambda tx: tx.next_sequence("c"),
    "a user": lambda tx: tx.staff("1.1001"),
    "presence": lambda tx: tx.put_presence(Presence("1001", "AWAY", connected=False), START),
    "a ring": lambda tx: tx.put_ring(
        Ring("r", "1", "c", "x", "3001", "1001", "WAITING", START, START + timedelta(seconds=9))
    ),
    "the end of a ring": lambda tx: tx.end_ring("r", "EXPIRED", START),
    "a further page of a subscription": lambda tx: tx.conversations(
        ConversationFilter(states=("OPEN",)), limit=100, after=Place(START, "c")
    ),
    "suggestions that are over": lambda tx: tx.lapsed(START, limit=500),
    "surveys that are over": lambda tx: tx.surveys_since(START, limit=500),
    "a page of the past": lambda tx: tx.past(
        PastFilter(START, START, agents=("1001",)), limit=50, offset=0, order="desc"
    ),
    "a file": lambda tx: tx.file("f"),
    "files of one who sends none": lambda tx: (tx.unsent_files("1001"), tx.unsent_bytes()),
    "files that nobody wants": lambda tx: tx.unwanted_files(START, limit=500),
    "a skill's rules": lambda tx: tx.skill_rules("3001"),
    "who holds what": lambda tx: tx.held("1001"),
    "the end of an assignment": lambda tx: tx.end_assignment("c", START),
}

GROWING = {"conversations", "rings", "messages", "assignments", "transfers", "consumers"}
GROWING |= {"dialogs", "files"}
"""Tables of which every day adds rows."""

PARTIAL = ("conversations_queued", "conversations_assigned", "conversations_suggested")
PARTIAL += ("rings_waiting", "conversations_surveyed", "files_unsent")
"""Indexes that hold only what is open or waiting now: these may be read whole."""


def asked_by(connection, work):
    """Run a piece of work and return its statements with their parameters."""
    asked = []

    def note(_connection, _cursor, statement, parameters, _context, _many):
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", note)
    work(cloud.CloudTransaction(connection, "1", pause=timedelta(seconds=30)))
    event.remove(connection, "before_cursor_execute", note)
    return asked


@pytest.fixture
def planned(empty_database):
    """Run a piece of work and return what the database says of each of its statements."""
    engine = sqlite.engine(empty_database, access="write")

    def plan(work):
        with engine.connect() as connection:
            steps = [
                row[3]
                for statement, parameters in asked_by(connection, work)
                for row in connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
            ]
            connection.rollback()
        return steps

    yield plan
    engine.dispose()


@pytest.mark.parametrize("use", USES)
def test_nothing_of_every_moment_reads_what_ever_was(planned, use):
    """A month of conversations must cost the next one nothing.

    A partial index serves a statement only if the statement names its word.
    """
    for step in planned(USES[use]):
        verb, name, *_ = step.split()
        if verb not in ("SCAN", "SEARCH") or name not in GROWING:
            continue
        is_partial = any(index in step for index in PARTIAL)
        is_narrow = verb == "SEARCH" and not step.endswith("(account=?)")
        assert is_partial or is_narrow, step


def test_the_plans_are_read_as_meant(planned):
    """The newest conversations of an account, without a limit by index, would be noticed."""
    steps = planned(lambda tx: tx.conversations(ConversationFilter(), limit=10))
    assert any(step.endswith("(account=?)") for step in steps)


MONTH = """
INSERT INTO conversations (account, id, consumer_id, skill_id, entry_skill_id, state, stage, people,
                           started_at, changed_at, ended_at, assigned_user, body)
SELECT '1', 'c' || n, 'x' || n, '3001', '3001', 'CLOSE', 'CLOSE', ' 1001 ', n, n, n, '1001', ''
FROM generate_series(1, 20000) n;
INSERT INTO rings (account, ring_id, conversation_id, skill_id, user_id, state, created_at,
                   expires_at, ended_at)
SELECT '1', 'r' || n, 'c' || n, '3001', '1001', 'ACCEPTED', n, n, n
FROM generate_series(1, 20000) n;
INSERT INTO messages (account, dialog_id, sequence, conversation_id, originator, role, at, body)
SELECT '1', 'c' || n, 1, 'c' || n, 'x', 'CONSUMER', n, '' FROM generate_series(1, 20000) n;
INSERT INTO assignments (account, conversation_id, from_at, user_id, consumer_id, skill_id, to_at)
SELECT '1', 'c' || n, n, '1001', 'x' || n, '3001', n FROM generate_series(1, 20000) n;
INSERT INTO dialogs (account, dialog_id, conversation_id)
SELECT '1', 's' || n, 'c' || n FROM generate_series(1, 20000) n;
INSERT INTO files (account, id, owner, type, size, created_at, stored_at, conversation_id)
SELECT '1', 'f' || n, 'x' || n, 'text/plain', 9, n, n, 'c' || n FROM generate_series(1, 20000) n;
"""


@pytest.fixture(scope="module")
def a_month(postgres_server):
    """An engine on a PostgreSQL with many rows of the past and its statistics of them."""
    url = postgres_server.create()
    dialect.of(url).prepare()
    engine = dialect.of(url).engine("write")
    with engine.begin() as connection:
        for statement in MONTH.strip().removesuffix(";").split(";"):
            connection.exec_driver_sql(statement)
        for table in GROWING:
            connection.exec_driver_sql(f"ANALYZE {table}")
    yield engine
    engine.dispose()
    postgres_server.drop(url)


@pytest.mark.parametrize("use", USES)
def test_nothing_of_every_moment_reads_what_ever_was_on_postgresql(a_month, use):
    """The same there, once it has statistics: no table that grows is read from end to end."""
    with a_month.connect() as connection:
        for statement, parameters in asked_by(connection, USES[use]):
            explained = f"EXPLAIN (FORMAT JSON) {statement}"
            plan = connection.exec_driver_sql(explained, parameters).scalar_one()
            for step in steps_of(plan[0]["Plan"]):
                read_whole = step["Node Type"] == "Seq Scan" and step["Relation Name"] in GROWING
                assert not read_whole, (use, statement, step)
        connection.rollback()


def steps_of(plan):
    yield plan
    for each in plan.get("Plans", ()):
        yield from steps_of(each)
