"""Copies of a database: taken while it is in use, checked before they are put back."""

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from orchestrator.adapters.storage import schema, sqlite
from orchestrator.core.model import errors

_DAMAGED: Final = frozenset({sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT})


def save(database: Path, target: Path) -> Path:
    """Copy ``database``, which may be in use, into the new file ``target`` (mode 0600).

    The copy is one moment's state, complete in one file, checked, and on the disk on return. It
    holds no secret in clear, and needs the folder's master key to use the sealed ones. Blocks.
    Raises `errors.Conflict` when ``target`` exists or the database is not ours or damaged,
    `errors.NotFound` when there is none, `errors.Unavailable` when the disk fails.
    """
    schema.check(database)
    if target.exists():
        raise errors.Conflict(f"{target} exists; name a new file, or remove that one first.")
    with _disk(database):
        handle, name = tempfile.mkstemp(dir=target.absolute().parent, prefix=f".{target.name}.")
        os.close(handle)
        temporary = Path(name)
        try:
            _copy(database, temporary)
            schema.check(temporary)
            _sync(temporary)
            os.link(temporary, target)  # unlike a rename, never replaces a file
        except FileExistsError as error:
            raise errors.Conflict(f"{target} exists; name a new file.") from error
        finally:
            temporary.unlink(missing_ok=True)
        _sync(target.absolute().parent)
    return target


def restore(source: Path, database: Path) -> Path:
    """Put the content of the backup ``source`` into ``database``, in one transaction. Blocks.

    Nothing of what was there stays, and a crash in between leaves all of it. No server may run on
    the folder: the caller sees to that. An older schema is brought forward on the next opening.
    Raises `errors.Conflict` when ``source`` is not ours, damaged, or newer than this program,
    `errors.NotFound` when there is none, `errors.Unavailable` when the disk fails or the database
    is in use.
    """
    schema.check(source)
    if database.exists() and database.samefile(source):
        raise errors.BadInput("The backup and the database are the same file.")
    with _disk(database):
        database.parent.mkdir(parents=True, exist_ok=True)
        _make_way(database)
        _copy(source, database)
        _sync(database)
    return database


def _make_way(database: Path) -> None:
    """Make sure that the file is there, that nobody has it open, and that it can be written."""
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(database)
    try:
        # Leaving WAL mode is refused while anybody else is connected. A copy would wait for ever.
        connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & 0xFF not in _DAMAGED:
            raise
    else:
        return
    finally:
        connection.close()
    for suffix in ("", "-wal", "-shm"):  # beyond repair, and about to be replaced
        Path(f"{database}{suffix}").unlink(missing_ok=True)
    os.close(os.open(database, os.O_CREAT | os.O_RDWR, 0o600))


def _copy(source: Path, target: Path) -> None:
    reading = sqlite3.connect(f"{source.absolute().as_uri()}?mode=rw", uri=True)
    try:
        writing = sqlite3.connect(target, timeout=sqlite.BUSY_SECONDS)
        try:
            reading.backup(writing)  # in one step: a read lock, which holds up no writer
            writing.execute("PRAGMA journal_mode=DELETE")  # everything in the one file
        finally:
            writing.close()
    finally:
        reading.close()


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _disk(database: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise schema.refused(error, database) from error
    except OSError as error:
        raise errors.Unavailable(f"The disk refused: {error}.") from error
