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


async def _account_1(place):
    """Make account 1."""
    database = await engine.Database.open(place)
    store = directory_rows.DirectoryStore(database)
    await store.write(access.operator("1"), START, lambda unit: unit.add(Account("1", START)))
    await database.close()


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """A database file with account 1 and nothing in it, to be copied."""
    path = tmp_path_factory.mktemp("routing") / "empty.db"
    schema.prepare(path)
    asyncio.run(_account_1(path))
    return path


@pytest.fixture
def clock():
    return LeapingClock()


@pytest.fixture(params=["sqlite", "postgresql"])
def filled(request, tmp_path):
    """Where a database with account 1 is."""
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
        asyncio.run(_account_1(url))
        return url
    path = tmp_path / "orchestrator.db"
    shutil.copy(request.getfixturevalue("empty_database"), path)
    return path


@pytest.fixture
async def database(filled):
    opened = await engine.Database.open(filled)
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
