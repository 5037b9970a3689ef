"""What was said, told: texts, the words on cards, the names of files, and nothing else."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.core.model.conversation import Conversation, Dialog, Message
from orchestrator.services.admin import spoken
from orchestrator.services.admin.spoken import Said

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
TALK = Conversation("1", "c", "me", "1", "1", AT, AT, (Dialog("c", (), AT, AT),))
CARD = {
    "type": "vertical",
    "elements": [
        {"type": "text", "text": "Your parcel"},
        {"type": "horizontal", "elements": [{"type": "button", "title": "Track it"}, "odd"]},
    ],
}


def message(event: dict[str, Any], *, role: Any = "ASSIGNED_AGENT", **more: Any) -> Message:
    """An event of the conversation."""
    return Message("c", "c", 1, "1001", "pid", role, AT, event, **more)


@pytest.mark.parametrize(
    ("event", "told"),
    [
        ({"type": "ContentEvent", "message": "Hello"}, ("TEXT", "Hello")),
        ({"type": "RichContentEvent", "content": CARD}, ("CARD", "Your parcel\nTrack it")),
        ({"type": "RichContentEvent", "content": {"elements": 5}}, None),
        (
            {
                "type": "ContentEvent",
                "contentType": "hosted/file",
                "message": {"caption": "Bill.pdf", "relativePath": "/x"},
            },
            ("FILE", "Bill.pdf"),
        ),
        (
            {"type": "ContentEvent", "contentType": "hosted/file", "message": {"caption": 5}},
            ("FILE", ""),
        ),
        ({"type": "AcceptStatusEvent", "status": "READ"}, None),
        ({}, None),
    ],
)
def test_a_message_says_what_people_read(event: dict[str, Any], told: Any) -> None:
    """Whatever it is made of; receipts say nothing."""
    assert spoken.words(message(event)) == told


def test_each_is_told_with_who_said_it() -> None:
    """The consumer, or the login of whoever it was; and for whom it was."""
    hello = {"type": "ContentEvent", "message": "Hello"}
    said = [message(hello, role="CONSUMER"), message(hello, audience="AGENTS_AND_MANAGERS")]
    assert spoken.of(TALK, said, called={"1001": "ann"}.get) == [
        Said(AT, "consumer", "Hello"),
        Said(AT, "ann", "Hello", "AGENTS_AND_MANAGERS"),
    ]
