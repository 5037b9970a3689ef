"""Brief units of work may rely on what every unit may, whoever runs them."""

import asyncio
import sqlite3
import threading

import pytest
from sqlalchemy import text

from contracts.numbered import sets, stored
from orchestrator.adapters.storage import dialect, engine, writer
from orchestrator.core.model import errors


@pytest.fixture
async def database(place):
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


@pytest.fixture
async def file(tmp_path):
    opened = await engine.Database.open(tmp_path / "orchestrator.db")
    await opened.transact(sets("first", 1))  # the connection is there
    yield opened
    await opened.close()


async def test_brief_and_other_units_are_done_and_announced_in_their_order(database):
    """Whoever runs them, units are done one after the other, as they were handed over."""
    heard, answered = [], []

    async def ask(number):
        way = database.jot if number % 3 else database.transact
        answered.append(await way(sets(str(number), number), announce=heard.append))
        assert answered[-1] in heard

    await asyncio.gather(*(ask(number) for number in range(200)))
    assert heard == [str(number) for number in range(200)]
    assert answered == heard
    assert await database.read(stored) == {str(number): number for number in range(200)}


@pytest.mark.parametrize("count", [1, 5])
async def test_a_brief_unit_that_fails_is_undone_alone(database, count):
    """Its neighbours in the commit are done, and its caller alone learns of it."""

    def fails(connection):
        sets("undone", 1)(connection)
        raise errors.Conflict("No.")

    good = [database.jot(sets(str(number), number)) for number in range(1, count)]
    results = await asyncio.gather(database.jot(fails), *good, return_exceptions=True)
    assert isinstance(results[0], errors.Conflict)
    assert await database.read(stored) == {str(number): number for number in range(1, count)}


async def test_in_a_file_the_loop_runs_brief_units_and_never_commits(file, monkeypatch):
    """What waits for the disk is the thread's."""
    ran, committed = [], []
    finish = writer.Writer._finish

    def finishes(self, ran):
        committed.append(threading.current_thread().name)
        return finish(self, ran)

    monkeypatch.setattr(writer.Writer, "_finish", finishes)
    await file.jot(lambda _: ran.append(threading.current_thread()))
    assert ran == [threading.current_thread()]
    assert committed == ["storage-writer"]


async def test_the_loop_does_not_wait_for_another_writer(file, tmp_path):
    """While somebody else holds the write lock brief units wait, and the loop goes on."""
    other = dialect.of(tmp_path / "orchestrator.db").engine("write")
    with other.connect() as connection, connection.begin():
        waiting = asyncio.create_task(file.jot(sets("a", 1)))
        for _ in range(5):  # or none of these would come back
            assert await file.read(stored) == {"first": 1}
        assert not waiting.done()
    other.dispose()
    assert await waiting == "a"


async def test_a_disk_error_fails_the_group_of_the_loop_and_no_other(file):
    """When the disk fails under a brief unit, its group learns so, and the next unit works."""

    def disk_full(connection):
        connection.execute(text("PRAGMA max_page_count=1"))  # never below the present size
        connection.execute(text("CREATE TABLE filler (content BLOB)"))
        connection.execute(text("INSERT INTO filler VALUES (zeroblob(10000000))"))

    results = await asyncio.gather(
        file.jot(sets("a", 1)), file.jot(disk_full), return_exceptions=True
    )
    assert isinstance(results[1], errors.Unavailable)
    assert ("a" in await file.read(stored)) == (results[0] == "a")
    file._writer._forget_connection()  # the limit of pages went with the connection
    assert await file.jot(sets("b", 2)) == "b"


async def test_a_failed_commit_reaches_every_brief_unit(file, monkeypatch):
    """A group whose commit fails has not happened, for none of its units."""
    broken = sqlite3.OperationalError("disk I/O error")
    broken.sqlite_errorcode = sqlite3.SQLITE_IOERR

    def cannot(*_, **__):
        raise broken

    with monkeypatch.context() as patch:
        patch.setattr(writer.Writer, "_attempt", cannot)
        results = await asyncio.gather(
            *(file.jot(sets(str(number), 1)) for number in range(5)), return_exceptions=True
        )
    assert [type(result) for result in results] == [errors.Unavailable] * 5
    assert await file.jot(sets("after", 1)) == "after"
    assert await file.read(stored) == {"first": 1, "after": 1}


async def test_a_cancelled_caller_does_not_undo_a_brief_unit(file):
    """Once handed over it runs and is announced."""
    heard = asyncio.Event()
    asking = asyncio.create_task(file.jot(sets("a", 1), announce=lambda _: heard.set()))
    await asyncio.sleep(0)
    asking.cancel()
    await heard.wait()
    assert (await file.read(stored))["a"] == 1


async def test_brief_units_that_wait_at_the_close_are_committed(tmp_path):
    """Later ones are refused in our words."""
    place = tmp_path / "orchestrator.db"
    database = await engine.Database.open(place)
    waiting = [asyncio.create_task(database.jot(sets(str(n), n))) for n in range(200)]
    await asyncio.sleep(0)
    await database.close()
    assert len(await asyncio.gather(*waiting)) == 200
    with pytest.raises(errors.Unavailable):
        await database.jot(sets("late", 1))


def test_a_loop_that_went_away_takes_nobodys_turn(tmp_path):
    """A unit whose loop was closed before it came to it runs all the same, and others after it."""
    place = tmp_path / "orchestrator.db"
    gone = asyncio.new_event_loop()
    database = gone.run_until_complete(engine.Database.open(place))

    async def leaves():
        asking = asyncio.ensure_future(database.jot(sets("left", 1)))
        asyncio.get_running_loop().call_soon(asyncio.get_running_loop().stop)
        await asking

    task = gone.create_task(leaves())
    gone.run_forever()
    for each in (task, *asyncio.all_tasks(gone)):
        each._log_destroy_pending = False
    del task, each
    gone.close()

    async def comes():
        await database.jot(sets("came", 1))
        found = await database.read(stored)
        await database.close()
        return found

    assert asyncio.run(comes()) == {"left": 1, "came": 1}
