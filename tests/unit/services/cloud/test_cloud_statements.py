"""The statements of every moment find their rows by an index, however many rows there are."""

from datetime import timedelta

import pytest
from sqlalchemy import event

from orchestrator.adapters.storage import cloud, sqlite
from orchestrator.core.model.conversation import Presence
from orchestrator.services.cloud.ports import ConversationFilter
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
    "the end of a ring": lambda tx: tx.end_ring("r", "EXPIRED", START),
    "the end of an assignment": lambda tx: tx.end_assignment("c", START),
}

GROWING = {"conversations", "rings", "messages", "assignments", "transfers", "consumers"}
"""Tables of which every day adds rows."""

PARTIAL = ("conversations_queued", "conversations_assigned", "conversations_suggested")
PARTIAL += ("rings_waiting",)
"""Indexes that hold only what is open or waiting now: these may be read whole."""


@pytest.fixture
def planned(empty_database):
    """Run a piece of work and return what the database says of each of its statements."""
    engine = sqlite.engine(empty_database, access="write")

    def plan(work):
        asked = []

        def note(_connection, _cursor, statement, parameters, _context, _many):
            asked.append((statement, parameters))

        with engine.connect() as connection:
            event.listen(connection, "before_cursor_execute", note)
            work(cloud.CloudTransaction(connection, "1", pause=timedelta(seconds=30)))
            event.remove(connection, "before_cursor_execute", note)
            steps = [
                row[3]
                for statement, parameters in asked
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
