"""PostgreSQL: how a session is opened, whose errors mean what, and whose database it is."""

import contextlib
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, TypeVar

import sqlalchemy
from sqlalchemy import event, exc, pool

from orchestrator.adapters.storage import dialect, news, schema
from orchestrator.adapters.storage.dialect import Access
from orchestrator.core.model import errors

T = TypeVar("T")

if TYPE_CHECKING:
    import psycopg

WRITE_LOCK: Final = 0x434F7263
"""The advisory lock ("COrc") that makes one writer at a time of all processes on a database."""

MARK: Final = "Conversation Orchestrator"
"""The comment on ``alembic_version`` by which a database of ours is told from a stranger's."""

BUSY_SECONDS: Final = 10
"""How long a unit of work waits for another process that writes."""

STUCK_SECONDS: Final = 5
"""After so long without a statement the server ends a transaction, and with it a paused process'
hold on the write lock; less than others wait, so that they never fail for it."""

MIGRATION_SECONDS: Final = 300
"""How long a start waits for another process that brings the schema forward, or may itself wait
within that."""

PREPARED: Final = 500
"""Statements that the server keeps planned for a session: more than we have."""

_LINE: Final = {
    "application_name": "orchestrator",
    "connect_timeout": "10",
    "keepalives_idle": "20",
    "keepalives_interval": "5",
    "keepalives_count": "3",
    "tcp_user_timeout": "30000",
}
"""Parameters of a connection that its URL may set otherwise: a dead line is noticed in time."""

_SESSION: Final[dict[Access, str]] = {
    "write": f"""
        SET jit = off;
        SET default_transaction_isolation = 'read committed';
        SET lock_timeout = '{BUSY_SECONDS}s';
        SET idle_in_transaction_session_timeout = '{STUCK_SECONDS}s';
        SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') = 'off';
    """,
    "read": f"""
        SET jit = off;
        SET lock_timeout = '{BUSY_SECONDS}s';
        SET idle_in_transaction_session_timeout = '60s';
    """,
}
"""Whoever waited for the write lock must see what was committed meanwhile, whatever the database's
default is: a stricter isolation would show them the past. "off" would answer before the commit is
on the disk; stronger settings than "on" are kept."""

_WRONG_VALUES: Final = {
    "22003": "A number is too big to be stored.",
    "22021": "A text holds a character that cannot be stored.",
    "22P05": "A text holds a character that cannot be stored.",
}
"""SQLSTATEs that speak of what the caller sent."""

_OUT_OF_OUR_HANDS: Final = ("08", "25006", "25P03", "28", "3D", "40", "42501", "53", "55", "57")
_OURS: Final = (*_OUT_OF_OUR_HANDS, "58", "F0", "XX")
"""Beginnings of SQLSTATEs that speak of the server, the line, the disk or somebody else's lock."""

_WHOSE: Final = """
SELECT current_setting('server_encoding') AS encoding,
       current_schema() AS place,
       EXISTS (
           SELECT FROM pg_tables
           WHERE schemaname = current_schema() AND tablename = 'alembic_version'
       ) AS versioned,
       (SELECT obj_description(c.oid, 'pg_class')
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relname = 'alembic_version') AS mark,
       (SELECT count(*)
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
          AND NOT EXISTS (
              SELECT FROM pg_depend d
              WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'
          )) AS things
"""
"""What a schema holds, beside what extensions put there."""


