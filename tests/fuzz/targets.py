"""What is fuzzed: each function takes any bytes and holds the promises about them.

Whatever comes in is used or refused in words; no other exception leaves, and what was accepted
survives a round trip.
"""

import json
from datetime import UTC, datetime

from orchestrator.core.model import ids
from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import condition, document, engine, mistakes, source
from orchestrator.core.policy.expression import check, convert, parse, render
from orchestrator.core.policy.expression.findings import Refused
from orchestrator.core.ums import agent_side, asks, codec, consumer_side, host_side

AT = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
VALUES = (None, True, 0, -2.5, "12", "gold", "2026-11-22", ["gold", None], {"a": 1})


def expression(data):
    """An expression is refused with a place, or printed, converted and decided."""
    text = data.decode("utf-8", "replace")
    try:
        root = parse.read(text)
    except Refused as refused:
        place = refused.finding.place
        lines = text.split("\n")
        if not 1 <= place.line <= len(lines) or place.column > len(lines[place.line - 1]) + 1:
            raise AssertionError(refused.finding.message) from None
        return
    canonical = render.render(root)
    if len(canonical) <= parse.MAX_CHARACTERS:
        assert parse.read(canonical) == root
    if check.check(root, check.Scope({})).errors:
        return
    twin = convert.to_conditions(root)
    asked = {"expression": text}
    state = decided(asked)
    if twin is not None:
        assert decided({"conditions": [condition.dump(member) for member in twin]}) == state


def decided(asked):
    """Return the states of a policy with that block for several worlds."""
    act = [{"type": "SEND_MESSAGE", "payload": {"message": "x"}}]
    made = document.load([{"name": "P", "enabled": True, "actions": act, **asked}])
    compiled = compiling.compile_set(made.policy_set)
    found = []
    for offset in range(len(VALUES)):

        def read(name, offset=offset):
            return Known(VALUES[(sum(name.encode()) + offset) % len(VALUES)])

        trace = engine.run(compiled, read, at=AT, tracing="on").trace
        found.append(trace["policies"][0]["state"])
    return found


def policy_set(data):
    """A document is refused with every mistake, or dumped, loaded again and decided."""
    try:
        loaded = document.load(source.read(data))
    except mistakes.PolicyErrors as refused:
        if not all(problem.message for problem in refused):
            raise AssertionError("a refusal without a word") from None
        return
    again = document.load(document.dump(loaded.policy_set))
    assert compiling.version_of(again.policy_set) == compiling.version_of(loaded.policy_set)
    holidays = any(
        each.holidays is not None for each in (loaded.policy_set.schedules or {}).values()
    )
    if not holidays:  # their dates come from the calendar, which is not in the core
        compiled = compiling.compile_set(loaded.policy_set)
        engine.run(compiled, lambda _: Known("x"), at=AT, tracing="on")


def host_frame(data):
    """A host asks a service, refuses in one frame, or has nobody to answer."""
    for side in ("agent", "consumer"):
        for caller in (host_side.Caller("1001", "p"), None):
            host = host_side.HostSide("1", side, caller=caller)
            match host.receive(data):
                case host_side.Asked() as asked:
                    (frame,) = host.answer(asked, {})
                    assert asked.body is not None
                case host_side.Replied(frames, reason):
                    (frame,) = frames
                    assert reason
                case host_side.Broken(reason):
                    assert reason
                    continue
            answer = json.loads(frame)
            assert isinstance(answer["reqId"], str)
            assert 0 < len(answer["reqId"]) <= codec.DEFAULT.max_id
            assert host.open_requests == 0
            assert host.receive(data) is not None


AGENT = ids.agent_key("1", "1001")
ASKED = (
    asks.subscribe_conversations(),
    asks.subscribe_rings("1", agent=AGENT),
    asks.unsubscribe_conversations("ex-1"),
    asks.Ask("GetClock"),
)


def client_frame(data):
    """A client learns something, or says what was wrong; a request that was answered has ended."""
    for client in (agent_side.AgentSide("1", "1001"), consumer_side.ConsumerSide("1")):
        for ask in ASKED:
            if client.side == "agent" or ask.name != "SubscribeRoutingTasks":
                client.ask(ask, now=0.0)
        before = client.open_requests
        told = client.receive(data)
        ended = [one for one in told if type(one).__name__ in {"Answered", "Refused"}]
        assert before - client.open_requests == len(ended)
