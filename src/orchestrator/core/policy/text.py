"""JSON or YAML text into plain objects, refusing whatever is ambiguous, all of it at once."""

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.errors import Problem
from orchestrator.core.policy import faults, mistakes, yaml_text
from orchestrator.core.policy.faults import Fault

Syntax = Literal["any", "json", "yaml"]

MAX_CHARACTERS: Final = 5_000_000
_STRING_OR_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


class Text(msgspec.Struct, frozen=True):
    """What was read, and what is wrong with it although it could be read to its end."""

    value: Json
    problems: tuple[Problem, ...] = ()


def parse(text: str | bytes, syntax: Syntax = "any") -> Json:
    """Read one JSON value or YAML document as `read` does; any problem is refused.

    Raises `mistakes.PolicyErrors` with line and column.
    """
    found = read(text, syntax)
    if found.problems:
        raise mistakes.PolicyErrors(found.problems)
    return found.value


def read(text: str | bytes, syntax: Syntax = "any") -> Text:
    """Read one JSON value or YAML document; bytes are UTF-8.

    With ``"any"`` a text that opens with a bracket or brace is JSON, because YAML would read much
    broken JSON as something else; anything else is tried as both. Duplicate keys, numbers that are
    not finite and the like are among the ``problems``. Raises `mistakes.PolicyErrors` with line and
    column where reading cannot go on.
    """
    try:
        value, found = _read(_decode(text), syntax)
    except Fault as fault:
        raise mistakes.PolicyErrors([fault.problem()]) from None
    return Text(value, tuple(fault.problem() for fault in found))


def _decode(text: str | bytes) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise Fault(f"byte {error.start} is not UTF-8") from None
    if len(text) > MAX_CHARACTERS:
        raise Fault(f"more than {MAX_CHARACTERS:,} characters", code="too-large")
    return text.removeprefix("\ufeff")


def _read(text: str, syntax: Syntax) -> tuple[Json, list[Fault]]:
    opens_like_json = text.lstrip(" \t\r\n")[:1] in {"{", "["}
    try:
        return _json(text)
    except Fault:
        if syntax == "json" or (syntax == "any" and opens_like_json):
            raise
    return yaml_text.read(text)


def _json(text: str) -> tuple[Json, list[Fault]]:
    found: list[Fault] = []
    try:
        value = json.loads(
            text,
            object_pairs_hook=_noting_duplicates(found),
            parse_int=_noting(faults.whole, found),
            parse_float=_noting(faults.finite, found),
            parse_constant=_noting(faults.finite, found),
        )
    except json.JSONDecodeError as error:
        raise Fault(f"not JSON: {error.msg}", at=(error.lineno, error.colno)) from None
    except RecursionError:
        raise Fault("nested too deeply", code="too-deep") from None
    return value, _located(found, text) if found else found


def _noting(convert: Callable[[str], int | float], found: list[Fault]) -> Callable[[str], Json]:
    def noted(text: str) -> Json:
        try:
            return convert(text)
        except Fault as fault:
            found.append(fault)
            return 0

    return noted


def _noting_duplicates(found: list[Fault]) -> Callable[[list[tuple[str, Any]]], dict[str, Any]]:
    def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        if len(made) < len(pairs):
            seen: set[str] = set()
            for key, _ in pairs:
                if key in seen:
                    found.append(faults.duplicate(key))
                seen.add(key)
        return made

    return noted


def _located(found: list[Fault], text: str) -> list[Fault]:
    """The JSON reader does not say where it was: the YAML one does, and stumbles alike."""
    same: list[Fault] = []
    with contextlib.suppress(Fault):
        same += yaml_text.read(text)[1]
    same += _words_for_no_number(text)
    return sorted(same, key=_place) if len(same) == len(found) else found


def _words_for_no_number(text: str) -> list[Fault]:
    """The words for numbers that are none, which only some JSON writers know; strings skipped."""
    return [
        Fault(faults.NOT_FINITE, at=_position(text, found.start(1)), code="bad-value")
        for found in _STRING_OR_WORD.finditer(text)
        if found[1]
    ]


def _position(text: str, index: int) -> faults.Place:
    before = text[:index]
    return (before.count("\n") + 1, index - before.rfind("\n"))


def _place(fault: Fault) -> faults.Place:
    return fault.at or (0, 0)
