"""What must be true of who has what, checked at every event of every socket.

Only what one can know from outside is held against the servers: an agent lets go of a conversation
when the request is *sent*, for from then on somebody else may rightly have it, and takes it when
the answer has come.
"""

from collections import Counter
from collections.abc import Collection
from typing import Final

from stress.town import Member

NOTES: Final = 20
"""Broken promises described in words; the others are counted only."""


class Ledger:
    """Who has which conversation, as the agents know it."""

    def __init__(self) -> None:
        self.opened: set[str] = set()
        self.closed: set[str] = set()
        self.broken: Counter[str] = Counter()
        self.notes: list[str] = []
        self.accepted = 0
        self._holders: dict[str, str] = {}
        self._waiting: dict[str, set[str]] = {}
        self._held: dict[str, set[str]] = {}

    def offered(self, agent: Member, conversation: str) -> None:
        """A ring came."""
        holder = self._holders.get(conversation)
        if holder is not None:
            self._break("doubles", f"{conversation} rings at {agent.login}, {holder} has it")
        if conversation in self.closed:
            self._break("doubles", f"{conversation} rings at {agent.login} after its end")
        self._waiting.setdefault(agent.login, set()).add(conversation)
        self._check(agent)

    def unanswered(self, agent: Member, conversation: str) -> None:
        """A ring is over, or is being refused."""
        self._waiting.get(agent.login, set()).discard(conversation)

    def taken(self, agent: Member, conversation: str) -> None:
        """The agent has it: the answer to the accept has come, or a subscription says so."""
        holder = self._holders.get(conversation)
        if holder not in (None, agent.login):
            self._break("doubles", f"{conversation} is {agent.login}'s, and {holder}'s as well")
        if conversation in self.closed:
            self._break("doubles", f"{conversation} is {agent.login}'s after its end")
        self.accepted += 1
        self.unanswered(agent, conversation)
        self._holders[conversation] = agent.login
        self._held.setdefault(agent.login, set()).add(conversation)
        self._check(agent)

    def let_go(self, agent: Member, conversation: str) -> None:
        """The agent asks to close it or to hand it on."""
        if self._holders.get(conversation) == agent.login:
            del self._holders[conversation]
        self._held.get(agent.login, set()).discard(conversation)

    def lost(self, agent: Member) -> None:
        """The agent's socket is gone: rings are withdrawn, and what was asked is unknown."""
        self._waiting.pop(agent.login, None)

    def resumed(self, agent: Member, held: Collection[str]) -> None:
        """A new socket says what the agent has; everything else is not theirs (any more)."""
        for conversation in tuple(self._held.get(agent.login, ())):
            if conversation not in held:
                self.let_go(agent, conversation)
        for conversation in held:
            if conversation not in self._held.get(agent.login, ()):
                self.taken(agent, conversation)

    def backwards(self, agent: Member, conversation: str) -> None:
        """A snapshot came that is older than one before it."""
        self._break("outOfOrder", f"{agent.login} is told of {conversation} in the wrong order")

    def seen(self, loads: dict[str, int], members: Collection[Member]) -> None:
        """Check one snapshot of the rows: conversations held plus rings, by user id."""
        for member in members:
            load = loads.get(member.user_id, 0)
            if load > member.capacity:
                self._break("overCapacity", f"{member.login} has {load} in the rows")

    def miss(self, promise: str, note: str) -> None:
        """Write down what the rows say at the end that they must not."""
        self._break(promise, note)

    def _check(self, agent: Member) -> None:
        waiting = self._waiting.get(agent.login, set())
        load = len(waiting | self._held.get(agent.login, set()))
        if load > agent.capacity:
            self._break("overCapacity", f"{agent.login} has {load} of {agent.capacity}")

    def _break(self, promise: str, note: str) -> None:
        self.broken[promise] += 1
        if len(self.notes) < NOTES:
            self.notes.append(f"{promise}: {note}")
