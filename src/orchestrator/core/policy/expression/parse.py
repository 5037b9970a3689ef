"""From the text of an expression to its tree, in linear time, or to the first thing wrong with it.

The grammar is LALR(1), so nothing is ever tried twice. Loosest first: ``or``, ``and``, ``not``,
one comparison, sums and ``||``, products, ``-`` and ``sqrt`` in front, ``^``.
"""

import functools
from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from orchestrator.core.policy import values
from orchestrator.core.policy.expression import suggest, tokens, tree
from orchestrator.core.policy.expression.findings import Finding, Refused
from orchestrator.core.policy.expression.tokens import Token
from orchestrator.core.policy.expression.tree import NOWHERE, Node, Place

if TYPE_CHECKING:
    import lark

MAX_CHARACTERS: Final = 20_000

GRAMMAR: Final = """
start: either
either: both (_OR both)*
both: inverted (_AND inverted)*
?inverted: NOT inverted -> inversion | comparison
comparison: sum [COMPARATOR sum]
sum: product ((SUM_SIGN | MINUS) product)*
product: signed (PRODUCT_SIGN signed)*
?signed: MINUS signed -> minus | ROOT signed -> root | power
power: primary [_POWER signed]
?primary: NUMBER -> number
        | TEXT -> text
        | BOOLEAN -> boolean
        | NAME -> name
        | FUNCTION _OPEN [arguments] _CLOSE -> call
        | OPEN_LIST [arguments] _CLOSE_LIST -> sequence
        | _OPEN either _CLOSE -> bracket
arguments: either (_COMMA either)*
%declare _OR _AND NOT COMPARATOR SUM_SIGN MINUS PRODUCT_SIGN ROOT _POWER NUMBER TEXT BOOLEAN NAME
%declare FUNCTION OPEN_LIST _OPEN _CLOSE _CLOSE_LIST _COMMA
"""


def read(text: str) -> Node:
    """Return the tree of ``text``. Raises `Refused` with the first mistake; checks no meaning."""
    if len(text) > MAX_CHARACTERS:
        said = f"an expression has at most {MAX_CHARACTERS:,} characters, this has {len(text):,}"
        raise Refused(Finding(Place(1, 1), "too-large", said))
    from lark import exceptions

    try:
        made: Any = _parser().parse(text)
    except exceptions.UnexpectedToken as error:
        refused = _unexpected(text, cast("lark.Token", error.token), error.accepts or ())
    else:
        return made.node
    raise refused


def is_name(written: str) -> bool:
    """Whether the name of an attribute can stand in an expression: those with a ``-`` cannot."""
    return tokens.NAME.fullmatch(written) is not None


def _unexpected(text: str, found: "lark.Token", accepted: Iterable[str]) -> Refused:
    """Say what stands where something else should."""
    start = len(text) if found.type == "$END" else found.start_pos or 0
    before: list[Token] = []
    after: list[Token] = []
    for token in _until_refused(text):
        (before if token.start < start else after).append(token)
        if len(after) > suggest.LOOK_AHEAD:
            break
    return Refused(suggest.finding(text, before, after, frozenset(accepted)))


def _until_refused(text: str) -> Iterator[Token]:
    try:
        yield from tokens.scan(text)
    except Refused:
        return


@functools.cache
def _parser() -> "lark.Lark":
    """Build the parser when the first expression comes: most documents hold none."""
    import lark
    from lark import lexer

    class Scanner(lexer.Lexer):
        """Our tokens, as the parser wants them."""

        def __init__(self, _: object) -> None:
            pass

        def lex(self, text: Any) -> Iterator[lark.Token]:  # pyrefly: ignore[bad-override] — the parser asks for either signature
            for token in tokens.scan(text):
                place = token.place
                yield lark.Token(token.kind, token.text, token.start, place.line, place.column)

    builder = cast("Any", _Builder())  # any object with the rules as methods will do
    return lark.Lark(GRAMMAR, parser="lalr", lexer=Scanner, transformer=builder)


