"""WebSocket frames and HTTP messages as bytes: just enough to pass them on, or to spoil them."""

import asyncio
import struct
from typing import Final

import msgspec

TEXT: Final = 0x1
CLOSE: Final = 0x8
_MOST: Final = 64 << 20


class Raw(msgspec.Struct, frozen=True):
    """One frame. ``payload`` is unmasked."""

    is_last: bool
    opcode: int
    payload: bytes

    def packed(self, *, masked: bool) -> bytes:
        """Return its bytes; what a client sends is masked, here with zeros."""
        head = bytes([(0x80 if self.is_last else 0) | self.opcode])
        bit, size = (0x80 if masked else 0), len(self.payload)
        if size < 126:
            head += bytes([bit | size])
        elif size < 1 << 16:
            head += bytes([bit | 126]) + struct.pack(">H", size)
        else:
            head += bytes([bit | 127]) + struct.pack(">Q", size)
        return head + (bytes(4) if masked else b"") + self.payload


def closing(code: int) -> Raw:
    """Return the frame that says goodbye with ``code``."""
    return Raw(True, CLOSE, struct.pack(">H", code))


async def read_frame(reader: asyncio.StreamReader) -> Raw:
    """Read one frame; raises EOFError or OSError at the end."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == 126:
        (size,) = struct.unpack(">H", await reader.readexactly(2))
    elif size == 127:
        (size,) = struct.unpack(">Q", await reader.readexactly(8))
    if size > _MOST:
        raise EOFError
    mask = await reader.readexactly(4) if second & 0x80 else b""
    payload = await reader.readexactly(size)
    if any(mask):
        repeated = (mask * (size // 4 + 1))[:size]
        whole = int.from_bytes(payload, "big") ^ int.from_bytes(repeated, "big")
        payload = whole.to_bytes(size, "big")
    return Raw(bool(first & 0x80), first & 0x0F, payload)


class Head(msgspec.Struct, frozen=True):
    """The head of a request or response."""

    line: str
    headers: tuple[tuple[str, str], ...]

    def get(self, name: str) -> str | None:
        """Return a header's value, whatever the case of its name."""
        return next((value for key, value in self.headers if key.lower() == name), None)

    def packed(self, **changed: str | None) -> bytes:
        """Return its bytes, with headers (``_`` for ``-``) changed, or left out for None."""
        new = {name.replace("_", "-"): value for name, value in changed.items()}
        kept = [(key, value) for key, value in self.headers if key.lower() not in new]
        added = [(key, value) for key, value in new.items() if value is not None]
        lines = [self.line, *(f"{key}: {value}" for key, value in (*kept, *added)), "", ""]
        return "\r\n".join(lines).encode("latin-1")


async def read_head(reader: asyncio.StreamReader) -> Head:
    """Read a head; raises EOFError or OSError at the end."""
    text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *rest = text.rstrip("\r\n").split("\r\n")
    pairs = (each.partition(":") for each in rest)
    return Head(line, tuple((name.strip(), value.strip()) for name, _, value in pairs))


async def read_body(reader: asyncio.StreamReader, head: Head, *, until_end: str) -> bytes:
    """Read a body of the told length; without one, a response's goes on ``until_end``."""
    length = head.get("content-length")
    if length is not None:
        return await reader.readexactly(int(length))
    return await reader.read() if until_end == "of the connection" else b""
