"""What the bot's session needs of the network, so that tests can put a host without sockets there.

`network` implements it with the messaging client. All of it raises `errors.Unauthenticated` when
the platform does not accept who we are, `errors.Unavailable` when it does not answer or says "not
now", and the error of `core.ums.refusals` for any other refusal.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from orchestrator.core.model import errors
from orchestrator.core.model.ids import ConsumerId, ConversationId, Pid, SkillId, UserId
from orchestrator.core.ums import asks, events


class SocketClosed(errors.Unavailable):
    """The socket is gone. ``close_code`` as in the protocol's table of close codes (§3.4)."""

    def __init__(self, close_code: int) -> None:
        super().__init__(f"The platform's socket closed ({close_code}).")
        self.close_code = close_code


class Line(Protocol):
    """One open agent socket."""

    async def ask(self, ask: asks.Ask) -> events.Answered:
        """Send a request and return its good answer; a bad one is raised as an error."""
        ...

    def events(self) -> AsyncIterator[events.Told]:
        """Yield what the host tells, in order; raises SocketClosed at the end. Call it once."""
        ...


class Login(Protocol):
    """A session that the platform granted. Its secrets stay inside the implementation."""

    @property
    def user_id(self) -> UserId:
        """The bot's user id."""
        ...

    @property
    def pid(self) -> Pid:
        """The bot's PID."""
        ...

    async def refresh(self) -> None:
        """Make the session last longer. Unauthenticated when it is over already."""
        ...

    def connect(self) -> AbstractAsyncContextManager[Line]:
        """Open an agent socket; a handshake refused with 401 is Unauthenticated."""
        ...

    async def record(self, conversation_id: ConversationId) -> dict[str, Any] | None:
        """Return history's record of a conversation; None when it knows none."""
        ...

    async def records(self, consumer_id: ConsumerId) -> Sequence[dict[str, Any]]:
        """Return history's records of a consumer's conversations, messages included."""
        ...

    async def status(self, user_id: UserId) -> dict[str, Any] | None:
        """Return the ``agentStatusRecords`` entry of an agent; None when it knows none."""
        ...

    async def statuses(
        self, *, agents: Sequence[UserId] = (), skills: Sequence[SkillId] = ()
    ) -> Sequence[dict[str, Any]]:
        """Return the ``agentStatusRecords`` of these agents, or of all who serve these skills."""
        ...

    async def skills(self) -> Sequence[dict[str, Any]]:
        """Return all skills of the account: ``id`` and ``name``."""
        ...

    async def own_skills(self) -> Sequence[Any]:
        """Return the ``skillIds`` of the bot's user."""
        ...


class Network(Protocol):
    """The way to one account's platform."""

    async def log_in(self) -> Login:
        """Discover the services and log in with the key; Unauthenticated when it is refused."""
        ...

    async def close(self) -> None:
        """Let go of everything that is open."""
        ...
