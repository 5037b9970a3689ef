"""Which open conversations the bot has, as far as its socket has told."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.ids import ConversationId

_REMEMBERED: Final = 10_000
"""So many conversations that left are remembered as gone; others are looked up in history."""

_PACK: Final = msgspec.msgpack.Encoder()
_UNPACK: Final = msgspec.msgpack.Decoder(Conversation)

Watcher = Callable[[Message | None], None]
"""Called with each message; with None when the socket is lost, and nothing is told any more."""


class Book:
    """The bot's conversations, ten thousand at times: each is kept packed.

    Notices may come in any order: what is older than what was told already is ignored (§5.1).
    Newest messages are not kept.
    """

    def __init__(self) -> None:
        self._held: dict[ConversationId, bytes] = {}
        self._gone: OrderedDict[ConversationId, datetime] = OrderedDict()
        self._expected: dict[ConversationId, list[asyncio.Future[Conversation]]] = {}
        self._watched: dict[ConversationId, list[Watcher]] = {}

    def __len__(self) -> int:
        return len(self._held)

    def get(self, conversation_id: ConversationId) -> Conversation | None:
        """Return the conversation if the bot has it, by all that was told."""
        packed = self._held.get(conversation_id)
        return None if packed is None else _UNPACK.decode(packed)

    def has_left(self, conversation_id: ConversationId) -> bool:
        """Whether it was told that the bot has it no more. False also when nothing was told."""
        return conversation_id in self._gone

    def put(self, conversation: Conversation) -> bool:
        """Note that the bot has it; True when that is news."""
        key = conversation.conversation_id
        left_at = self._gone.get(key)
        if left_at is not None and conversation.changed_at < left_at:
            return False
        held = self.get(key)
        if held is not None and conversation.changed_at < held.changed_at:
            return False
        self._gone.pop(key, None)
        self._held[key] = _PACK.encode(msgspec.structs.replace(conversation, last_message=None))
        for future in self._expected.pop(key, ()):
            if not future.done():
                future.set_result(conversation)
        return held is None

    def drop(self, conversation: Conversation) -> None:
        """Note that the bot has it no more: it was closed, or somebody else has it."""
        key = conversation.conversation_id
        held = self.get(key)
        if held is not None and conversation.changed_at < held.changed_at:
            return
        self._held.pop(key, None)
        self._gone[key] = conversation.changed_at
        self._gone.move_to_end(key)
        while len(self._gone) > _REMEMBERED:
            self._gone.popitem(last=False)

    def is_expected(self, conversation_id: ConversationId) -> bool:
        """Whether somebody accepted a ring and waits for the conversation."""
        return conversation_id in self._expected

    def expect(self, conversation_id: ConversationId) -> asyncio.Future[Conversation]:
        """Return what resolves when the bot next has the conversation; `cease` when done."""
        future: asyncio.Future[Conversation] = asyncio.get_running_loop().create_future()
        held = self.get(conversation_id)
        if held is not None:
            future.set_result(held)
        self._expected.setdefault(conversation_id, []).append(future)
        return future

    def cease(self, conversation_id: ConversationId, future: asyncio.Future[Conversation]) -> None:
        """Stop waiting."""
        future.cancel()
        waiting = self._expected.get(conversation_id, [])
        if future in waiting:
            waiting.remove(future)
        if not waiting:
            self._expected.pop(conversation_id, None)

    def watch(self, conversation_id: ConversationId, watcher: Watcher) -> Callable[[], None]:
        """Call ``watcher`` as it wants for this conversation; returns how to stop it."""
        self._watched.setdefault(conversation_id, []).append(watcher)

        def stop() -> None:
            watchers = self._watched.get(conversation_id, [])
            if watcher in watchers:
                watchers.remove(watcher)
            if not watchers:
                self._watched.pop(conversation_id, None)

        return stop

    def hear(self, message: Message) -> None:
        """Pass on a live message to whoever watches its conversation."""
        for watcher in tuple(self._watched.get(message.conversation_id, ())):
            watcher(message)

    def forget(self) -> None:
        """The socket is lost: nothing is known until the next one tells it again."""
        self._held.clear()
        self._gone.clear()
        for watchers in self._watched.values():
            for watcher in tuple(watchers):
                watcher(None)
        for futures in self._expected.values():
            for future in futures:
                if not future.done():
                    future.set_exception(errors.Unavailable("The platform's socket was lost."))
                    future.exception()  # whoever waits may be gone already
        self._expected.clear()
