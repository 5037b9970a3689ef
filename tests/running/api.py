"""The API as a program with a key meets it: ``/v3`` of one account."""

from typing import Any, Self

import httpx2

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import wire


async def key(data: Any, account: str, *scopes: str) -> str:
    """Return a new API key of an account."""
    async with office.open(Settings(data=data, account=account)) as desk:
        name = f"key {len(await desk.directory.api_keys.all(desk.actor))}"
        made = await desk.directory.api_keys.add(
            access.operator(account), name=name, scopes=scopes or ("admin",)
        )
    return made.api_key


async def settled(data: Any, account: str) -> str:
    """Add an account, and return an administrator's key of it."""
    async with office.open(Settings(data=data, account=account), account="any") as desk:
        await desk.directory.accounts.add(access.operator(account), account)
    return await key(data, account)


class Api:
    """An HTTP client that shows a key; paths are below ``/v3/accounts/ACCOUNT``."""

    def __init__(self, server: Any, account: str, bearer: str) -> None:
        self.account = account
        self.base = f"{server.http}/v3/accounts/{account}"
        self.http = httpx2.AsyncClient(
            base_url=server.http,
            trust_env=False,
            timeout=wire.PATIENCE,
            headers={"Authorization": f"Bearer {bearer}"},
        )

    async def __aenter__(self) -> Self:
        """Open the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.http.aclose()

    async def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> httpx2.Response:
        """Send one request and return the answer, whatever it is."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.http.request(method, f"{self.base}{path}", json=body, headers=named)

    async def get(self, path: str) -> Any:
        """Return what is there."""
        answer = await self.ask("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def do(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Change something, and return the answer's body."""
        answer = await self.ask(method, path, body, **headers)
        assert answer.status_code in {200, 201}, (method, path, answer.text)
        return answer.json()

    async def refused(
        self, status: int, method: str, path: str, body: Any = None, **headers: str
    ) -> dict[str, Any]:
        """Ask for what is refused with ``status``, and return the problem."""
        answer = await self.ask(method, path, body, **headers)
        assert answer.status_code == status, (method, path, answer.text)
        assert answer.headers["content-type"] == "application/problem+json"
        problem = answer.json()
        assert problem["status"] == status
        return problem
