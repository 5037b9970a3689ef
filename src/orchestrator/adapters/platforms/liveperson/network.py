"""The network as `boundary` wants it, by the messaging client: real HTTPS, real sockets."""

import asyncio
import contextlib
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from typing import Any, Final

import httpx2

from orchestrator.adapters.platforms.liveperson import boundary
from orchestrator.adapters.platforms.liveperson.settings import Config
from orchestrator.client.messaging import agent, discovery, login, socket, trust, web
from orchestrator.core.model import errors
from orchestrator.core.model.ids import ConsumerId, ConversationId, Pid, SkillId, UserId
from orchestrator.core.ums import asks, events

_SOURCE: Final = "ConversationOrchestrator"
_CONTENT: Final = ("transfers", "agentParticipants", "skillChanges", "messageRecords")


class MessagingNetwork:
    """One account's way to its cloud. Implements `boundary.Network`.

    Only ``config.domain`` and ``config.ca_file`` say which cloud it is.
    """

    def __init__(self, config: Config, *, seconds: float = web.TIMEOUT_SECONDS) -> None:
        """Wait for answers as long as ``seconds``."""
        self._config = config
        self._seconds = seconds
        self._tls: ssl.SSLContext | None = None
        self._http: httpx2.AsyncClient | None = None

    async def close(self) -> None:
        """Close the HTTP connections; the next login opens new ones."""
        http, self._http, self._tls = self._http, None, None
        if http is not None:
            await http.aclose()

    async def log_in(self) -> boundary.Login:
        """Look up the services and log in with the key.

        A failed attempt lets go of everything, so that the next one reads the CA file anew.
        """
        try:
            return await self._log_in()
        except errors.OrchestratorError:
            await self.close()
            raise

    async def _log_in(self) -> boundary.Login:
        if self._tls is None or self._http is None:
            # A bundle of authorities takes milliseconds to read, and the loop has others to serve.
            self._tls = await asyncio.to_thread(trust.context, self._config.ca_file)
            self._http = web.client(self._tls, timeout_seconds=self._seconds)
        services = await discovery.find(
            self._http, domain=self._config.domain, account=self._config.account
        )
        key = self._config.credentials
        session = await login.log_in(
            self._http,
            services,
            credentials=login.ApiKey(
                username=self._config.username,
                app_key=key.app_key,
                secret=key.secret,
                access_token=key.access_token,
                access_token_secret=key.access_token_secret,
            ),
        )
        options = socket.Options(open_seconds=self._seconds, request_seconds=self._seconds)
        return _Login(self._http, services, session=session, tls=self._tls, options=options)


class _Login:
    def __init__(
        self,
        http: httpx2.AsyncClient,
        services: discovery.Services,
        *,
        session: login.Session,
        tls: ssl.SSLContext,
        options: socket.Options,
    ) -> None:
        self._http = http
        self._services = services
        self._session = session
        self._tls = tls
        self._options = options

    @property
    def user_id(self) -> UserId:
        return self._session.user_id

    @property
    def pid(self) -> Pid:
        return self._session.pid

    async def refresh(self) -> None:
        await login.refresh(self._http, self._services, session=self._session)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncGenerator[boundary.Line]:
        connection = agent.AgentConnection(
            self._services, self._session, tls=self._tls, options=self._options
        )
        async with connection:
            yield _Line(connection)

    async def record(self, conversation_id: ConversationId) -> dict[str, Any] | None:
        body = {
            "conversationId": conversation_id,
            "contentToRetrieve": list(_CONTENT),
        }
        try:
            found = await self._records("conversation", body)
        except errors.NotFound:
            return None
        return found[0] if found else None

    async def records(self, consumer_id: ConsumerId) -> Sequence[dict[str, Any]]:
        body = {
            "consumer": consumer_id,
            "status": ["OPEN", "CLOSE"],
            "contentToRetrieve": list(_CONTENT),
        }
        return await self._records("consumer", body)

    async def _records(self, noun: str, body: dict[str, Any]) -> list[dict[str, Any]]:
        path = f"conversations/{noun}/search?source={_SOURCE}"
        return _list(await self._history(path, body), "conversationHistoryRecords")

    async def status(self, user_id: UserId) -> dict[str, Any] | None:
        for record in await self.statuses(agents=[user_id]):
            if str(record.get("agentId")) == user_id:
                return record
        return None

    async def statuses(
        self, *, agents: Sequence[UserId] = (), skills: Sequence[SkillId] = ()
    ) -> Sequence[dict[str, Any]]:
        body = {"agentIds": list(agents)} if agents else {"skillIds": list(skills)}
        answer = await self._history(f"agent-view/status?source={_SOURCE}", body)
        return _list(answer, "agentStatusRecords")

    async def skills(self) -> Sequence[dict[str, Any]]:
        path = "le-users/skills?v=4.0&select=id,name,deleted"
        answer = await self._configuration(path, what="the skills")
        items = answer if isinstance(answer, list) else _list(answer, "items")
        return [item for item in items if isinstance(item, dict)]

    async def own_skills(self) -> Sequence[Any]:
        path = f"le-users/users/{self._session.user_id}?v=4.0"
        answer = await self._configuration(path, what="the bot's user")
        skills = answer.get("skillIds") if isinstance(answer, dict) else None
        return skills if isinstance(skills, list) else []

    async def _history(self, path: str, body: dict[str, Any]) -> Any:
        prefix = f"/messaging_history/api/account/{self._services.account}"
        response = await web.send(
            self._http,
            "POST",
            url=self._services.url("msgHist", f"{prefix}/{path}"),
            what="history",
            json=body,
            headers=self._session.authorization,
        )
        return web.read(response, dict[str, Any], what="history")

    async def _configuration(self, path: str, *, what: str) -> Any:
        prefix = f"/api/account/{self._services.account}/configuration"
        response = await web.send(
            self._http,
            "GET",
            url=self._services.url("accountConfigReadOnly", f"{prefix}/{path}"),
            what=what,
            headers=self._session.authorization,
        )
        return web.read(response, dict[str, Any] | list[Any], what=what)


class _Line:
    def __init__(self, connection: agent.AgentConnection) -> None:
        self._connection = connection

    async def ask(self, ask: asks.Ask) -> events.Answered:
        try:
            return await self._connection.request(ask)
        except socket.ConnectionLost as error:
            raise boundary.SocketClosed(error.closed.code) from error

    async def events(self) -> AsyncIterator[events.Told]:
        async for event in self._connection.events():
            yield event
        closed = self._connection.closed
        raise boundary.SocketClosed(1006 if closed is None else closed.code)


def _list(answer: Any, key: str) -> list[dict[str, Any]]:
    """Return the objects under ``key``; history leaves out what is empty."""
    items = answer.get(key) if isinstance(answer, dict) else None
    return [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