class PostgreSql:
    """Implements `dialect.Dialect` on a ``postgresql://`` URL, whose password is never shown."""

    is_at_hand: Final = False

    def __init__(self, url: str) -> None:
        self._psycopg = _library()
        self._given = _parsed(self._psycopg, url)
        self._url = url
        name = self._given.get("dbname") or self._given.get("user") or "the default database"
        self.where = f"The PostgreSQL database {name}"

    def connect(self, access: Access) -> "psycopg.Connection[Any]":
        """Open a session. Raises the driver's errors."""
        line = {name: value for name, value in _LINE.items() if name not in self._given}
        connection = self._psycopg.connect(
            self._url, autocommit=True, client_encoding="UTF8", **line
        )
        try:
            connection.execute(_SESSION[access].encode())
            connection.autocommit = False
            connection.prepared_max = PREPARED
            if access == "read":
                connection.read_only = True
                connection.isolation_level = self._psycopg.IsolationLevel.REPEATABLE_READ
        except BaseException:
            connection.close()
            raise
        return connection

    def begin_at_once(self, connection: sqlalchemy.Connection) -> bool:  # noqa: ARG002 - it cannot
        """Return False: every word to the server takes waiting."""
        return False

    def engine(self, access: Access) -> sqlalchemy.Engine:
        """Return an engine whose transactions are begun by us."""
        made = self._plain_engine(access)
        if access == "write":
            event.listen(made, "begin", _take_write_lock)
        return made

    def snapshot(self, connection: sqlalchemy.Connection, work: Callable[..., T]) -> T:
        """Run ``work`` in a transaction of its own."""
        with connection.begin():
            return work(connection)

    def prepare(self) -> None:
        """Bring the database to the newest schema."""
        made = self._plain_engine("write")
        try:
            with made.connect() as connection:
                with connection.begin():
                    if self._revision(connection) == schema.HEAD:
                        return
                with connection.begin():
                    for each in ("lock_timeout", "idle_in_transaction_session_timeout"):
                        connection.exec_driver_sql(f"SET LOCAL {each} = '{MIGRATION_SECONDS}s'")
                    _take_write_lock(connection)
                    if self._revision(connection) != schema.HEAD:  # nobody else did it meanwhile
                        schema.migrate(connection)
                        connection.exec_driver_sql(f"COMMENT ON TABLE alembic_version IS '{MARK}'")
        except (exc.DBAPIError, self._psycopg.Error) as error:
            raise self.translated(error) from error
        finally:
            made.dispose()

    def translated(self, error: BaseException) -> BaseException:
        """Return the error to raise for ``error``; one that is not the database's is unchanged."""
        original = error.orig if isinstance(error, exc.DBAPIError) else error
        if not isinstance(original, self._psycopg.Error):
            return error
        state = original.sqlstate or ""
        found: errors.OrchestratorError
        if state in _WRONG_VALUES:
            found = errors.BadInput(_WRONG_VALUES[state])
        elif isinstance(original, self._psycopg.DataError) and "NUL" in str(original):
            found = errors.BadInput("A text holds the character NUL, which cannot be stored.")
        elif state.startswith(_OURS) or (
            not state
            and isinstance(original, self._psycopg.OperationalError | self._psycopg.InterfaceError)
        ):
            said = original.diag.message_primary or str(original) or type(original).__name__
            said = " ".join(said.split()).rstrip(".?")
            found = errors.Unavailable(
                f"{self.where} could not be read or written: {said}. "
                "Check that the server runs and lets us in, then try again."
            )
        else:
            return error
        found.__cause__ = error
        return found

    def is_broken(self, connection: sqlalchemy.Connection) -> bool:
        """Tell whether the session, and with it the whole transaction, is lost."""
        if connection.closed or connection.invalidated:
            return True
        found = dialect.driver(connection)
        return bool(found.closed or found.broken)

    def is_lost(self, error: BaseException) -> bool:
        """Tell whether ``error`` only says that the session is gone; a new one may work."""
        return isinstance(error, exc.DBAPIError) and error.connection_invalidated

    def next_savepoint(self, driver: "psycopg.Connection[Any]", name: str) -> None:
        """Release the savepoint of that name and set it again, in one round trip."""
        driver.execute(f"RELEASE {name}; SAVEPOINT {name}".encode())

    def end(self, connection: sqlalchemy.Connection) -> None:
        """Close the session."""
        with contextlib.suppress(Exception):  # everything is committed; nothing can be lost
            connection.close()

    def version(self, connection: sqlalchemy.Connection) -> int | None:  # noqa: ARG002 - SQLite's question
        """Return None: looking at the newest change is as cheap as asking."""
        return None

    def news(self) -> news.News:
        """Return how processes on this database tell each other what happened."""
        return news.News(self._listening)

    def prune_news(self, connection: sqlalchemy.Connection, limit: int) -> int:
        """Delete at most ``limit`` rows of old news; return how many."""
        return news.prune(connection, limit=limit)

    def _listening(self) -> "psycopg.Connection[Any]":
        """Open a session that waits for others and holds no transaction."""
        connection = self.connect("read")
        connection.read_only = connection.isolation_level = None
        connection.autocommit = True
        return connection

    def _plain_engine(self, access: Access) -> sqlalchemy.Engine:
        return sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: self.connect(access),
            poolclass=pool.NullPool,
            use_native_hstore=False,  # asks the catalogue on every connect for a type unused here
        )

    def _revision(self, connection: sqlalchemy.Connection) -> str | None:
        """Return the database's migration, None for an empty one."""
        found = connection.exec_driver_sql(_WHOSE).one()
        if found.encoding != "UTF8":
            raise errors.Conflict(
                f"{self.where} has the encoding {found.encoding}. "
                "Make one with CREATE DATABASE … ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0."
            )
        if found.place is None:
            raise errors.Conflict(f"{self.where} has no schema on its search_path to work in.")
        if not found.versioned and not found.things:
            return None
        if not found.versioned or found.mark != MARK:
            raise errors.Conflict(
                f"{self.where} holds tables that are not Conversation Orchestrator's. "
                "Give it an empty database of its own."
            )
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
        return schema.known(version, self.where)


def _take_write_lock(connection: sqlalchemy.Connection) -> None:
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITE_LOCK})")


def _library() -> Any:
    try:
        import psycopg
    except ImportError as error:
        raise errors.BadInput(
            "A PostgreSQL database needs the driver psycopg: "
            "pip install 'conversation-orchestrator[postgres]'",
            path="--database",
        ) from error
    return psycopg


def _parsed(library: Any, url: str) -> dict[str, Any]:
    """Return the parameters of a URL. What is wrong with it is not said: it holds a password."""
    mistake = errors.BadInput(
        "Expected a URL such as postgresql://user@host:5432/database "
        "(special characters of a password as %XX).",
        path="--database",
    )
    if not url.startswith(("postgresql://", "postgres://")):
        raise mistake
    from psycopg import conninfo

    try:
        return conninfo.conninfo_to_dict(url)
    except library.ProgrammingError:
        raise mistake from None