class _Part(msgspec.Struct, frozen=True):
    """A node, how deep it is, and where its text begins."""

    node: Node
    depth: int = 0
    place: Place = NOWHERE


def _part(node: Node, inside: Iterable[_Part], place: Place, *, deeper: int = 0) -> _Part:
    depth = max((part.depth for part in inside), default=0) + deeper
    if depth > tokens.MAX_DEPTH:
        raise tokens.too_deep(place)
    return _Part(node, depth, place)


def _place(token: "lark.Token") -> Place:
    return Place(token.line or 0, token.column or 0)


class _Builder:
    """What becomes of each rule of the grammar: methods are named after them."""

    def start(self, found: list[Any]) -> _Part:
        return found[0]

    def either(self, found: list[_Part]) -> _Part:
        return self._join("or", found)

    def both(self, found: list[_Part]) -> _Part:
        return self._join("and", found)

    def _join(self, word: tree.Word, found: list[_Part]) -> _Part:
        if len(found) == 1:
            return found[0]
        place = found[0].place
        return _part(tree.Join(word, tuple(part.node for part in found), place), found, place)

    def inversion(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        return _part(tree.Not(found[1].node, place), found[1:], place, deeper=1)

    def comparison(self, found: list[Any]) -> _Part:
        left, sign, right = found
        if sign is None:
            return left
        node = tree.Compare(sign.value, left.node, right.node, left.place)
        return _part(node, (left, right), left.place)

    def sum(self, found: list[Any]) -> _Part:
        return self._chain(found)

    def product(self, found: list[Any]) -> _Part:
        return self._chain(found)

    def _chain(self, found: list[Any]) -> _Part:
        if len(found) == 1:
            return found[0]
        inside = found[::2]
        signs = tuple(sign.value for sign in found[1::2])
        node = tree.Chain(signs, tuple(part.node for part in inside), inside[0].place)
        return _part(node, inside, inside[0].place)

    def minus(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        return _part(tree.Minus(found[1].node, place), found[1:], place, deeper=1)

    def root(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        return _part(tree.Call("sqrt", (found[1].node,), place), found[1:], place, deeper=1)

    def power(self, found: list[Any]) -> _Part:
        base, exponent = found
        if exponent is None:
            return base
        node = tree.Power(base.node, exponent.node, base.place)
        return _part(node, found, base.place, deeper=1)

    def number(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        return _Part(tree.Value(_number(found[0].value, place), place), 0, place)

    def text(self, found: list[Any]) -> _Part:
        return _Part(tree.Value(str(found[0]), _place(found[0])), 0, _place(found[0]))

    def boolean(self, found: list[Any]) -> _Part:
        return _Part(tree.Value(found[0] == "true", _place(found[0])), 0, _place(found[0]))

    def name(self, found: list[Any]) -> _Part:
        return _Part(tree.Name(str(found[0]), _place(found[0])), 0, _place(found[0]))

    def call(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        arguments: list[_Part] = found[1] or []
        node = tree.Call(str(found[0]), tuple(part.node for part in arguments), place)
        return _part(node, arguments, place, deeper=1)

    def sequence(self, found: list[Any]) -> _Part:
        place = _place(found[0])
        members: list[_Part] = found[1] or []
        node = tree.Sequence(tuple(part.node for part in members), place)
        return _part(node, members, place, deeper=1)

    def bracket(self, found: list[Any]) -> _Part:
        return _part(found[0].node, found, found[0].place, deeper=1)

    def arguments(self, found: list[_Part]) -> list[_Part]:
        return found


def _number(digits: str, place: Place) -> int | float:
    """Return the number: whole ones exactly, others as the nearest double."""
    if "." not in digits:
        return int(digits)
    exact = Decimal(digits)
    if exact == exact.to_integral_value():
        return int(exact)
    nearest = values.number(float(digits))
    if nearest is None:
        raise Refused(Finding(place, "bad-value", "a number that is too large"))
    return nearest
