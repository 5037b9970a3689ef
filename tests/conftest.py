"""Fixtures for tests that start the real program; a test that asks for none of them starts nothing.

A server is shared by all tests of a worker, and each test gets an account of its own on it.
A test that stops, kills or restarts a server starts its own with ``start_server``.
"""

import itertools
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from running import commands, node, postgres, program, server, wire

# A gate gives the same answer for the same code: there Hypothesis draws the same examples every
# time. Everywhere else, and in `make fuzz`, it goes on searching.
hypothesis.settings.register_profile("gate", derandomize=True)
if os.environ.get("CI"):
    hypothesis.settings.load_profile("gate")

# What opens a folder in the tests' own process does as the programs do that they start.
os.environ.update(program.PASSWORDS)


@pytest.fixture(scope="session")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[server.Server]:
    """A running server that no test may stop."""
    running = server.Server(tmp_path_factory.mktemp("data"))
    yield running
    running.close()


@pytest.fixture(scope="session")
def account_ids() -> Iterator[int]:
    """Account ids that this worker's shared server has not seen yet."""
    return itertools.count(12345678)


@pytest.fixture
def account(shared_server: server.Server, account_ids: Iterator[int]) -> commands.Commands:
    """The command line on a new, empty account of the shared server."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    return orchestrator


@pytest.fixture(scope="session")
def town(shared_server: server.Server, account_ids: Iterator[int]) -> wire.Town:
    """An account of the shared server with people, skills and a key: see `wire.Town`."""
    return wire.seeded(shared_server, str(next(account_ids)))


@pytest.fixture
async def visit(town: wire.Town) -> AsyncIterator[wire.Visit]:
    """An HTTP client and sockets for one test, closed after it."""
    async with wire.Visit(town) as opened:
        yield opened


@pytest.fixture
def start_server(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[[], server.Server]]:
    """Start a server on a new folder; each one is closed, and held to a clean exit, afterwards."""
    with ExitStack() as started:

        def start() -> server.Server:
            running = server.Server(tmp_path_factory.mktemp("data"))
            started.callback(running.close)
            return running

        yield start


@pytest.fixture(scope="session")
def sdk_node() -> node.Node:
    """Node.js with the packages of tests/sdk/package-lock.json installed."""
    installation = node.find()
    installation.install(node.SDK_FOLDER)
    return installation


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Postgres]:
    """A running PostgreSQL of this worker's own."""
    running = postgres.Postgres()
    yield running
    running.close()


@pytest.fixture(scope="session")
def migrated_postgres_url(postgres_server: postgres.Postgres) -> str:
    """A database with the newest schema."""
    from orchestrator.adapters.storage import dialect

    url = postgres_server.create()
    dialect.of(url).prepare()
    return url


@pytest.fixture
def postgres_url(postgres_server: postgres.Postgres, migrated_postgres_url: str) -> Iterator[str]:
    """A database with the newest schema and no rows, of the test's own while it runs."""
    yield migrated_postgres_url
    postgres_server.empty(migrated_postgres_url)


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new database is or may be made, on each of the two: a path, or a URL."""
    if request.param == "sqlite":
        return tmp_path / "orchestrator.db"
    return str(request.getfixturevalue("postgres_url"))
