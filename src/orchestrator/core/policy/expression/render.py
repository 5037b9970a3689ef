"""The one canonical text of a tree: reading it gives the same tree again.

Brackets stand where they are needed, and around a comparison under ``not`` for the eye; where those
would make an expression deeper than it may be, they are left out.
"""

from decimal import Decimal
from typing import Final

import msgspec

from orchestrator.core.policy.expression import tokens, tree
from orchestrator.core.policy.expression.tree import Node

_EITHER, _BOTH, _NOT, _COMPARISON, _SUM, _PRODUCT, _SIGNED, _POWER, _PRIMARY = range(9)
"""How tightly the outermost operator of a text binds, loosest first."""

_PRODUCTS: Final = frozenset({"*", "/", "%"})


class _Text(msgspec.Struct, frozen=True):
    text: str
    rank: int
    depth: int = 0


def render(root: Node) -> str:
    """Return the canonical text of ``root``."""
    roomy = tree.fold(root, _roomy)
    if roomy.depth <= tokens.MAX_DEPTH:
        return roomy.text
    return tree.fold(root, _render).text


def _roomy(node: Node, under: tuple[_Text, ...]) -> _Text:
    if isinstance(node, tree.Not) and under[0].rank == _COMPARISON:
        return _render(node, (_bracket(under[0]),))
    return _render(node, under)


def _render(node: Node, under: tuple[_Text, ...]) -> _Text:  # noqa: C901 — a row for each node
    deepest = max((part.depth for part in under), default=0)
    match node:
        case tree.Value(value):
            return _Text(literal(value), _PRIMARY)
        case tree.Name(written):
            return _Text(written, _PRIMARY)
        case tree.Sequence():
            return _Text(f"[{_list(under)}]", _PRIMARY, deepest + 1)
        case tree.Call(name):
            return _Text(f"{name}({_list(under)})", _PRIMARY, deepest + 1)
        case tree.Minus():
            operand = _at_least(_SIGNED, under[0])
            return _Text(f"-{operand.text}", _SIGNED, operand.depth + 1)
        case tree.Power():
            base, exponent = _at_least(_PRIMARY, under[0]), _at_least(_SIGNED, under[1])
            depth = max(base.depth, exponent.depth) + 1
            return _Text(f"{base.text} ^ {exponent.text}", _POWER, depth)
        case tree.Chain(signs):
            rank = _PRODUCT if signs[0] in _PRODUCTS else _SUM
            return _joined([f" {sign} " for sign in signs], under, rank)
        case tree.Compare(comparator):
            return _joined([f" {comparator} "], under, _COMPARISON)
        case tree.Not():
            operand = _at_least(_NOT, under[0])
            return _Text(f"not {operand.text}", _NOT, operand.depth + 1)
        case tree.Join(word):
            rank = _BOTH if word == "and" else _EITHER
            return _joined([f" {word} "] * (len(under) - 1), under, rank)


def _list(members: tuple[_Text, ...]) -> str:
    return ", ".join(member.text for member in members)


def _joined(between: list[str], under: tuple[_Text, ...], rank: int) -> _Text:
    operands = [_at_least(rank + 1, part) for part in under]
    pieces = [operands[0].text]
    for sign, operand in zip(between, operands[1:], strict=True):
        pieces += [sign, operand.text]
    return _Text("".join(pieces), rank, max(operand.depth for operand in operands))


def _at_least(rank: int, part: _Text) -> _Text:
    return part if part.rank >= rank else _bracket(part)


def _bracket(part: _Text) -> _Text:
    return _Text(f"({part.text})", _PRIMARY, part.depth + 1)


def literal(value: str | float | bool) -> str:  # noqa: FBT001 — a value
    """Return how a literal is written; a text that `is_writable`, a number from 0 on."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return "'" + value.replace("\\", "\\\\").replace("'", "\\'") + "'"
        case float() if not value.is_integer():
            return f"{Decimal(repr(value)):f}"
        case _:
            return str(int(value))


def is_writable(text: str) -> bool:
    """Whether ``text`` can stand in quotes: a lone typographic quote would end it."""
    return all(
        tokens.is_apostrophe(sign, text[index - 1 : index], text[index + 1 : index + 2])
        for index, sign in enumerate(text)
        if sign in tokens.QUOTES and sign != "'"
    )
