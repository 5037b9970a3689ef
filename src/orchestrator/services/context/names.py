"""What namespaces, sessions and properties may be called; every refusal says what to write."""

import re
from typing import Final

from orchestrator.core.model import attributes, errors

DEFAULT_SESSION: Final = "__default__"
"""The session of what v1 saves without one."""

RESERVED: Final = frozenset({"consumer", "operational", "conversation", "custom", "sde", "faas"})
"""Names of the original: v1's five and v2's sixth, in both versions."""

OURS: Final = frozenset(attributes.STAFFING)
"""Names of attributes that this program adds. A namespace that was there before keeps working."""

_LONGEST: Final = {"namespace": 256, "sessionId": 1_000, "property": 1_000}
"""In bytes. Together they stay within what PostgreSQL takes as the key of an index (2,704)."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_V2: Final = re.compile(r"[A-Za-z0-9_]+")


def namespace(name: str) -> str:
    """Return a namespace's name. Raises `errors.BadInput` for a reserved or impossible one."""
    _checked(name, "namespace")
    if name in RESERVED:
        raise _reserved(name)
    return name


def of_v2(name: str) -> str:
    """Return a namespace's name as v2 allows it: letters, digits and underscores of ASCII."""
    if _V2.fullmatch(name) is None:
        raise errors.BadInput(
            "nameSpace may have letters, digits and underscores only.", path="nameSpace"
        )
    return namespace(name)


def session(name: str) -> str:
    """Return a session's id: any text that is not empty. Raises `errors.BadInput`."""
    return _checked(name, "sessionId")


def member(name: str) -> str:
    """Return a property's name: any text that is not empty. Raises `errors.BadInput`."""
    return _checked(name, "property")


def refuse_ours(name: str) -> None:
    """Raise `errors.BadInput` for a new namespace that would hide attributes of ours."""
    if name in OURS:
        raise _reserved(name)


def _reserved(name: str) -> errors.BadInput:
    return errors.BadInput(
        f"“{name}” is a reserved name. Reserved: {', '.join(sorted(RESERVED | OURS))}.",
        path="namespace",
    )


def _checked(name: str, path: str) -> str:
    if not name:
        raise errors.BadInput(f"{path} must not be empty.", path=path)
    if _CONTROL.search(name):
        raise errors.BadInput(f"{path} must not hold control characters.", path=path)
    try:
        size = len(name.encode())
    except UnicodeEncodeError as error:
        raise errors.BadInput(f"{path} is not valid Unicode.", path=path) from error
    if size > _LONGEST[path]:
        raise errors.BadInput(f"{path} may have {_LONGEST[path]} bytes at most.", path=path)
    return name
