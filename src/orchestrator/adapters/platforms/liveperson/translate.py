"""The platform's REST and profile words to ours; whatever is missing or malformed is left out."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, cast, get_args

from orchestrator.core.model import ids, times
from orchestrator.core.model.conversation import Availability, Message
from orchestrator.core.model.ids import AccountId
from orchestrator.services.routing.ports import AgentStatus

Json = dict[str, Any]

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def _decimal(value: Any) -> int | float | None:
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return None


def _whole(value: Any) -> int | None:
    number = _decimal(value)
    return None if number is None or number != int(number) else int(number)


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _wholes(value: Any) -> dict[str, int] | None:
    if not isinstance(value, dict):
        return None
    parts = {str(key).lower(): _whole(part) for key, part in value.items()}
    return {key: part for key, part in parts.items() if part is not None} or None


_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "ctype": _text,
    "cstatus": _text,
    "currency": _text,
    "customerid": _text,
    "socialid": _text,
    "imei": _text,
    "username": _text,
    "companybranch": _text,
    "accountname": _text,
    "role": _text,
    "storezipcode": _text,
    "storenumber": _text,
    "balance": _decimal,
    "companysize": _whole,
    "loginstatus": _whole,
    "lastpaymentdate": _wholes,
    "registrationdate": _wholes,
    "age": _wholes,
    "firstname": _text,
    "lastname": _text,
    "gender": _text,
    "language": _text,
    "company": _text,
}
"""THE table of SDE fields: lower-cased name → what makes a value of its type, or None.
Source: LivePerson's engagement attribute types, by the reference on this product, 4.3."""

_GROUPS: Final[dict[str, tuple[str, str]]] = {
    "ctmrinfo": ("info", "customerinfo"),
    "personal": ("personal", "personalinfo"),
}
"""SDE type on the wire → the key that holds its fields, our name for the group."""


def profile(raw: Mapping[str, Any]) -> Json:
    """Return the SDEs of a GetUserProfile answer: ``{"customerinfo": …, "personalinfo": …}``.

    Names are lower-cased, values typed by the table above; contacts are left out, and so are
    values that are not of their type. What the consumer's identity provider signed
    (``claims``) wins over what the page said (``authenticatedData``).
    """
    found: Json = {}
    for source in ("authenticatedData", "claims"):
        holder = raw.get(source)
        sdes = holder.get("lp_sdes") if isinstance(holder, dict) else None
        for sde in sdes if isinstance(sdes, list) else ():
            _merge(found, sde)
    return found


def _merge(found: Json, sde: Any) -> None:
    kind = sde.get("type") if isinstance(sde, dict) else None
    if not isinstance(kind, str) or kind not in _GROUPS:
        return
    key, group = _GROUPS[kind]
    fields = sde.get(key)
    for name, value in fields.items() if isinstance(fields, dict) else ():
        known = str(name).lower()
        typed = _KINDS[known](value) if known in _KINDS else None
        if typed is not None:
            found.setdefault(group, {})[known] = typed


def is_first_text(message: Message) -> bool:
    """Whether it is a text that the consumer said."""
    return message.role == "CONSUMER" and bool(message.text)


def external_ids(message: Message) -> set[str]:
    """Return the ids that its publisher gave it as ``ExternalId`` metadata."""
    return {
        str(entry.get("id"))
        for entry in message.metadata or ()
        if isinstance(entry, dict) and entry.get("type") == "ExternalId"
    }


def external_id(step_id: str) -> list[Json]:
    """Return the metadata that marks a message as the one of a step."""
    return [{"type": "ExternalId", "id": step_id}]


_AVAILABILITIES: Final = frozenset(get_args(Availability))


def agent_status(record: Mapping[str, Any]) -> AgentStatus:
    """Return what an ``agentStatusRecords`` entry says.

    An unknown state counts as AWAY, a closed connection as OFFLINE. ``configuredMaxSlots`` null,
    absent or negative means unlimited.
    """
    word = str(record.get("currentStatus") or "").strip().upper().replace(" ", "_")
    state = word.replace("-", "_")
    availability = cast("Availability", state if state in _AVAILABILITIES else "AWAY")
    connection = str(record.get("currentConnectionState") or "").upper()
    if connection in {"DISCONNECTED", "OFFLINE", "CLOSED"}:
        availability = "OFFLINE"
    slots = _whole(record.get("configuredMaxSlots"))
    if slots is None or slots < 0:
        return AgentStatus(availability, None)
    busy = _whole(record.get("busySlots"))
    if busy is None:
        busy = _whole(record.get("openAssignedConversations")) or 0
    return AgentStatus(availability, max(slots - busy, 0))


def skill_names(items: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return id → name of the skills that are not deleted."""
    return {
        str(item["id"]): str(item["name"])
        for item in items
        if item.get("id") is not None and item.get("name") and not item.get("deleted")
    }


def identifier(value: Any, account: AccountId) -> str | None:
    """Return a user or skill id as text; None for null, ``"null"``, ``-1`` and the like."""
    text = _text(value)
    if text is None or text in {"", "null", "0", ids.UNASSIGNED_SKILL}:
        return None
    return ids.user_of(text, account)


def instant(value: Any) -> datetime | None:
    """Return the moment of epoch milliseconds; None when it is none."""
    number = _whole(value)
    try:
        return None if number is None else times.moment(number)
    except OverflowError:
        return None
