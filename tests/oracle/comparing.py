"""What the operators mean, slowly and obviously; shares no line with the product."""

import functools
import math
import re
from datetime import date, datetime

T, F, U, E = "TRUE", "FALSE", "UNKNOWN", "ERROR"
FAILED = object()
"""Stands for an attribute that could not be fetched."""

NEGATIONS = {
    "NOT_EQUAL": "EQUAL",
    "NOT_IN": "IS_IN",
    "NOT_CONTAINS": "CONTAINS",
    "IS_NOT_SET": "IS_SET",
}
ORDERS = {
    "LESS_THAN": lambda a, b: a < b,
    "LESS_THAN_OR_EQUAL": lambda a, b: a <= b,
    "GREATER_THAN": lambda a, b: a > b,
    "GREATER_THAN_OR_EQUAL": lambda a, b: a >= b,
}
TEXTS = {
    "IS_PART_OF": lambda a, b: a in b,
    "STARTS_WITH": lambda a, b: a.startswith(b),
    "ENDS_WITH": lambda a, b: a.endswith(b),
}
WHATEVER = (None, 0, True, "", "x", "2", "2026-01-01", [], ["x"], {"k": 1})
LOST_BEFORE = {}
"""What `with_failure` has found: it is asked the same again and again."""


class Folded(str):
    """A text that is compared without regard to case, whatever stands on the other side."""

    __slots__ = ()


def negate(state):
    return {T: F, F: T}.get(state, state)


def compare(name, left, right, *, fold=False):  # noqa: C901 — one obvious list of rules
    if name in NEGATIONS:
        return negate(compare(NEGATIONS[name], left, right, fold=fold))
    if left is FAILED or right is FAILED:
        return with_failure(name, left, right, fold)
    if name == "IS_SET":
        return T if left is not None else F
    if name == "IS_IN":
        if left is None:
            return F
        if type(right) is not list:
            return U
        return T if any(same(left, each, fold) for each in right) else F
    if left is None or right is None:
        return U if name in ORDERS else F
    if name == "EQUAL":
        return T if same(left, right, fold) else F
    if name in ORDERS:
        return order(name, left, right)
    if name == "CONTAINS" and type(left) is list:
        return T if any(same(right, each, fold) for each in left) else F
    if not isinstance(left, str) or not isinstance(right, str):
        return U
    return text(name, left, right, fold)


def with_failure(name, left, right, fold):
    """Whatever the lost value was: if the answer is the same for all, it is the answer."""
    key = (name, fold, *(each is FAILED or (type(each), repr(each)) for each in (left, right)))
    if key not in LOST_BEFORE:
        LOST_BEFORE[key] = whatever_it_was(name, left, right, fold)
    return LOST_BEFORE[key]


def whatever_it_was(name, left, right, fold):
    left, right = countable(left), countable(right)
    known = [each for each in (left, right) if each is not FAILED]
    likely = [
        *WHATEVER,
        *known,
        known,
        *(part for each in known if type(each) is list for part in each),
    ]
    lefts = likely if left is FAILED else (left,)
    rights = likely if right is FAILED else (right,)
    answers = {compare(name, a, b, fold=fold) for a in lefts for b in rights}
    return answers.pop() if len(answers) == 1 else E


def countable(value):
    """The value with a number for what is none: nobody looks whether it equals itself."""
    if isinstance(value, float) and math.isnan(value):
        return 0.5
    if isinstance(value, list):
        return [countable(each) for each in value]
    return {key: countable(each) for key, each in value.items()} if type(value) is dict else value


def text(name, left, right, fold):
    if name == "MATCHES":
        if half_a_pair(left) or half_a_pair(right):
            return U
        try:
            found = re.search(right, left, re.IGNORECASE if fold else 0)
        except re.error:
            return U
        return T if found else F
    if fold:
        left, right = left.casefold(), right.casefold()
    if name == "CONTAINS":
        return T if right in left else F
    return T if TEXTS[name](left, right) else F


def half_a_pair(value):
    return any("\ud800" <= letter <= "\udfff" for letter in value)


@functools.lru_cache(65_536)
def spelled(value):
    if not isinstance(value, str) or not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value):
        return None
    whole, _, fraction = value.partition(".")
    return int(whole) if set(fraction) <= {"0"} else float(value)


def is_number(value):
    return isinstance(value, int | float) and not isinstance(value, bool)


def same(a, b, fold):
    if a is None or b is None:
        return False
    if isinstance(a, str) and isinstance(b, str):
        if fold or isinstance(a, Folded) or isinstance(b, Folded):
            return a.casefold() == b.casefold()
        return a == b
    if isinstance(a, bool) and isinstance(b, bool):
        return a == b
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(same(x, y, fold) for x, y in zip(a, b, strict=True))
    if isinstance(a, dict) and isinstance(b, dict):
        return set(a) == set(b) and all(same(a[key], b[key], fold) for key in a)
    for one, other in ((a, b), (b, a)):
        if isinstance(one, str) and isinstance(other, bool):
            return one.lower() == str(other).lower()
        if isinstance(one, str) and is_number(other):
            return spelled(one) is not None and spelled(one) == other
    return is_number(a) and is_number(b) and a == b


def order(name, a, b):
    for read in (as_number, as_date, as_aware, as_local):
        one, other = read(a), read(b)
        if one is not None and other is not None:
            return T if ORDERS[name](one, other) else F
    return U


def as_number(value):
    if is_number(value):
        return value if type(value) is int or math.isfinite(value) else None
    return spelled(value) if isinstance(value, str) else None


def as_date(value):
    return date_in(value) if isinstance(value, str) else None


@functools.lru_cache(4096)
def date_in(value):
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_moment(value):
    return moment_in(value) if isinstance(value, str) else None


@functools.lru_cache(4096)
def moment_in(value):
    if not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value, re.ASCII):
        return None
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        return None


def as_aware(value):
    moment = as_moment(value)
    return moment if moment is not None and moment.tzinfo else None


def as_local(value):
    moment = as_moment(value)
    return moment if moment is not None and not moment.tzinfo else None
