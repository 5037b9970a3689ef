"""Editions of policy sets as rows: a document is a list of pages, which versions share.

An edit of one policy among thousands writes one page and the list. Documents of older programs are
stored whole, and read as they are.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import bindparam, insert, select

from orchestrator.adapters.storage import tables
from orchestrator.core.policy import document, editions, shelving
from orchestrator.core.policy.editions import Edition, Outline

_AT_ONCE: Final = 500
"""Rows in one statement: not every database takes more parameters."""
_PAGES: Final = select(tables.policy_pages).where(
    tables.policy_pages.c.digest.in_(bindparam("digests", expanding=True))
)
_THERE: Final = select(tables.policy_pages.c.digest).where(
    tables.policy_pages.c.digest.in_(bindparam("digests", expanding=True))
)


def write(connection: sqlalchemy.Connection, edition: Edition, *, after: str | None) -> None:
    """Store an edition, and those of its parts that are not stored.

    ``after`` is the version before it, most of whose parts it has.
    """
    table = tables.documents  # nobody else writes between these two
    known = select(table.c.hash).where(table.c.hash == edition.version)
    if connection.scalar(known) is not None:
        return
    outline = edition.outline
    wanted = frozenset(outline.digests).difference(_parts(connection, after))
    there = {
        digest
        for digests in _batches(wanted)
        for digest in connection.scalars(_THERE, {"digests": digests})
    }
    rows = {
        digest: {"digest": digest, "content": content.decode()}
        for digest, content in edition.contents()
        if digest in wanted and digest not in there
    }
    if rows:
        connection.execute(insert(tables.policy_pages), list(rows.values()))
    row = {"hash": edition.version, "document": msgspec.to_builtins(outline)}
    connection.execute(insert(table), row)


def _parts(connection: sqlalchemy.Connection, version: str | None) -> Collection[str]:
    """Return the digests of what a version is made of, none for one that is stored whole."""
    kept = None if version is None else _kept(connection, version)
    return () if kept is None or "pages" not in kept else msgspec.convert(kept, Outline).digests


def read(connection: sqlalchemy.Connection, version: str, like: Edition | None) -> Edition | None:
    """Return the edition with this address, or None. What ``like`` has is not read again.

    Raises `mistakes.PolicyErrors` for one that makes no sense as a whole.
    """
    kept = _kept(connection, version)
    if kept is None:
        return None
    if "pages" not in kept:
        found = document.load_stored(kept).policy_set
        return msgspec.structs.replace(editions.of(found, like=like), version=version)
    outline = msgspec.convert(kept, Outline)
    wanted = shelving.missing(outline, like)
    return shelving.read(version, outline, _contents(connection, wanted), like=like)


def whole(connection: sqlalchemy.Connection, version: str) -> dict[str, Any] | None:
    """Return the document with this address as plain objects, or None."""
    kept = _kept(connection, version)
    if kept is None or "pages" not in kept:
        return kept
    outline = msgspec.convert(kept, Outline)
    contents = _contents(connection, outline.digests)
    found: dict[str, Any] = {
        "policies": [
            policy
            for digest in outline.pages
            for policy in msgspec.json.decode(contents[digest], type=list[Any])
        ]
    }
    for name, digest in (("custom", outline.custom), ("schedules", outline.schedules)):
        if digest is not None:
            found[name] = msgspec.json.decode(contents[digest])
    return found


def _kept(connection: sqlalchemy.Connection, version: str) -> dict[str, Any] | None:
    table = tables.documents
    return connection.scalar(select(table.c.document).where(table.c.hash == version))


def _contents(connection: sqlalchemy.Connection, digests: Collection[str]) -> Mapping[str, bytes]:
    return {
        digest: content.encode()
        for some in _batches(digests)
        for digest, content in connection.execute(_PAGES, {"digests": some})
    }


def _batches(digests: Collection[str]) -> Iterator[list[str]]:
    every = list(digests)
    for start in range(0, len(every), _AT_ONCE):
        yield every[start : start + _AT_ONCE]
