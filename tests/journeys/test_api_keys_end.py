"""A key that is ended is refused from the next request on, however busy its bearer is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import httpx2
import pytest

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import api, server


@pytest.fixture
async def there(shared_server: server.Server, account_ids: Iterator[int]) -> AsyncIterator[api.Api]:
    """An administrator's key on a new account."""
    account = str(next(account_ids))
    key = await api.settled(shared_server.data, account)
    async with api.Api(shared_server, account, key) as opened:
        yield opened


async def _asked(there: api.Api, key: str) -> httpx2.Response:
    return await there.http.post(
        f"{there.base}/decisions",
        json={"record": False},
        headers={"Authorization": f"Bearer {key}"},
    )


async def _busy(there: api.Api, key: str, over: asyncio.Event) -> None:
    """Ask again and again with a key."""
    while not over.is_set():
        await _asked(there, key)


async def _ended(there: api.Api, prefix: str, *, by: str, data: Path) -> None:
    if by == "another program":
        async with office.open(Settings(data=data, account=there.account)) as desk:
            await desk.directory.api_keys.revoke(access.operator(there.account), prefix)
    elif by == "rotating":
        await there.do("POST", f"/keys/{prefix}/rotate", {})
    else:
        await there.do("DELETE", f"/keys/{prefix}")


@pytest.mark.parametrize("by", ["revoking", "rotating", "another program"])
async def test_it_is_refused_at_once(there: api.Api, shared_server: server.Server, by: str) -> None:
    """Whoever ended it has been told so, and the next request is refused, by this server or not."""
    key = await api.key(shared_server.data, there.account, "decide")
    prefix = key.split("_")[1]
    over = asyncio.Event()
    busy = [asyncio.create_task(_busy(there, key, over)) for _ in range(8)]
    assert (await _asked(there, key)).status_code == 200
    await _ended(there, prefix, by=by, data=shared_server.data)
    answer = await _asked(there, key)
    over.set()
    await asyncio.gather(*busy)
    assert answer.status_code == 401, answer.text
