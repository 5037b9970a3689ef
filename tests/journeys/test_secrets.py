"""No secret and no word of anybody is in a log, and no secret is in a data file."""

import base64
import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest
from websockets.asyncio import client as websocket
from websockets.exceptions import WebSocketException

from killing import house
from orchestrator.client.messaging import agent, consumer, discovery, login, trust, web
from orchestrator.core.model import errors
from orchestrator.serve import office

KEY_FILES = {"master.key", "ca.key", "server.key"}


class Kept:
    """Everything that was issued or said; each is found by a grep, if it is anywhere."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.words: dict[str, str] = {}

    def secret(self, name: str, value: str) -> str:
        """Keep a secret; returns it."""
        assert len(value) >= 12, f"{name} is too short to be looked for"
        self.secrets[name] = value
        return value

    def word(self, name: str) -> str:
        """Return a new word that nobody else says."""
        return self.words.setdefault(name, f"marker-{name}-{secrets.token_hex(6)}")


def spellings(secret: str) -> Iterator[bytes]:
    """Yield the ways in which a secret may be written down without being hidden."""
    raw = secret.encode()
    yield raw
    yield raw.hex().encode()
    for shift in range(3):  # base64 of a longer text that holds it somewhere
        coded = base64.b64encode(b"\0" * shift + raw)
        yield coded[4 if shift else 0 : len(coded) - 4]
    with contextlib.suppress(ValueError):
        yield bytes.fromhex(secret)


@pytest.fixture
def kept() -> Kept:
    return Kept()


async def seed(data: Path, kept: Kept) -> None:
    """The usual folder, with every secret and every text of it kept."""
    await house.seed(data)
    kept.secret("password of ann", house.PASSWORD)
    async with office.open(house.chosen(data)) as desk:
        people, me = desk.directory, desk.actor
        eve = await people.users.add(
            me, login="eve", type="human", roles=["Agent Manager"], max_chats=3
        )
        kept.secret("random password", str(eve.password))
        for name, user in (("key of the bot", "bot"), ("spare key", "bot")):
            key = await people.keys.generate(me, user)
            kept.secret(f"{name}: secret", key.secret)
            kept.secret(f"{name}: access token", key.access_token)
            kept.secret(f"{name}: access token secret", key.access_token_secret)
            await house.give_bot(desk, key)
        await desk.policies.load(me, policies(kept))


def policies(kept: Kept) -> dict[str, Any]:
    """A set that reads and says marked texts."""
    return {
        "policies": [
            {
                "name": "Says a marked text",
                "enabled": True,
                "conditions": [
                    {
                        "property": "conversation.firstMessage",
                        "type": "CONTAINS",
                        "value": kept.word("first message"),
                    }
                ],
                "actions": [
                    {"type": "SEND_MESSAGE", "payload": {"message": kept.word("policy text")}},
                    {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Sales"}},
                ],
            }
        ]
    }


async def scenario(life: house.Life, kept: Kept, *, skill: str) -> None:
    """People, programs and strangers: everything that could leave a trace."""
    assert life.note is not None
    tls = trust.context(life.note.ca)
    async with web.client(tls) as http:
        services = await discovery.find(http, domain=life.note.domain, account="1")
        session = await login.log_in(
            http, services, credentials=login.Password("ann", house.PASSWORD)
        )
        for name in ("bearer", "csrf", "cookie"):
            value = getattr(session, name)
            kept.secret(f"{name} of ann", value.rpartition("=")[2] if name == "cookie" else value)
        token = kept.secret("consumer's token", await login.sign_up(http, services))
        await wrong(http, services, kept)
        async with agent.AgentConnection(services, session, tls=tls) as ann:
            await ann.set_state("ONLINE")
            await ann.subscribe_rings()
            await talk(services, token, kept, tls=tls, skill=skill)
            await nonsense(life, session, kept, tls=tls)
        with contextlib.suppress(errors.OrchestratorError):
            await login.refresh(http, services, session=session)
        await login.log_out(http, services, session=session)


async def talk(
    services: discovery.Services, token: str, kept: Kept, *, tls: Any, skill: str
) -> None:
    """A consumer with a marked profile says marked words and is answered by the bot."""
    async with consumer.ConsumerConnection(services, token, tls=tls) as jo:
        profile = {"type": "ctmrinfo", "info": {"userName": kept.word("profile")}}
        await jo.set_profile(sdes=[profile], first_name=kept.word("first name"))
        conversation = await jo.open_conversation(skill_id=skill)
        await jo.subscribe_messages(conversation)
        await jo.say(conversation, f"It is {kept.word('first message')}, you see")
        async for event in jo.events():
            if kept.word("policy text") in str(event):
                break
        await jo.say(conversation, kept.word("last word"))
        with contextlib.suppress(errors.OrchestratorError):
            await jo.say("no-such-dialog", kept.word("lost word"))


async def wrong(http: httpx2.AsyncClient, services: discovery.Services, kept: Kept) -> None:
    """Logins that must fail, with secrets that must not be repeated."""
    for user in ("ann", "nobody"):
        wrong_password = kept.secret(f"wrong password of {user}", kept.word(f"password-{user}"))
        with pytest.raises(errors.Unauthenticated):
            await login.log_in(http, services, credentials=login.Password(user, wrong_password))
    parts = {name: kept.secret(f"wrong {name}", secrets.token_hex(16)) for name in "abcd"}
    with pytest.raises(errors.OrchestratorError):
        await login.log_in(
            http,
            services,
            credentials=login.ApiKey(
                username="bot",
                app_key=parts["a"],
                secret=parts["b"],
                access_token=parts["c"],
                access_token_secret=parts["d"],
            ),
        )


async def nonsense(life: house.Life, session: login.Session, kept: Kept, *, tls: Any) -> None:
    """Broken frames, wrong types, unknown requests, bearers that are none, bodies that are not."""
    assert life.note is not None
    base = f"wss://{life.note.domain}/ws_api/account/1/messaging"
    frames = (
        '{"kind":"req","id":"1","type":"x","body":{"secret":"%s"}}',
        '{"kind":"req","id":"2","type":"ms.PublishEvent","body":{"dialogId":7,"event":"%s"}}',
        '{"kind":"%s"',
        '{"%s":1,"kind":"req","id":3}',
        "%s",
    )
    url = f"{base}/brand/{session.bearer}?v=2"
    async with websocket.connect(url, ssl=tls, proxy=None) as line:
        for number, frame in enumerate(frames):
            await line.send(frame % kept.word(f"frame-{number}"))
        await line.send(kept.word("binary").encode())
        with contextlib.suppress(TimeoutError, WebSocketException):
            await line.recv()
    stranger = kept.secret("bearer that is none", secrets.token_hex(32))
    for path in (f"brand/{stranger}?v=2", f"consumer?v=3&token={stranger}"):
        with pytest.raises(WebSocketException):
            async with websocket.connect(f"{base}/{path}", ssl=tls, proxy=None) as line:
                await line.recv()
    async with web.client(tls) as http:
        for path in ("login?v=1.3", "refresh", "authenticate", "signup", stranger):
            body = f'{{"username": ["{kept.word("body")}"], "jwt": "{stranger}"'
            for content in (body, body + "}"):
                answer = await http.post(
                    f"{life.note.https}/api/account/1/{path}",
                    content=content,
                    headers={"Authorization": f"Bearer {stranger}", "X-CSRF": stranger},
                )
                assert kept.word("body") not in answer.text


async def test_nothing_secret_and_nothing_said_is_written_down(tmp_path: Path, kept: Kept) -> None:
    """A whole day at log level debug; then a grep for all that was issued and all that was said."""
    data = tmp_path / "data"
    await seed(data, kept)
    async with house.Ledger.open(data) as ledger:
        front = await ledger.skill("Front")
        life = house.Life(data, None, level="debug")
        assert await life.is_ready()
        await scenario(life, kept, skill=front)
        await house.until(ledger.is_settled, what="nothing left over")
        assert_not_in(data, kept)
    assert await life.stop() == 0
    assert_not_in(data, kept)
    log = life.log.read_bytes()
    for name, text in {**kept.secrets, **kept.words}.items():
        assert text.encode() not in log, f"{name} is in the log"
    for event in ("routing.decided", "routing.performed", "gateway.bad-request"):
        assert event.encode() in log, f"{event} is logged"
    for line in log.splitlines():
        assert isinstance(msgspec.json.decode(line), dict), "every line is one JSON object"


def assert_not_in(data: Path, kept: Kept) -> None:
    """Hold every file but the key files to hold no secret in any spelling."""
    files = [path for path in data.rglob("*") if path.is_file() and path.name not in KEY_FILES]
    assert {"orchestrator.db", "ca.pem"} <= {path.name for path in files}
    for path in files:
        content = path.read_bytes()
        for name, secret in kept.secrets.items():
            for spelling in spellings(secret):
                assert spelling not in content, f"{name} is in {path.name}"
