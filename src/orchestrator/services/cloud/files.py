"""Files of conversations: who may put one, who may get it, and when it goes.

A file belongs to whoever uploaded it until they send it (a ``hosted/file`` event with its path);
from then on it belongs to that conversation, is read by whoever may read the conversation, and goes
when the conversation does. Addresses are signed for one method, one file and a short time, as the
original's object store does it, so that a browser can put and get without a header.
"""

import asyncio
import hmac
from collections import Counter
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal, Protocol
from urllib.parse import urlencode
from uuid import uuid4

import msgspec

from orchestrator.core.model import errors, times
from orchestrator.core.model.conversation import Message, StoredFile
from orchestrator.core.model.ids import AccountId, ConversationId
from orchestrator.services.clock import Clock
from orchestrator.services.cloud import file_names, requests
from orchestrator.services.cloud.ports import CloudStore, CloudTransaction, Speaker

Method = Literal["PUT", "GET"]

MOST_BYTES: Final = 20 << 20
"""The largest file: photos and documents are smaller, and a server of one machine keeps them."""

MOST_UNSENT: Final = 20
"""Files that somebody may have uploaded and not sent: who asks for more is not having a chat."""

MOST_UNSENT_BYTES: Final = 2 << 30
"""Bytes in an account that nobody has sent: people who come only to fill the disk are stopped."""

MOST_TRIES: Final = 3
"""Uploads of one file at a time: a client whose network broke tries again before we notice."""

LIFETIME: Final = timedelta(minutes=10)
"""How long a signed address is good: long enough to upload, too short to pass around."""

UNSENT: Final = timedelta(days=1)
"""How long a file is kept that nobody has sent."""

