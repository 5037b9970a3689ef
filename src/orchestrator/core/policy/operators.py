"""THE table of operators: one row each, which the reader, the evaluator and the docs walk.

An operator answers with bounds rather than with a truth, because one side of a condition may not
have been fetched yet: ``(FALSE, TRUE)`` is "it depends", equal bounds are an answer. That is what
lets the engine leave alone whatever cannot change an outcome. Source of the meanings:
`docs/reference/policies.md`.
"""

import functools
from collections.abc import Callable
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import membership, values
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN, Kind, Truth

Bounds = tuple[Truth, Truth]
"""The least and the greatest truth that is still possible."""
OPEN: Final[Bounds] = (FALSE, TRUE)

Judge = Callable[[Json, Json, bool], Truth]
"""From both sides, neither null, and whether case is disregarded."""


class Absent:
    """A side of a condition that is not known: not fetched yet, or never to be had."""


PENDING: Final = Absent()
FAILED: Final = Absent()


class Family(msgspec.Struct, frozen=True):
    """What operators with the same meaning share; ``null`` answers for a missing side.

    ``left_alone`` and ``right_alone`` are the bounds when only that side is known, and not null.
    ``literals`` are the types of literal that can ever be of use; ``right_null_answers`` is off for
    membership and presence, where only the tested side counts.
    """

    judge: Judge
    null: Truth
    literals: frozenset[Kind]
    left_alone: Callable[[Json], Bounds]
    right_alone: Callable[[Json], Bounds]
    right_null_answers: bool = True


class Operator(msgspec.Struct, frozen=True):
    """One row: its name in JSON, what it says to people when true and when false, its meaning.

    ``opposite`` operators answer the reverse of their family. The phrases take the other side.
    """

    name: str
    words: str
    holds: str
    fails: str
    family: Family
    opposite: bool = False

    @property
    def takes_value(self) -> bool:
        """Whether the condition has a value at all."""
        return bool(self.family.literals)


def bounds(operator: Operator, left: Json | Absent, right: Json | Absent, fold: Truth) -> Bounds:
    """Return what ``operator`` can still answer; a side may be `PENDING` or `FAILED`.

    ``fold`` is TRUE when texts are compared without regard to case.
    """
    low, high = _bounds(operator.family, left, right, fold)
    return (_not(high), _not(low)) if operator.opposite else (low, high)


def _not(truth: Truth) -> Truth:
    return (TRUE, UNKNOWN, FALSE)[truth]


def _bounds(family: Family, left: Json | Absent, right: Json | Absent, fold: Truth) -> Bounds:
    if left is None or (right is None and family.right_null_answers):
        return (family.null, family.null)
    if isinstance(left, Absent) and isinstance(right, Absent):
        found = OPEN
    elif isinstance(left, Absent):
        found = family.right_alone(right)
    elif isinstance(right, Absent):
        found = family.left_alone(left)
    else:
        truth = family.judge(left, right, fold == TRUE)
        return (truth, truth)
    if (left is FAILED or right is FAILED) and found[0] != found[1]:
        return _with_failure(family, left, right)
    return found


def _with_failure(family: Family, left: Json | Absent, right: Json | Absent) -> Bounds:
    """With one side lost, only a null on the other could still be an answer."""
    if PENDING not in (left, right):
        return (UNKNOWN, UNKNOWN)
    return (min(family.null, UNKNOWN), max(family.null, UNKNOWN))


def _truth(holds: bool) -> Truth:  # noqa: FBT001 — it is the value
    return TRUE if holds else FALSE


def _equals(left: Json, right: Json, fold: bool) -> Truth:  # noqa: FBT001 — a Judge
    return _truth(values.equal(left, right, fold=fold))


def _ordered(accepts: Callable[[Any, Any], bool]) -> Judge:
    def judge(left: Json, right: Json, _: bool) -> Truth:  # noqa: FBT001 — a Judge
        one, other = values.rank(left), values.rank(right)
        if one is None or other is None or one[0] != other[0]:
            return UNKNOWN
        return _truth(accepts(one[1], other[1]))

    return judge


