"""What an agent in the terminal sees and says: rings, conversations, and one-line commands."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, Literal

import typer

from orchestrator.cli import agent_words, grid, lines, report, show
from orchestrator.cli.agent_words import Names
from orchestrator.core.model import errors
from orchestrator.core.ums import events

if TYPE_CHECKING:
    from orchestrator.client.messaging.agent import AgentConnection
    from orchestrator.core.model.conversation import Conversation, Message, Ring

CLOCK_SECONDS: Final = 30.0
"""How often the host is asked the time, which keeps the socket alive. Source: the protocol."""
REFRESH_EVERY: Final = 8
"""The login is refreshed with every so many clock questions: each four minutes."""
SHOWN: Final = 80
"""Columns of a line that was not done."""
HURRY_SECONDS: Final = 10.0
"""How long before a ring ends its agent is reminded."""


class Seat:
    """An agent's rings and conversations; prints what happens, and does what is typed.

    It outlives connections: `serve` is called with each, and the host tells again what is there.
    """

    def __init__(
        self,
        user_id: str,
        *,
        look_up: Callable[[], Awaitable[Names]],
        style: report.Style,
        accepting: Literal["asked", "at-once"],
    ) -> None:
        self._user_id = user_id
        self._look_up = look_up
        self._names = Names({}, {})
        self._style: report.Style = style
        self._accepting = accepting
        self._typed = lines.Typed()
        self._wanted: agent_words.Wanted = "ONLINE"
        self._rings: dict[str, Ring] = {}
        self._mine: dict[str, Conversation] = {}
        self._current: str | None = None
        self._heard: set[tuple[str, int]] = set()
        self._working: set[asyncio.Task[None]] = set()
        self._epoch: datetime | None = None
        """When the loop's time was 0, by the host's clock: rings end by that one."""

    async def serve(
        self,
        connection: "AgentConnection",
        *,
        refresh: Callable[[], Awaitable[None]],
        settled: Callable[[], None],
    ) -> None:
        """Go online, call ``settled``, and serve until /quit or the end of stdin's patience.

        Without a terminal, the end of stdin does not end an agent that accepts by itself. Raises
        `errors.Unavailable` when the connection is lost.
        """
        self._connection = connection
        self._rings.clear()
        self._mine.clear()
        self._names = await self._look_up()
        await self._look_at_the_clock()
        await connection.subscribe_rings()
        await connection.subscribe_conversations()
        await connection.set_state(self._wanted)
        await connection.subscribe_state()
        settled()
        tasks = [
            asyncio.create_task(self._listen()),
            asyncio.create_task(self._obey()),
            asyncio.create_task(self._stay(refresh)),
        ]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in tasks:
                if task.done():
                    task.result()  # what went wrong there goes wrong here
        finally:
            for task in (*tasks, *self._working):
                task.cancel()
            await asyncio.gather(*tasks, *self._working, return_exceptions=True)

    async def _stay(self, refresh: Callable[[], Awaitable[None]]) -> None:
        turn = 0
        while True:
            await asyncio.sleep(CLOCK_SECONDS)
            turn += 1
            await self._look_at_the_clock()
            if turn % REFRESH_EVERY == 0:
                await refresh()

    async def _look_at_the_clock(self) -> None:
        now = await self._connection.clock()
        self._epoch = now - timedelta(seconds=asyncio.get_running_loop().time())

    def _seconds_left(self, ring: "Ring") -> float:
        if self._epoch is None:
            return 0.0
        end = (ring.expires_at - self._epoch).total_seconds()
        return max(0.0, end - asyncio.get_running_loop().time())

    async def _listen(self) -> None:
        async for event in self._connection.events():
            match event:
                case events.RingOffered(ring):
                    self._rang(ring)
                case events.RingEnded(ring):
                    self._stopped(ring)
                case events.ConversationUpserted(conversation):
                    self._have(conversation)
                case events.ConversationGone(conversation_id):
                    self._left(conversation_id, "LEFT")
                case events.MessageArrived(message):
                    self._said(message)
                case events.AvailabilityTold(_, availability):
                    self._tell(f"You are {availability}.", event="state", availability=availability)
                case events.Malformed(reason):
                    self._tell(f"The server sent nonsense: {reason}", event="malformed")
        closed = self._connection.closed
        raise errors.Unavailable(
            f"The server closed the connection ({closed.code if closed else 'unknown'})."
        )

    def _rang(self, ring: "Ring") -> None:
        if ring.ring_id in self._rings:
            return
        self._rings[ring.ring_id] = ring
        left = self._seconds_left(ring)
        skill = self._names.skill(ring.skill_id)
        self._tell(
            f"RING {self._number(self._rings, ring.ring_id)} on “{skill}”: /accept within "
            f"{left:.0f} s, or /reject.",
            event="ring",
            ringId=ring.ring_id,
            conversationId=ring.conversation_id,
            skill=skill,
            expiresAt=show.plain(ring.expires_at),
        )
        if self._accepting == "at-once":
            self._begin(self._accept(ring))
        elif left > HURRY_SECONDS:
            self._begin(self._hurry(ring, left - HURRY_SECONDS))

    async def _hurry(self, ring: "Ring", seconds: float) -> None:
        await asyncio.sleep(seconds)
        if ring.ring_id in self._rings:
            number = self._number(self._rings, ring.ring_id)
            self._tell(f"RING {number}: {HURRY_SECONDS:.0f} s left.", event="hurry")

    def _stopped(self, ring: "Ring") -> None:
        if self._rings.pop(ring.ring_id, None) is not None and ring.state != "ACCEPTED":
            self._tell(
                f"A ring ended: {show.words(ring.state)}.",
                event="ring-ended",
                ringId=ring.ring_id,
                conversationId=ring.conversation_id,
                state=ring.state,
            )

    def _have(self, conversation: "Conversation") -> None:
        identity = conversation.conversation_id
        assigned = conversation.assigned
        if conversation.state == "CLOSE":
            self._left(identity, "CLOSED")
        elif assigned is None or assigned.user_id != self._user_id:
            self._left(identity, "LEFT")
        elif identity not in self._mine:
            self._mine[identity] = conversation
            if self._current not in self._mine:
                self._current = identity
            skill = self._names.skill(conversation.skill_id)
            self._tell(
                f"Conversation {self._number(self._mine, identity)} is yours, on “{skill}”.",
                event="conversation",
                conversationId=identity,
                state="MINE",
                skill=skill,
            )
            self._begin(self._catch_up(conversation.main.dialog_id))
        else:
            self._mine[identity] = conversation

    async def _catch_up(self, dialog_id: str) -> None:
        """Print what was said before, or while there was no connection."""
        with contextlib.suppress(
            errors.OrchestratorError
        ):  # it left me meanwhile, or we lost touch
            for message in await self._connection.query_messages(dialog_id):
                self._said(message)

    def _left(self, identity: str, state: Literal["LEFT", "CLOSED"]) -> None:
        if identity not in self._mine:
            return
        number = self._number(self._mine, identity)
        del self._mine[identity]
        if self._current == identity:
            self._current = next(iter(self._mine), None)
        self._tell(
            f"Conversation {number} {agent_words.LEFT[state]}.",
            event="conversation",
            conversationId=identity,
            state=state,
        )

    def _said(self, message: "Message") -> None:
        if message.text is None or message.conversation_id not in self._mine:
            return
        if (message.dialog_id, message.sequence) in self._heard:
            return
        self._heard.add((message.dialog_id, message.sequence))
        originator = self._names.users.get(message.originator, message.originator)
        speaker = "consumer" if message.role == "CONSUMER" else originator
        number = self._number(self._mine, message.conversation_id)
        self._tell(
            f"[{number}] {speaker}: {grid.printable(message.text)}",
            event="message",
            conversationId=message.conversation_id,
            at=show.plain(message.at),
            text=message.text,
            **{"from": speaker},
        )

    async def _obey(self) -> None:
        while (line := await self._typed.next()) is not None:
            text = agent_words.decoded(line, self._style).strip()
            if text == "/quit":
                return
            try:
                await self._do(text)
            except errors.Unavailable:
                lost = errors.Unavailable(f"Not done: {grid.cut(text, SHOWN)}")
                report.problems(lost, self._style)
                raise
            except errors.OrchestratorError as error:
                report.problems(error, self._style)
        if self._accepting == "at-once":
            await asyncio.Event().wait()  # a script without a terminal: until it is stopped

    async def _do(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if line.startswith("//") or not line.startswith("/"):
            if line:
                await self._connection.say(self._dialog(), line.removeprefix("/"))
        elif verb in agent_words.STATES:
            self._wanted = agent_words.STATES[verb]
            await self._connection.set_state(self._wanted)
        elif verb in _COMMANDS:
            await _COMMANDS[verb](self, rest.strip())
        else:
            raise errors.BadInput(
                f"There is no command {verb}. /help lists them; to say it, begin with “//”."
            )

    async def help(self, _: str) -> None:
        """List the commands."""
        self._tell(agent_words.HELP, event="help")

    async def use(self, number: str) -> None:
        """Make a conversation the current one."""
        self._current = self._chosen(self._mine, number)

    async def accept(self, number: str) -> None:
        """Accept a ring."""
        await self._accept(self._rings[self._chosen(self._rings, number)])

    async def reject(self, number: str) -> None:
        """Reject a ring."""
        await self._connection.reject(self._chosen(self._rings, number))

    async def to_skill(self, name: str) -> None:
        """Transfer the current conversation to a skill."""
        here = self._here()
        skill = await self._named(lambda names: names.skill_id(name))
        await self._connection.transfer_to_skill(here, skill_id=skill)

    async def to_agent(self, login: str) -> None:
        """Suggest the current conversation to an agent, under the skill it has."""
        conversation = self._mine[self._here()]
        await self._connection.transfer_to_agent(
            conversation.conversation_id,
            user_id=await self._named(lambda names: names.user_id(login)),
            skill_id=conversation.skill_id,
        )
        self._tell(
            f"Offered to {login}; who else serves “{self._names.skill(conversation.skill_id)}” "
            "gets it if that comes to nothing.",
            event="offered",
        )

    async def _named(self, find: Callable[[Names], str]) -> str:
        """Return what a name means now: it may be newer than what was looked up before."""
        try:
            return find(self._names)
        except errors.NotFound:
            self._names = await self._look_up()
            return find(self._names)

    async def close(self, _: str) -> None:
        """End the current conversation."""
        await self._connection.close_conversation(self._here())

    async def _accept(self, ring: "Ring") -> None:
        try:
            await self._connection.accept(ring.ring_id)
        except errors.Unavailable:
            return  # the connection is lost, and its end is told by whoever listens
        except errors.OrchestratorError as error:
            self._rings.pop(ring.ring_id, None)
            report.problems(error, self._style)

    def _here(self) -> str:
        if self._current is None:
            raise errors.BadInput("You have no conversation now.")
        return self._current

    def _dialog(self) -> str:
        return self._mine[self._here()].main.dialog_id

    async def list(self, _: str) -> None:
        """Show rings and conversations with their numbers."""
        for number, ring in enumerate(self._rings.values(), 1):
            skill = self._names.skill(ring.skill_id)
            self._tell(
                f"ring {number}: “{skill}”, {self._seconds_left(ring):.0f} s left", event="list"
            )
        for number, (identity, conversation) in enumerate(self._mine.items(), 1):
            skill = self._names.skill(conversation.skill_id)
            mark = " (current)" if identity == self._current else ""
            self._tell(f"conversation {number}: “{skill}” {identity}{mark}", event="list")
        if not self._rings and not self._mine:
            self._tell("Nothing rings, and you have no conversation.", event="list")

    def _chosen(self, known: Mapping[str, Any], number: str) -> str:
        """Return the key that a number (from 1), a key itself, or nothing (the oldest) means."""
        if number in known:
            return number
        keys = [*known]
        index = int(number) - 1 if number.isdecimal() else 0 if not number else -1
        if not 0 <= index < len(keys):
            raise errors.BadInput("There is nothing of that number. /list shows what there is.")
        return keys[index]

    def _number(self, known: Mapping[str, Any], key: str) -> int | str:
        return [*known].index(key) + 1 if key in known else "–"

    def _begin(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._working.add(task)
        task.add_done_callback(self._working.discard)

    def _tell(self, line: str, **document: Any) -> None:
        if self._style == "json":
            show.json_line({"text": line, **document})
        else:
            typer.echo(line)


_COMMANDS: Final[dict[str, Callable[[Seat, str], Awaitable[None]]]] = {
    "/accept": Seat.accept,
    "/agent": Seat.to_agent,
    "/close": Seat.close,
    "/help": Seat.help,
    "/list": Seat.list,
    "/reject": Seat.reject,
    "/skill": Seat.to_skill,
    "/use": Seat.use,
}
