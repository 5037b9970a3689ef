"""What every unit of work, read and change may rely on."""

import asyncio
import sqlite3
import subprocess
import sys
import threading
from datetime import UTC, datetime

import pytest
from sqlalchemy import select, text

from contracts.numbered import sets, stored
from orchestrator.adapters.storage import dialect, engine, tables, unit, writer
from orchestrator.core.model import errors

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)


@pytest.fixture
async def database(place):
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


@pytest.fixture
async def file(tmp_path):
    opened = await engine.Database.open(tmp_path / "orchestrator.db")
    yield opened
    await opened.close()


@pytest.mark.parametrize("place", ["postgresql"], indirect=True)
async def test_who_waited_for_the_lock_sees_what_was_written_meanwhile(place):
    """Two processes count up side by side, also where the database is strict by default."""
    plain = dialect.of(place)._plain_engine("write")
    with plain.begin() as connection:
        name = connection.scalar(text("SELECT current_database()"))
        strict = f'ALTER DATABASE "{name}" SET default_transaction_isolation = {{}}'
        connection.execute(text(strict.format("'serializable'")))
    both = [await engine.Database.open(place) for _ in range(2)]

    def count(connection):
        table = tables.policy_sets
        number = connection.scalar(select(table.c.number).where(table.c.account == "n"))
        connection.execute(table.update().values(number=number + 1).where(table.c.account == "n"))

    try:
        await both[0].transact(sets("n", 0))
        await asyncio.gather(*(each.transact(count) for _ in range(50) for each in both))
        assert (await both[0].read(stored))["n"] == 100
    finally:
        for each in both:
            await each.close()
        with plain.begin() as connection:
            connection.execute(text(strict.format("DEFAULT")))
        plain.dispose()


async def test_a_read_sees_every_unit_that_returned_before(database):
    """What `transact` returned is seen by any later read, on whichever connection."""
    for number in range(20):
        await database.transact(sets(str(number), number))
        assert (await database.read(stored))[str(number)] == number


async def test_a_failing_unit_is_rolled_back_alone(database):
    """Of units that commit together, one that raises leaves nothing and disturbs nobody."""

    def fails(connection):
        sets("bad", 1)(connection)
        raise errors.Conflict("no")

    results = await asyncio.gather(
        database.transact(sets("a", 1)),
        database.transact(fails),
        database.transact(sets("b", 2)),
        database.transact(sets("a", 3)),  # the key is taken
        return_exceptions=True,
    )
    assert results[0] == "a"
    assert results[2] == "b"
    assert isinstance(results[1], errors.Conflict)
    assert "unique" in str(results[3]).lower()
    assert await database.read(stored) == {"a": 1, "b": 2}


async def test_a_unit_sees_what_units_before_it_in_its_group_wrote(database):
    """Units run one after the other, whether or not they share a commit."""

    def counts(connection):
        number = len(stored(connection))
        sets(str(number), number)(connection)
        return number

    numbers = await asyncio.gather(*(database.transact(counts) for _ in range(300)))
    assert numbers == list(range(300))


async def test_announcements_come_in_commit_order_before_the_caller_goes_on(database):
    """`announce` runs on the loop, in the order of the commits, before `transact` returns."""
    heard = []

    async def one(number):
        await database.transact(sets(str(number), number), announce=heard.append)
        assert str(number) in heard

    await asyncio.gather(*(one(number) for number in range(200)))
    assert heard == [str(number) for number in range(200)]


async def test_a_failed_unit_is_not_announced(database):
    """Nobody hears of what did not happen."""
    heard = []
    await database.transact(sets("a", 1), announce=heard.append)
    with pytest.raises(Exception, match=r"(?i)unique"):
        await database.transact(sets("a", 1), announce=heard.append)
    assert heard == ["a"]


async def test_a_faulty_announcement_does_not_look_like_a_failed_unit(database):
    """The unit is committed, so its caller gets the result; the loop's handler gets the fault."""
    reported = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))

    def faulty(_):
        raise ValueError("a bug")

    assert await database.transact(sets("a", 1), announce=faulty) == "a"
    assert await database.transact(sets("b", 1)) == "b"
    assert [type(context["exception"]) for context in reported] == [ValueError]


async def test_a_cancelled_caller_does_not_undo_its_unit(database):
    """Once handed over, a unit runs and is announced."""
    heard = []
    task = asyncio.create_task(database.transact(sets("a", 1), announce=heard.append))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await database.transact(sets("b", 1))
    assert heard == ["a"]
    assert await database.read(stored) == {"a": 1, "b": 1}


async def test_stop_iteration_reaches_the_caller(database):
    """A slip that futures refuse to carry neither hangs the caller nor those behind it."""

    def slip(_):
        return next(iter(()))

    slipped, fine = await asyncio.gather(
        database.transact(slip), database.transact(sets("a", 1)), return_exceptions=True
    )
    assert isinstance(slipped, RuntimeError)
    assert fine == "a"


async def test_reads_cannot_write(database):
    """A read that tries to write is refused by the connection itself."""
    with pytest.raises(errors.Unavailable, match=r"read-?only"):
        await database.read(sets("a", 1))
    assert await database.read(stored) == {}


async def test_looks_keep_no_read_waiting(database):
    """However many look at the account and for how long, a conversation is read at once."""
    going_on = threading.Event()

    def look(connection):
        assert going_on.wait(timeout=60)
        return stored(connection)

    looks = [asyncio.create_task(database.survey(look)) for _ in range(4 * engine.SURVEYORS)]
    try:
        await database.transact(sets("a", 1))
        assert await database.read(stored) == {"a": 1}
        assert not any(each.done() for each in looks)
    finally:
        going_on.set()
    assert (await asyncio.gather(*looks))[-1] == {"a": 1}


