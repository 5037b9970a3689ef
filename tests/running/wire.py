"""The embedded cloud as a foreign program meets it: HTTPS, raw frames, a small seeded account."""

import asyncio
import contextlib
import itertools
import json
import ssl
from collections.abc import Callable
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Any, Self

import httpx2
import msgspec
from websockets import exceptions
from websockets.asyncio import client

from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import server

Frame = dict[str, Any]

PASSWORD = "Correct-Horse-7-Battery"
PATIENCE = 15.0
"""Seconds to wait for something that normally takes a fraction of one."""


class Peer:
    """One raw socket. Everything that arrives stays in ``frames``, in order."""

    def __init__(self, socket: client.ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Frame] = []
        self._ids = itertools.count(1)

    async def send(self, frame: Frame | str | bytes) -> None:
        """Send anything."""
        await self.socket.send(json.dumps(frame) if isinstance(frame, dict) else frame)

    async def ask(self, kind: str, body: object = None, **more: object) -> Frame:
        """Send one request and return its answer."""
        asked = {"kind": "req", "id": f"q{next(self._ids)}", "type": kind, "body": body, **more}
        await self.send(asked)
        return await self.answer(str(asked["id"]))

    async def answer(self, request_id: str) -> Frame:
        """Return the answer to a request that was sent."""
        return await self.wait(lambda frame: frame.get("reqId") == request_id)

    async def wait(self, matches: Callable[[Frame], object], *, since: int = 0) -> Frame:
        """Return the first frame for which ``matches``, of those after ``since`` frames."""
        for seen in itertools.count(since):
            while len(self.frames) <= seen:
                async with asyncio.timeout(PATIENCE):
                    self.frames.append(json.loads(await self.socket.recv()))
            if matches(self.frames[seen]):
                return self.frames[seen]
        raise AssertionError("unreachable")

    async def told(self, kind: str, matches: Callable[[Any], object], *, since: int = 0) -> Any:
        """Return the first change (or event) in a notification of ``kind`` that ``matches``."""

        def found(frame: Frame) -> list[Any]:
            if frame.get("type") != kind:
                return []
            body = frame["body"]
            return [one for one in body.get("changes", [body]) if matches(one)]

        return found(await self.wait(found, since=since))[0]

    async def settled(self) -> None:
        """Return once everything that the server has to say has arrived, as far as it knows."""
        assert (await self.ask("GetClock"))["code"] == 200

    async def leave(self) -> None:
        """Say goodbye, reading what is left: who has stopped reading does not see the answer."""
        goodbye = asyncio.create_task(self.socket.close())
        with contextlib.suppress(exceptions.ConnectionClosed):
            async for _ in self.socket:
                pass
        await goodbye

    async def closed(self) -> int:
        """Read until the server closes the socket, and return its code."""
        async with asyncio.timeout(PATIENCE):
            await self.socket.wait_closed()
        code = self.socket.close_code
        assert code is not None
        return code


class Town(msgspec.Struct, frozen=True):
    """An account: anna sells, ben bills, may manages, router is a bot with a key."""

    server: server.Server
    account: str
    skills: dict[str, str]
    users: dict[str, dict[str, Any]]
    key: dict[str, str]

    @property
    def tls(self) -> ssl.SSLContext:
        """Trust in the server's own authority."""
        return ssl.create_default_context(cafile=str(self.server.ca))

    def url(self, path: str) -> str:
        """An address of the account on the TLS port."""
        return f"{self.server.https}/api/account/{self.account}{path}"

    def old_id(self, login: str) -> str:
        """``account.user``."""
        return f"{self.account}.{self.users[login]['id']}"


