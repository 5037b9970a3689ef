"""Erasing a consumer, wired: conversations end in the cloud, files go from their shelf."""

import contextlib
from collections.abc import Callable
from pathlib import Path

from orchestrator.adapters import shelf
from orchestrator.adapters.storage import engine, erasure
from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId, ConversationId
from orchestrator.services.admin.erasure import Erasure
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import ports
from orchestrator.services.cloud.conversations import Conversations
from orchestrator.services.cloud.requests import CloseRequest

NAME = "operator"
"""Who ends the conversations, as their other participants are told."""


def of(
    database: engine.Database,
    clock: Clock,
    *,
    cloud: ports.CloudStore,
    data: Path,
    forget_seen: Callable[[AccountId], None] = lambda _: None,
) -> Erasure:
    """Return the use cases; ``cloud`` tells whoever takes part, ``data`` is the data folder.

    ``forget_seen`` drops what this process has in mind: values of attributes that it has yet to
    write down, and answers of functions.
    """
    conversations = Conversations(cloud, clock)

    async def close(account: AccountId, conversation_id: ConversationId) -> None:
        speaker = ports.Speaker(account, NAME, NAME, "agent", supervises=True)
        # Refused, it has ended or is gone since it was looked for, which was what is wanted.
        with contextlib.suppress(errors.Conflict, errors.NotFound):
            await conversations.change(speaker, conversation_id, [CloseRequest()])

    return Erasure(
        erasure.Consumers(database),
        clock,
        close=close,
        remove_file=shelf.Folder(data / "files").remove,
        forget_seen=forget_seen,
    )