async def test_too_many_looks_are_refused_and_the_next_are_not(database, monkeypatch):
    """Who comes when too many wait is told so at once; those that wait get what they asked for."""
    monkeypatch.setattr(engine, "MOST_SURVEYS", 5)
    going_on = threading.Event()

    def look(connection):
        assert going_on.wait(timeout=60)
        return stored(connection)

    looks = [asyncio.create_task(database.survey(look)) for _ in range(5)]
    await asyncio.sleep(0)
    try:
        with pytest.raises(errors.Unavailable, match="Try again in a few seconds"):
            await database.survey(look)
    finally:
        going_on.set()
    assert await asyncio.gather(*looks) == [{}] * 5
    assert await database.survey(stored) == {}


async def test_the_writer_waits_for_another_process_and_reads_do_not(database, place):
    """While somebody else holds the write lock, units wait and reads go on."""
    other = dialect.of(place).engine("write")
    with other.connect() as connection, connection.begin():
        waiting = asyncio.create_task(database.transact(sets("a", 1)))
        assert await database.read(stored) == {}
        assert not waiting.done()
    other.dispose()
    assert await waiting == "a"


async def test_a_disk_error_fails_the_group_and_not_the_thread(file, monkeypatch):
    """When the disk fails inside a group, all its callers learn so, and the next unit works."""

    def disk_full(connection):
        connection.execute(text("PRAGMA max_page_count=1"))  # never below the present size
        connection.execute(text("CREATE TABLE filler (content BLOB)"))
        connection.execute(text("INSERT INTO filler VALUES (zeroblob(10000000))"))

    database = file
    results = await asyncio.gather(
        database.transact(sets("a", 1)), database.transact(disk_full), return_exceptions=True
    )
    assert isinstance(results[1], errors.Unavailable)
    assert "full" in str(results[1])
    kept = await database.read(stored)
    assert kept == ({"a": 1} if results[0] == "a" else {})
    monkeypatch.setattr(writer, "MOST_TOGETHER", 1)
    database._writer._forget_connection()  # the limit of pages went with the connection
    assert await database.transact(sets("b", 2)) == "b"


async def test_a_failed_commit_reaches_every_caller(file, monkeypatch):
    """A group whose commit fails has not happened, for none of its units."""
    database = file
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorcode = sqlite3.SQLITE_IOERR

    def cannot(*_, **__):
        raise broken

    with monkeypatch.context() as patch:
        patch.setattr(writer.Writer, "_attempt", cannot)
        results = await asyncio.gather(
            *(database.transact(sets(str(number), 1)) for number in range(5)),
            return_exceptions=True,
        )
    assert [type(result) for result in results] == [errors.Unavailable] * 5
    assert await database.transact(sets("after", 1)) == "after"
    assert await database.read(stored) == {"after": 1}


async def test_a_closed_database_says_so(place, tmp_path):
    """Units waiting at the close are committed; later ones are refused in our words."""
    database = await engine.Database.open(place)
    waiting = [asyncio.create_task(database.transact(sets(str(n), n))) for n in range(50)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*waiting)) == 50
    with pytest.raises(errors.Unavailable):
        await database.transact(sets("late", 1))
    with pytest.raises(errors.Unavailable):
        await database.read(stored)
    # A file is whole by itself then: nothing lies beside it.
    assert [path for path in tmp_path.iterdir() if path != place] == []


async def test_changes_are_noticed_whoever_makes_them(database, place):
    """Changes of this process and of another are both seen, each once, in order."""

    def note(number):
        def work(connection):
            made = unit.Unit(connection, account="1", who="ann", now=NOW)
            made.note("skills", str(number), before=None, after={"n": number})

        return work

    start = await database.newest_change()
    assert start == 0
    assert list(await database.changes_since(0)) == []
    await database.transact(note(1))
    other = await engine.Database.open(place)
    await other.transact(note(2))
    await other.close()
    found = await database.changes_since(0)
    assert [(change.id, change.who, change.after) for change in found] == [
        ("1", "ann", {"n": 1}),
        ("2", "ann", {"n": 2}),
    ]
    assert list(await database.changes_since(found[-1].sequence)) == []
    assert [change.id for change in await database.changes_since(0, limit=1)] == ["1"]
    assert [change.id for change in await database.changes_since(found[0].sequence)] == ["2"]
    await database.transact(note(3))
    assert [change.id for change in await database.changes_since(found[-1].sequence)] == ["3"]


CRASHING = """
import asyncio, os, signal, sys
from pathlib import Path
from sqlalchemy import insert
from orchestrator.adapters.storage import engine, tables

async def main():
    where = sys.argv[1] if "://" in sys.argv[1] else Path(sys.argv[1])
    database = await engine.Database.open(where)
    def sets(number):
        row = {"account": str(number), "number": number}
        return lambda connection: connection.execute(insert(tables.policy_sets), row) and number
    async def one(number):
        done = await database.transact(sets(number))
        os.write(1, f"{done}\\n".encode())
        if done == 700:
            os.kill(os.getpid(), signal.SIGKILL)
    await asyncio.gather(*(one(number) for number in range(1000)))

asyncio.run(main())
"""


async def test_what_was_answered_survives_a_kill(place):
    """Every unit whose caller went on before ``kill -9`` is there afterwards."""
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", CRASHING, str(place)],
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    answered = {int(line) for line in killed.stdout.split()}
    assert 700 in answered
    database = await engine.Database.open(place)
    assert answered <= set((await database.read(stored)).values())
    await database.close()
