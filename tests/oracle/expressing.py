"""What an expression means, slowly and obviously; shares no line with the product.

A reader that climbs the levels of precedence by recursion, and an evaluator that reads every
attribute. Texts with escapes, typographic quotes and mistakes are left to the product's own tests.
"""

import functools
import hashlib
import json
import math
import re
import sys
from datetime import time
from fractions import Fraction
from zoneinfo import ZoneInfo

from oracle.comparing import FAILED, E, F, T, U, as_number, compare, negate

LARGEST = sys.float_info.max
LOST = object()
"""A value that cannot be told."""

TOKEN = re.compile(r"\s*([A-Za-z_][\w.]*|\d+(?:\.\d+)?|'[^']*'|==|!=|<=|>=|\|\||[-+*/%^()\[\],<>])")
COMPARISONS = {
    "==": "EQUAL",
    "!=": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "in": "IS_IN",
}
TESTS = {
    "contains": "CONTAINS",
    "startsWith": "STARTS_WITH",
    "endsWith": "ENDS_WITH",
    "matches": "MATCHES",
    "isSet": "IS_SET",
}
FOLDED = ("sde.visitorinfo.customerinfo.ctype", "sde.visitorinfo.customerinfo.cstatus")
DAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


class Reader:
    """Reads one expression; every method reads one level and returns a tuple."""

    def __init__(self, text):
        self.tokens = TOKEN.findall(text)
        assert "".join(self.tokens) == re.sub(r"\s+(?=(?:[^']*'[^']*')*[^']*$)", "", text)
        self.tokens.append("")

    @property
    def next(self):
        return self.tokens[0]

    def take(self):
        return self.tokens.pop(0)

    def read(self):
        made = self.either()
        assert self.next == ""
        return made

    def either(self):
        made = self.both()
        while self.next == "or":
            self.take()
            made = ("or", made, self.both())
        return made

    def both(self):
        made = self.inverted()
        while self.next == "and":
            self.take()
            made = ("and", made, self.inverted())
        return made

    def inverted(self):
        if self.next == "not":
            self.take()
            return ("not", self.inverted())
        left = self.sum()
        if self.next in COMPARISONS:
            return ("compare", self.take(), left, self.sum())
        return left

    def sum(self):
        made = self.product()
        while self.next in ("+", "-", "||"):
            made = ("work", self.take(), made, self.product())
        return made

    def product(self):
        made = self.signed()
        while self.next in ("*", "/", "%"):
            made = ("work", self.take(), made, self.signed())
        return made

    def signed(self):
        if self.next == "-":
            self.take()
            return ("work", "-", ("value", 0), self.signed())
        if self.next == "sqrt" and self.tokens[1] != "(":
            self.take()
            return ("call", "sqrt", [self.signed()])
        base = self.primary()
        if self.next == "^":
            self.take()
            return ("work", "^", base, self.signed())
        return base

    def primary(self):
        token = self.take()
        if token == "(":
            made = self.either()
            assert self.take() == ")"
            return made
        if token == "[":
            return ("list", self.until("]"))
        if token in ("true", "false"):
            return ("value", token == "true")
        if token[0] == "'":
            return ("value", token[1:-1])
        if token[0].isdigit():
            return ("value", float(token) if "." in token else int(token))
        if self.next == "(":
            self.take()
            return ("call", token, self.until(")"))
        return ("name", token)

    def until(self, end):
        found = []
        while self.next != end:
            found.append(self.either())
            if self.next == ",":
                self.take()
        self.take()
        return found


