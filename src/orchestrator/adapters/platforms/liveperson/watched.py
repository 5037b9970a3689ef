"""A login that notices when the platform does not know it any more."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, TypeVar

from orchestrator.adapters.platforms.liveperson import boundary
from orchestrator.core.model import errors
from orchestrator.core.model.ids import ConsumerId, ConversationId, Pid, SkillId, UserId

T = TypeVar("T")


class WatchedLogin:
    """Passes everything on to ``login``; calls ``on_refused`` when REST says Unauthenticated.

    A session may end while its socket stays open. Implements `boundary.Login`.
    """

    def __init__(self, login: boundary.Login, on_refused: Callable[[], None]) -> None:
        self._login = login
        self._on_refused = on_refused

    @property
    def user_id(self) -> UserId:
        """The bot's user id."""
        return self._login.user_id

    @property
    def pid(self) -> Pid:
        """The bot's PID."""
        return self._login.pid

    async def refresh(self) -> None:
        """Make the session last longer."""
        await self._login.refresh()

    def connect(self) -> AbstractAsyncContextManager[boundary.Line]:
        """Open an agent socket."""
        return self._login.connect()

    async def record(self, conversation_id: ConversationId) -> dict[str, Any] | None:
        """Return history's record of a conversation."""
        return await self._watched(self._login.record(conversation_id))

    async def records(self, consumer_id: ConsumerId) -> Sequence[dict[str, Any]]:
        """Return history's records of a consumer's conversations."""
        return await self._watched(self._login.records(consumer_id))

    async def status(self, user_id: UserId) -> dict[str, Any] | None:
        """Return the status record of an agent."""
        return await self._watched(self._login.status(user_id))

    async def statuses(
        self, *, agents: Sequence[UserId] = (), skills: Sequence[SkillId] = ()
    ) -> Sequence[dict[str, Any]]:
        """Return the status records of agents."""
        return await self._watched(self._login.statuses(agents=agents, skills=skills))

    async def skills(self) -> Sequence[dict[str, Any]]:
        """Return all skills of the account."""
        return await self._watched(self._login.skills())

    async def own_skills(self) -> Sequence[Any]:
        """Return the skills of the bot's user."""
        return await self._watched(self._login.own_skills())

    async def _watched(self, answer: Awaitable[T]) -> T:
        try:
            return await answer
        except errors.Unauthenticated:
            self._on_refused()
            raise
