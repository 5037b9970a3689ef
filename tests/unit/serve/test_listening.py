"""Ports: opened on every host, refused in words, and let go of in time."""

import asyncio
import socket

import pytest

from orchestrator.core.model import errors
from orchestrator.serve import listening


def close(*groups):
    for group in groups:
        for each in group:
            each.close()


def test_port_0_takes_one_free_port_for_all_hosts():
    """Whoever is told one port reaches every host by it."""
    opened = listening.bind(("127.0.0.1", "127.0.0.2"), 0)
    ports = {each.getsockname()[1] for each in opened}
    close(opened)
    assert len(ports) == 1
    assert 0 not in ports


def test_a_taken_port_is_bad_input_that_names_it():
    """And nothing stays open of those that were opened before it."""
    taken = listening.bind(("127.0.0.2",), 0)
    port = taken[0].getsockname()[1]
    taken[0].listen()
    with pytest.raises(errors.BadInput, match=rf"127\.0\.0\.2:{port} cannot be opened"):
        listening.bind(("127.0.0.1", "127.0.0.2"), port)
    again = listening.bind(("127.0.0.1",), port)
    close(taken, again)


def test_a_host_of_another_machine_is_bad_input():
    """With the host in the sentence."""
    with pytest.raises(errors.BadInput, match=r"192\.0\.2\.1"):
        listening.bind(("192.0.2.1",), 0)


async def silent_app(scope, receive, send):
    """Takes requests, and never answers them."""
    del scope, receive, send
    await asyncio.Event().wait()


@pytest.fixture
def certificate(tmp_path):
    """A certificate and its key."""
    from datetime import UTC, datetime

    from orchestrator.adapters import certificates

    return certificates.ensure(tmp_path, now=datetime.now(UTC), hosts=("127.0.0.1",))


async def test_a_stop_waits_for_nobody_longer_than_the_farewell(certificate):
    """An application that hangs and a client that is silent: both are let go of."""
    servers = listening.Listening(
        silent_app, certificate=certificate.chain, key=certificate.key, farewell=0.2
    )
    plain, tls = listening.bind(("127.0.0.1",), 0), listening.bind(("127.0.0.1",), 0)
    await servers.start(plain, tls)
    port = plain[0].getsockname()[1]
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    await writer.drain()
    await asyncio.wait_for(servers.stop(), 5)
    writer.close()
    await asyncio.gather(reader.read(), writer.wait_closed(), return_exceptions=True)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port))


async def test_a_stop_before_the_start_is_nothing(certificate):
    """A start that failed half-way can always be undone."""
    await listening.Listening(
        silent_app, certificate=certificate.chain, key=certificate.key, farewell=0.2
    ).stop()
