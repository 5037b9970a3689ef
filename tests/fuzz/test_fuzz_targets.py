"""The promises that `make fuzz` looks for cracks in, with Hypothesis and from every seed."""

import random
import time
import tracemalloc

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import mutating, seeds, targets
from orchestrator.core.ums import host_side


@pytest.mark.parametrize("text", seeds.EXPRESSIONS)
def test_expressions_near_every_seed(text):
    """Each function's example, and whatever is a few slips away from it."""
    chance = random.Random(text)  # noqa: S311 — reproducible, not secret
    targets.expression(text.encode())
    for _ in range(40):
        targets.expression(mutating.mutated(chance, text.encode()))


@pytest.mark.parametrize("given", [*seeds.documents()], ids=lambda _: "")
def test_documents_near_every_seed(given):
    """Each operator's document, and whatever is a few slips away from it."""
    data = seeds.json.dumps(given, ensure_ascii=False).encode()
    chance = random.Random(data)  # noqa: S311 — reproducible, not secret
    targets.policy_set(data)
    for _ in range(25):
        targets.policy_set(mutating.mutated(chance, data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_an_expression(data):
    """Refused in words, or decided."""
    targets.expression(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_document(data):
    """Refused in words, or decided."""
    targets.policy_set(data)


@pytest.mark.parametrize("kind", ["requests", "told"])
def test_frames_near_every_seed(kind):
    """Each kind of frame, and whatever is a few slips away from it."""
    target = {"requests": targets.host_frame, "told": targets.client_frame}[kind]
    for text in getattr(seeds, kind)():
        chance = random.Random(text)  # noqa: S311 — reproducible, not secret
        target(text.encode())
        for _ in range(60):
            target(mutating.mutated(chance, text.encode()))


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["req", "resp", "notification"]) | VALUES,
        "id": st.sampled_from(["1", 1, 1.0, -1, 10**30, True]) | VALUES,
        "reqId": st.sampled_from(["1", 2, "3", 4.0]) | VALUES,
        "type": st.sampled_from([".ams.ms.PublishEvent", "GetClock"]) | VALUES,
        "code": st.integers(-1, 600) | VALUES,
        "body": st.dictionaries(st.sampled_from(["subscriptionId", "changes", "dialogId"]), VALUES)
        | VALUES,
        "headers": VALUES,
        "metadata": VALUES,
    },
)


@settings(max_examples=300, deadline=None)
@given(FRAMES)
def test_any_json_as_a_frame(frame):
    """Numbers without end, keys that are missing, types that are wrong: either side goes on."""
    data = seeds.json.dumps(frame).encode()
    targets.host_frame(data)
    targets.client_frame(data)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_frame(data):
    """Either side goes on."""
    targets.host_frame(data)
    targets.client_frame(data)


MEBIBYTE = 1 << 20
HUGE = {
    "an object in an object": b'{"a":' * (MEBIBYTE // 5),
    "brackets": b"[" * MEBIBYTE,
    "brackets in a body": b'{"id":"1","type":"GetClock","body":' + b"[" * (MEBIBYTE // 2),
    "brackets in an answer": b'{"reqId":"1","body":' + b"[" * 9999 + b"]" * 9999 + b"}",
    "an integer": b'{"id":"1","type":"GetClock","body":' + b"9" * (MEBIBYTE - 50) + b"}",
    "an id": b'{"id":' + b"9" * (MEBIBYTE - 50) + b',"type":"GetClock"}',
    "a code": b'{"reqId":"1","code":' + b"1" * (MEBIBYTE - 50) + b"}",
    "a fraction": b'{"id":1.' + b"3" * (MEBIBYTE - 50) + b',"type":"GetClock"}',
    "an exponent": b'{"id":1e' + b"9" * (MEBIBYTE - 50) + b',"type":"GetClock"}',
    "one key": b'{"id":"1","type":"GetClock"' + b',"id":"1"' * (MEBIBYTE // 10) + b"}",
    "many keys": b"{"
    + b",".join(b'"%x":{}' % number for number in range(80_000))
    + b',"id":"1","type":"GetClock"}',
    "backslashes": b'{"id":"' + b"\\" * (MEBIBYTE - 20),
    "quotes": b'"' * MEBIBYTE,
    "quotes and brackets": b'"[' * (MEBIBYTE // 2),
    "escapes": b'{"id":"1","type":"GetClock","body":"' + b"\\ud800" * (MEBIBYTE // 7) + b'"}',
    "NUL": b"\x00" * MEBIBYTE,
    "no UTF-8": b'{"id":"1","type":"' + b"\xed\xa0\x80" * (MEBIBYTE // 4) + b'"}',
    "white space": b" " * (MEBIBYTE - 2) + b"{}",
    "empty headers": b'{"id":"1","type":"GetClock","headers":['
    + b"{}," * (MEBIBYTE // 4)
    + b"{}]}",
}


@pytest.mark.parametrize("kind", HUGE)
def test_a_mebibyte_costs_little(kind):
    """The largest frame there is, of the worst shape, costs a fraction of a second and its size."""
    data = HUGE[kind]
    host = host_side.HostSide("1", "agent", caller=host_side.Caller("1001", "p"))
    began = time.process_time()
    host.receive(data)
    targets.client_frame(data)
    assert time.process_time() - began < 2, "generous: it takes a tenth of that"
    tracemalloc.start()
    try:
        host.receive(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 60 * MEBIBYTE
