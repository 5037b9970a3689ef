"""One account's sign-in: kept for ever, whatever the platform and the network do.

How to think about this
=======================

A session is a loop: log in, open a socket, serve it until it ends, wait, and again. What ends a
round decides where the next one begins, and that is the table ``AFTER``: some endings spoil the
login, the others only the socket. How long to wait is `backoff`'s business; only credentials that
were refused are tried at a pace of their own, for sending them more often will not mend them.

The socket's notices keep the `book`, and what the book has not known becomes an arrival. After a
reconnect everything the bot has is told again, and so everything arrives again: an arrival that
is decided already is harmless (claims), one that is forgotten is not.

A notice may be lost without the socket. So every now and then the platform is asked for what has
changed lately (`_audit`), and at once when history knows of a conversation that the book does not
(`look_again`). A ring that was lost runs out and is offered anew.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, Final, Literal, NoReturn

import structlog

from orchestrator.adapters.platforms.liveperson import backoff, boundary, translate
from orchestrator.adapters.platforms.liveperson.book import Book
from orchestrator.adapters.platforms.liveperson.settings import Config, Timing
from orchestrator.adapters.platforms.liveperson.watched import WatchedLogin
from orchestrator.core.model import errors, ids, times
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import Conversation, Ring
from orchestrator.core.model.directory import BotSignIn
from orchestrator.core.model.ids import ConversationId, RingId
from orchestrator.core.ums import asks, events
from orchestrator.services.clock import Clock
from orchestrator.services.routing.ports import Offline

OnArrival = Callable[[Arrival], None]
OnState = Callable[[BotSignIn, str], None]

Next = Literal["log in", "reconnect"]

AFTER: Final[dict[int, Next]] = {4401: "log in", 4407: "log in", 1011: "log in", 1008: "log in"}
"""Close code → where to begin again; every other code keeps the token (§3.4, §9.3)."""

_DAY: Final = timedelta(days=1)
_RUNG: Final = 10_000
"""So many conversations' rings are remembered."""

_log = structlog.get_logger(__name__)


