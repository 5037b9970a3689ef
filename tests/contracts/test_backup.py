"""A backup is one moment's whole state, and only a good one is put back."""

import asyncio
import sqlite3

import pytest
from sqlalchemy import insert, select

from orchestrator.adapters.storage import backup, engine, schema, tables
from orchestrator.core.model import errors


def sets(account):
    row = {"account": account, "number": 1}
    return lambda connection: connection.execute(insert(tables.policy_sets), row) and account


def accounts(connection):
    return set(connection.scalars(select(tables.policy_sets.c.account)))


async def kept(path):
    database = await engine.Database.open(path)
    found = await database.read(accounts)
    await database.close()
    return found


@pytest.fixture
async def database(tmp_path):
    opened = await engine.Database.open(tmp_path / "orchestrator.db")
    await opened.transact(sets("first"))
    yield opened
    await opened.close()


async def test_a_backup_under_load_is_whole(database, tmp_path):
    """Taken while units commit, it holds all that returned before it and is one file."""
    writing = asyncio.gather(*(database.transact(sets(f"busy {n}")) for n in range(500)))
    target = tmp_path / "copy" / "backup.db"
    target.parent.mkdir()
    await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    await writing
    assert [path.name for path in target.parent.iterdir()] == ["backup.db"]
    assert target.stat().st_mode & 0o777 == 0o600
    assert "first" in await kept(target)


async def test_restore_brings_back_the_moment(database, tmp_path):
    """After a restore exactly the backup's rows are there."""
    target = tmp_path / "backup.db"
    await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    await database.transact(sets("later"))
    await database.close()
    await asyncio.to_thread(backup.restore, target, tmp_path / "orchestrator.db")
    assert await kept(tmp_path / "orchestrator.db") == {"first"}


@pytest.mark.usefixtures("database")
async def test_restore_into_an_empty_folder(tmp_path):
    """A new machine needs nothing but the backup (and the master key)."""
    target = tmp_path / "backup.db"
    await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    elsewhere = tmp_path / "new" / "orchestrator.db"
    await asyncio.to_thread(backup.restore, target, elsewhere)
    assert await kept(elsewhere) == {"first"}


@pytest.mark.usefixtures("database")
async def test_restore_over_a_damaged_database(tmp_path):
    """A file that SQLite can no longer read is what backups are for."""
    target = tmp_path / "backup.db"
    await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    broken = tmp_path / "broken.db"
    broken.write_bytes(b"this was a database" * 1000)
    await asyncio.to_thread(backup.restore, target, broken)
    assert await kept(broken) == {"first"}


async def test_restore_refuses_a_database_in_use(database, tmp_path):
    """Nothing is written while somebody is connected."""
    target = tmp_path / "backup.db"
    await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    await database.transact(sets("later"))
    with pytest.raises(errors.Unavailable, match="locked"):
        await asyncio.to_thread(backup.restore, target, tmp_path / "orchestrator.db")
    assert await database.read(accounts) == {"first", "later"}


@pytest.mark.usefixtures("database")
async def test_a_backup_replaces_no_file(tmp_path):
    """An existing file stays as it is."""
    target = tmp_path / "precious.txt"
    target.write_text("mine")
    with pytest.raises(errors.Conflict, match="exists"):
        await asyncio.to_thread(backup.save, tmp_path / "orchestrator.db", target)
    assert target.read_text() == "mine"


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"", "empty"), (b"no database" * 1000, "is not a database of")],
)
def test_restore_refuses_what_is_not_ours(tmp_path, content, said):
    """A stranger's file is named as such and the database is not touched."""
    source = tmp_path / "source.db"
    source.write_bytes(content)
    with pytest.raises(errors.Conflict, match=said):
        backup.restore(source, tmp_path / "orchestrator.db")
    assert not (tmp_path / "orchestrator.db").exists()


def test_restore_refuses_somebody_elses_sqlite_file(tmp_path):
    """Being SQLite is not enough."""
    connection = sqlite3.connect(tmp_path / "other.db")
    connection.execute("CREATE TABLE theirs (id)")
    connection.close()
    with pytest.raises(errors.Conflict, match="not a database of Conversation Orchestrator"):
        backup.restore(tmp_path / "other.db", tmp_path / "orchestrator.db")


def test_restore_refuses_a_newer_schema(tmp_path):
    """A backup of a later program is refused before anything is written."""
    path = tmp_path / "newer.db"
    schema.prepare(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num='9999'")
    connection.commit()
    connection.close()
    with pytest.raises(errors.Conflict, match="newer version"):
        backup.restore(path, tmp_path / "orchestrator.db")


def test_what_is_missing_is_named(tmp_path):
    """A file that does not exist is not found."""
    with pytest.raises(errors.NotFound, match=r"nothing\.db"):
        backup.restore(tmp_path / "nothing.db", tmp_path / "orchestrator.db")
