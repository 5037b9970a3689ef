"""JSON and YAML 1.2 (core schema) text into plain objects, refusing whatever is ambiguous.

What YAML 1.1 readers guess is left alone: ``NO``, ``12:30:00`` and ``2026-12-24`` are texts, and a
leading zero makes no octal number. Aliases and tags are refused, duplicate keys too, in both.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final, Literal

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import mistakes

Syntax = Literal["any", "json", "yaml"]

MAX_CHARACTERS: Final = 5_000_000
MAX_YAML_CHARACTERS: Final = 1_000_000
"""The YAML reader is some fifty times slower than the JSON one."""
MAX_DEPTH: Final = 200
MAX_DIGITS: Final = 400
_NOT_FINITE: Final = "numbers must be finite"
_STRING_OR_WORD: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(NaN|-?Infinity)')


class _Fault(Exception):
    """Something to refuse; the place is known to the caller or given here, counted from 1."""

    def __init__(
        self, message: str, *, at: tuple[int, int] | None = None, code: mistakes.Code = "syntax"
    ) -> None:
        super().__init__(message)
        self.message = message
        self.at = at
        self.code: mistakes.Code = code

    def refusal(self) -> mistakes.PolicyErrors:
        where = f"line {self.at[0]}, column {self.at[1]}: " if self.at else ""
        return mistakes.refused("", self.code, where + self.message)


def parse(text: str | bytes, syntax: Syntax = "any") -> Json:
    """Read one JSON value or YAML document; bytes are UTF-8.

    With ``"any"`` a text that opens with a bracket or brace is JSON, because YAML would read much
    broken JSON as something else; anything else is tried as both. Raises `mistakes.PolicyErrors`
    with line and column.
    """
    try:
        return _read(_decode(text), syntax)
    except _Fault as fault:
        raise fault.refusal() from None


def _decode(text: str | bytes) -> str:
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8")
        except UnicodeDecodeError as error:
            raise _Fault(f"byte {error.start} is not UTF-8") from None
    if len(text) > MAX_CHARACTERS:
        raise _Fault(f"more than {MAX_CHARACTERS:,} characters", code="too-large")
    return text.removeprefix("\ufeff")


def _read(text: str, syntax: Syntax) -> Json:
    opens_like_json = text.lstrip(" \t\r\n")[:1] in {"{", "["}
    try:
        return _json(text)
    except _Fault:
        if syntax == "json" or (syntax == "any" and opens_like_json):
            raise
    return _yaml(text)


def _json(text: str) -> Json:
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_int=_whole,
            parse_float=_finite,
            parse_constant=_finite,
        )
    except json.JSONDecodeError as error:
        raise _Fault(f"not JSON: {error.msg}", at=(error.lineno, error.colno)) from None
    except RecursionError:
        raise _Fault("nested too deeply", code="too-deep") from None
    except _Fault as fault:
        raise _located(fault, text) from None


def _located(fault: _Fault, text: str) -> _Fault:
    """The JSON reader does not say where it was: the YAML one does, and stumbles alike."""
    if fault.message == _NOT_FINITE and (found := _not_a_number(text)):
        return _Fault(fault.message, at=found, code=fault.code)
    if len(text) > MAX_YAML_CHARACTERS:
        return fault
    try:
        _yaml(text)
    except _Fault as same:
        if same.code == fault.code and same.message == fault.message:
            return same
    return fault


def _not_a_number(text: str) -> tuple[int, int] | None:
    """The words for numbers that are none, which only some JSON writers know; strings skipped."""
    for found in _STRING_OR_WORD.finditer(text):
        if found[1]:
            before = text[: found.start(1)]
            return (before.count("\n") + 1, found.start(1) - before.rfind("\n"))
    return None


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise _duplicate(key)
            seen.add(key)
    return found


def _duplicate(key: str) -> _Fault:
    return _Fault(f"the key {key[:80]!r} is there twice", code="duplicate")


def _whole(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise _Fault(f"a number of more than {MAX_DIGITS} digits", code="bad-value")
    return int(text)


def _finite(text: str) -> float:
    try:
        number = float(text)
    except ValueError:  # .inf and .nan
        number = math.inf
    if not math.isfinite(number):
        raise _Fault(_NOT_FINITE, code="bad-value")
    return number


def _yaml(text: str) -> Json:
    # The rest of the package, and every decision on JSON, does without this import.
    import ruamel.yaml
    from ruamel.yaml.error import MarkedYAMLError

    if len(text) > MAX_YAML_CHARACTERS:
        raise _Fault(f"more than {MAX_YAML_CHARACTERS:,} characters of YAML", code="too-large")
    try:
        return _Builder().build(ruamel.yaml.YAML(typ="safe", pure=True).parse(text))
    except _Fault:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else None
        raise _Fault(f"not YAML: {error.problem or error.context}", at=place) from None
    except Exception as error:  # noqa: BLE001 — a stranger's text in a stranger's parser
        raise _Fault(f"not YAML: {str(error).splitlines()[0] if str(error) else error!r}") from None


def _refuse_tag(event: Any) -> None:
    if getattr(event, "tag", None):
        raise _Fault(f"tags such as {event.tag} are not allowed")


class _Builder:
    """Plain objects from parser events, with a stack of our own instead of recursion."""

    def __init__(self) -> None:
        self._stack: list[list[Any] | dict[str, Any]] = []
        self._keys: list[str | None] = []
        self._result: Json = None
        self._documents = 0

    def build(self, events: Iterator[Any]) -> Json:
        """Consume the events of one stream; raises `_Fault`."""
        for event in events:
            handle = getattr(self, "_on_" + type(event).__name__.removesuffix("Event"), None)
            if handle is None:
                continue
            place = (event.start_mark.line + 1, event.start_mark.column + 1)
            try:
                _refuse_tag(event)
                handle(event)
            except _Fault as fault:
                raise _Fault(fault.message, at=place, code=fault.code) from None
        return self._result

    def _on_DocumentStart(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._documents += 1
        if self._documents > 1:
            raise _Fault("more than one document in the file")

    def _on_Alias(self, _: Any) -> None:  # noqa: N802 — named after the event
        raise _Fault("aliases are not allowed: write the value out")

    def _on_Scalar(self, event: Any) -> None:  # noqa: N802 — named after the event
        self._put(_plain(event.value) if event.implicit[0] else event.value)

    def _on_SequenceStart(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._open([])

    def _on_MappingStart(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._open({})

    def _on_SequenceEnd(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._close()

    def _on_MappingEnd(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._close()

    def _open(self, container: list[Any] | dict[str, Any]) -> None:
        if len(self._stack) >= MAX_DEPTH:
            raise _Fault("nested too deeply", code="too-deep")
        if self._stack and isinstance(self._stack[-1], dict) and self._keys[-1] is None:
            raise _Fault("a key must be a text")
        self._put(container)
        self._stack.append(container)
        self._keys.append(None)

    def _close(self) -> None:
        self._stack.pop()
        self._keys.pop()

    def _put(self, value: Json) -> None:
        if not self._stack:
            self._result = value
            return
        parent = self._stack[-1]
        if isinstance(parent, list):
            parent.append(value)
            return
        key = self._keys[-1]
        if key is None:
            self._start_entry(parent, value)
        else:
            parent[key] = value
            self._keys[-1] = None

    def _start_entry(self, parent: dict[str, Any], key: Json) -> None:
        if not isinstance(key, str):
            raise _Fault("a key must be a text: put it in quotes")
        if key in parent:
            raise _duplicate(key)
        self._keys[-1] = key


_WORDS: Final[dict[str, Json]] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_WHOLE: Final = re.compile(r"[-+]?[0-9]+")
_HEXADECIMAL: Final = re.compile(r"0x[0-9a-fA-F]{1,300}")
_DECIMAL: Final = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)"
)


def _plain(text: str) -> Json:
    """Resolve an unquoted scalar by the core schema, but for octal numbers, which stay texts."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return _whole(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return _finite(text) if _DECIMAL.fullmatch(text) else text