class Session:
    """The sign-in loop of one bot. ``run`` it in one task; everything else may overlap with it.

    ``on_arrival`` and ``on_state`` are called on the loop and return at once.
    """

    def __init__(
        self,
        config: Config,
        *,
        network: boundary.Network,
        clock: Clock,
        timing: Timing,
        on_arrival: OnArrival,
        on_state: OnState,
    ) -> None:
        self.book = Book()
        self._config = config
        self._network = network
        self._clock = clock
        self._timing = timing
        self._on_arrival = on_arrival
        self._on_state = on_state
        self._login: boundary.Login | None = None
        self._line: boundary.Line | None = None
        self._told: tuple[BotSignIn, str] | None = None
        self._failures = 0
        self._online_at: datetime | None = None
        self._is_away = False
        self._refusals = 0
        self._platform_time: datetime | None = None
        self._suspicion: asyncio.Future[None] | None = None
        self._doubt: asyncio.Future[None] | None = None
        self._doubted_since: datetime | None = None
        self._rung: dict[ConversationId, datetime] = {}
        self._early: list[Arrival] = []

    # What the platform's methods need -----------------------------------------------------------

    @property
    def login(self) -> boundary.Login:
        """The login of the open socket; Unavailable while there is none."""
        if self._line is None or self._login is None:
            raise Offline("The bot is not online at the platform.")
        return self._login

    @property
    def line(self) -> boundary.Line:
        """The open socket; Unavailable while there is none."""
        if self._line is None:
            raise Offline("The bot is not online at the platform.")
        return self._line

    @property
    def agent(self) -> str:
        """The bot's old id, ``account.user``; Unavailable while it is not online."""
        return ids.agent_key(self._config.account, self.login.user_id)

    def rung_at(self, conversation_id: ConversationId) -> datetime | None:
        """Return when the conversation last rang here, by the platform's clock, if known."""
        return self._rung.get(conversation_id)

    def _suspect(self) -> None:
        """Find out now whether the session is over: some service said so."""
        if self._suspicion is not None and not self._suspicion.done():
            self._suspicion.set_result(None)

    def look_again(self, *, since: datetime) -> None:
        """Ask the platform soon for what the bot has: something was not told.

        Only what changed ``since``, by the platform's clock, is asked for.
        """
        self._doubted_since = min(since, self._doubted_since or since)
        if self._doubt is not None and not self._doubt.done():
            self._doubt.set_result(None)

    # The loop -----------------------------------------------------------------------------------

    async def run(self) -> NoReturn:
        """Sign in and stay so; ends only by being cancelled."""
        self._tell("connecting", "")
        while True:
            pause = await self._round()
            await self._clock.sleep(pause)

    async def _round(self) -> float:
        """Log in if need be, serve one socket, and return the seconds to wait."""
        login = self._login
        if login is None:
            try:
                granted = await self._network.log_in()
                login = self._login = WatchedLogin(granted, self._suspect)
                self._refusals = 0
            except errors.Unavailable as error:
                # An answer such as 429 or 5xx asks for patience: no quick attempts at the login.
                self._failures = max(self._failures, len(self._timing.quick))
                return self._failed("connecting", error.message)
            except errors.Unauthenticated as error:
                who = f"{self._config.username} (account {self._config.account})"
                return self._refused(f"The platform does not let {who} in. {error.message}")
            except errors.OrchestratorError as error:
                return self._refused(error.message)
        try:
            await self._connected(login)
        except errors.Unauthenticated:
            return self._ended("log in", "The session is over.")
        except boundary.SocketClosed as closed:
            return self._ended(AFTER.get(closed.close_code, "reconnect"), closed.message)
        except errors.OrchestratorError as error:
            return self._ended("reconnect", error.message)

    def _refused(self, reason: str) -> float:
        self._tell("refused", reason)
        pauses = self._timing.refused
        self._refusals += 1
        return pauses[min(self._refusals, len(pauses)) - 1]

    def _ended(self, after: Next, reason: str) -> float:
        """Return how long to wait; a login that was fine until now is renewed at once."""
        if after == "log in":
            self._login = None
        stood = self._stood()
        if stood:
            self._failures = 0
        if stood and after == "log in":
            self._tell("connecting", reason)
            return 0.0
        return self._failed("connecting", reason)

    def _stood(self) -> bool:
        since, self._online_at = self._online_at, None
        if since is None:
            return False
        return (self._clock.now() - since).total_seconds() >= self._timing.settled

    def _failed(self, state: BotSignIn, reason: str) -> float:
        self._failures += 1
        pause = backoff.pause(self._failures, self._timing)
        self._tell(state, reason)
        _log.info(
            "bot.waiting", account=self._config.account, seconds=pause, failures=self._failures
        )
        return pause

    async def _connected(self, login: boundary.Login) -> NoReturn:
        async with login.connect() as line:
            try:
                await _first_end(
                    self._listen(line, login),
                    self._serve(line, login),
                    self._audit(line, login),
                    self._refresh(login),
                )
            finally:
                self._line = None
                self._early.clear()  # told again by the next socket
                self.book.forget()
        raise errors.Unavailable("The socket was given up.")

    async def _serve(self, line: boundary.Line, login: boundary.Login) -> NoReturn:
        await self._subscribe(line, login)
        self._online_at = self._clock.now()
        self._tell("online", "")
        while True:
            await self._clock.sleep(self._timing.keep_alive)
            if self._is_away:
                self._is_away = False
                await line.ask(asks.set_state("ONLINE", agent=self._key(login)))
            # A dead network shows as an answer that does not come: the round ends.
            await self._ask_time(line)

    async def _subscribe(self, line: boundary.Line, login: boundary.Login) -> None:
        agent, account = self._key(login), self._config.account
        await line.ask(asks.set_state("ONLINE", agent=agent))
        self._is_away = False
        await line.ask(asks.subscribe_state(account, agent=agent))
        await line.ask(asks.subscribe_conversations(states=("OPEN",), agents=(agent,)))
        # Rings last, and the clock before them: what the bot has already is told by then.
        await self._ask_time(line)
        self._line = line
        await line.ask(asks.subscribe_rings(account, agent=agent))
        for arrival in self._early:
            self._on_arrival(arrival)
        self._early.clear()

    async def _ask_time(self, line: boundary.Line) -> None:
        body = (await line.ask(asks.Ask("GetClock"))).body
        time = body.get("currentTime") if isinstance(body, dict) else None
        self._platform_time = translate.instant(time)

    async def _audit(self, line: boundary.Line, login: boundary.Login) -> NoReturn:
        """Ask now and then for what changed lately. Cheap: it is little, and mostly nothing."""
        while True:
            self._doubt = asyncio.get_running_loop().create_future()
            await within(self._clock, self._timing.audit, self._doubt)
            since = self._in_doubt()
            if self._line is not line or since is None:
                continue  # it is telling everything just now
            try:
                await self._ask_since(line, login, since=since)
            except (errors.Unavailable, errors.Unauthenticated):
                raise  # as with the clock: the round ends
            except errors.OrchestratorError as error:
                _log.warning(
                    "bot.audit-refused", account=self._config.account, reason=error.message
                )

    def _in_doubt(self) -> datetime | None:
        """Return since when something may not have been told, by the platform's clock, if known."""
        doubted, self._doubted_since = self._doubted_since, None
        if self._platform_time is None:
            return doubted
        lately = self._platform_time - timedelta(seconds=2 * self._timing.audit)
        return min(lately, doubted or lately)

    async def _ask_since(
        self, line: boundary.Line, login: boundary.Login, *, since: datetime
    ) -> None:
        """Be told once what the bot has that changed ``since``; the book knows what is new."""
        question = asks.subscribe_conversations(
            states=("OPEN",),
            agents=(self._key(login),),
            since=times.milliseconds(max(since, times.EPOCH)),
        )
        granted = (await line.ask(question)).body
        name = granted.get("subscriptionId") if isinstance(granted, dict) else None
        # What matches is told behind the answer, and perhaps not at once.
        await self._clock.sleep(self._timing.settle)
        if isinstance(name, str):
            await line.ask(asks.unsubscribe_conversations(name))

    async def _refresh(self, login: boundary.Login) -> NoReturn:
        while True:
            self._suspicion = asyncio.get_running_loop().create_future()
            await within(self._clock, self._timing.refresh, self._suspicion)
            try:
                await login.refresh()
            except errors.Unauthenticated:
                raise
            except errors.OrchestratorError as error:
                _log.warning(
                    "bot.refresh-failed", account=self._config.account, reason=error.message
                )
            # A service that refuses this session for reasons of its own must not keep us busy.
            await self._clock.sleep(self._timing.settle)

    # What the host tells ------------------------------------------------------------------------

    async def _listen(self, line: boundary.Line, login: boundary.Login) -> None:
        async for event in line.events():
            self._take(event, login)

    def _take(self, event: events.Told, login: boundary.Login) -> None:
        match event:
            case events.RingOffered(ring):
                self._offered(ring)
            case events.ConversationUpserted(conversation):
                self._upserted(conversation, login)
            case events.ConversationGone(_, conversation):
                self.book.drop(conversation)
            case events.MessageArrived(message):
                self.book.hear(message)
            case events.AvailabilityTold(user_id, availability):
                is_mine = user_id in {login.user_id, login.pid}
                self._is_away = self._is_away or (is_mine and availability != "ONLINE")
            case events.Malformed(reason):
                _log.warning("bot.malformed", account=self._config.account, reason=reason)
            case events.RingEnded():
                pass

    def _offered(self, ring: Ring) -> None:
        self._rung.pop(ring.conversation_id, None)
        if ring.created_at > times.EPOCH + _DAY:  # else the host did not say
            self._rung[ring.conversation_id] = ring.created_at
        while len(self._rung) > _RUNG:
            del self._rung[next(iter(self._rung))]
        self._arrive(ring.conversation_id, ring.skill_id, ring_id=ring.ring_id)

    def _upserted(self, conversation: Conversation, login: boundary.Login) -> None:
        holder = conversation.assigned
        is_mine = holder is not None and (
            holder.user_id == login.user_id or holder.pid in {login.user_id, login.pid}
        )
        if conversation.state != "OPEN" or not is_mine:
            self.book.drop(conversation)
            return
        expected = self.book.is_expected(conversation.conversation_id)
        if self.book.put(conversation) and not expected:
            self._rung.pop(conversation.conversation_id, None)  # it came without ringing
            self._arrive(conversation.conversation_id, conversation.skill_id)

    def _arrive(
        self, conversation_id: ConversationId, skill_id: str, *, ring_id: RingId | None = None
    ) -> None:
        arrival = Arrival(
            account=self._config.account,
            conversation_id=conversation_id,
            skill_id=None if skill_id == ids.UNASSIGNED_SKILL else skill_id,
            at=self._clock.now(),
            ring_id=ring_id,
        )
        if self._line is None:  # whoever answers it would find no way to the platform yet
            self._early.append(arrival)
        else:
            self._on_arrival(arrival)

    def _key(self, login: boundary.Login) -> str:
        return ids.agent_key(self._config.account, login.user_id)

    def _tell(self, state: BotSignIn, reason: str) -> None:
        if self._told == (state, reason):
            return
        self._told = (state, reason)
        _log.info("bot.state", account=self._config.account, state=state, reason=reason)
        self._on_state(state, reason)


async def _first_end(*works: Coroutine[Any, Any, None]) -> None:
    """Run all until one ends, stop the others, and raise what it raised."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    # A request that failed because the socket closed says less than the close itself.
    ended = [error for task in done if (error := task.exception()) is not None]
    closes = [error for error in ended if isinstance(error, boundary.SocketClosed)]
    for error in (*closes, *ended):
        raise error


async def within(clock: Clock, seconds: float, work: Awaitable[Any]) -> bool:
    """Wait for ``work`` as long as ``seconds`` by the clock; whether it was done by then."""
    future = asyncio.ensure_future(work)
    timer = asyncio.create_task(clock.sleep(seconds))
    try:
        await asyncio.wait({future, timer}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        # It is not waited for: a CancelledError then might be meant for whoever waits here.
        timer.cancel()
    return future.done()
