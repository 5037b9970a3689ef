"""What a function is sent: JSON with ``{{references}}`` in its texts, however deep they stand."""

from collections.abc import Callable, Iterator, Mapping

from orchestrator.core.model.attributes import AttributeValue, Json, Known
from orchestrator.core.policy import reference, values
from orchestrator.core.policy.reference import Reference, Template


def references(payload: Json) -> frozenset[str]:
    """Return the canonical names that ``payload`` refers to. Raises `reference.Malformed`."""
    return frozenset(found.name for text in _texts(payload) for found in _in(reference.parse(text)))


def needed(payload: Json) -> frozenset[str]:
    """Return the attributes of which ``payload`` refers to the whole or to a part.

    ``custom.crm.tier`` is ``tier`` in the value of ``custom.crm``. Raises as `references`.
    """
    return frozenset(whole(name) for name in references(payload))


def whole(name: str) -> str:
    """Return the attribute whose value ``name`` is, or is a part of: its first two parts."""
    return ".".join(name.split(".")[:2])


def fill(payload: Json, known: Mapping[str, AttributeValue]) -> Json:
    """Return ``payload`` with values for its references.

    A text that is one reference becomes the value itself, its default or else null; inside longer
    texts values are written out, and a missing one is its default or nothing.
    """

    def text(given: str) -> Json:
        read = reference.parse(given)
        if isinstance(read, Reference):
            found = _value(read, known)
            return read.default if found is None else found
        if isinstance(read, Template):
            return "".join(
                piece if isinstance(piece, str) else _written(piece, known) for piece in read.pieces
            )
        return read

    return _mapped(payload, text)


def _in(read: str | Reference | Template) -> tuple[Reference, ...]:
    if isinstance(read, Template):
        return read.references
    return (read,) if isinstance(read, Reference) else ()


def _texts(payload: Json) -> Iterator[str]:
    if isinstance(payload, str):
        yield payload
    elif isinstance(payload, Mapping):
        for value in payload.values():
            yield from _texts(value)
    elif isinstance(payload, list):
        for value in payload:
            yield from _texts(value)


def _mapped(payload: Json, text: Callable[[str], Json]) -> Json:
    if isinstance(payload, str):
        return text(payload)
    if isinstance(payload, Mapping):
        return {name: _mapped(value, text) for name, value in payload.items()}
    if isinstance(payload, list):
        return [_mapped(value, text) for value in payload]
    return payload


def _written(wanted: Reference, known: Mapping[str, AttributeValue]) -> str:
    found = _value(wanted, known)
    return (wanted.default or "") if found is None else values.written(found)


def _value(wanted: Reference, known: Mapping[str, AttributeValue]) -> Json:
    found = known.get(wanted.name)
    return found.value if isinstance(found, Known) else None
