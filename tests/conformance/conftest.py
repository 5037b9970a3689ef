"""Fixtures of what answers programs."""

import pytest

from running import context_service


@pytest.fixture
async def service(shared_server, account_ids):
    """A new account's context service, signed in to."""
    async with context_service.visited(shared_server, str(next(account_ids))) as made:
        answer = await made.login()
        assert answer.status_code == 200, answer.text
        made.token = answer.json()["token"]
        yield made
