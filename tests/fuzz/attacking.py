"""Raw connections of who means no good, and bytes that no library would send."""

import asyncio
import contextlib

PATIENCE = 15.0


def frame(opcode, data=b"", *, final=True, reserved=0):
    """A client's frame, with a mask of zeros."""
    size = len(data)
    length = bytes([0x80 | size]) if size < 126 else b"\xfe" + size.to_bytes(2, "big")
    return bytes([0x80 * final | reserved | opcode]) + length + bytes(4) + data


async def pour(reader, writer, data, *, times):
    """Write without reading, as long as the server takes it."""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(OSError):
            for _ in range(times):
                writer.write(data)
                await writer.drain()
                if reader.at_eof():
                    return


async def said_after(reader):
    said = b""
    async with asyncio.timeout(PATIENCE):
        with contextlib.suppress(OSError):
            while more := await reader.read(1 << 16):
                said += more
    return said


class Attacker:
    """Raw connections to both ports, all cut off in the end."""

    def __init__(self, town):
        self.town = town
        self.trust = town.tls
        self.writers = []

    async def connect(self, data=b"", *, scheme="http", tls=None):
        base = getattr(self.town.server, scheme)
        host, _, port = base.partition("://")[2].rpartition(":")
        reader, writer = await asyncio.open_connection(host, int(port), ssl=tls)
        self.writers.append(writer)
        writer.write(data)
        return reader, writer

    async def said(self, data, *, most=1 << 20):
        """What comes back until the server hangs up."""
        reader, writer = await self.connect(data)
        said = b""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(OSError):
                while len(said) < most and (more := await reader.read(1 << 16)):
                    said += more
        writer.transport.abort()
        return said

    async def upgraded(self, headers=b""):
        """A consumer's WebSocket without a name."""
        path = f"/ws_api/account/{self.town.account}/messaging/consumer?v=3".encode()
        reader, writer = await self.connect(
            b"GET "
            + path
            + b" HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + headers
            + b"\r\n"
        )
        async with asyncio.timeout(PATIENCE):
            head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101"), head
        return head, reader, writer
