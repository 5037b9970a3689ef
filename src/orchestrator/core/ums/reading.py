"""How clients read what both sides are told alike."""

from typing import Final

import msgspec

from orchestrator.core.model.conversation import Message
from orchestrator.core.ums import events, from_wire


class Change(msgspec.Struct):
    """One change of a notification; ``result`` is read by whoever knows its kind."""

    result: msgspec.Raw
    type: str = "UPSERT"


class Changes(msgspec.Struct, rename="camel"):
    """The body that all notifications of a subscription share."""

    changes: list[Change]
    subscription_id: str = ""


_CHANGES: Final = msgspec.json.Decoder(Changes)
_CONVERSATION: Final = msgspec.json.Decoder(from_wire.ConversationResult)
_EVENTS: Final = msgspec.json.Decoder(list[from_wire.Event])


def changes(body: msgspec.Raw) -> Changes:
    """Return the changes. Raises ``msgspec.ValidationError`` when they are none."""
    return _CHANGES.decode(body)


def conversations(body: msgspec.Raw, account: str) -> list[events.Told]:
    """Read an ExConversationChangeNotification of either side."""
    told: list[events.Told] = []
    notice = changes(body)
    for change in notice.changes:
        snapshot = from_wire.conversation(_CONVERSATION.decode(change.result), account)
        if change.type == "DELETE":
            key = snapshot.conversation_id
            told.append(events.ConversationGone(key, snapshot, notice.subscription_id))
        else:
            told.append(events.ConversationUpserted(snapshot, notice.subscription_id))
    return told


def messages(raw: bytes, account: str) -> list[Message]:
    """Read the answer to QueryMessages: messages in the order given.

    Raises ``msgspec.MsgspecError`` when it is no list of events.
    """
    return [from_wire.message(event, account) for event in _EVENTS.decode(raw)]
