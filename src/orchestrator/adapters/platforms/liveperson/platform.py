"""LivePerson as routing's `Platform`: one account's bot."""

import asyncio
import contextlib
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final, NoReturn

import msgspec

from orchestrator.adapters.platforms.liveperson import boundary, history, session, translate
from orchestrator.adapters.platforms.liveperson.network import MessagingNetwork
from orchestrator.adapters.platforms.liveperson.session import OnArrival, OnState
from orchestrator.adapters.platforms.liveperson.settings import Config, Timing
from orchestrator.adapters.platforms.liveperson.skills import Skills
from orchestrator.core.model import errors, ids
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId, SkillId, UserId
from orchestrator.core.ums import asks, reading, sdes
from orchestrator.services.clock import Clock
from orchestrator.services.routing.ports import AgentStatus, Departure, Offline, Past, Staffing

DEFAULT: Final = Timing()


class LivePerson:
    """One account's bot session. Implements `services.routing.ports.Platform`.

    ``run`` it in one task; it signs in, stays so, and calls ``on_arrival`` with every conversation
    that rings or is found in the bot's hands, and ``on_state`` whenever the sign-in changes. All
    methods raise as the port says, and Unavailable while the bot is not online.
    """

    def __init__(
        self,
        config: Config,
        *,
        clock: Clock,
        on_arrival: OnArrival,
        on_state: OnState,
        timing: Timing = DEFAULT,
        network: boundary.Network | None = None,
    ) -> None:
        self._config = config
        self._clock = clock
        self._timing = timing
        self._network = network or MessagingNetwork(config, seconds=timing.answer)
        self._session = session.Session(
            config,
            network=self._network,
            clock=clock,
            timing=timing,
            on_arrival=on_arrival,
            on_state=on_state,
        )
        self._book = self._session.book
        self._skills = Skills(
            config.account, lambda: self._session.login, clock=clock, seconds=timing.names
        )

    @property
    def account(self) -> AccountId:
        """The account of the bot."""
        return self._config.account

    async def run(self) -> NoReturn:
        """Sign in and stay so; ends only by being cancelled, and closes its connections then."""
        try:
            await self._session.run()
        finally:
            await self._network.close()

    # Conversations ------------------------------------------------------------------------------

    async def take(self, arrival: Arrival) -> Conversation:
        """Accept the ring, if any, and return the conversation once it is the bot's.

        A ring that cannot be accepted may have been, before an answer was lost; so whether the bot
        has the conversation decides, and only then is it `errors.Conflict`.
        """
        conversation_id = arrival.conversation_id
        if arrival.ring_id is None:
            return await self._had(conversation_id)
        expected = self._book.expect(conversation_id)
        try:
            try:
                await self._session.line.ask(asks.ring(arrival.ring_id, state="ACCEPTED"))
            except (errors.Unavailable, errors.Unauthenticated):
                # The answer was lost, perhaps; the conversation may be here all the same.
                if expected.done() and not expected.exception():
                    return expected.result()
                raise
            except errors.OrchestratorError as error:
                return await self._had(conversation_id, because=error)
            if await session.within(self._clock, self._timing.answer, expected):
                return expected.result()
            raise errors.Unavailable("The ring was accepted, but the conversation did not come.")
        finally:
            self._book.cease(conversation_id, expected)

    async def _had(
        self, conversation_id: ConversationId, *, because: errors.OrchestratorError | None = None
    ) -> Conversation:
        conversation = await self.mine(conversation_id)
        if conversation is None:
            raise errors.Conflict("The ring is over, or somebody else has it.") from because
        return conversation

    async def mine(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the conversation if it is open and assigned to the bot, else None.

        What the socket did not tell (the real platform repeats only the first thousand after a
        reconnect, §4.7) is looked up: None is never a guess.
        """
        login = self._session.login
        conversation = self._book.get(conversation_id)
        if conversation is not None or self._book.has_left(conversation_id):
            return conversation
        record = await login.record(conversation_id)
        if record is None or not history.is_with(record, self._me(login, frozenset())):
            return self._book.get(conversation_id)
        if (told := self._book.get(conversation_id)) is not None:
            return told
        self._session.look_again(since=history.started(record))
        raise errors.Unavailable("History says the bot has it, the socket has not told it yet.")

    async def departure(self, conversation_id: ConversationId) -> Departure | None:
        """Return how the bot lost the conversation, by history; None when that does not show it."""
        login = self._session.login
        record = await login.record(conversation_id)
        return None if record is None else history.departure(record, self._me(login, frozenset()))

    # What is known ------------------------------------------------------------------------------

    async def profile(self, consumer_id: ConsumerId) -> dict[str, Any]:
        """Return the consumer's SDEs as one object: ``{"customerinfo": …, "personalinfo": …}``."""
        answer = await self._session.line.ask(asks.profile(consumer_id))
        body = _decoded(answer.raw)
        return sdes.profile(body if isinstance(body, dict) else {})

    async def known(self, conversation_id: ConversationId) -> Conversation | None:
        """Return a conversation of the account, whoever has it; None when there is none.

        What the socket tells is newest; of conversations that others have, history knows.
        """
        login = self._session.login
        found = self._book.get(conversation_id)
        if found is not None:
            return found
        record = await login.record(conversation_id)
        return None if record is None else history.conversation(record, self.account)

    async def staffing(self, *, skills: frozenset[SkillId], agents: frozenset[UserId]) -> Staffing:
        """Return how these skills and agents are doing, by what the platform says of agents.

        It does not tell a bot how many conversations wait.
        """
        login = self._session.login
        named, serving = await asyncio.gather(
            login.statuses(agents=sorted(agents)) if agents else _nobody(),
            login.statuses(skills=sorted(skills)) if skills else _nobody(),
        )
        names = await self._skills.names() if skills else {}
        return translate.staffing(
            named, serving, skills=skills & names.keys(), agents=agents, at=self._clock.now()
        )

    async def messages(self, conversation_id: ConversationId) -> Sequence[Message]:
        """Return the stored events of the main dialog, in order."""
        answer = await self._session.line.ask(asks.query_messages(conversation_id))
        try:
            found = reading.messages(answer.raw, self.account)
        except (msgspec.MsgspecError, UnicodeError, OverflowError) as error:
            raise errors.Unavailable("The platform's messages cannot be read.") from error
        return sorted(found, key=lambda message: message.sequence)

    async def first_message(
        self, conversation_id: ConversationId, *, wait: timedelta
    ) -> Message | None:
        """Return the consumer's first text, waiting for it as long as ``wait``.

        Raises `Offline` when the socket is lost meanwhile: the time in which nobody can say
        anything does not count.
        """
        heard: asyncio.Future[Message] = asyncio.get_running_loop().create_future()

        def hear(message: Message | None) -> None:
            """Note the first text, or that none will be told."""
            if heard.done():
                return
            if message is None:
                heard.set_exception(Offline("The platform's socket was lost."))
                heard.exception()  # nobody may be waiting for it yet, or any more
            elif translate.is_first_text(message):
                heard.set_result(message)

        stop = self._book.watch(conversation_id, hear)
        deadline = self._clock.now() + wait
        try:
            for message in await self.messages(conversation_id):
                if translate.is_first_text(message):
                    return message
            left = (deadline - self._clock.now()).total_seconds()
            if heard.done() or await session.within(self._clock, left, heard):
                return heard.result()
            # What was not told may have been said all the same.
            found = await self.messages(conversation_id) if left > 0 else ()
            return next((one for one in found if translate.is_first_text(one)), None)
        finally:
            stop()
            heard.cancel()

    async def past(self, conversation: Conversation) -> Past:
        """Return what history says about the conversation and its consumer."""
        login = self._session.login
        own, records, skills = await asyncio.gather(
            login.record(conversation.conversation_id),
            login.records(conversation.consumer_id),
            self._skills.own(),
        )
        return history.read(
            conversation,
            records,
            own=own,
            me=self._me(login, skills),
            rung_at=self._session.rung_at(conversation.conversation_id),
        )

    def _me(self, login: boundary.Login, skills: frozenset[SkillId]) -> history.Bot:
        return history.Bot(self.account, login.user_id, login.pid, skills)

    async def skill_name(self, skill_id: SkillId) -> str | None:
        """Return a skill's name; None when the account has no such skill."""
        return await self._skills.name(skill_id)

    async def skill_id(self, name: str) -> SkillId | None:
        """Return the id of the skill with exactly this name; None when there is none."""
        return await self._skills.id(name)

    async def own_skills(self) -> frozenset[SkillId]:
        """Return the skills that the bot serves."""
        return await self._skills.own()

    async def agent_status(self, user_id: UserId) -> AgentStatus | None:
        """Return how an agent is doing; None for an unknown one."""
        record = await self._session.login.status(user_id)
        return None if record is None else translate.agent_status(record)

    # What the bot does --------------------------------------------------------------------------

    async def say(self, conversation_id: ConversationId, text: str, *, step_id: str) -> None:
        """Publish a text; ``step_id`` travels along as ``ExternalId`` metadata."""
        await self._session.line.ask(
            asks.publish(
                conversation_id,
                asks.text(text),
                conversation_id=conversation_id,
                metadata=translate.external_id(step_id),
            )
        )

    async def said(self, conversation_id: ConversationId, *, step_id: str) -> bool:
        """Whether a message with this ``ExternalId`` is in the dialog."""
        messages = await self.messages(conversation_id)
        return any(step_id in translate.external_ids(message) for message in messages)

    async def to_skill(self, conversation_id: ConversationId, skill_id: SkillId) -> None:
        """Leave the conversation and put it into a skill's queue, in one request."""
        await self._session.line.ask(
            asks.to_skill(conversation_id, skill_id=skill_id, agent=self._session.agent)
        )

    async def to_agent(
        self, conversation_id: ConversationId, user_id: UserId, *, skill_id: SkillId
    ) -> None:
        """Leave the conversation and suggest it to an agent under a skill, in one request."""
        await self._session.line.ask(
            asks.to_agent(
                conversation_id,
                target=ids.agent_key(self.account, user_id),
                skill_id=skill_id,
                agent=self._session.agent,
            )
        )


async def _nobody() -> Sequence[dict[str, Any]]:
    return ()


def _decoded(raw: bytes) -> Any:
    with contextlib.suppress(msgspec.MsgspecError, UnicodeError):
        return msgspec.json.decode(raw)
    raise errors.Unavailable("The platform's answer cannot be read.")
