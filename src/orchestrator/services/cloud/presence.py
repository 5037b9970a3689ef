"""Who is there: states that agents set, and whether a socket of theirs is open."""

from collections import Counter

from orchestrator.core.model.conversation import Availability, Presence
from orchestrator.core.model.happening import AvailabilityChanged
from orchestrator.core.model.ids import AccountId, UserId
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import conversations
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker


class Presences:
    """Use cases on presence. An agent is reachable while any process has a socket of theirs.

    Each process notes the agents of whom it has one, under the id of its life, ``process``.
    """

    def __init__(self, store: CloudStore, clock: Clock, *, process: str = "") -> None:
        self._store = store
        self._clock = clock
        self._process = process
        self._sockets: Counter[tuple[AccountId, UserId]] = Counter()
        self._said: dict[tuple[AccountId, UserId], Availability] = {}
        """What agents with a socket here last set, for `rejoin`."""
        self._unwritten: set[tuple[AccountId, UserId]] = set()
        """Who left while the storage did not work, for `settle`."""

    async def connected(self, agent: Speaker) -> Availability:
        """Note one more open socket; the state is what the agent last set, OFFLINE at first."""
        self._sockets[agent.account, agent.user_id] += 1
        now, process = self._clock.now(), self._process

        def work(tx: CloudTransaction) -> Availability:
            found = tx.presence(agent.user_id)
            tx.connect(agent.user_id, process)
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
        self._said.pop(key, None)
        self._unwritten.add(key)
        await self._gone(agent.account, agent.user_id)

    async def settle(self) -> None:
        """Write that agents are gone where that could not be written when they went."""
        for account, user_id in tuple(self._unwritten):
            if (account, user_id) in self._sockets:
                self._unwritten.discard((account, user_id))
            else:
                await self._gone(account, user_id)

    async def _gone(self, account: AccountId, user_id: UserId) -> None:
        process = self._process

        def work(tx: CloudTransaction) -> None:
            if tx.disconnect(user_id, process):
                self._leave(tx, user_id)

        await self._store.transact(account, work)
        self._unwritten.discard((account, user_id))

    async def set_state(self, agent: Speaker, availability: Availability) -> None:
        """Set what the agent says of themselves; AWAY and the like withdraw waiting rings."""
        key = (agent.account, agent.user_id)
        if key in self._sockets:
            self._said[key] = availability
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
        """Set those offline whose sockets were at processes that live no more.

        After the start of an only server these are all. One unit of work: whoever has a socket
        elsewhere stays, everybody else goes with all their rings.
        """

        def work(tx: CloudTransaction) -> None:
            tx.disconnect_dead()
            for user_id in tx.stranded():
                self._leave(tx, user_id)

        await self._store.transact(account, work)

    async def rejoin(self, process: str) -> None:
        """Note the open sockets anew, under another id: others took this process for dead.

        Agents whom they set offline meanwhile come back with the state that they last set here.
        """
        self._process = process
        now = self._clock.now()
        agents: dict[AccountId, dict[UserId, Availability | None]] = {}
        for account, user_id in self._sockets:
            agents.setdefault(account, {})[user_id] = self._said.get((account, user_id))

        for account, said in agents.items():

            def work(tx: CloudTransaction, said: dict[UserId, Availability | None] = said) -> None:
                for user_id, availability in said.items():
                    before = tx.presence(user_id)
                    state = availability or before.availability
                    tx.connect(user_id, process)
                    tx.put_presence(Presence(user_id, state, connected=True), now)
                    if state != before.availability:
                        tx.tell(AvailabilityChanged(tx.account, user_id, state))

            await self._store.transact(account, work)

    def _leave(self, tx: CloudTransaction, user_id: UserId) -> None:
        now = self._clock.now()
        tx.put_presence(Presence(user_id, "OFFLINE", connected=False), now)
        conversations.withdraw(tx, tx.rings_of_user(user_id), now)
        tx.tell(AvailabilityChanged(tx.account, user_id, "OFFLINE"))
