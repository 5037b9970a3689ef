"""Whatever the OpenAPI document allows, and much that it does not: never a server's error."""

import asyncio
from collections.abc import Iterator
from typing import Any

import hypothesis
import pytest
import schemathesis

from running import amount, api, server, wire

EXAMPLES = 3 * amount.TIMES
"""For each way of asking each of about a hundred operations; together under a minute."""

MODES = (schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE)


@pytest.fixture(scope="module")
def key(shared_server: server.Server, account_ids: Iterator[int]) -> tuple[str, str]:
    """An account with people and skills, and a key that may do everything there."""
    account = str(next(account_ids))
    wire.seeded(shared_server, account)
    scopes = ("admin", "context", "decide")
    return account, asyncio.run(api.key(shared_server.data, account, *scopes))


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.value)
def test_no_request_is_the_servers_error(
    shared_server: server.Server, key: tuple[str, str], mode: schemathesis.GenerationMode
) -> None:
    """Sent with a good key to an account that is there, so that it comes to the service."""
    account, bearer = key
    document = schemathesis.openapi.from_url(f"{shared_server.http}/v3/openapi.json")
    operations = list(document.exclude(path_regex="/events$").get_all_operations())
    assert len(operations) > 80
    for found in operations:
        _try(found.ok(), account=account, bearer=bearer, server_url=shared_server.http, mode=mode)


def _try(
    operation: Any,
    *,
    account: str,
    bearer: str,
    server_url: str,
    mode: schemathesis.GenerationMode,
) -> None:
    headers = {"Authorization": f"Bearer {bearer}", "maven-api-key": bearer}

    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )
    @hypothesis.given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        if "account" in (case.path_parameters or {}):
            case.path_parameters["account"] = account
        answer = case.call(base_url=server_url, headers=headers, timeout=wire.PATIENCE)
        assert answer.status_code < 500, (case.as_curl_command(), answer.text)

    try:
        ask()
    except hypothesis.errors.Unsatisfiable:
        assert mode is schemathesis.GenerationMode.NEGATIVE  # nothing can be wrong with it
