"""The bytes of files, in a folder: implements `services.cloud.files.Shelf`.

A file is written in a folder of those that come and then renamed, so that nobody reads half of one.
Its name is made of digits that the server gave, never of what a client sent.
"""

import asyncio
import contextlib
import os
import re
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId

_NAME: Final = re.compile(r"[0-9a-f]{32}")
_ACCOUNT: Final = re.compile(r"[0-9]{1,20}")
_PIECE: Final = 64 << 10


class Folder:
    """A shelf in ``root``, which is made when the first file comes."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._coming = root / "coming"  # no account's folder: those are numbers

    async def put(
        self, account: AccountId, file_id: str, *, chunks: AsyncIterator[bytes], most: int
    ) -> int:
        """Store and return the size; all or nothing.

        Raises BadInput for more than ``most`` bytes, Unavailable when the disk does not take it.
        """
        target = self._path(account, file_id)
        with _translated():
            handle = await asyncio.to_thread(_begin, self._coming, target.parent)
        try:
            size = await _copy(chunks, handle, most=most)
            with _translated():
                await asyncio.to_thread(_finish, handle, target)
        except BaseException:
            _give_up(handle)
            raise
        return size

    async def size(self, account: AccountId, file_id: str) -> int:
        """Return how many bytes there are. Raises NotFound where there is no such file."""
        path = self._path(account, file_id)
        with _missing():
            return (await asyncio.to_thread(path.stat)).st_size

    async def get(self, account: AccountId, file_id: str) -> AsyncIterator[bytes]:
        """Return the bytes in pieces. Raises NotFound where there is no such file."""
        path = self._path(account, file_id)
        with _missing():
            handle = await asyncio.to_thread(path.open, "rb")
        with handle:
            while piece := await asyncio.to_thread(handle.read, _PIECE):
                yield piece

    async def remove(self, account: AccountId, file_id: str) -> None:
        """Delete the bytes; nothing happens where there are none."""
        path = self._path(account, file_id)
        with _translated():
            await asyncio.to_thread(path.unlink, missing_ok=True)

    async def tidy(self, before: datetime) -> None:
        """Delete what began to come before ``before`` and never came to its end, as after a crash.

        Several servers may share the folder: what is younger may be on its way to another.
        """
        with _translated():
            await asyncio.to_thread(_tidy, self._coming, before.timestamp())

    def _path(self, account: AccountId, file_id: str) -> Path:
        if _ACCOUNT.fullmatch(account) is None or _NAME.fullmatch(file_id) is None:
            raise errors.NotFound("There is no such file.")
        return self._root / account / file_id[:2] / file_id


def _begin(coming: Path, folder: Path) -> BinaryIO:
    for each in (coming, folder):
        each.mkdir(mode=0o700, parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=coming)  # 0600
    os.close(number)
    return Path(name).open("wb")


async def _copy(chunks: AsyncIterator[bytes], handle: BinaryIO, *, most: int) -> int:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > most:
            raise errors.BadInput(f"More than the {most} bytes that were announced.")
        with _translated():
            await asyncio.to_thread(handle.write, chunk)
    return size


def _give_up(handle: BinaryIO) -> None:
    with contextlib.suppress(OSError):  # a full disk does not take what was buffered either
        handle.close()
    Path(handle.name).unlink(missing_ok=True)


def _finish(handle: BinaryIO, target: Path) -> None:
    handle.flush()
    os.fsync(handle.fileno())
    handle.close()
    Path(handle.name).replace(target)


def _tidy(coming: Path, before: float) -> None:
    for path in coming.glob("*"):
        with contextlib.suppress(FileNotFoundError):  # another server was faster
            if path.stat().st_mtime < before:
                path.unlink()


@contextlib.contextmanager
def _missing() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.NotFound("There is no such file.") from error


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise errors.Unavailable(f"The file cannot be kept: {error.strerror}.") from error
