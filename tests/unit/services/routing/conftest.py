"""A road on a database of its own."""

import asyncio
import shutil

import pytest
import structlog

from orchestrator.adapters.storage import directory as directory_rows
from orchestrator.adapters.storage import engine, schema
from orchestrator.core.model import access
from orchestrator.core.model.directory import Account
from orchestrator.testing.clock import START
from roads.road import LeapingClock, Road


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database file with account 1 and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("routing") / "empty.db"
    schema.prepare(path)

    async def account():
        database = await engine.Database.open(path)
        store = directory_rows.DirectoryStore(database)
        await store.write(access.operator("1"), START, lambda unit: unit.add(Account("1", START)))
        await database.close()

    asyncio.run(account())
    return path


@pytest.fixture
def clock():
    return LeapingClock()


@pytest.fixture
async def database(empty_database, tmp_path):
    path = tmp_path / "orchestrator.db"
    shutil.copy(empty_database, path)
    opened = await engine.Database.open(path)
    yield opened
    await opened.close()


@pytest.fixture
def road(database, clock):
    return Road(database, clock)


@pytest.fixture
def log():
    """The lines logged meanwhile, as dictionaries."""
    with structlog.testing.capture_logs() as lines:
        yield lines
