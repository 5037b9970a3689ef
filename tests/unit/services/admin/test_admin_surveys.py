"""Surveys told: questions with their answers, from whatever was said in the survey's dialog."""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest

from orchestrator.core.model.conversation import Conversation, Dialog, Message
from orchestrator.services.admin import surveys
from orchestrator.services.admin.surveys import Answer, Survey

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def conversation(*, state: Any = "CLOSE", cause: str | None = None, **more: Any) -> Conversation:
    """A conversation with a survey, the newest of its dialogs."""
    asked = Dialog("s", (), AT, AT, type="POST_SURVEY", state=state, closed_cause=cause)
    return Conversation("1", "c", "me", "1", "1", AT, AT, (asked, Dialog("c", (), AT, AT)), **more)


def text(words: str) -> dict[str, Any]:
    """What is said in plain words."""
    return {"type": "ContentEvent", "contentType": "text/plain", "message": words}


def said(*events: tuple[str, dict[str, Any]], dialog: str = "s") -> list[Message]:
    """Events of a dialog, a minute apart: by the bot (b) or the consumer (c)."""
    return [
        Message(
            *("c", dialog, number, who, who),
            "CONSUMER" if who == "c" else "AGENT",
            AT + timedelta(minutes=number),
            event,
        )
        for number, (who, event) in enumerate(events, 1)
    ]


def test_each_answer_stands_with_what_was_asked() -> None:
    """What is said unasked has no question; receipts and the conversation itself are no answers."""
    card = {"type": "vertical", "elements": [{"type": "text", "text": "Was it solved?"}, 5]}
    events = said(
        ("b", text("Hello.")),
        ("b", text("How was it, 1 to 5?")),
        ("c", text("4")),
        ("c", {"type": "AcceptStatusEvent", "status": "READ"}),
        ("c", text("no, 5")),
        ("b", {"type": "RichContentEvent", "content": card}),
        ("c", text("yes")),
        ("b", text("Thanks.")),
    )
    events += said(("c", text("Where is my parcel?")), dialog="c")
    assert surveys.of(conversation(), events) == Survey(
        "CLOSED",
        (
            Answer("Hello.\nHow was it, 1 to 5?", "4", AT + timedelta(minutes=3)),
            Answer("", "no, 5", AT + timedelta(minutes=5)),
            Answer("Was it solved?", "yes", AT + timedelta(minutes=7)),
        ),
    )


@pytest.mark.parametrize(
    ("given", "told"),
    [({"state": "OPEN"}, "OPEN"), ({"cause": "TIMEOUT"}, "EXPIRED"), ({"cause": "x"}, "CLOSED")],
)
def test_it_says_whether_an_answer_may_still_come(given: dict[str, Any], told: str) -> None:
    """Open, ended, or over because nobody answered."""
    found = surveys.of(conversation(**given), [])
    assert found == Survey(cast("Any", told), ())


def test_what_a_program_noted_counts_without_a_dialog() -> None:
    """A rate may be set from outside; without one and without a dialog there was no survey."""
    bare = msgspec.structs.replace(conversation(), dialogs=(Dialog("c", (), AT, AT),))
    assert surveys.of(bare, []) is None
    noted = {"csatRate": 4, "csatResolutionConfirmation": False}
    assert surveys.of(msgspec.structs.replace(bare, csat=noted), []) == Survey(
        "CLOSED", (), 4, resolved=False
    )
