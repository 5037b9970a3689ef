"""Erasing one person: whatever an account holds of a consumer is gone, and who did it is noted.

What goes: profile, conversations with their messages, files, rings, assignments and transfers, the
claims, decisions (with every value that was read for them) and steps of these conversations,
decisions that were asked for in the consumer's name, and the sessions of the context service that
are named by the consumer or by one of these conversations. The last seen values of the account's
attributes and the answers of its functions go as well, whoever's they were: the next decisions
bring others. What stays are lines of the change log, which hold nothing of consumers; what several
servers on one database have told each other in the last ten minutes; and backups, which are the
owner's to delete.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.ids import AccountId, ConsumerId, ConversationId
from orchestrator.services.admin.ports import ConsumerRow, Erased, ErasureStore
from orchestrator.services.clock import Clock

TRIES: Final = 3
"""A consumer who is there may open a conversation, or send a file, while others are dealt with."""


class Erasure:
    """Use cases on everything that is held of one consumer."""

    def __init__(
        self,
        store: ErasureStore,
        clock: Clock,
        *,
        close: Callable[[AccountId, ConversationId], Awaitable[None]],
        remove_file: Callable[[AccountId, str], Awaitable[None]],
        forget_seen: Callable[[AccountId], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._close = close
        self._remove_file = remove_file
        self._forget_seen = forget_seen

    async def all(
        self, actor: Actor, *, limit: int = 100, after: ConsumerId = ""
    ) -> Sequence[ConsumerRow]:
        """Return the account's consumers by id, those behind ``after``."""
        access.demand(actor, "conversations.read")
        return await self._store.all(actor.account, limit=limit, after=after)

    async def show(self, actor: Actor, consumer: ConsumerId) -> "ConsumerShown":
        """Return what is kept of a consumer. Raises `errors.NotFound`."""
        access.demand(actor, "conversations.read")
        held = await self._store.held(actor.account, consumer)
        if held.profile is None and not held.conversations:
            raise _unknown()
        return ConsumerShown(consumer, held.profile, held.conversations)

    async def forget(self, actor: Actor, consumer: ConsumerId) -> Erased:
        """Erase a consumer everywhere; open conversations are closed first.

        Only for those who may change the directory and manage conversations. Raises
        `errors.NotFound` when nothing is held of them, and `errors.Conflict` when they open
        conversations and send files faster than these can be dealt with.
        """
        access.demand(actor, "directory.write")
        access.demand(actor, "conversations.manage")
        for _ in range(TRIES):
            held = await self._store.held(actor.account, consumer)
            for conversation in held.open:
                await self._close(actor.account, conversation)
            # Bytes first: should this process end here, their rows still say where they are.
            for file_id in held.files:
                await self._remove_file(actor.account, file_id)
            self._forget_seen(actor.account)  # what waits here would be written afterwards
            erased = await self._store.erase(actor, self._clock.now(), consumer, shelved=held.files)
            if erased is not None:
                if not any(msgspec.structs.astuple(erased)):
                    raise _unknown()
                return erased
        raise errors.Conflict("This consumer is writing at the moment. Try again.", path="consumer")


class ConsumerShown(msgspec.Struct, frozen=True, rename="camel"):
    """A consumer: the profile (engagement attributes), and the newest conversations' ids."""

    consumer_id: ConsumerId
    profile: Any
    conversations: tuple[ConversationId, ...]


def _unknown() -> errors.NotFound:
    return errors.NotFound("Nothing is held of this consumer.", path="consumer")
