"""Who hears of what happened: an index from people to the listeners of their sockets."""

from collections.abc import Callable, Iterable

import structlog

from orchestrator.core.model.happening import ConversationChanged, Happening, MessagePublished
from orchestrator.core.model.ids import AccountId
from orchestrator.services.cloud.ports import Listener, Speaker

Key = tuple[AccountId, str]
_EVERY_AGENT = "*"
_log = structlog.get_logger(__name__)


class Announcements:
    """Delivers happenings to the listeners whom they may concern, in the order of their commit.

    A consumer's socket hears of that consumer's conversations only; an agent's socket hears of
    every conversation of the account and decides by its subscriptions.
    """

    def __init__(self) -> None:
        self._listeners: dict[Key, dict[int, Listener]] = {}
        self._observers: list[Callable[[Happening], None]] = []
        self._watchers: list[Callable[[Happening], None]] = []
        self._count = 0

    def listen(self, speaker: Speaker, listener: Listener) -> Callable[[], None]:
        """Deliver to ``listener`` from now on; the result ends it and may be called twice."""
        name = _EVERY_AGENT if speaker.kind == "agent" else speaker.user_id
        key = (speaker.account, name)
        self._count += 1
        number = self._count
        self._listeners.setdefault(key, {})[number] = listener

        def stop() -> None:
            listeners = self._listeners.get(key)
            if listeners is not None:
                listeners.pop(number, None)
                if not listeners:
                    del self._listeners[key]

        return stop

    def observe(self, observer: Callable[[Happening], None]) -> None:
        """Call ``observer`` with everything that happens here (the distributor, see `relay`)."""
        self._observers.append(observer)

    def watch(self, watcher: Callable[[Happening], None]) -> None:
        """Call ``watcher`` with everything that happens at other processes, and only that."""
        self._watchers.append(watcher)

    def publish(self, happenings: Iterable[Happening]) -> None:
        """Deliver; called on the event loop after a commit. A listener's bug costs it alone."""
        for happening in happenings:
            for observer in self._observers:
                observer(happening)
            self._deliver(happening)

    def relay(self, happenings: Iterable[Happening]) -> None:
        """Deliver what another process committed.

        Its own distributor looks at the queues: observers are for what happens here. Should that
        process end before, whoever buries it looks.
        """
        for happening in happenings:
            for watcher in self._watchers:
                watcher(happening)
            self._deliver(happening)

    def _deliver(self, happening: Happening) -> None:
        for key in self._keys(happening):
            for listener in tuple(self._listeners.get(key, {}).values()):
                try:
                    listener(happening)
                except Exception:  # noqa: BLE001 - it is committed: the others must hear it
                    _log.exception("announcements.bug", account=happening.account)

    @staticmethod
    def _keys(happening: Happening) -> Iterable[Key]:
        yield (happening.account, _EVERY_AGENT)
        if isinstance(happening, ConversationChanged | MessagePublished):
            yield (happening.account, happening.conversation.consumer_id)
