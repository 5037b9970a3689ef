"""Surveys after a conversation: those that nobody finishes end by themselves."""

from datetime import datetime, timedelta
from typing import Final

from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.happening import ConversationChanged
from orchestrator.core.queueing import changes
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction

PATIENCE: Final = timedelta(hours=24)
"""How long a consumer may take for a survey: a day, so that those who left for the night can still
answer. No program needs another time, which is why it is not a setting."""


class Surveys:
    """Use cases on surveys."""

    def __init__(self, store: CloudStore) -> None:
        self._store = store

    async def end_old(self, now: datetime, limit: int) -> int:
        """End at most ``limit`` surveys that began more than `PATIENCE` ago; return how many."""
        ended = 0
        for account in await self._store.accounts():
            most = limit - ended
            ended += await self._store.transact(account, lambda tx, most=most: _end(tx, now, most))
        return ended


def _end(tx: CloudTransaction, now: datetime, limit: int) -> int:
    found = tx.surveys_since(now - PATIENCE, limit=limit) if limit else ()
    for conversation in found:
        ended = _without_survey(conversation, now)
        tx.save(ended)
        tx.tell(ConversationChanged(tx.account, ended))
    return len(found)


def _without_survey(conversation: Conversation, now: datetime) -> Conversation:
    late = [
        changes.CloseDialog(dialog.dialog_id, "SYSTEM", "TIMEOUT")
        for dialog in conversation.dialogs
        if dialog.state == "OPEN"
    ]
    return changes.apply(conversation, late, now=now, suggestion_wait=timedelta())