def _member(left: Json, right: Json, fold: bool) -> Truth:  # noqa: FBT001 — a Judge
    if isinstance(right, membership.Listed):
        return _truth(right.holds(left, fold=fold))
    if not isinstance(right, list):
        return UNKNOWN
    return _truth(any(values.equal(left, element, fold=fold) for element in right))


def _contains(left: Json, right: Json, fold: bool) -> Truth:  # noqa: FBT001 — a Judge
    if isinstance(left, list):
        return _member(right, left, fold)
    return _part(right, left, fold)


def _texts(accepts: Callable[[str, str], bool]) -> Judge:
    def judge(left: Json, right: Json, fold: bool) -> Truth:  # noqa: FBT001 — a Judge
        if not (isinstance(left, str) and isinstance(right, str)):
            return UNKNOWN
        if fold:
            left, right = left.casefold(), right.casefold()
        return _truth(accepts(left, right))

    return judge


_part: Final = _texts(lambda left, right: left in right)


def _matches(left: Json, right: Json, fold: bool) -> Truth:  # noqa: FBT001 — a Judge
    if not (isinstance(left, str) and isinstance(right, str)):
        return UNKNOWN
    search = pattern(right, "folded" if fold else "exact")
    if isinstance(search, str):
        return UNKNOWN
    try:
        return _truth(search.search(left) is not None)
    except UnicodeEncodeError:  # half a surrogate pair is no text to RE2
        return UNKNOWN


@functools.lru_cache(maxsize=512)
def pattern(text: str, case: str) -> Any:
    """Return the compiled RE2 of ``text``, or a sentence that says why it is none.

    ``case`` is "exact" or "folded". RE2 takes linear time, whatever the pattern.
    """
    import re2  # only sets that use MATCHES pay for it

    options = re2.Options()
    options.log_errors = False
    options.max_mem = 1 << 20
    options.case_sensitive = case == "exact"
    try:
        return re2.compile(text, options)
    except (re2.error, UnicodeEncodeError) as error:
        reason = error.args[0] if error.args else error
        return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)


def _is_set(left: Json, _: Json, __: bool) -> Truth:  # noqa: FBT001 — a Judge
    return _truth(left is not None)


def _depends(_: Json) -> Bounds:
    return OPEN


def _if_equal(value: Json) -> Bounds:
    return (FALSE, FALSE) if values.holds_null(value) else OPEN


def _if_ordered(value: Json) -> Bounds:
    return OPEN if values.rank(value) is not None else (UNKNOWN, UNKNOWN)


def _if_list(value: Json) -> Bounds:
    if not isinstance(value, list):
        return (FALSE, UNKNOWN)
    return (FALSE, FALSE) if all(map(values.holds_null, value)) else OPEN


def _if_sought(value: Json) -> Bounds:
    """Something that equals nothing is in no list, though whether there is a list is open."""
    return (FALSE, UNKNOWN) if values.holds_null(value) else OPEN


def _if_container(value: Json) -> Bounds:
    return OPEN if isinstance(value, str) else _if_list(value)


def _if_contained(value: Json) -> Bounds:
    return OPEN if isinstance(value, str) else _if_sought(value)


def _if_text(value: Json) -> Bounds:
    return OPEN if isinstance(value, str) else (FALSE, UNKNOWN)


def _if_pattern(value: Json) -> Bounds:
    fits = isinstance(value, str) and not isinstance(pattern(value, "exact"), str)
    return OPEN if fits else (FALSE, UNKNOWN)


