"""Several processes on one PostgreSQL: one writer at a time, one order of news, and lost lines."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import insert, select, text

from orchestrator.adapters.storage import dialect, engine, postgresql, tables
from orchestrator.core.model import errors
from running import postgres


class Process:
    """One open database that hears the others; ``heard`` is everything in its order."""

    def __init__(self, database):
        self.database = database
        self.heard = []
        self.bell = asyncio.Event()

    @classmethod
    async def start(cls, url):
        made = cls(await engine.Database.open(url))
        await made.database.hear(made.hear)
        return made

    def hear(self, told):
        self.heard.extend(each.decode() for each in told)
        self.bell.set()

    async def say(self, word, work=lambda _: None):
        def announce(_):
            self.heard.append(word)
            self.bell.set()

        await self.database.transact(work, announce=announce, tells=lambda _: word.encode())

    async def until(self, count):
        while len(self.heard) < count:
            self.bell.clear()
            await asyncio.wait_for(self.bell.wait(), 30)


@pytest.fixture
async def start(postgres_url):
    started = []

    async def start():
        started.append(await Process.start(postgres_url))
        return started[-1]

    yield start
    for each in started:
        await each.database.close()


def sets(account, number=1):
    row = {"account": account, "number": number}
    return lambda connection: connection.execute(insert(tables.policy_sets), row) and account


async def test_everybody_hears_everything_in_one_order(start):
    """Own words and those of others come in the order of the commits, the same for all."""
    processes = [await start() for _ in range(3)]
    await asyncio.gather(
        *(
            each.say(f"{name}{number}")
            for number in range(60)
            for name, each in zip("abc", processes, strict=True)
        )
    )
    for each in processes:
        await each.until(180)
    first, *others = (each.heard for each in processes)
    assert len(set(first)) == 180
    assert all(other == first for other in others)
    assert [word for word in first if word[0] == "b"] == [f"b{number}" for number in range(60)]


async def test_what_is_written_is_seen_before_what_follows_is_announced(start):
    """A unit that builds on another process' comes behind its news, also without the bell."""
    ann, bob = await start(), await start()
    for number in range(30):
        await ann.say(f"a{number}", sets(f"a{number}"))
        await bob.say(f"b{number}", sets(f"b{number}"))
        assert bob.heard[-2:] == [f"a{number}", f"b{number}"]


async def test_who_comes_later_hears_what_follows_only(start):
    """A process begins with the present."""
    ann = await start()
    await ann.say("before")
    bob = await start()
    await ann.say("after")
    await bob.until(1)
    assert bob.heard == ["after"]


async def test_a_unit_that_fails_tells_nobody(start):
    """Its neighbours in the same commit are heard all the same."""
    ann, bob = await start(), await start()

    def fails(_):
        raise errors.Conflict("no")

    done = await asyncio.gather(
        ann.say("one"), ann.say("never", fails), ann.say("two"), return_exceptions=True
    )
    assert isinstance(done[1], errors.Conflict)
    await bob.until(2)
    assert bob.heard == ["one", "two"]


async def test_writers_wait_for_each_other(start):
    """What a unit reads cannot be changed by another process before it commits."""
    processes = [await start(), await start()]

    def counts(connection):
        table = tables.sequences
        newest = connection.scalar(select(table.c.newest)) or 0
        connection.execute(text("SELECT pg_sleep(0.001)"))
        if newest == 0:
            connection.execute(insert(table), {"account": "1", "noun": "n", "newest": 1})
        else:
            connection.execute(table.update().values(newest=newest + 1))
        return newest + 1

    numbers = await asyncio.gather(
        *(each.database.transact(counts) for _ in range(40) for each in processes)
    )
    assert sorted(numbers) == list(range(1, 81))


