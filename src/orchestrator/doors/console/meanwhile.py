"""What somebody else changed while a form was open: theirs beside mine, and neither is lost.

A form carries what it began with. What differs from what is there now was changed by others; where
it also differs from what was typed, it is said at the field, and only saving once more replaces it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.words import _

FIELD: Final = "seen"
"""The hidden field in which a form carries what it began with."""


def marks(values: Mapping[str, Any]) -> str:
    """Return what a form carries of the values that it began with: a digest of each."""
    return msgspec.json.encode({name: _digest(value) for name, value in values.items()}).decode()


def contradiction(
    seen: str, now: Mapping[str, Any], given: Mapping[str, Any], *, words: Mapping[str, Any]
) -> Fault:
    """Return where others changed what this form would overwrite; `NOTHING` where nowhere.

    ``seen`` is what `marks` returned (a form without it is taken at its word), ``now`` what is
    there, ``given`` what was typed, and ``words`` how what is there is told to people.
    """
    try:
        before = msgspec.json.decode(seen, type=dict[str, str])
    except msgspec.MsgspecError:
        return NOTHING
    fields = {
        name: _("Now there: %(value)s", value=words.get(name, value) or "–")
        for name, value in now.items()
        if before.get(name, "") != _digest(value) and _digest(given.get(name)) != _digest(value)
    }
    said = _(
        "Somebody else changed this meanwhile. What is there now stands below the fields that "
        "differ from yours; save once more to put yours in its place."
    )
    return Fault(fields, (said,)) if fields else NOTHING


def _digest(value: Any) -> str:
    if not isinstance(value, str) and isinstance(value, Iterable):
        value = sorted(map(str, value))  # what is ticked has no order
    return hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:16]