_ANY: Final[frozenset[Kind]] = frozenset({"boolean", "number", "text", "list", "object"})
_TEXT: Final[frozenset[Kind]] = frozenset({"text"})
_ORDERED_LITERALS: Final[frozenset[Kind]] = frozenset({"number", "text"})
_EQUALITY: Final = Family(_equals, FALSE, _ANY, _if_equal, _if_equal)
_MEMBERSHIP: Final = Family(
    _member, FALSE, frozenset({"list"}), _if_sought, _if_list, right_null_answers=False
)
_CONTAINMENT: Final = Family(_contains, FALSE, _ANY, _if_container, _if_contained)
_PATTERN: Final = Family(_matches, FALSE, _TEXT, _if_text, _if_pattern)
_PRESENCE: Final = Family(_is_set, FALSE, frozenset(), _depends, _depends, right_null_answers=False)


def _order(name: str, words: str, accepts: Callable[[Any, Any], bool]) -> Operator:
    family = Family(_ordered(accepts), UNKNOWN, _ORDERED_LITERALS, _if_ordered, _if_ordered)
    return Operator(name, words, f"is {words} {{}}", f"is not {words} {{}}", family)


def _text(name: str, words: tuple[str, str], judge: Judge) -> Operator:
    family = Family(judge, FALSE, _TEXT, _if_text, _if_text)
    return Operator(name, words[0], f"{words[0]} {{}}", f"{words[1]} {{}}", family)


ROWS: Final[tuple[Operator, ...]] = (
    Operator("EQUAL", "is", "equals {}", "does not equal {}", _EQUALITY),
    Operator("NOT_EQUAL", "is not", "does not equal {}", "equals {}", _EQUALITY, opposite=True),
    _order("LESS_THAN", "less than", lambda a, b: a < b),
    _order("LESS_THAN_OR_EQUAL", "at most", lambda a, b: a <= b),
    _order("GREATER_THAN", "more than", lambda a, b: a > b),
    _order("GREATER_THAN_OR_EQUAL", "at least", lambda a, b: a >= b),
    Operator("IS_IN", "is in", "is in {}", "is not in {}", _MEMBERSHIP),
    Operator("NOT_IN", "is not in", "is not in {}", "is in {}", _MEMBERSHIP, opposite=True),
    Operator("CONTAINS", "contains", "contains {}", "does not contain {}", _CONTAINMENT),
    Operator(
        "NOT_CONTAINS",
        "does not contain",
        "does not contain {}",
        "contains {}",
        _CONTAINMENT,
        opposite=True,
    ),
    _text("IS_PART_OF", ("is part of", "is not part of"), _part),
    _text("STARTS_WITH", ("starts with", "does not start with"), _texts(str.startswith)),
    _text("ENDS_WITH", ("ends with", "does not end with"), _texts(str.endswith)),
    Operator("MATCHES", "matches", "matches {}", "does not match {}", _PATTERN),
    Operator("IS_SET", "is set", "is set", "is missing", _PRESENCE),
    Operator("IS_NOT_SET", "is missing", "is missing", "is set", _PRESENCE, opposite=True),
)

BY_NAME: Final[dict[str, Operator]] = {row.name: row for row in ROWS}

TAKES_BRACED_NUMBER: Final = frozenset({"EQUAL", "NOT_EQUAL"}) | frozenset(
    row.name for row in ROWS if row.family.literals == _ORDERED_LITERALS
)
"""Where the ``"{1440}"`` of the oldest documents is read as a number."""


def objection(operator: Operator, literal: Json) -> str | None:
    """Return why ``operator`` can never use ``literal`` as its value, or None if it can."""
    found = values.kind(literal)
    if found == "null":
        return "null equals nothing: use IS_NOT_SET (or IS_SET) without a value"
    if found not in operator.family.literals:
        wanted = " or a ".join(sorted(operator.family.literals))
        return f"{operator.name} takes a {wanted}, or a reference such as {{{{custom.name}}}}"
    if operator.family.literals == _ORDERED_LITERALS and values.rank(literal) is None:
        return (
            f"{operator.name} takes a number, a text that spells one, an ISO date "
            "(2026-12-24) or an ISO date-time (2026-12-24T18:00:00Z)"
        )
    if operator.family is _PATTERN and isinstance(reason := pattern(literal, "exact"), str):
        return f"not a regular expression (RE2): {reason}"
    return None
