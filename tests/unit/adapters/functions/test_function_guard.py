"""The guard: names are resolved once, every address counts, and only allowed hosts are inside."""

import asyncio
import threading
from collections.abc import Sequence
from datetime import timedelta

import pytest

from orchestrator.adapters.functions import guard
from orchestrator.core.model.function import FunctionFailed, Host

PUBLIC = "93.184.216.34"


class Names:
    """A name service that answers what the test says, one answer after the other."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self.answers = list(answers)
        self.asked = 0

    def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def guarding(names: guard.Resolve, *allowed: Host) -> guard.Guard:
    """Return a guard over a name service."""
    return guard.Guard(allowed, guard.Resolver(names))


async def test_a_name_that_is_also_inside_is_refused() -> None:
    """One private address among public ones is enough."""
    with pytest.raises(guard.Refused, match=r"allow-host crm\.example:443"):
        await guarding(Names([PUBLIC, "10.0.0.1"])).addresses("crm.example", 443)


async def test_the_refusal_names_what_would_allow_it() -> None:
    """An IPv6 address stands in brackets, as the command reads it."""
    with pytest.raises(guard.Refused, match=r"allow-host \[::1\]:443$"):
        await guarding(Names(["::1"])).addresses("::1", 443)


@pytest.mark.parametrize(
    "spelling",
    ["127.1", "0x7f.1", "2130706433", "0177.0.0.1", "127.0.0.1", "::1", "0", "localhost"],
)
async def test_odd_spellings_are_what_the_system_reads_in_them(spelling: str) -> None:
    """Decimal, octal, hexadecimal and shortened: this machine's own resolver says what they are."""
    with pytest.raises(FunctionFailed):
        await guarding(guard.resolve).addresses(spelling, 443)


async def test_a_name_cannot_change_its_mind_between_check_and_use() -> None:
    """Rebinding: what is connected to are the addresses that were checked; there is no second
    question."""
    names = Names([PUBLIC], ["127.0.0.1"])
    backend = guard.Backend(guarding(names))
    reached: list[str] = []

    class Network:
        async def connect_tcp(self, host: str, *_: object) -> str:
            reached.append(host)
            return "connected"

    setattr(backend, "_network", Network())  # noqa: B010 - nothing leaves this machine
    await backend.connect_tcp("crm.example", 443)
    assert reached == [PUBLIC]
    assert names.asked == 1


async def test_an_allowed_host_may_be_inside() -> None:
    """With its port, or with every port where none was said; case and final dots do not matter."""
    one = guarding(Names(["10.0.0.1"]), Host("crm.internal", 8443))
    assert await one.addresses("CRM.internal.", 8443) == ["10.0.0.1"]
    with pytest.raises(guard.Refused):
        await one.addresses("crm.internal", 443)
    every = guarding(Names(["10.0.0.1"]), Host("crm.internal"))
    assert await every.addresses("crm.internal", 443) == ["10.0.0.1"]


@pytest.mark.parametrize(
    ("scheme", "host", "allowed"),
    [
        ("http", "crm.example", ()),
        ("http", "crm.example", (Host("crm.example"),)),
        ("ftp", "crm.example", (Host("crm.example", scheme="http"),)),
        ("file", "", ()),
        ("https", "", ()),
    ],
)
def test_other_ways_than_https_are_refused(
    scheme: str, host: str, allowed: tuple[Host, ...]
) -> None:
    """Plain HTTP only where the administrator said so, anything else never."""
    with pytest.raises(guard.Refused):
        guarding(Names([PUBLIC]), *allowed).check(scheme, host, None)


def test_plain_http_is_for_hosts_of_which_an_administrator_said_so() -> None:
    """The port's own word counts before that of the whole host."""
    both = guarding(Names([PUBLIC]), Host("h", scheme="http"), Host("h", 81))
    assert both.check("http", "h", None) == 80
    with pytest.raises(guard.Refused):
        both.check("http", "h", 81)


async def test_a_name_that_nobody_knows_is_a_failure_that_may_pass() -> None:
    """It is not the caller's fault, and not forbidden."""

    def unknown(host: str, port: int) -> Sequence[str]:
        raise OSError(host, port)

    with pytest.raises(FunctionFailed) as failed:
        await guarding(unknown).addresses("crm.example", 443)
    assert failed.value.fault == "temporary"


async def test_no_socket_of_this_machine_is_reached() -> None:
    """Unix sockets are nothing for functions."""
    with pytest.raises(guard.Refused):
        await guard.Backend(guarding(Names([PUBLIC]))).connect_unix_socket("/run/docker.sock")


async def test_a_name_whose_servers_are_silent_holds_up_no_other() -> None:
    """However many ask for it, and give up: it has one thread, and is asked for once."""
    silence, asked = threading.Event(), []

    def names(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        if host == "silent.example":
            silence.wait(30)
        return [PUBLIC]

    watch = guarding(names)
    waiting = [asyncio.create_task(watch.addresses("silent.example", 443)) for _ in range(20)]
    try:
        async with asyncio.timeout(timedelta(seconds=10).total_seconds()):
            assert await watch.addresses("crm.example", 443) == [PUBLIC]
        waiting.pop().cancel()
    finally:
        silence.set()
    assert await asyncio.gather(*waiting) == [[PUBLIC]] * 19
    assert sorted(asked) == ["crm.example", "silent.example"]
    assert await watch.addresses("silent.example", 443) == [PUBLIC]
    assert len(asked) == 3
