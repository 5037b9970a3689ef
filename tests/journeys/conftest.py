"""One seeded account for all journeys through the gateway; each test has its own conversations."""

from collections.abc import AsyncIterator, Iterator

import pytest

from running import server, wire


@pytest.fixture(scope="session")
def town(shared_server: server.Server, account_ids: Iterator[int]) -> wire.Town:
    """An account of the shared server with people, skills and a key: see `wire.Town`."""
    return wire.seeded(shared_server, str(next(account_ids)))


@pytest.fixture
async def visit(town: wire.Town) -> AsyncIterator[wire.Visit]:
    """An HTTP client and sockets for one test, closed after it."""
    async with wire.Visit(town) as opened:
        yield opened
