"""YAML 1.2 (core schema) text into plain objects, without the guesses of YAML 1.1.

``NO``, ``12:30:00`` and ``2026-12-24`` are texts, and a leading zero makes no octal number. Aliases
and tags are refused: the one can make a small file a huge document, the other says by a mark what
the value should say by itself.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import faults, plain, values
from orchestrator.core.policy.faults import Fault

MAX_CHARACTERS: Final = 1_000_000
"""The YAML reader is some fifty times slower than the JSON one."""
MAX_DEPTH: Final = 200


def read(text: str) -> tuple[Json, list[Fault]]:
    """Return the one document in ``text``, and every fault that did not keep it from being read.

    Raises `Fault` where reading cannot go on.
    """
    # The rest of the package, and every decision on JSON, does without this import.
    import ruamel.yaml
    from ruamel.yaml.error import MarkedYAMLError

    if len(text) > MAX_CHARACTERS:
        raise Fault(f"more than {MAX_CHARACTERS:,} characters of YAML", code="too-large")
    builder = _Builder()
    try:
        return builder.build(ruamel.yaml.YAML(typ="safe", pure=True).parse(text)), builder.faults
    except Fault:
        raise
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = (mark.line + 1, mark.column + 1) if mark else None
        raise Fault(f"not YAML: {error.problem or error.context}", at=place) from None
    except Exception as error:  # noqa: BLE001 — a stranger's text in a stranger's parser
        raise Fault(f"not YAML: {str(error).splitlines()[0] if str(error) else error!r}") from None


class _Level:
    """A container that is still open: the key to be filled, and the one filled last."""

    def __init__(self, container: list[Any] | dict[str, Any]) -> None:
        self.container = container
        self.key: str | None = None
        self.last = ""


class _Builder:
    """Plain objects from parser events, with a stack of our own instead of recursion."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._stack: list[_Level] = []
        self._place: faults.Place = (1, 1)
        self._result: Json = None
        self._documents = 0

    def build(self, events: Iterator[Any]) -> Json:
        """Consume the events of one stream; raises `Fault`."""
        for event in events:
            handle = getattr(self, "_on_" + type(event).__name__.removesuffix("Event"), None)
            if handle is None:
                continue
            self._place = (event.start_mark.line + 1, event.start_mark.column + 1)
            try:
                handle(event)
            except Fault as fault:
                raise Fault(fault.message, at=self._place, code=fault.code) from None
        return self._result

    def _report(self, fault: Fault, key: str | None = None) -> None:
        """Note a fault of the value that comes next, or of its ``key``, and go on."""
        path = ""
        for level in self._stack:
            innermost = level is self._stack[-1]
            if isinstance(level.container, list):
                path += f"[{len(level.container) - (0 if innermost else 1)}]"
            elif step := (level.key or key if innermost else level.last):
                path = plain.join(path, step)
        self.faults.append(Fault(fault.message, at=self._place, code=fault.code, path=path))

    def _on_DocumentStart(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._documents += 1
        if self._documents > 1:
            raise Fault("more than one document in the file")

    def _on_Alias(self, event: Any) -> None:  # noqa: N802 — named after the event
        self._report(Fault(f"the alias *{event.anchor} is not allowed: write the value out"))
        self._put(0)

    def _on_Scalar(self, event: Any) -> None:  # noqa: N802 — named after the event
        found: Json = 0
        try:
            self._refuse_tag(event)
            found = _resolved(event.value) if event.implicit[0] else event.value
        except Fault as fault:
            self._report(fault)
        self._put(found)

    def _on_SequenceStart(self, event: Any) -> None:  # noqa: N802 — named after the event
        self._open([], event)

    def _on_MappingStart(self, event: Any) -> None:  # noqa: N802 — named after the event
        self._open({}, event)

    def _on_SequenceEnd(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._close()

    def _on_MappingEnd(self, _: Any) -> None:  # noqa: N802 — named after the event
        self._close()

    def _open(self, container: list[Any] | dict[str, Any], event: Any) -> None:
        try:
            self._refuse_tag(event)
        except Fault as fault:
            self._report(fault)
        self._put(container)
        self._stack.append(_Level(container))
        if len(self._stack) > MAX_DEPTH:
            raise Fault("nested too deeply", code="too-deep")

    def _close(self) -> None:
        self._stack.pop()

    @staticmethod
    def _refuse_tag(event: Any) -> None:
        if event.tag:
            raise Fault(
                f"the tag {event.tag} is not allowed: quote a text, and leave the rest bare"
            )

    def _put(self, found: Json) -> None:
        if not self._stack:
            self._result = found
            return
        level = self._stack[-1]
        if isinstance(level.container, list):
            level.container.append(found)
        elif level.key is None:
            level.key = self._key(found, level.container)
        else:
            level.container[level.key] = found
            level.last, level.key = level.key, None

    def _key(self, key: Json, container: dict[str, Any]) -> str:
        if values.kind(key) in ("list", "object"):
            raise Fault("a key must be a text")
        if not isinstance(key, str):
            self._report(Fault("a key must be a text: put it in quotes"), values.written(key))
            return values.written(key)
        if key in container:
            self._report(faults.duplicate(key), key)
        return key


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


def _resolved(text: str) -> Json:
    """Resolve an unquoted scalar by the core schema, but for octal numbers, which stay texts."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return faults.whole(text)
    if _HEXADECIMAL.fullmatch(text):
        return int(text, 16)
    return faults.finite(text) if _DECIMAL.fullmatch(text) else text
