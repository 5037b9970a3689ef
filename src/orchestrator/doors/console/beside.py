"""Two forms of one policy beside each other, line by line, and in a line word by word."""

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Any, Final

import msgspec

from orchestrator.core.policy import operators, phrases
from orchestrator.core.policy.telling import Names
from orchestrator.doors.console.words import _

GROUPS: Final[Mapping[str, str]] = {
    "all": "All of the following",
    "any": "Any of the following",
    "none": "None of the following",
}
ACTIONS: Final[Mapping[str, str]] = {
    "TRANSFER_TO_SKILL": "Transfer to a skill",
    "TRANSFER_TO_AGENT": "Transfer to an agent",
    "SEND_MESSAGE": "Send a message",
}
"""What the editor calls groups and actions: what is compared reads as what was edited."""

_OPERATORS: Final = {row.name: row.words for row in operators.ROWS}
_PARTS: Final = frozenset(
    {"id", "name", "enabled", "conditions", "expression", "actions", "exception"}
)
_KNOWN: Final = frozenset({"property", "type", "value", "ignoreCase"})
_WORD: Final = re.compile(r"\s+|\w+|[^\w\s]")
_MOST_WORDS: Final = 2_000
_AKIN: Final = 0.35


class Line(msgspec.Struct, frozen=True):
    """A line of a policy; ``depth`` is how many groups it is in."""

    depth: int
    text: str


class Piece(msgspec.Struct, frozen=True):
    """Some words; ``is_own`` says that the other side has not got them."""

    text: str
    is_own: bool


class Half(msgspec.Struct, frozen=True):
    """One side of a row."""

    depth: int
    pieces: tuple[Piece, ...]


class Both(msgspec.Struct, frozen=True):
    """A row: the same line of both sides; None where one has no such line."""

    theirs: Half | None
    mine: Half | None
    is_same: bool


def compared(
    theirs: Mapping[str, Any], mine: Mapping[str, Any], *, names: Names | None = None
) -> list[Both]:
    """Return two forms of one policy, as documents have them, in rows from top to bottom.

    ``names`` are those of targets, and the language. What is not shaped as a policy is told as
    JSON, so that nothing of it is left out.
    """
    known = names or Names()
    old, new = list(_policy(theirs, known)), list(_policy(mine, known))
    found = difflib.SequenceMatcher(None, old, new, autojunk=False)
    rows: list[Both] = []
    for does, start, end, begin, stop in found.get_opcodes():
        if does == "equal":
            rows += (Both(_whole(each), _whole(each), is_same=True) for each in old[start:end])
        else:
            rows += _differing(old[start:end], new[begin:stop])
    return rows


def _differing(old: Sequence[Line], new: Sequence[Line]) -> Iterator[Both]:
    for theirs, mine in zip_longest(old, new):
        if theirs and mine:
            left, right = _words(theirs.text), _words(mine.text)
            found = difflib.SequenceMatcher(None, left, right, autojunk=False)
            is_short = max(len(left), len(right)) <= _MOST_WORDS
            codes = found.get_opcodes() if is_short else []
            alike = sum(len(" ".join(left[c[1] : c[2]]).split()) for c in codes if c[0] == "equal")
            if alike >= _AKIN * min(_spoken(left), _spoken(right)) and alike:
                yield Both(
                    Half(theirs.depth, _pieces(left, [(c[0], c[1], c[2]) for c in codes])),
                    Half(mine.depth, _pieces(right, [(c[0], c[3], c[4]) for c in codes])),
                    is_same=False,
                )
                continue
        if theirs:
            yield Both(_whole(theirs, own=True), None, is_same=False)
        if mine:
            yield Both(None, _whole(mine, own=True), is_same=False)


def _spoken(words: Sequence[str]) -> int:
    """Return how many words are more than spaces."""
    return sum(not word.isspace() for word in words)


def _words(text: str) -> list[str]:
    return _WORD.findall(text)


def _pieces(words: Sequence[str], codes: Sequence[tuple[str, int, int]]) -> tuple[Piece, ...]:
    return tuple(
        Piece("".join(words[start:end]), is_own=does != "equal")
        for does, start, end in codes
        if end > start
    )


def _whole(line: Line, *, own: bool = False) -> Half:
    return Half(line.depth, (Piece(line.text, is_own=own),))


def _policy(given: Mapping[str, Any], names: Names) -> Iterator[Line]:
    said = phrases.of(names.language)
    yield Line(0, f"{_('Name')}: {_plain(given.get('name', ''))}")
    yield Line(0, _("Enabled") if given.get("enabled") is True else _("Disabled"))
    yield from _block(said.opening, given, names)
    other = given.get("exception")
    if isinstance(other, dict):
        yield from _block(said.opening_exception, other, names)
    elif other is not None:
        yield Line(0, f"exception: {_plain(other)}")
    for key in sorted(given.keys() - _PARTS):
        yield Line(0, f"{key}: {_plain(given[key])}")


def _block(opening: str, given: Mapping[str, Any], names: Names) -> Iterator[Line]:
    yield Line(0, opening)
    if "expression" in given:
        for line in str(given["expression"]).splitlines() or [""]:
            yield Line(1, line)
    conditions = given.get("conditions", [])
    for each in conditions if isinstance(conditions, list) else [conditions]:
        yield from _condition(each, 1)
    yield Line(0, _("THEN"))
    actions = given.get("actions", [])
    for each in actions if isinstance(actions, list) else [actions]:
        yield Line(1, _action(each, names))


def _condition(given: object, depth: int) -> Iterator[Line]:
    if isinstance(given, dict):
        quantifier = next(iter(given)) if len(given) == 1 else ""
        members = given.get(quantifier)
        if quantifier in GROUPS and isinstance(members, list):
            yield Line(depth, _(GROUPS[quantifier]))
            for each in members:
                yield from _condition(each, depth + 1)
            return
        if given.get("type") in _OPERATORS and given.keys() <= _KNOWN:
            operator = _OPERATORS[given["type"]]
            words = [str(given.get("property", "")), _(operator)]
            if "value" in given:
                words.append(_value(given["value"]))
            if given.get("ignoreCase"):
                words.append(f"({_('upper and lower case ignored')})")
            yield Line(depth, " ".join(words))
            return
    yield Line(depth, _plain(given))


def _action(given: object, names: Names) -> str:
    called = {**names.skills, **names.users}
    if isinstance(given, dict) and given.keys() == {"type", "payload"}:
        opening, fields = ACTIONS.get(str(given["type"])), given["payload"]
        if opening and isinstance(fields, dict):
            told = [called.get(text) or text for text in map(_plain, fields.values())]
            if len(told) > 1:
                told = [f"{key}: {text}" for key, text in zip(fields, told, strict=True)]
            return f"{_(opening)}: {', '.join(told)}"
    return _plain(given)


def _value(given: object) -> str:
    """Return a value so that the text 1 and the number 1 differ."""
    if isinstance(given, list):
        return f"[{', '.join(map(_value, given))}]"
    return f"“{given}”" if isinstance(given, str) else _plain(given)


def _plain(given: object) -> str:
    return given if isinstance(given, str) else json.dumps(given, ensure_ascii=False)
