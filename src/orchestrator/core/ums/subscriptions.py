"""What one socket wants to be told of conversations, and what it has been told."""

from collections.abc import Iterable
from typing import Final

from orchestrator.core.model import ids, times
from orchestrator.core.model.conversation import Conversation, Participant, Ring
from orchestrator.core.ums import bodies

MOST_SUBSCRIPTIONS: Final = 1000
"""Of one socket: each costs at every fact that it matches, and no program needs many."""

MOST_KNOWN: Final = 100_000
"""Conversations of which one socket has heard or asked: more than anybody has in a day."""


def active(snapshot: Conversation, user_id: str) -> bool:
    """Whether the user takes part in the dialog now, rather than being suggested."""
    return any(
        participant.user_id == user_id and not participant.suggested
        for participant in snapshot.participants
    )


def hears(snapshot: Conversation, dialog_id: str, *, user_id: str) -> bool:
    """Whether the user, who takes part now, does so in this dialog of the conversation."""
    if not active(snapshot, user_id):
        return False
    dialog = None if len(snapshot.dialogs) == 1 else snapshot.dialog(dialog_id)
    return dialog is None or any(
        participant.user_id == user_id and not participant.suggested
        for participant in dialog.participants
    )


def subjects(body: bodies.Body) -> tuple[str, ...]:
    """Return the conversation and the dialog of which a request speaks."""
    named = (getattr(body, "conversation_id", None), getattr(body, "dialog_id", None))
    return tuple(each for each in named if isinstance(each, str))


class Known:
    """Conversations and dialogs of which one socket has heard or asked, without a subscription."""

    __slots__ = ("_names",)

    def __init__(self) -> None:
        self._names: set[str] = set()

    def learn(self, names: Iterable[str]) -> None:
        """Remember these, as far as there is room."""
        if len(self._names) < MOST_KNOWN:
            self._names.update(names)

    def has_any(self, *names: str) -> bool:
        """Whether one of these is known."""
        return not self._names.isdisjoint(names)


class Rung:
    """Rings that one socket was told as waiting: told twice, a program would accept it twice.

    A ring that began while its agent subscribed is both among those that wait and news.
    """

    __slots__ = ("_told",)

    def __init__(self) -> None:
        self._told: set[tuple[str, str]] = set()

    def is_news(self, subscription_id: str, ring: Ring) -> bool:
        """Whether the ring's state is to be told there; remembers what waits until it is over."""
        key = (subscription_id, ring.ring_id)
        if ring.state != "WAITING":
            self._told.discard(key)
            return True
        if key in self._told:
            return False
        self._told.add(key)
        return True


class ConversationSubscription:
    """One SubscribeExConversations: its filters, and the conversations it has upserted.

    Sockets know tens of thousands of conversations, so a conversation costs an id and a time.
    """

    __slots__ = ("_agents", "_since", "_stages", "_states", "_told", "serial", "subscription_id")

    def __init__(
        self, subscription_id: str, body: bodies.SubscribeExConversations, *, serial: int
    ) -> None:
        self.subscription_id = subscription_id
        self.serial = serial
        """Of the request that began it."""
        self._states = body.states
        self._stages = body.stages
        self._agents = body.agents
        self._since = body.min_last_updated_time or 0
        self._told: dict[str, int] = {}

    def covers(self, snapshot: Conversation) -> bool:
        """Whether it is about these people's conversations, whatever their state and age."""
        if not self._agents:
            return True
        return any(
            participant.role != "CONSUMER"
            and not participant.suggested
            and self._names(participant, snapshot.account)
            for participant in snapshot.participants
        )

    def _names(self, participant: Participant, account: str) -> bool:
        return (
            participant.pid in self._agents
            or participant.user_id in self._agents
            or ids.agent_key(account, participant.user_id) in self._agents
        )

    def matches(self, snapshot: Conversation) -> bool:
        """Whether every filter lets it through."""
        return (
            (not self._states or snapshot.state in self._states)
            and (not self._stages or snapshot.stage in self._stages)
            and times.milliseconds(snapshot.changed_at) >= self._since
            and self.covers(snapshot)
        )

    def has_told(self, conversation_id: str) -> bool:
        """Whether an UPSERT went out and no DELETE since."""
        return conversation_id in self._told

    def is_news(self, snapshot: Conversation) -> bool:
        """Whether the snapshot is not older than what was told: times never go back (46)."""
        told = self._told.get(snapshot.conversation_id, 0)
        return times.milliseconds(snapshot.changed_at) >= told

    def upserted(self, snapshot: Conversation) -> None:
        """Remember an UPSERT."""
        self._told[snapshot.conversation_id] = times.milliseconds(snapshot.changed_at)

    def deleted(self, conversation_id: str) -> None:
        """Remember a DELETE."""
        self._told.pop(conversation_id, None)
