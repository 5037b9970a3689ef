"""A request that hangs: one answer in time, and the socket goes on."""

import asyncio
import gc
import json
import weakref
from datetime import timedelta

import pytest

from orchestrator.core.model import errors
from orchestrator.core.ums.host_side import Caller, HostSide
from orchestrator.doors.gateway import line
from orchestrator.doors.gateway.rooms import Limits
from orchestrator.services.cloud.consumers import Expired
from orchestrator.testing.clock import TurnedClock


class Wire:
    """A WebSocket of which the test holds the other end."""

    def __init__(self):
        self.arriving = asyncio.Queue()
        self.sent = asyncio.Queue()
        self.code = None

    async def receive(self):
        return await self.arriving.get()

    async def send_text(self, text):
        self.sent.put_nowait(json.loads(text))

    async def close(self, code):
        self.code = code

    def ask(self, request_id, kind):
        text = json.dumps({"kind": "req", "id": request_id, "type": kind, "body": {}})
        self.arriving.put_nowait({"type": "websocket.receive", "text": text})

    def hang_up(self):
        self.arriving.put_nowait({"type": "websocket.disconnect"})


def served(wire, **handlers):
    host = HostSide("1", "agent", caller=Caller("1001", "pid"))
    limits = Limits(answer=timedelta(milliseconds=20))
    talk = line.Line(wire, host, handlers=handlers, limits=limits, clock=TurnedClock())

    async def clock(asked):
        return host.answer(asked, {"currentTime": 1})

    handlers.setdefault("GetClock", clock)
    talk._handlers = handlers
    return asyncio.create_task(talk.serve())


async def test_c17_a_request_that_hangs_is_answered_in_time():
    """With a 5xx and a sentence, once; what was asked meanwhile is answered beside it."""
    wire, cancelled = Wire(), asyncio.Event()

    async def hangs(_asked):
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    serving = served(wire, KeepAlive=hangs)
    wire.ask("late", ".KeepAlive")
    wire.ask("quick", ".GetClock")
    quick, late = await wire.sent.get(), await wire.sent.get()
    assert (quick["reqId"], quick["code"]) == ("quick", 200)
    assert (late["reqId"], late["code"], late["type"]) == ("late", 504, ".ReqBody$StringResp")
    assert isinstance(late["body"], str)
    assert cancelled.is_set()
    wire.ask("after", ".GetClock")
    assert (await wire.sent.get())["reqId"] == "after"
    wire.hang_up()
    await serving
    assert wire.sent.empty()


async def test_c17_a_bug_is_a_500_that_tells_nothing():
    """And costs that request only."""
    wire = Wire()

    async def fails(_asked):
        raise RuntimeError("secret detail")

    serving = served(wire, KeepAlive=fails)
    wire.ask("1", ".KeepAlive")
    answer = await wire.sent.get()
    assert answer["code"] == 500
    assert "secret" not in answer["body"]
    wire.hang_up()
    await serving


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (errors.Unauthenticated("?"), 4401),
        (Expired(renewable=False), 4401),
        (Expired(renewable=True), 4407),
        (errors.Unavailable("?"), 1013),
    ],
)
def test_c48_close_codes_say_what_to_do(error, code):
    """Sign in again, extend the token, or come back later."""
    assert line.close_code(error) == code


async def test_c17_a_line_that_ended_needs_no_garbage_collector():
    """Those who answer know the line, and it forgets them: nothing of the connection stays."""

    class Clerk:
        async def clock(self, asked):
            del asked
            return []

    wire, clerk = Wire(), Clerk()
    host = HostSide("1", "agent", caller=Caller("1001", "pid"))
    handlers = {"GetClock": clerk.clock}
    clerk.line = line.Line(wire, host, handlers=handlers, limits=Limits(), clock=TurnedClock())
    del handlers
    gc.collect()
    gc.disable()
    try:
        wire.hang_up()
        await clerk.line.serve()
        gone = weakref.ref(clerk)
        del clerk
        assert gone() is None
    finally:
        gc.enable()
