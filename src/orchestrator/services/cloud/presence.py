"""Who is there: states that agents set, and whether a socket of theirs is open."""

from collections import Counter

from orchestrator.core.model.conversation import Availability, Presence
from orchestrator.core.model.happening import AvailabilityChanged
from orchestrator.core.model.ids import AccountId, UserId
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import conversations
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker


class Presences:
    """Use cases on presence. An agent is reachable while at least one socket is open."""

    def __init__(self, store: CloudStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._sockets: Counter[tuple[AccountId, UserId]] = Counter()

    async def connected(self, agent: Speaker) -> Availability:
        """Note one more open socket; the state is what the agent last set, OFFLINE at first."""
        self._sockets[agent.account, agent.user_id] += 1
        now = self._clock.now()

        def work(tx: CloudTransaction) -> Availability:
            found = tx.presence(agent.user_id)
            tx.put_presence(Presence(agent.user_id, found.availability, connected=True), now)
            return found.availability

        return await self._store.transact(agent.account, work)

    async def disconnected(self, agent: Speaker) -> None:
        """Note one socket less; with the last one the agent is offline and rings are withdrawn."""
        key = (agent.account, agent.user_id)
        self._sockets[key] -= 1
        if self._sockets[key] > 0:
            return
        del self._sockets[key]
        await self._leave(agent.account, agent.user_id)

    async def set_state(self, agent: Speaker, availability: Availability) -> None:
        """Set what the agent says of themselves; AWAY and the like withdraw waiting rings."""
        now = self._clock.now()

        def work(tx: CloudTransaction) -> None:
            tx.put_presence(Presence(agent.user_id, availability, connected=True), now)
            tx.tell(AvailabilityChanged(agent.account, agent.user_id, availability))
            if availability not in ("ONLINE", "OCCUPIED"):
                conversations.withdraw(tx, tx.rings_of_user(agent.user_id), now)

        await self._store.transact(agent.account, work)

    async def state(self, agent: Speaker) -> Availability:
        """Return the agent's state."""
        found = await self._store.read(agent.account, lambda tx: tx.presence(agent.user_id))
        return found.availability

    async def reset(self, account: AccountId) -> None:
        """Set everybody offline: after a start no socket is open, whatever the rows say."""
        staff = await self._store.read(account, lambda tx: tx.connected_staff())
        for user_id in staff:
            await self._leave(account, user_id)

    async def _leave(self, account: AccountId, user_id: UserId) -> None:
        now = self._clock.now()

        def work(tx: CloudTransaction) -> None:
            tx.put_presence(Presence(user_id, "OFFLINE", connected=False), now)
            conversations.withdraw(tx, tx.rings_of_user(user_id), now)
            tx.tell(AvailabilityChanged(account, user_id, "OFFLINE"))

        await self._store.transact(account, work)
