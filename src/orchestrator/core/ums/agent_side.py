"""An agent's end of the messaging socket, human's or bot's."""

from collections.abc import Mapping
from typing import ClassVar, Final

import msgspec

from orchestrator.core.model import ids
from orchestrator.core.ums import (
    client_side,
    codec,
    events,
    from_wire,
    moves,
    notices,
    reading,
)

_RING: Final = msgspec.json.Decoder(from_wire.RingResult)
_STATE: Final = msgspec.json.Decoder(from_wire.AvailabilityResult)
_EVENT: Final = msgspec.json.Decoder(from_wire.Event)


class AgentSide(client_side.ClientSide):
    """One agent's socket. ``user_id`` is the plain one, such as ``1001``."""

    side: ClassVar[moves.Side] = "agent"

    def __init__(
        self,
        account: str,
        user_id: str,
        *,
        timeout_seconds: float = 10.0,
        limits: codec.Limits = client_side.FROM_HOST,
    ) -> None:
        super().__init__(account, timeout_seconds=timeout_seconds, limits=limits)
        self.user_id = user_id

    @property
    def agent(self) -> str:
        """The agent's own old id, ``account.user``, which requests carry."""
        return ids.agent_key(self.account, self.user_id)

    def _notifications(self) -> Mapping[str, client_side.Reader]:
        return {
            notices.CONVERSATIONS["agent"]: lambda body: reading.conversations(body, self.account),
            notices.RINGS: self._rings,
            notices.AGENT_STATE: self._states,
            notices.EVENT: self._event,
        }

    def _rings(self, body: msgspec.Raw) -> list[events.Told]:
        told: list[events.Told] = []
        for change in reading.changes(body).changes:
            result = _RING.decode(change.result)
            for ring in from_wire.rings(result, self.account, user_id=self.user_id):
                offered = ring.state == "WAITING" and change.type != "DELETE"
                told.append(events.RingOffered(ring) if offered else events.RingEnded(ring))
        return told

    def _states(self, body: msgspec.Raw) -> list[events.Told]:
        told: list[events.Told] = []
        for change in reading.changes(body).changes:
            result = _STATE.decode(change.result)
            state = from_wire.availability(result)
            if state is not None:
                whom = ids.user_of(str(result.agent_user_id or self.user_id), self.account)
                told.append(events.AvailabilityTold(whom, state))
        return told

    def _event(self, body: msgspec.Raw) -> list[events.Told]:
        return [events.MessageArrived(from_wire.message(_EVENT.decode(body), self.account))]