TYPES: Final[dict[str, str]] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "webp": "image/webp",
    "pdf": "application/pdf",
    "txt": "text/plain",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""Ending → media type. Nothing in here is run by a browser that opens it."""


class Content(msgspec.Struct, frozen=True):
    """A file that is read: its name and media type, its size in bytes, and the bytes themselves."""

    name: str
    type: str
    size: int
    chunks: AsyncIterator[bytes]


class Shelf(Protocol):
    """Where the bytes are. ``file_id`` is 32 hex digits, given here and never by a client."""

    async def put(
        self, account: AccountId, file_id: str, *, chunks: AsyncIterator[bytes], most: int
    ) -> int:
        """Store and return the size; all or nothing.

        Raises BadInput for more than ``most`` bytes, Unavailable when the disk does not take it.
        """
        ...

    async def size(self, account: AccountId, file_id: str) -> int:
        """Return how many bytes there are. Raises NotFound where there is no such file."""
        ...

    def get(self, account: AccountId, file_id: str) -> AsyncIterator[bytes]:
        """Return the bytes in pieces. Raises NotFound where there is no such file."""
        ...

    async def remove(self, account: AccountId, file_id: str) -> None:
        """Delete the bytes; nothing happens where there are none."""
        ...

    async def tidy(self, before: datetime) -> None:
        """Delete halves of files that began to come before ``before``."""
        ...


class Signed(msgspec.Struct, frozen=True):
    """An address on this server, good until ``expires`` (epoch seconds)."""

    path: str
    signature: str
    expires: int

    @property
    def query(self) -> str:
        """The query that goes behind the path."""
        return urlencode({"temp_url_sig": self.signature, "temp_url_expires": self.expires})


class Files:
    """Use cases on files. ``key`` signs addresses; it must outlive a restart."""

    def __init__(self, store: CloudStore, clock: Clock, *, shelf: Shelf, key: bytes) -> None:
        self._store = store
        self._clock = clock
        self._shelf = shelf
        self._key = key
        self._coming: Counter[str] = Counter()

    async def for_upload(self, speaker: Speaker, *, size: int, kind: str, name: str = "") -> Signed:
        """Return where to put a file of ``size`` bytes; ``kind`` is an ending or a media type.

        ``name`` is what its sender calls it, if they say so now: else the caption of the message
        with which they send it is.
        Raises BadInput for a file that is too large or of a kind that is not taken, Conflict for
        somebody who has too many that were never sent, Unavailable when all together have.
        """
        if size > MOST_BYTES:
            raise errors.BadInput(f"A file has {MOST_BYTES} bytes at most.", path="fileSize")
        now = self._clock.now()
        type_ = _media_type(kind)
        named = file_names.called(name, type_, endings=TYPES)
        file = StoredFile(uuid4().hex, speaker.user_id, type_, size, now, name=named)

        def work(tx: CloudTransaction) -> None:
            if tx.unsent_files(speaker.user_id) >= MOST_UNSENT:
                raise errors.Conflict(f"Send the {MOST_UNSENT} files first that you uploaded.")
            if tx.unsent_bytes() + size > MOST_UNSENT_BYTES:
                raise errors.Unavailable("Too many files wait here to be sent. Try again later.")
            tx.add_file(file)

        await self._store.transact(speaker.account, work)
        return self._signed("PUT", path_of(speaker.account, file.id))

    async def for_download(self, speaker: Speaker, path: str) -> Signed:
        """Return where to get the file that a message carries.

        Raises NotFound for one that is not there, or not for this speaker.
        """
        account, file_id = _parts(path)

        def work(tx: CloudTransaction) -> None:
            file = tx.file(file_id) if account == speaker.account else None
            if file is None or file.stored_at is None or not _may_read(tx, speaker, file):
                raise _missing()

        await self._store.read(speaker.account, work)
        return self._signed("GET", path)

    async def put(self, query: Signed, chunks: AsyncIterator[bytes]) -> None:
        """Store the content of a file, once.

        Raises Unauthenticated for a bad or old signature, NotFound, Conflict for a file that has
        its content, BadInput for more bytes than were announced, Unavailable.
        """
        account, file_id = self._verified("PUT", query)
        file = await self._store.read(account, lambda tx: tx.file(file_id))
        if file is None:
            raise _missing()
        if file.stored_at is not None or self._coming[file_id] >= MOST_TRIES:
            raise errors.Conflict("The file is there already, or on its way.")
        self._coming[file_id] += 1
        try:
            size = await self._arrival(account, file, chunks)
        finally:
            self._coming[file_id] -= 1
            if not self._coming[file_id]:
                del self._coming[file_id]
        now = self._clock.now()

        def work(tx: CloudTransaction) -> bool:
            # Read again: its owner may have sent it while it was on its way.
            announced = tx.file(file_id)
            if announced is not None:
                tx.save_file(msgspec.structs.replace(announced, size=size, stored_at=now))
            return announced is not None

        if not await self._store.transact(account, work):
            await self._shelf.remove(account, file_id)  # nobody would ever ask for it, or delete it
            raise _missing()

    async def _arrival(
        self, account: AccountId, file: StoredFile, chunks: AsyncIterator[bytes]
    ) -> int:
        """Store what comes. Who takes longer than an address is good for does not mean to send."""
        coming = asyncio.ensure_future(
            self._shelf.put(account, file.id, chunks=chunks, most=file.size)
        )
        patience = asyncio.ensure_future(self._clock.sleep(LIFETIME.total_seconds()))
        try:
            await asyncio.wait((coming, patience), return_when=asyncio.FIRST_COMPLETED)
            if not coming.done():
                raise errors.BadInput("The file did not come in time.")
            return coming.result()
        finally:
            for task in (coming, patience):
                task.cancel()
            await asyncio.gather(coming, patience, return_exceptions=True)

    async def get(self, query: Signed) -> Content:
        """Return the content of a file. Raises Unauthenticated as `put`, or NotFound."""
        account, file_id = self._verified("GET", query)
        file = await self._store.read(account, lambda tx: tx.file(file_id))
        if file is None or file.stored_at is None:
            raise _missing()
        # The shelf's word counts: two uploads may have come to their end at different servers.
        size = await self._shelf.size(account, file_id)
        return Content(file.name, file.type, size, self._shelf.get(account, file_id))

    async def prune(self, now: datetime, limit: int) -> int:
        """Delete at most ``limit`` files that belong to no conversation; return how many."""
        await self._shelf.tidy(now - UNSENT)
        gone = 0
        for account in await self._store.accounts():
            most = limit - gone
            unwanted = await self._store.read(
                account, lambda tx, most=most: tx.unwanted_files(now - UNSENT, limit=most)
            )
            for file in unwanted:
                await self._shelf.remove(account, file.id)
                await self._store.transact(account, lambda tx, file=file: tx.remove_file(file.id))
            gone += len(unwanted)
        return gone

    def _signed(self, method: Method, path: str) -> Signed:
        expires = times.milliseconds(self._clock.now() + LIFETIME) // 1000
        return Signed(path, self._signature(method, path, expires), expires)

    def _verified(self, method: Method, query: Signed) -> tuple[AccountId, str]:
        wanted = self._signature(method, query.path, query.expires)
        is_good = hmac.compare_digest(wanted.encode(), query.signature.encode())
        if not is_good or times.milliseconds(self._clock.now()) >= query.expires * 1000:
            raise errors.Unauthenticated("The signature is wrong, or its time is over.")
        return _parts(query.path)

    def _signature(self, method: Method, path: str, expires: int) -> str:
        signed = f"{method}\n{expires}\n{path}".encode()
        return hmac.digest(self._key, signed, sha256).hex()


def path_of(account: AccountId, file_id: str) -> str:
    """Return the path under which everybody names the file."""
    return f"/v1/AUTH_{account}/{file_id}"


def note_sent(tx: CloudTransaction, speaker: Speaker, message: Message) -> None:
    """Give a file to the conversation in which its owner has just sent it.

    What others send of it, or paths that are not ours, stay as they are and open nothing.
    """
    if message.event.get("contentType") != "hosted/file":
        return
    sent = message.event.get("message")
    path, caption = (
        (sent.get("relativePath"), sent.get("caption")) if isinstance(sent, dict) else (None, None)
    )
    try:
        account, file_id = _parts(path if isinstance(path, str) else "")
    except errors.NotFound:
        return
    file = tx.file(file_id) if account == speaker.account else None
    if file is not None and file.owner == speaker.user_id and file.conversation_id is None:
        name = file.name or file_names.called(
            caption if isinstance(caption, str) else "", file.type, endings=TYPES
        )
        tx.save_file(
            msgspec.structs.replace(file, conversation_id=message.conversation_id, name=name)
        )


def _may_read(tx: CloudTransaction, speaker: Speaker, file: StoredFile) -> bool:
    if file.owner == speaker.user_id:
        return True
    of: ConversationId | None = file.conversation_id
    conversation = None if of is None else tx.conversation(of)
    return conversation is not None and requests.may_see(conversation, speaker, tx)


def _media_type(kind: str) -> str:
    ending = kind.lower().lstrip(".")
    found = TYPES.get(ending) or next((each for each in TYPES.values() if each == ending), None)
    if found is None:
        raise errors.BadInput(
            f"Files of these kinds are taken: {', '.join(TYPES)}.", path="fileType"
        )
    return found


def _parts(path: str) -> tuple[AccountId, str]:
    """Return account and file of a path of ours. Raises NotFound for any other."""
    empty, version, owner, file_id = (path.split("/") + [""] * 4)[:4]
    account = owner.removeprefix("AUTH_")
    is_hex = len(file_id) == 32 and all(each in "0123456789abcdef" for each in file_id)  # noqa: PLR2004  digits of a UUID
    if (
        path != path_of(account, file_id)
        or (empty, version) != ("", "v1")
        or not is_hex
        or not account.isalnum()
    ):
        raise _missing()
    return account, file_id


def _missing() -> errors.NotFound:
    return errors.NotFound("There is no such file.")
