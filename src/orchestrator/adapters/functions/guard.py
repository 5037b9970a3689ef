"""Where outbound calls may go: checked on the very address that is connected to.

A name is resolved once, every address that it has is checked, and one of these addresses is
connected to. So a name that changes its mind between check and use (rebinding) gains nothing, nor
does an odd spelling of an address, which the resolver reads as the system would. Certificates are
verified, and requests addressed, by the name.
"""

import asyncio
import socket
from collections.abc import Callable, Iterable, Sequence
from concurrent import futures
from ipaddress import ip_address
from typing import Any, Final

import httpcore2

from orchestrator.adapters.functions import addresses
from orchestrator.core.model.function import FunctionFailed, Host

Resolve = Callable[[str, int], Sequence[str]]
"""From host and port to addresses, in order of preference; raises OSError. It may block."""

_PORTS: Final = {"https": 443, "http": 80}
_RESOLVERS: Final = 8
_ATTEMPT_SECONDS: Final = 1.0
"""For one address of several: the next one is tried while there is still time."""


class Refused(FunctionFailed):
    """The call may not go there. Trying again cannot help, and says nothing about the function."""

    def __init__(self, message: str) -> None:
        super().__init__(message, fault="forbidden")


def resolve(host: str, port: int) -> list[str]:
    """Return the addresses of a host by this machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


class Resolver:
    """Resolves names on a few threads of its own: slow name servers hold up nothing else.

    A name takes one thread at most, however many ask for it, so that one whose servers are silent
    does not keep others from being resolved. Who asks meanwhile gets the same addresses.
    """

    def __init__(self, resolving: Resolve = resolve) -> None:
        self._resolve = resolving
        self._threads = futures.ThreadPoolExecutor(_RESOLVERS, thread_name_prefix="resolver")
        self._asked: dict[tuple[str, int], asyncio.Future[Sequence[str]]] = {}

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses of a host. Raises `FunctionFailed` where there are none."""
        place = (host, port)
        asked = self._asked.get(place)
        if asked is None:
            loop = asyncio.get_running_loop()
            asked = loop.run_in_executor(self._threads, self._resolve, host, port)
            self._asked[place] = asked
            asked.add_done_callback(lambda done: self._answered(place, done))
        try:
            found = await asyncio.shield(asked)  # others may wait for it as well
        except (OSError, UnicodeError) as error:  # a label too long for DNS is a UnicodeError
            raise FunctionFailed(f"{host} is not known to the name service.") from error
        if not found:
            raise FunctionFailed(f"{host} has no address.")
        return found

    def _answered(self, place: tuple[str, int], done: asyncio.Future[Sequence[str]]) -> None:
        del self._asked[place]
        if not done.cancelled():
            done.exception()  # perhaps nobody waits any more, and nobody is to complain of that

    def close(self) -> None:
        """Let go of the threads, without waiting for an answer that may never come."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class Guard:
    """What one account's functions may reach: the public internet, and the ``allowed`` hosts."""

    def __init__(self, allowed: Sequence[Host], resolver: Resolver) -> None:
        self._allowed = tuple(allowed)
        self._resolver = resolver

    def allowed(self, host: str, port: int) -> Host | None:
        """Return what an administrator said of this host and port; the port's own word first."""
        name = canonical(host)
        known = [each for each in self._allowed if each.host == name and each.port in (port, None)]
        return max(known, key=lambda each: each.port is not None, default=None)

    def check(self, scheme: str, host: str, port: int | None) -> int:
        """Return the port of an address that looks right. Raises `Refused` for others.

        The addresses behind the name are checked when they are connected to.
        """
        if scheme not in _PORTS:
            raise Refused(f"Functions are called over https, not {scheme or 'nothing'}.")
        if not host:
            raise Refused("The address names no host.")
        wanted = port if port is not None else _PORTS[scheme]
        known = self.allowed(host, wanted)
        if scheme == "http" and (known is None or known.scheme != "http"):
            place = _bracketed(host)
            raise Refused(
                f"{host} may only be called over https. An administrator can allow http: "
                f"orchestrator functions allow-host {place}:{wanted} --http"
            )
        return wanted

    async def addresses(self, host: str, port: int) -> Sequence[str]:
        """Return the addresses that may be connected to for this host.

        Raises `Refused` as soon as one of them is inside: a name that is both outside and inside
        is a trick, or a mistake that an administrator should see.
        """
        found = await self._resolver.addresses(host, port)
        if self.allowed(host, port) is None:
            for address in found:
                if not addresses.is_outside(address):
                    place = _bracketed(host)
                    raise Refused(
                        f"{host} is not on the public internet. An administrator can allow it: "
                        f"orchestrator functions allow-host {place}:{port}"
                    )
        return found


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


class Backend(httpcore2.AsyncNetworkBackend):
    """Connects to what the guard lets through, and to nothing else."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._network: httpcore2.AsyncNetworkBackend = httpcore2.AnyIOBackend()  # pyrefly: ignore[bad-assignment]  # without anyio it would be a stub

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class names it
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Connect to one of the checked addresses of ``host``, in their order."""
        found = await self._guard.addresses(host, port)
        for address in found[:-1]:
            try:
                return await self._network.connect_tcp(
                    address, port, _ATTEMPT_SECONDS, local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout):
                continue
        return await self._network.connect_tcp(
            found[-1], port, timeout, local_address, socket_options
        )

    async def connect_unix_socket(
        self, path: str, *_: Any, **__: Any
    ) -> httpcore2.AsyncNetworkStream:
        """Refuse: no function is behind a socket of this machine."""
        raise Refused(f"A function cannot be at {path}.")

    async def sleep(self, seconds: float) -> None:
        """Wait, as the library does between attempts of its own, of which there are none."""
        await self._network.sleep(seconds)


def canonical(host: str) -> str:
    """Return a host as allowed hosts are compared: lower case, no final dot, addresses short."""
    name = host.strip("[]").rstrip(".").lower()
    try:
        return str(ip_address(name))
    except ValueError:
        return name
