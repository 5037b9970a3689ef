"""Whose file it is and which schema it has; brought to the newest by Alembic on opening."""

import os
import sqlite3
from pathlib import Path
from typing import Final

import sqlalchemy

from orchestrator.adapters.storage import sqlite
from orchestrator.core.model import errors

HEAD: Final = "0020"
"""The newest migration. Written here so that opening an up-to-date file does not load Alembic."""

KNOWN: Final = frozenset(f"{number:04}" for number in (*range(1, 18), 20))
"""Every migration that this program can start from; two numbers were never used."""

APPLICATION_ID: Final = 0x434F7263
"""``PRAGMA application_id`` of our files ("COrc"), so that a stranger's file is recognised."""

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def prepare(path: Path) -> None:
    """Make the file (mode 0600) or bring it to `HEAD`. Blocks; safe beside other processes.

    Raises `errors.Conflict` when the file is not ours or is newer than this program, and
    `errors.Unavailable` when the disk or another process is in the way.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    except OSError as error:
        raise errors.Unavailable(f"{path} cannot be opened: {error.strerror}.") from error
    engine = sqlite.engine(path, access="write")
    try:
        with engine.connect() as connection, connection.begin():
            if _revision(connection, path) != HEAD:
                migrate(connection)
                sqlite.driver(connection).execute(f"PRAGMA application_id={APPLICATION_ID}")
    except (sqlalchemy.exc.DBAPIError, sqlite3.Error) as error:
        raise refused(error, path) from error
    finally:
        engine.dispose()


def check(path: Path) -> str | None:
    """Return the schema of an existing file of ours, or raise as `prepare`. Changes nothing."""
    if not path.is_file():
        raise errors.NotFound(f"There is no file {path}.")
    try:
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=rw", uri=True)
        try:
            connection.execute("PRAGMA query_only=ON")  # mode=ro cannot open a log left by a crash
            found = _read(connection, path)
            damage = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise refused(error, path) from error
    if found is None:
        raise errors.Conflict(
            f"{path} is empty; it is not a database of Conversation Orchestrator."
        )
    if damage != "ok":
        raise errors.Conflict(f"{path} is damaged: {damage}.")
    return found


def refused(error: Exception, path: Path) -> BaseException:
    """Return the error to raise for a file that SQLite would not open."""
    original = error.orig if isinstance(error, sqlalchemy.exc.DBAPIError) else error
    if getattr(original, "sqlite_errorcode", None) == sqlite3.SQLITE_NOTADB:
        return errors.Conflict(f"{path} is not a database of Conversation Orchestrator.")
    return sqlite.translated(error)


def _revision(connection: sqlalchemy.Connection, path: Path) -> str | None:
    return _read(sqlite.driver(connection), path)


def _read(driver: sqlite3.Connection, path: Path) -> str | None:
    """Return the file's migration, None for an empty file."""
    mark = driver.execute("PRAGMA application_id").fetchone()[0]
    if mark != APPLICATION_ID:
        if mark == 0 and not driver.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]:
            return None
        raise errors.Conflict(f"{path} is not a database of Conversation Orchestrator.")
    return known(driver.execute("SELECT version_num FROM alembic_version").fetchone()[0], path)


def known(found: str, where: object) -> str:
    """Return the migration that was found at ``where``, or raise for a newer program's."""
    if found not in KNOWN:
        raise errors.Conflict(
            f"{where} was written by a newer version of this program (schema {found}; this one "
            f"knows {HEAD}). Update the program, or restore a backup made before the update."
        )
    return found


def migrate(connection: sqlalchemy.Connection) -> None:
    """Apply, in the transaction of ``connection``, every migration that it has not seen."""
    from alembic import command, config

    settings = config.Config()
    settings.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    settings.attributes["connection"] = connection
    command.upgrade(settings, HEAD)