class Visit:
    """What one test opens: an HTTP client and sockets; all are closed with it."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self._stack = AsyncExitStack()
        self._tls = town.tls

    async def __aenter__(self) -> Self:
        """Open the HTTP client."""
        self.http = await self._stack.enter_async_context(
            httpx2.AsyncClient(verify=self._tls, trust_env=False, timeout=PATIENCE)
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close everything."""
        await self._stack.aclose()

    async def post(self, path: str, body: object = None, **more: Any) -> httpx2.Response:
        """POST JSON to the account on the TLS port."""
        return await self.http.post(self.town.url(path), json=body, **more)

    async def login(self, login: str) -> Frame:
        """Sign in by password; the whole answer, with its cookie under ``cookie``."""
        answer = await self.post("/login?v=1.3", {"username": login, "password": PASSWORD})
        assert answer.status_code == 200, answer.text
        self.http.cookies.clear()  # a test says itself which cookie it sends
        return {**answer.json(), "cookie": answer.headers["set-cookie"].partition(";")[0]}

    async def socket(self, path: str, **more: Any) -> Peer:
        """Open a socket of the account on the TLS port; raises what `websockets` raises."""
        base = self.town.server.https.replace("https", "wss", 1)
        url = f"{base}/ws_api/account/{self.town.account}/messaging/{path}"
        given: dict[str, Any] = {
            "compression": None,
            "proxy": None,
            "ssl": self._tls,
            "max_size": None,
            **more,
        }
        peer = Peer(await client.connect(url, **given))
        self._stack.push_async_callback(peer.leave)
        return peer

    async def agent(self, login: str, *, state: str | None = "ONLINE", **more: Any) -> Peer:
        """An agent's socket with the subscriptions that the SDK makes."""
        session = await self.login(login)
        peer = await self.socket(f"brand/{session['bearer']}?v=2.1", **more)
        me = self.town.old_id(login)
        if state is not None:
            await peer.ask(".ams.routing.SetAgentState", {"availability": state})
            await peer.ask(".ams.routing.SubscribeRoutingTasks", {"agentId": me})
            filters = {"convState": ["OPEN"], "agentIds": [me]}
            await peer.ask(".ams.aam.SubscribeExConversations", filters)
        return peer

    async def token(self) -> str:
        """A new consumer's token."""
        return (await self.post("/signup")).json()["jwt"]

    async def consumer(self, token: str | None = None) -> Peer:
        """A consumer's socket."""
        headers = {"Authorization": f"jwt {token or await self.token()}"}
        return await self.socket("consumer?v=3", additional_headers=headers)

    async def opened(self, consumer: Peer, skill: str = "Sales", **more: object) -> str:
        """Open a conversation; its id."""
        body = {"skillId": self.town.skills[skill], **more}
        answer = await consumer.ask("cm.ConsumerRequestConversation", body)
        assert answer["code"] == 200, answer
        return answer["body"]["conversationId"]

    async def rung(self, agent: Peer, conversation: str, *, state: str = "WAITING") -> str:
        """Wait until the conversation's ring at ``agent`` is in ``state``; its id."""
        task = await agent.told(
            ".ams.routing.RoutingTaskNotification",
            lambda change: (
                change["result"]["conversationId"] == conversation
                and change["result"]["ringsDetails"][0]["ringState"] == state
            ),
        )
        return task["result"]["ringsDetails"][0]["ringId"]

    async def accepted(self, agent: Peer, conversation: str) -> None:
        """Accept the ring of a conversation, and wait until the agent has it."""
        answer = {"ringId": await self.rung(agent, conversation), "ringState": "ACCEPTED"}
        assert (await agent.ask(".ams.routing.UpdateRingState", answer))["code"] == 202
        await upserted(agent, conversation)

    async def say(self, peer: Peer, conversation: str, message: str, **more: object) -> Frame:
        """Publish text; the answer."""
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": message}
        body = {"dialogId": conversation, "event": event}
        return await peer.ask("ms.PublishEvent", body, **more)

    async def change(self, peer: Peer, conversation: str, *fields: Frame) -> Frame:
        """UpdateConversationField; the answer."""
        body = {"conversationId": conversation, "conversationField": list(fields)}
        return await peer.ask(".ams.cm.UpdateConversationField", body)


async def upserted(
    agent: Peer,
    conversation: str,
    *,
    kind: str = "UPSERT",
    matches: Callable[[Frame], object] = bool,
    since: int = 0,
) -> Frame:
    """Return the details of the conversation's first UPSERT (or DELETE) that ``matches``."""
    change = await agent.told(
        ".ams.aam.ExConversationChangeNotification",
        lambda change: (
            change["type"] == kind
            and change["result"]["convId"] == conversation
            and matches(change["result"]["conversationDetails"])
        ),
        since=since,
    )
    return change["result"]["conversationDetails"]


def seeded(running: server.Server, account: str) -> Town:
    """Return a new account with its people, made beside the running server."""
    return asyncio.run(seed(running, account))


async def seed(running: server.Server, account: str) -> Town:
    """As `seeded`, for tests that have an event loop."""
    return await people(running, Settings(data=running.data, account=account))


async def people(running: Any, settings: Settings) -> Town:
    """Make the account and its people through the services, as the command line does.

    One process instead of a dozen commands; the commands have journeys of their own.
    """
    actor = access.operator(settings.account)
    async with office.open(settings, account="any") as desk:
        directory = desk.directory
        if await directory.accounts.found(settings.account) is None:
            await directory.accounts.add(actor, settings.account)
        users: dict[str, dict[str, Any]] = {}
        for login, role in (("anna", "Agent"), ("ben", "Agent"), ("may", "Agent Manager")):
            made = await directory.users.add(
                actor, login=login, type="human", roles=[role], password=PASSWORD, max_chats=None
            )
            users[login] = {"id": made.user.id, "pid": made.user.pid}
        bot = await directory.users.add(actor, login="router", type="bot", roles=["Agent"])
        users["router"] = {"id": bot.user.id, "pid": bot.user.pid}
        skills: dict[str, str] = {}
        for name, agent in (("Sales", "anna"), ("Billing", "ben")):
            skills[name] = (await directory.skills.add(actor, name=name)).id
            await directory.skills.assign(actor, name, users=[agent])
        key = msgspec.to_builtins(await directory.keys.generate(actor, "router"))
    return Town(running, settings.account, skills, users, key)