class Meaning:
    """Evaluates what `Reader` read; ``get`` gives the value of a name, `FAILED` if it failed."""

    def __init__(self, get, at):
        self.get = get
        self.at = at

    def state(self, node):
        match node:
            case ("or", a, b):
                return self.either(self.state(a), self.state(b))
            case ("and", a, b):
                return negate(self.either(negate(self.state(a)), negate(self.state(b))))
            case ("not", a):
                return negate(self.state(a))
            case ("compare", sign, a, b):
                return self.compared(COMPARISONS[sign], a, b, sign)
            case ("call", name, arguments) if name in TESTS:
                return self.compared(TESTS[name], arguments[0], (*arguments, None)[1], None)
        found = self.value(node)
        if found is FAILED:
            return E
        return (T if found else F) if type(found) is bool else U

    def either(self, a, b):
        if T in (a, b):
            return T
        return E if E in (a, b) else U if U in (a, b) else F

    def compared(self, name, a, b, sign):
        left = self.value(a)
        right = None if b is None else self.value(b)
        if sign in ("<", "<=", ">", ">=") and self.computed(a) != self.computed(b):
            if self.computed(a) and type(left) is bool:
                left = 1 if left else 0
            if self.computed(b) and type(right) is bool:
                right = 1 if right else 0
        fold = any(side is not None and side[0] == "name" and side[1] in FOLDED for side in (a, b))
        sides = [FAILED if each is LOST else each for each in (left, right)]
        state = compare(name, *sides, fold=fold)
        return U if state == E and FAILED not in (left, right) else state

    def computed(self, node):
        if node[0] == "call":
            return node[1] in TESTS or node[1].startswith("is") or node[1] == "inPercent"
        return node[0] in ("or", "and", "not", "compare")

    def value(self, node):
        match node:
            case ("value", value):
                return value
            case ("name", name):
                return self.get(name)
            case ("list", members):
                return self.strict([self.value(member) for member in members], list)
            case ("work", sign, a, b):
                return self.worked(sign, self.value(a), self.value(b))
            case ("call", name, arguments) if name not in TESTS:
                found = [self.value(argument) for argument in arguments]
                found = [LOST if each is None else each for each in found]
                return self.strict(found, lambda given: self.called(name, given))
        return {T: True, F: False, E: FAILED, U: LOST}[self.state(node)]

    def strict(self, found, work):
        if any(each is FAILED for each in found):
            return FAILED
        return LOST if any(each is LOST for each in found) else work(found)

    def worked(self, sign, a, b):
        return self.strict([a, b], lambda _: self.settled(sign, a, b))

    def settled(self, sign, a, b):
        if sign == "||":
            pieces = [self.written(each) for each in (a, b)]
            return LOST if None in pieces else pieces[0] + pieces[1]
        a, b = as_number(a), as_number(b)
        if a is None or b is None or (sign in "/%" and b == 0):
            return LOST
        try:
            a, b = float(a), float(b)
            if sign == "%":
                rest = Fraction(abs(a)) % Fraction(abs(b))
                return math.copysign(float(rest), a)
            if sign == "^":
                found = a**b
            else:
                found = {"+": a + b, "-": a - b, "*": a * b, "/": a / b if b else 0.0}[sign]
        except (OverflowError, ZeroDivisionError):
            return LOST
        return found if type(found) is float and math.isfinite(found) else LOST

    def written(self, value):
        if type(value) is bool:
            return "true" if value else "false"
        if type(value) in (int, float):
            return str(int(value)) if value % 1 == 0 else json.dumps(value)
        return value if type(value) is str else None

    def called(self, name, given):
        first = given[0]
        if name in ("lower", "upper"):
            return getattr(first, name)() if type(first) is str else LOST
        if name == "length":
            return len(first) if type(first) in (str, list) else LOST
        if name == "isTimeRange":
            return self.in_time_range(*given)
        if name == "inPercent":
            share = as_number(given[1])
            if type(first) is not str or share is None or not 0 <= share <= 100:
                return LOST
            bucket = Fraction(
                int(hashlib.sha256(first.encode("utf-8", "surrogatepass")).hexdigest()[:16], 16),
                16**16,
            )
            return bucket * 100 < Fraction(share)
        numbers = [as_number(each) for each in given]
        if None in numbers or any(abs(each) > LARGEST for each in numbers):
            return LOST
        numbers = [float(each) for each in numbers]
        if name == "sqrt":
            return math.sqrt(numbers[0]) if numbers[0] >= 0 else LOST
        if name == "round":
            whole = math.floor(Fraction(abs(numbers[0])) + Fraction(1, 2))
            return float(whole if numbers[0] >= 0 else -whole)
        return {"min": min, "max": max, "abs": lambda found: abs(found[0])}[name](numbers)

    def in_time_range(self, start, end, zone, days=DAYS):
        if self.at is None:
            return LOST
        local = self.at.astimezone(ZoneInfo(zone))
        first, last = time.fromisoformat(start), time.fromisoformat(end)
        assert first <= last
        shown = local.time().replace(microsecond=0)
        return DAYS[local.weekday()] in days and first <= shown <= last


@functools.lru_cache(8192)
def read(text):
    return Reader(text).read()


def state(text, get, at=None):
    """Return TRUE, FALSE, UNKNOWN or ERROR."""
    return Meaning(get, at).state(read(text))
