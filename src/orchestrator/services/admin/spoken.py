"""What was said in a conversation: texts, the words on cards, and the names of files."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from orchestrator.core.model.conversation import Audience, Conversation, DialogType, Message

Content = Literal["TEXT", "CARD", "FILE"]


class Said(msgspec.Struct, frozen=True, rename={"speaker": "from"}, omit_defaults=True):
    """One message; ``speaker`` is ``consumer`` or a login, ``audience`` who reads it.

    ``dialog`` tells what was said in the survey from the rest. ``text`` is that of a card, or the
    name under which a file was sent, where ``content`` says so; of a file it may be empty.
    """

    at: datetime
    speaker: str
    text: str
    audience: Audience = "ALL"
    dialog: DialogType = "MAIN"
    content: Content = "TEXT"


def of(
    conversation: Conversation,
    messages: Sequence[Message],
    *,
    called: Callable[[str], str | None],
) -> list[Said]:
    """Return what was said, without receipts; ``called`` returns the login of a user."""
    types = {each.dialog_id: each.type for each in conversation.dialogs}
    return [
        Said(
            each.at,
            (None if each.role == "CONSUMER" else called(each.originator)) or "consumer",
            told[1],
            each.audience,
            types.get(each.dialog_id, "MAIN"),
            told[0],
        )
        for each in messages
        if (told := words(each)) is not None
    ]


def words(message: Message) -> tuple[Content, str] | None:
    """Return what a message says, and as what; None for a receipt and for what is no content."""
    event = message.event
    if message.text is not None:
        return "TEXT", message.text
    if event.get("contentType") == "hosted/file":
        sent = event.get("message")
        caption = sent.get("caption") if isinstance(sent, dict) else None
        return "FILE", caption if isinstance(caption, str) else ""
    if event.get("type") == "RichContentEvent":
        told = "\n".join(_on_cards(event.get("content")))
        return ("CARD", told) if told else None
    return None


def _on_cards(content: object) -> Iterator[str]:
    if not isinstance(content, Mapping):
        return
    for key in ("text", "title"):
        if isinstance(content.get(key), str):
            yield content[key]
    elements: Any = content.get("elements")
    for each in elements if isinstance(elements, list) else ():
        yield from _on_cards(each)
