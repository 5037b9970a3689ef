"""Secrets that must be used in clear again, sealed with AES-GCM and bound to their row.

A sealed value is one format byte, four bytes that name the key, twelve random bytes, and the
ciphertext with its tag. Key id and row are authenticated with it, so that a sealed value copied
into another row, or another account, does not open there.
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
import tempfile
from pathlib import Path
from typing import Final

from cryptography import exceptions
from cryptography.hazmat.primitives.ciphers import aead

from orchestrator.core.model import errors

KEY_BYTES: Final = 32
_FORMAT: Final = b"\x01"
_ID_END: Final = 5
_NONCE_END: Final = 17


class Seal:
    """Seals and opens with one master key of 32 bytes."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise errors.BadInput(f"The master key must have {KEY_BYTES} bytes, not {len(key)}.")
        self._key = key
        self._cipher = aead.AESGCM(key)
        self._header = _FORMAT + hashlib.sha256(b"orchestrator key id" + key).digest()[:4]

    def seal(self, secret: bytes, *, row: str) -> bytes:
        """Return ``secret`` sealed for the row named ``row``."""
        nonce = secrets.token_bytes(_NONCE_END - _ID_END)
        return self._header + nonce + self._cipher.encrypt(nonce, secret, self._bound(row))

    def open(self, sealed: bytes, *, row: str) -> bytes:
        """Return the secret sealed for ``row``.

        Raises `errors.Conflict` when it was sealed with another key, for another row, or changed.
        """
        if sealed[:_ID_END] != self._header:
            raise errors.Conflict(
                "A stored secret was sealed with another master key. Put back the master.key (or "
                "ORCHESTRATOR_KEY) of this data folder, or enter the secret again."
            )
        try:
            return self._cipher.decrypt(
                sealed[_ID_END:_NONCE_END], sealed[_NONCE_END:], self._bound(row)
            )
        except exceptions.InvalidTag as error:
            raise errors.Conflict(
                "A stored secret does not belong to its row or was changed. Enter it again."
            ) from error

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for ``purpose``, the same for everybody with the master key."""
        return hmac.digest(self._key, f"orchestrator {purpose}".encode(), "sha256")

    def _bound(self, row: str) -> bytes:
        return self._header + row.encode()


def master_key(folder: Path, *, given: str | None = None) -> bytes:
    """Return the folder's master key: ``given`` if there is one, else ``master.key`` (0600).

    ``given`` and the file are 32 bytes as 64 hex digits or as base64. The file is made on first
    use; of two processes that make it at once, both get the same key. Raises `errors.BadInput`
    for a key of the wrong form and `errors.Unavailable` when the file cannot be read or written.
    """
    if given is not None:
        return _parse(given, path="ORCHESTRATOR_KEY")
    path = folder / "master.key"
    try:
        if not path.exists():
            _make(path)
        text = path.read_text("ascii")
    except (OSError, UnicodeDecodeError) as error:
        raise errors.Unavailable(f"{path} cannot be read or made: {error}.") from error
    return _parse(text, path=str(path))


def _make(path: Path) -> None:
    """Make a complete file under another name, then link it: nobody ever sees half of one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".master.")  # 0600
    try:
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        os.link(temporary, path)
    except FileExistsError:
        pass  # another process was first: its key counts
    finally:
        Path(temporary).unlink()


def _parse(text: str, *, path: str) -> bytes:
    text = text.strip()
    for read in (bytes.fromhex, _base64):
        try:
            key = read(text)
        except (ValueError, binascii.Error):
            continue
        if len(key) == KEY_BYTES:
            return key
    raise errors.BadInput(
        f"{path} does not hold a master key: expected 32 bytes as 64 hex digits or as base64.",
        path=path,
    )


def _base64(text: str) -> bytes:
    return base64.b64decode(text.replace("-", "+").replace("_", "/") + "=" * (-len(text) % 4))
