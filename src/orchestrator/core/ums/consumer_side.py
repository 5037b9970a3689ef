"""A consumer's end of the messaging socket."""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from orchestrator.core.ums import client_side, events, from_wire, moves, notices, reading


class _DialogEvents(msgspec.Struct, rename="camel"):
    changes: list[from_wire.Event]


_DIALOG_EVENTS: Final = msgspec.json.Decoder(_DialogEvents)


class ConsumerSide(client_side.ClientSide):
    """One consumer's socket."""

    side: ClassVar[moves.Side] = "consumer"

    def _notifications(self) -> Mapping[str, client_side.Reader]:
        return {
            notices.CONVERSATIONS["consumer"]: self._conversations,
            notices.DIALOG_EVENTS: self._dialog_events,
        }

    def _conversations(self, body: msgspec.Raw) -> list[events.Told]:
        return reading.conversations(body, self.account)

    def _dialog_events(self, body: msgspec.Raw) -> list[events.Told]:
        return [
            events.MessageArrived(from_wire.message(event, self.account))
            for event in _DIALOG_EVENTS.decode(body).changes
        ]
