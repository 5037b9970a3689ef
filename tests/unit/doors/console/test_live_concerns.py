"""What makes a live page ask for its rows anew."""

from datetime import UTC, datetime

import msgspec
import pytest

from orchestrator.core.model.conversation import Conversation, Message, Ring
from orchestrator.core.model.happening import (
    AvailabilityChanged,
    ConversationChanged,
    Happening,
    MessagePublished,
    RingChanged,
)
from orchestrator.doors.console import live

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
CONVERSATION = msgspec.convert(
    {
        "account": "1",
        "conversation_id": "c1",
        "consumer_id": "ada",
        "skill_id": "3001",
        "entry_skill_id": "3001",
        "started_at": NOW,
        "changed_at": NOW,
        "dialogs": [],
    },
    Conversation,
)
RING = Ring("r1", "1", "c1", "ada", "3001", "1001", "WAITING", NOW, NOW)


def _said(sequence: int) -> MessagePublished:
    message = Message("c1", "c1", sequence, "ada", "ada", "CONSUMER", NOW, {})
    return MessagePublished("1", CONVERSATION, message)


@pytest.mark.parametrize(
    ("happening", "on_the_list", "on_its_page"),
    [
        (ConversationChanged("1", CONVERSATION), True, True),
        (RingChanged("1", RING), True, True),
        (_said(1), False, True),
        (_said(0), False, False),
        (AvailabilityChanged("1", "1001", "ONLINE"), False, False),
    ],
)
def test_a_page_hears_what_it_shows(
    happening: Happening, *, on_the_list: bool, on_its_page: bool
) -> None:
    """Words show on a conversation's own page alone; who is typing on none."""
    assert live.concerns(happening, "") is on_the_list
    assert live.concerns(happening, "c1") is on_its_page
    assert not live.concerns(happening, "c2")
