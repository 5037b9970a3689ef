"""What consumers answered when they were asked how it went, told from the survey's dialog."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from orchestrator.core.model.conversation import Conversation, Dialog, Message
from orchestrator.services.admin import spoken


class Answer(msgspec.Struct, frozen=True):
    """What a consumer answered to one question; ``question`` is empty where none was asked."""

    question: str
    answer: str
    at: datetime


class Survey(msgspec.Struct, frozen=True):
    """The survey after a conversation, and what came of it.

    ``state`` is OPEN as long as the consumer may still answer, EXPIRED where they took too long.
    ``rate`` (1 to 5) and ``resolved`` are what a program noted of it in the conversation; None
    where none did.
    """

    state: Literal["OPEN", "CLOSED", "EXPIRED"]
    answers: tuple[Answer, ...]
    rate: int | None = None
    resolved: bool | None = None


def of(conversation: Conversation, messages: Sequence[Message]) -> Survey | None:
    """Return the survey of a conversation; None where there was none.

    ``messages`` are those of all its dialogs, the earliest first.
    """
    asked = [each for each in conversation.dialogs if each.type == "POST_SURVEY"]
    noted = conversation.csat or {}
    if not asked and not noted:
        return None
    ids = {each.dialog_id for each in asked}
    return Survey(
        _state(asked),
        tuple(_answers([each for each in messages if each.dialog_id in ids])),
        noted.get("csatRate"),
        noted.get("csatResolutionConfirmation"),
    )


def _state(asked: Sequence[Dialog]) -> Literal["OPEN", "CLOSED", "EXPIRED"]:
    if any(each.state == "OPEN" for each in asked):
        return "OPEN"
    return "EXPIRED" if any(each.closed_cause == "TIMEOUT" for each in asked) else "CLOSED"


def _answers(said: Sequence[Message]) -> Iterator[Answer]:
    """Yield what the consumer said, each with what was said to them since they last spoke."""
    asked: list[str] = []
    for each in said:
        told = spoken.words(each)
        if told is None:
            continue
        text = told[1]
        if each.role != "CONSUMER":
            asked.append(text)
            continue
        yield Answer("\n".join(asked), text, each.at)
        asked.clear()
