"""How the platform writes what is configured: ids, dates, and fields that are only kept.

What a client may write of a thing is a struct. What it omits becomes the default again; keys that
are unknown or ours to say (``id``, ``dateUpdated``) are passed over, so that what was read can be
sent back.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import msgspec

Id = int | str
"""Ids are numbers on this wire; text is accepted."""


def number(text: str) -> Id:
    """Return an id as the platform writes it."""
    return int(text) if (text.isascii() and text.isdigit()) or text == "-1" else text


def numbers(texts: tuple[str, ...] | list[str]) -> list[Id]:
    """Return ids as the platform writes them."""
    return [number(each) for each in texts]


def texts(ids: list[Id] | None) -> tuple[str, ...]:
    """Return ids as we write them, each once."""
    return tuple(dict.fromkeys(str(each) for each in ids or ()))


def maybe(identifier: Id | None) -> str | None:
    """Return an id as we write it, or None."""
    return None if identifier is None else str(identifier)


def date(moment: datetime) -> str:
    """Return ``yyyy-MM-dd HH:mm:ss`` in UTC."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def kept(sent: msgspec.Struct, *, own: frozenset[str]) -> dict[str, Any]:
    """Return what of ``sent`` is only to be kept: all but the fields named in ``own``."""
    return {
        shown: msgspec.to_builtins(getattr(sent, name))
        for name, shown in _names(type(sent))
        if name not in own
    }


def blank(kind: type[msgspec.Struct]) -> dict[str, Any]:
    """Return the wire's names of the optional fields of ``kind`` with their defaults."""
    found = {}
    for field in msgspec.structs.fields(kind):
        if field.default_factory is not msgspec.NODEFAULT:
            found[field.encode_name] = field.default_factory()
        elif field.default is not msgspec.NODEFAULT:
            found[field.encode_name] = msgspec.to_builtins(field.default)
    return found


def filled(
    kind: type[msgspec.Struct], details: Mapping[str, Any], *, own: frozenset[str]
) -> dict[str, Any]:
    """Return the fields that are only kept, as they were sent or with their defaults."""
    ours = {shown for name, shown in _names(kind) if name in own}
    known = {name: value for name, value in blank(kind).items() if name not in ours}
    return {name: details.get(name, default) for name, default in known.items()}


def _names(kind: type[msgspec.Struct]) -> Iterable[tuple[str, str]]:
    return zip(kind.__struct_fields__, kind.__struct_encode_fields__, strict=True)
