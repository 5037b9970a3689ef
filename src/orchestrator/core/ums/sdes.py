"""A consumer's profile on the wire to SDEs by our names; what is malformed is left out."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

Json = dict[str, Any]

_NUMBER: Final = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?")


def decimal(value: Any) -> int | float | None:
    """Return a number, or the one that a text spells; booleans are 0 and 1."""
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, int | float):
        return value if math.isfinite(value) else None
    if isinstance(value, str) and _NUMBER.fullmatch(value):
        return float(value) if "." in value else int(value)
    return None


def whole(value: Any) -> int | None:
    """Return a whole number, or None."""
    number = decimal(value)
    return None if number is None or number != int(number) else int(number)


def text(value: Any) -> str | None:
    """Return a text, or a number as one; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return str(value)


def _wholes(value: Any) -> dict[str, int] | None:
    if not isinstance(value, dict):
        return None
    parts = {str(key).lower(): whole(part) for key, part in value.items()}
    return {key: part for key, part in parts.items() if part is not None} or None


_KINDS: Final[dict[str, Callable[[Any], Any]]] = {
    "ctype": text,
    "cstatus": text,
    "currency": text,
    "customerid": text,
    "socialid": text,
    "imei": text,
    "username": text,
    "companybranch": text,
    "accountname": text,
    "role": text,
    "storezipcode": text,
    "storenumber": text,
    "balance": decimal,
    "companysize": whole,
    "loginstatus": whole,
    "lastpaymentdate": _wholes,
    "registrationdate": _wholes,
    "age": _wholes,
    "firstname": text,
    "lastname": text,
    "gender": text,
    "language": text,
    "company": text,
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