async def test_old_news_go_a_few_at_a_time(start, postgres_server, postgres_url):
    """What every living process has heard is deleted; what is fresh stays."""
    ann = await start()
    for number in range(5):
        await ann.say(f"{number}")
    assert await ann.database.prune_news(limit=3) == 0
    name = postgres.name_of(postgres_url)
    postgres_server.execute("UPDATE happenings SET at = 0", database=name)
    await ann.say("fresh")
    assert [await ann.database.prune_news(limit=3) for _ in range(3)] == [3, 2, 0]
    bob = await start()
    await ann.say("later")
    await bob.until(1)
    assert bob.heard == ["later"]


async def test_a_restart_of_postgresql_costs_nothing_that_was_answered(start, postgres_server):
    """Connections that died while they were idle are replaced; what is told then is heard."""
    ann, bob = await start(), await start()
    await ann.say("one", sets("a"))
    await bob.until(1)
    postgres_server.restart()
    assert await bob.database.read(lambda c: c.scalar(select(tables.policy_sets.c.account))) == "a"
    await ann.say("two", sets("b"))
    await bob.until(2)
    assert bob.heard == ["one", "two"]


async def test_a_connection_lost_in_a_group_fails_the_group_alone(start):
    """Nothing of the group has happened; the next unit works on a new connection."""
    ann = await start()

    def dies(connection):
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    done = await asyncio.gather(
        ann.database.transact(sets("a")),
        ann.database.transact(dies),
        ann.database.transact(sets("b")),
        return_exceptions=True,
    )
    assert isinstance(done[1], errors.Unavailable)
    stored = await ann.database.read(lambda c: set(c.scalars(select(tables.policy_sets.c.account))))
    assert stored == {each for each in done if isinstance(each, str)}
    assert await ann.database.transact(sets("after")) == "after"


async def test_a_commit_whose_answer_is_lost_is_heard_by_all(start, monkeypatch):
    """Nobody knows whether it happened, so its caller is told so; if it did, it is announced."""
    ann, bob = await start(), await start()
    commits = ann.database._writer._news.committed
    lost = psycopg.OperationalError("the connection is lost")

    def loses():
        monkeypatch.setattr(ann.database._writer._news, "committed", commits)
        raise lost

    monkeypatch.setattr(ann.database._writer._news, "committed", loses)
    with pytest.raises(errors.Unavailable):
        await ann.say("doubtful", sets("a"))
    await ann.say("next", sets("b"))
    await bob.until(2)
    assert ann.heard == bob.heard == ["doubtful", "next"]


async def test_a_process_that_stops_within_a_transaction_blocks_nobody_for_long(
    start, postgres_url, monkeypatch
):
    """PostgreSQL ends a writer that is paused; the others have waited less than they may."""
    assert postgresql.STUCK_SECONDS < postgresql.BUSY_SECONDS
    monkeypatch.setitem(
        postgresql._SESSION,
        "write",
        postgresql._SESSION["write"].replace(
            f"timeout = '{postgresql.STUCK_SECONDS}s'", "timeout = '300ms'"
        ),
    )
    ann = await start()
    paused = dialect.of(postgres_url).engine("write")
    with paused.connect() as connection:
        transaction = connection.begin()
        assert await ann.database.transact(sets("a")) == "a"
        with pytest.raises(Exception, match=r"idle|terminat|closed|lost"):
            connection.execute(text("SELECT 1"))
        transaction.close()
    paused.dispose()


async def test_who_waits_too_long_for_the_lock_is_told(start, postgres_url, monkeypatch):
    """A unit does not wait for ever for another process; the next try may do."""
    short = postgresql._SESSION["write"].replace(f"{postgresql.BUSY_SECONDS}s", "100ms")
    monkeypatch.setitem(postgresql._SESSION, "write", short)
    ann = await start()
    other = dialect.of(postgres_url).engine("write")
    with (
        other.connect() as connection,
        connection.begin(),
        pytest.raises(errors.Unavailable, match="lock timeout"),
    ):
        await ann.database.transact(sets("a"))
    other.dispose()
    assert await ann.database.transact(sets("a")) == "a"


