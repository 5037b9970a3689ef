"""The context service as programs meet it: both versions, on one account of a running server."""

import base64
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from orchestrator.services.directory import api_keys
from running import wire

V2 = "/v2/context/document"


class Service:
    """One account with a key and a client, and an HTTP client that shows what it is told to."""

    def __init__(
        self,
        server: Any,
        account: str,
        key: str,
        client: api_keys.IssuedClient,
        http: httpx2.AsyncClient,
    ) -> None:
        self.server = server
        self.account = account
        self.key = key
        self.client = client
        self.http = http
        self.token = ""

    async def one(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        key: str | None = None,
        content: bytes | None = None,
        **query: Any,
    ) -> httpx2.Response:
        """Ask the first version; ``path`` is below the account and encoded already."""
        sent = content if content is not None else None if body is None else json.dumps(body)
        return await self.http.request(
            method,
            f"{self.server.http}/v1/account/{self.account}{path}",
            content=sent,
            params=query or None,
            headers={
                "maven-api-key": key if key is not None else self.key,
                "Content-Type": "application/json",
            },
        )

    async def done(self, method: str, path: str, body: Any = None, **query: Any) -> None:
        """Change something in the first version, which says nothing to it."""
        answer = await self.one(method, path, body, **query)
        assert (answer.status_code, answer.content) == (204, b""), answer.text

    async def get(self, path: str, **query: Any) -> Any:
        """Return what the first version answers."""
        answer = await self.one("GET", path, **query)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    async def two(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        token: str | None = None,
        **headers: str,
    ) -> httpx2.Response:
        """Ask the second version, with the token in the query."""
        shown = self.token if token is None else token
        return await self.http.request(
            method,
            f"{self.server.http}{path}",
            json=body,
            params={"access_token": shown} if shown else None,
            headers=headers,
        )

    def named(self, **more: Any) -> dict[str, Any]:
        """Return a body of the second version."""
        return {"accountId": self.account, **more}

    async def login(
        self, method: str = "GET", user_id: str | None = None, password: str | None = None
    ) -> httpx2.Response:
        """Ask for a token, as the account's client unless said otherwise."""
        pair = f"{user_id or self.client.user_id}:{password or self.client.password}"
        basic = base64.b64encode(pair.encode()).decode()
        return await self.http.request(
            method,
            f"{self.server.http}/v2/authenticate/login",
            headers={"Authorization": f"Basic {basic}"},
        )


async def opened(server: Any, account: str, **wish: Any) -> tuple[str, api_keys.IssuedClient]:
    """Return a new account's key and client."""
    actor = access.operator(account)
    async with office.open(Settings(data=server.data, account=account), account="any") as desk:
        await desk.directory.accounts.add(actor, account)
        key = await desk.directory.api_keys.add(actor, name="key", **wish)
        client = await desk.directory.api_keys.add_client(actor, name="client", **wish)
    return key.api_key, client


@asynccontextmanager
async def visited(server: Any, account: str, **wish: Any) -> AsyncIterator[Service]:
    """Open an account of the server, with keys as wished for and no token yet."""
    key, client = await opened(server, account, **wish)
    async with httpx2.AsyncClient(trust_env=False, timeout=wire.PATIENCE) as http:
        yield Service(server, account, key, client, http)


def problem(answer: httpx2.Response, status: int, code: str) -> dict[str, Any]:
    """Hold an answer to the form of a problem."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"]) == (status, code)
    assert body["detail"]
    return body
