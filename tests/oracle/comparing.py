"""What the operators mean, slowly and obviously; shares no line with the product."""

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
    if type(left) is not str or type(right) is not str:
        return U
    return text(name, left, right, fold)


def with_failure(name, left, right, fold):
    """Whatever the lost value was: if the answer is the same for all, it is the answer."""
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


def text(name, left, right, fold):
    if name == "MATCHES":
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


def spelled(value):
    if type(value) is not str:
        return None
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?", value):
        return None
    whole, _, fraction = value.partition(".")
    return int(whole) if set(fraction) <= {"0"} else float(value)


def same(a, b, fold):
    if a is None or b is None:
        return False
    if type(a) is str and type(b) is str:
        return a.casefold() == b.casefold() if fold else a == b
    if type(a) is bool and type(b) is bool:
        return a == b
    if type(a) is list and type(b) is list:
        return len(a) == len(b) and all(same(x, y, fold) for x, y in zip(a, b, strict=True))
    if type(a) is dict and type(b) is dict:
        return set(a) == set(b) and all(same(a[key], b[key], fold) for key in a)
    for one, other in ((a, b), (b, a)):
        if type(one) is str and type(other) is bool:
            return one.lower() == str(other).lower()
        if type(one) is str and type(other) in (int, float):
            return spelled(one) is not None and spelled(one) == other
    return type(a) in (int, float) and type(b) in (int, float) and a == b


def order(name, a, b):
    for read in (as_number, as_date, as_aware, as_local):
        one, other = read(a), read(b)
        if one is not None and other is not None:
            return T if ORDERS[name](one, other) else F
    return U


def as_number(value):
    return value if type(value) in (int, float) else spelled(value)


def as_date(value):
    if type(value) is not str or not re.fullmatch(r"\d{4}-\d\d-\d\d", value, re.ASCII):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def as_moment(value):
    if type(value) is not str or not re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d", value, re.ASCII):
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
