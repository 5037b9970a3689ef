"""What a consumer's token says once its signature has been verified."""

from datetime import datetime
from typing import Any, Literal

import msgspec

from orchestrator.core.model.ids import ConsumerId

Standing = Literal["unauthenticated", "authenticated"]
"""Whether somebody outside vouches for the consumer: a connector of the account."""


class ConsumerToken(msgspec.Struct, frozen=True):
    """A token of this cloud. Whoever reads it decides whether it is still young enough."""

    consumer: ConsumerId
    standing: Standing
    issued_at: datetime
    expires_at: datetime


class Vouched(msgspec.Struct, frozen=True):
    """What a brand's own server says of a consumer: subject and issuer, names, SDEs."""

    subject: str
    issuer: str
    expires_at: datetime
    given_name: str | None = None
    family_name: str | None = None
    mail: str | None = None
    phone: str | None = None
    sdes: tuple[dict[str, Any], ...] = ()
