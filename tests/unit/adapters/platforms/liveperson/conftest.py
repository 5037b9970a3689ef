"""A cloud without sockets: the client's and the host's state machines, back to back."""

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from orchestrator.adapters.platforms.liveperson import boundary
from orchestrator.adapters.platforms.liveperson.platform import LivePerson
from orchestrator.adapters.platforms.liveperson.settings import Config, Credentials
from orchestrator.core.model import errors, happening, times
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import (
    Conversation,
    Dialog,
    Message,
    Participant,
    Ring,
    RingState,
)
from orchestrator.core.ums import agent_side, asks, bodies, events, host_side
from orchestrator.testing.clock import START, TurnedClock

ACCOUNT = "1"
BOT = Participant("1001", "pid-1001", "ASSIGNED_AGENT")
HUMAN = Participant("1002", "pid-1002", "ASSIGNED_AGENT")
SECRET = "secret-of-the-bot"


class Line:
    """One agent socket: what the bot asks goes through both machines and back."""

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud
        self.agent = agent_side.AgentSide(ACCOUNT, BOT.user_id)
        self.host = host_side.HostSide(
            ACCOUNT, "agent", caller=host_side.Caller(BOT.user_id, BOT.pid)
        )
        self._told: asyncio.Queue[events.Told | int] = asyncio.Queue()
        self.closed: int | None = None

    async def ask(self, ask: asks.Ask) -> events.Answered:
        await asyncio.sleep(0)
        if self.closed is not None:
            raise boundary.SocketClosed(self.closed)
        outgoing = self.agent.ask(ask, now=0.0)
        self._cloud.asked.append(ask)
        asked = self.host.receive(outgoing.text)
        assert isinstance(asked, host_side.Asked), asked
        frames, facts = self._cloud.handle(self.host, asked)
        ending = self.receive(frames)
        for fact in facts:
            self._cloud.happened(fact)
        if ask.name in self._cloud.unanswered:
            raise errors.Unavailable(f"{ask.name} was not answered within 10 s.")
        match ending:
            case events.Answered():
                return ending
            case events.Refused():
                raise ending.error()
        raise AssertionError(ending)

    def receive(self, frames: list[str]) -> events.Event | None:
        """Hand frames to the bot's end; returns how its request ended, if it did."""
        ending = None
        for frame in frames:
            for event in self.agent.receive(frame):
                if isinstance(event, events.Answered | events.Refused):
                    ending = event
                else:
                    self._told.put_nowait(event)
        return ending

    def close(self, code: int) -> None:
        """End the socket as the host would."""
        self.closed = code
        self._told.put_nowait(code)

    async def events(self) -> AsyncIterator[events.Told]:
        while True:
            event = await self._told.get()
            if isinstance(event, int):
                raise boundary.SocketClosed(event)
            yield event