async def test_a_commit_is_on_the_disk_whatever_the_server_prefers(postgres_server, postgres_url):
    """``synchronous_commit`` off would answer before the commit is safe; stronger ones are kept."""
    name = postgres.name_of(postgres_url)
    for preferred, used in (("off", "on"), ("remote_apply", "remote_apply")):
        postgres_server.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {preferred}')
        database = await engine.Database.open(postgres_url)
        asked = text("SHOW synchronous_commit")
        assert await database.transact(lambda c, asked=asked: c.scalar(asked)) == used
        await database.close()
    postgres_server.execute(f'ALTER DATABASE "{name}" RESET synchronous_commit')


@pytest.mark.parametrize("user", ["nobody-we-know", "postgres"])
async def test_a_server_or_database_that_is_not_there_is_said_in_words(postgres_server, user):
    """Who may not come in, or asks for what is not there, is told what the server says."""
    with pytest.raises(errors.Unavailable, match=r"could not be read .*(exist|role)"):
        await engine.Database.open(postgres_server.url("not-there", user=user))


@pytest.mark.parametrize(
    ("state", "kind"),
    [
        ("53100", errors.Unavailable),  # disk full
        ("53300", errors.Unavailable),  # too many connections
        ("57P01", errors.Unavailable),  # the server is shut down
        ("57P03", errors.Unavailable),  # it is starting
        ("40001", errors.Unavailable),  # serialization
        ("40P01", errors.Unavailable),  # deadlock
        ("55P03", errors.Unavailable),  # somebody else's lock
        ("25P03", errors.Unavailable),  # a transaction that stood still
        ("25006", errors.Unavailable),  # a standby
        ("42501", errors.Unavailable),  # no right to do so
        ("58030", errors.Unavailable),  # input or output
        ("XX001", errors.Unavailable),  # damaged data
        ("22003", errors.BadInput),
        ("22021", errors.BadInput),
        ("42601", psycopg.errors.SyntaxError),  # our own mistake stays what it is
        ("23505", psycopg.errors.UniqueViolation),
    ],
)
def test_errors_are_put_into_our_words(state, kind):
    """The server's, the line's and the caller's faults are said; our own slips are not hidden."""
    speech = dialect.of("postgresql://u:hunter2@localhost/x")
    raised = speech.translated(psycopg.errors.lookup(state)("so it is"))
    assert type(raised) is kind
    assert "hunter2" not in str(raised)


async def test_text_that_cannot_be_stored_is_the_callers_fault(start):
    """PostgreSQL has no NUL in texts and no number beyond its column; both are said in words."""
    ann = await start()
    with pytest.raises(errors.BadInput, match="NUL"):
        await ann.database.transact(sets("a\0b"))
    with pytest.raises(errors.BadInput, match="NUL"):
        await ann.database.read(
            lambda c: c.scalar(select(tables.accounts.c.id).where(tables.accounts.c.id == "\0"))
        )
    with pytest.raises(errors.BadInput, match="too big"):
        await ann.database.transact(sets("a", 1 << 40))
    assert await ann.database.transact(sets("a")) == "a"


def test_a_missing_driver_is_named_with_the_remedy(monkeypatch):
    """Without the extra one learns which, and nothing else is imported."""
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(errors.BadInput, match=r"pip install 'conversation-orchestrator\[postgres"):
        dialect.of("postgresql://localhost/x")


KILLED = """
import os, signal
from running import postgres

server = postgres.Postgres()
print(server._process.pid, server._folder, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a child with its parent")
def test_a_server_ends_with_the_test_that_started_it():
    """However a worker ends, no PostgreSQL is left behind."""
    killed = subprocess.run(
        [sys.executable, "-c", KILLED],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": "tests"},
    )
    # Its stdout was PostgreSQL's too: that it is at its end says that both are gone.
    assert killed.returncode == -signal.SIGKILL
    pid, folder = killed.stdout.split()
    assert not Path(f"/proc/{pid}/exe").exists()
    shutil.rmtree(folder)
