"""Sound rules about parts of texts and members of lists: what follows from what, what excludes it.

Only what is certain for every text (or every list) is said; "no" means "nobody knows".
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Literal

from orchestrator.core.policy.analysis.leaves import Leaf
from orchestrator.core.policy.analysis.leaves import Literal as Asked
from orchestrator.core.policy.values import TRUE

Kind = Literal["text", "list", "object"]

_STARTS: Final = "STARTS_WITH"
_ENDS: Final = "ENDS_WITH"
_CONTAINS: Final = "CONTAINS"

_RULES: Final[dict[tuple[str, str], Callable[[str, str], bool]]] = {
    (_STARTS, _STARTS): str.startswith,
    (_ENDS, _ENDS): str.endswith,
    (_STARTS, _CONTAINS): lambda given, sought: sought in given,
    (_ENDS, _CONTAINS): lambda given, sought: sought in given,
    (_CONTAINS, _CONTAINS): lambda given, sought: sought in given,
}
"""From what a text is known to hold, to what it must then hold as well."""

_RIVALS: Final[dict[str, Callable[[str, str], bool]]] = {
    _STARTS: lambda one, other: one.startswith(other) or other.startswith(one),
    _ENDS: lambda one, other: one.endswith(other) or other.endswith(one),
}
"""Whether two parts can stand in the same place."""


def follows(asked: Asked, given: Sequence[Asked], kind: Kind) -> bool:
    """Whether ``asked`` holds of every value of ``kind`` of which all ``given`` do."""
    return any(_follows(asked, each, kind) for each in given)


def exclusive(literals: Iterable[Asked], kind: Kind) -> bool:
    """Whether no value of ``kind`` satisfies all of ``literals``."""
    found = list(literals)
    return any(_excludes(one, other, kind) for at, one in enumerate(found) for other in found[:at])


def _follows(asked: Asked, given: Asked, kind: Kind) -> bool:
    if asked.wanted == given.wanted:
        if asked.wanted == TRUE:
            return _implies(given.leaf, asked.leaf, kind)
        return _implies(asked.leaf, given.leaf, kind)
    return given.wanted == TRUE and _are_rivals(given.leaf, asked.leaf, kind)


def _excludes(one: Asked, other: Asked, kind: Kind) -> bool:
    if one.wanted == other.wanted:
        return one.wanted == TRUE and _are_rivals(one.leaf, other.leaf, kind)
    held, refused = (one, other) if one.wanted == TRUE else (other, one)
    return _implies(held.leaf, refused.leaf, kind)


def _implies(given: Leaf, sought: Leaf, kind: Kind) -> bool:
    """Whether ``sought`` is TRUE of every value of ``kind`` of which ``given`` is."""
    if given.key == sought.key:
        return True
    if kind != "text":
        return False
    parts = _parts(given, sought)
    if parts is None or (given.fold == TRUE and sought.fold != TRUE):
        return False
    names = tuple(leaf.operator.name if leaf.operator else "" for leaf in (given, sought))
    rule = _RULES.get((names[0], names[1]))
    return rule is not None and rule(*parts)


def _are_rivals(one: Leaf, other: Leaf, kind: Kind) -> bool:
    if kind != "text" or one.operator is None or one.operator is not other.operator:
        return False
    rule, parts = _RIVALS.get(one.operator.name), _parts(one, other)
    return rule is not None and parts is not None and not rule(*parts)


def _parts(one: Leaf, other: Leaf) -> tuple[str, str] | None:
    """Return both constants, without case where either disregards it."""
    if not (isinstance(one.constant, str) and isinstance(other.constant, str)):
        return None
    if TRUE in (one.fold, other.fold):
        return (one.constant.casefold(), other.constant.casefold())
    return (one.constant, other.constant)