class Login:
    """A granted session, its REST answers taken from the cloud's shelves."""

    user_id = BOT.user_id
    pid = BOT.pid

    def __init__(self, cloud: "Cloud") -> None:
        self._cloud = cloud

    async def refresh(self) -> None:
        self._cloud.refreshes += 1
        if self._cloud.refresh_errors:
            raise self._cloud.refresh_errors.pop(0)

    @contextlib.asynccontextmanager
    async def connect(self) -> AsyncIterator[Line]:
        self._cloud.handshakes += 1
        if self._cloud.handshake_errors:
            raise self._cloud.handshake_errors.pop(0)
        line = Line(self._cloud)
        self._cloud.lines.append(line)
        try:
            yield line
        finally:
            self._cloud.lines.remove(line)
            line.closed = line.closed or 1000

    async def record(self, conversation_id: str) -> dict[str, Any] | None:
        self._cloud.lookups.append(conversation_id)
        return self._cloud.records.get(conversation_id)

    async def records(self, consumer_id: str) -> list[dict[str, Any]]:
        self._cloud.lookups.append(consumer_id)
        return list(self._cloud.records.values())

    async def status(self, user_id: str) -> dict[str, Any] | None:
        return self._cloud.statuses.get(user_id)

    async def statuses(
        self, *, agents: Sequence[str] = (), skills: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        served = [
            {str(each["skillId"]) for each in record.get("agentSkills", [])}
            for record in self._cloud.statuses.values()
        ]
        return [
            record
            for (user_id, record), own in zip(self._cloud.statuses.items(), served, strict=True)
            if user_id in agents or not own.isdisjoint(skills)
        ]

    async def skills(self) -> list[dict[str, Any]]:
        self._cloud.skill_reads += 1
        return self._cloud.skills

    async def own_skills(self) -> list[Any]:
        return self._cloud.own


class Cloud:
    """Conversations, rings and messages of one account, and scripted trouble."""

    def __init__(self, clock: TurnedClock) -> None:
        self.clock = clock
        self.lines: list[Line] = []
        self.asked: list[asks.Ask] = []
        self.conversations: dict[str, Conversation] = {}
        self.rings: dict[str, Ring] = {}
        self.messages: dict[str, list[Message]] = {}
        self.profiles: dict[str, dict[str, Any]] = {}
        self.records: dict[str, dict[str, Any]] = {}
        self.statuses: dict[str, dict[str, Any]] = {}
        self.skills: list[dict[str, Any]] = []
        self.own: list[Any] = []
        self.unanswered: set[str] = set()
        self.login_errors: list[Exception] = []
        self.handshake_errors: list[Exception] = []
        self.refresh_errors: list[Exception] = []
        self.logins = self.handshakes = self.refreshes = self.skill_reads = 0
        self.lookups: list[str] = []
        self.is_closed = False
        self._ids = itertools.count(1)

    # boundary.Network

    async def log_in(self) -> Login:
        self.logins += 1
        if self.login_errors:
            raise self.login_errors.pop(0)
        return Login(self)

    async def close(self) -> None:
        self.is_closed = True

    # What happens in the cloud

    @property
    def line(self) -> Line:
        (line,) = self.lines
        return line

    def happened(self, fact: happening.Happening) -> None:
        for line in self.lines:
            line.receive(line.host.happened(fact))

    def open(self, conversation_id: str = "", *, agent: Participant | None = None) -> Conversation:
        key = conversation_id or f"conversation-{next(self._ids)}"
        now = self.clock.now()
        people = (Participant("jo", "jo", "CONSUMER"), *((agent,) if agent else ()))
        dialog = Dialog(key, people, now, now)
        opened = Conversation(ACCOUNT, key, "jo", "3001", "3001", now, now, (dialog,))
        return self.change(opened)

    def change(self, conversation: Conversation) -> Conversation:
        self.conversations[conversation.conversation_id] = conversation
        self.happened(happening.ConversationChanged(ACCOUNT, conversation))
        return conversation

    def assign(self, conversation: Conversation, agent: Participant | None) -> Conversation:
        now = self.clock.now()
        people = tuple(one for one in conversation.participants if one.role == "CONSUMER")
        dialog = msgspec.structs.replace(
            conversation.main, participants=(*people, *((agent,) if agent else ())), changed_at=now
        )
        return self.change(msgspec.structs.replace(conversation, dialogs=(dialog,), changed_at=now))

    def ring(self, conversation: Conversation) -> Ring:
        now = self.clock.now()
        ring = Ring(
            f"ring-{next(self._ids)}",
            ACCOUNT,
            conversation.conversation_id,
            conversation.consumer_id,
            conversation.skill_id,
            BOT.user_id,
            "WAITING",
            now,
            now + timedelta(seconds=72),
        )
        self.rings[ring.ring_id] = ring
        self.happened(happening.RingChanged(ACCOUNT, ring))
        return ring

    def end_ring(self, ring_id: str, state: RingState) -> happening.RingChanged:
        ended = msgspec.structs.replace(self.rings[ring_id], state=state)
        self.rings[ring_id] = ended
        return happening.RingChanged(ACCOUNT, ended)

    def say(
        self,
        conversation: Conversation,
        text: str,
        *,
        speaker: Participant | None = None,
        metadata: list[Any] | None = None,
    ) -> happening.MessagePublished:
        who = speaker or Participant("jo", "jo", "CONSUMER")
        key = conversation.conversation_id
        kept = self.messages.setdefault(key, [])
        message = Message(
            key,
            key,
            len(kept) + 1,
            who.user_id,
            who.pid,
            who.role,
            self.clock.now(),
            asks.text(text),
            metadata,
        )
        kept.append(message)
        return happening.MessagePublished(ACCOUNT, conversation, message)

    # What the bot asks for

    def handle(
        self, host: host_side.HostSide, asked: host_side.Asked
    ) -> tuple[list[str], list[happening.Happening]]:
        body = asked.body
        match asked.name:
            case "SubscribeAgentsState":
                frames = host.subscribe_agent_state(
                    asked, user_id=BOT.user_id, availability="ONLINE"
                )
                return frames, []
            case "SubscribeExConversations":
                current = list(self.conversations.values())
                return host.subscribe_conversations(asked, current=current), []
            case "SubscribeRoutingTasks":
                return host.subscribe_routing(asked, rings=list(self.rings.values())), []
            case "UpdateRingState":
                return self._accept(host, asked, body)
            case "QueryMessages":
                return host.answer_messages(asked, self.messages.get(body.dialog_id, [])), []
            case "GetUserProfile":
                return host.answer(asked, self.profiles.get(str(body.user_id), {})), []
            case "PublishEvent":
                said = self.say(
                    self.conversations[body.dialog_id],
                    body.event["message"],
                    speaker=BOT,
                    metadata=asked.metadata,
                )
                return host.answer(asked, {"sequence": said.message.sequence}), [said]
            case "UpdateConversationField":
                return self._transfer(host, asked, body)
        return self._simply(host, asked), []

    def _simply(self, host: host_side.HostSide, asked: host_side.Asked) -> list[str]:
        if asked.name == "GetClock":
            now = times.milliseconds(self.clock.now())
            return host.answer(asked, {"currentTime": now})
        if asked.name == "UnsubscribeExConversations":
            return host.unsubscribe_conversations(asked)
        return host.answer(asked, "OK", code=202)

    def _accept(
        self, host: host_side.HostSide, asked: host_side.Asked, body: bodies.UpdateRingState
    ) -> tuple[list[str], list[happening.Happening]]:
        ring = self.rings.get(body.ring_id)
        if ring is None or ring.state != "WAITING":
            return host.refuse(asked, "The ring is over.", code=404), []
        conversation = self.conversations[ring.conversation_id]
        self.lines, lines = [], self.lines  # the facts are told after the answer
        taken = self.assign(conversation, BOT)
        self.lines = lines
        facts = [
            self.end_ring(ring.ring_id, "ACCEPTED"),
            happening.ConversationChanged(ACCOUNT, taken),
        ]
        return host.answer(asked, "Ring state updated successfully", code=202), facts

    def _transfer(
        self, host: host_side.HostSide, asked: host_side.Asked, body: bodies.UpdateConversationField
    ) -> tuple[list[str], list[happening.Happening]]:
        conversation = self.conversations[body.conversation_id]
        if conversation.assigned != BOT:
            return host.refuse(asked, "Agent does not exist in conversation"), []
        self.lines, lines = [], self.lines
        left = self.assign(conversation, None)
        for change in body.changes:
            if isinstance(change, bodies.SkillChange):
                left = self.change(msgspec.structs.replace(left, skill_id=change.skill_id))
        self.lines = lines
        facts: list[happening.Happening] = [happening.ConversationChanged(ACCOUNT, left)]
        return host.answer(asked, "OK Agent removed successfully"), facts


class Bot:
    """A LivePerson object on the cloud, running, with what it told."""

    def __init__(self, cloud: Cloud, clock: TurnedClock) -> None:
        self.arrivals: list[Arrival] = []
        self.states: list[tuple[str, str]] = []
        self.platform = LivePerson(
            Config(
                account=ACCOUNT,
                domain="localhost:8443",
                username="router",
                credentials=Credentials("app", SECRET, "token", SECRET),
            ),
            clock=clock,
            on_arrival=self.arrivals.append,
            on_state=lambda state, reason: self.states.append((state, reason)),
            network=cloud,
        )
        self._clock = clock
        self._task: asyncio.Task[Any] | None = None

    @property
    def state(self) -> str:
        return self.states[-1][0]

    async def start(self) -> None:
        self._task = asyncio.create_task(self.platform.run())
        await self.settle()

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(10):
            await self._clock.advance(timedelta())

    async def pass_time(self, seconds: float) -> None:
        await self._clock.advance(timedelta(seconds=seconds))
        await self.settle()

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock(START)


@pytest.fixture
def cloud(clock: TurnedClock) -> Cloud:
    return Cloud(clock)


@pytest.fixture
async def bot(cloud: Cloud, clock: TurnedClock) -> AsyncIterator[Bot]:
    """A bot that was not started yet."""
    started = Bot(cloud, clock)
    yield started
    await started.stop()


@pytest.fixture
async def online(bot: Bot) -> Bot:
    """A bot that is online."""
    await bot.start()
    assert bot.state == "online"
    return bot


@pytest.fixture
def human() -> Participant:
    return HUMAN


@pytest.fixture
def me() -> Participant:
    return BOT
