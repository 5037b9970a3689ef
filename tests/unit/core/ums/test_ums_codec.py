"""The codec takes anything and says who is to blame."""

import json
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.ums import codec
from orchestrator.core.ums.frames import Notification, Request, Response

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9)
JSON = (
    SCALARS
    | st.lists(SCALARS, max_size=3)
    | st.dictionaries(st.text(max_size=3), SCALARS, max_size=3)
)
KEYS = st.sampled_from(["kind", "id", "reqId", "type", "body", "code", "headers", "metadata"])


def _decode(text):
    try:
        return codec.decode(text)
    except codec.FrameError:
        return None


def _blamed(text):
    try:
        codec.decode(text)
    except codec.FrameError as error:
        return error.request_id
    return None


@given(st.binary() | st.text(st.characters(exclude_categories=[])))
def test_any_text_is_a_frame_or_a_frame_error(text):
    """Whatever arrives, nothing but FrameError is raised."""
    _decode(text)


@given(st.dictionaries(KEYS, JSON))
def test_any_json_object_is_a_frame_or_a_frame_error(frame):
    """Wrong types in the envelope are FrameErrors as well, and never blame another request."""
    request_id = _blamed(json.dumps(frame))
    assert request_id is None or request_id == str(frame["id"])


IDS = st.text(min_size=1, max_size=64)
BODIES = st.dictionaries(
    st.text(), st.integers(-(2**53), 2**53) | st.text() | st.none(), max_size=3
)


@given(IDS, st.text(min_size=1), BODIES, st.none() | st.lists(BODIES, max_size=2))
def test_a_request_survives_the_way(request_id, kind, body, metadata):
    """What one peer encodes the other decodes to the same (19: metadata unchanged)."""
    frame = codec.decode(codec.encode(Request(request_id, kind, body, None, metadata)))
    assert isinstance(frame, Request)
    assert (frame.id, frame.type, frame.metadata) == (request_id, kind, metadata)
    assert msgspec.json.decode(frame.body) == body


@given(IDS, st.integers(100, 599), BODIES)
def test_a_response_survives_the_way(request_id, code, body):
    """Responses too, ids as text (17)."""
    frame = codec.decode(codec.encode(Response(request_id, code, "t", body)))
    assert isinstance(frame, Response)
    assert (frame.request_id, frame.code) == (request_id, code)


@pytest.mark.parametrize(("sent", "echoed"), [("1", "1"), ('"1,"', "1,"), ('"uuid"', "uuid")])
def test_51_numeric_ids_and_missing_kind(sent, echoed):
    """Conformance 51: ids may be numbers, ``kind`` may be missing; the id is echoed as text."""
    frame = codec.decode(f'{{"id":{sent},"type":"GetClock"}}')
    assert isinstance(frame, Request)
    assert frame.id == echoed


def test_19_null_absent_and_array():
    """Conformance 19: headers and metadata may be null, absent or arrays, and a lone element."""
    for value, read in [
        ("null", None),
        ("[]", []),
        ('[{"a":1}]', [{"a": 1}]),
        ('{"a":1}', [{"a": 1}]),
    ]:
        frame = codec.decode(
            f'{{"kind":"req","id":"1","type":"t","headers":{value},"metadata":{value},'
            f'"encodedMetadata":null}}'
        )
        assert isinstance(frame, Request)
        assert frame.headers == frame.metadata == read
        assert not frame.body


def test_a_notification_needs_no_id():
    """A frame with a type alone is a notification."""
    assert isinstance(codec.decode('{"type":"x","body":{}}'), Notification)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "[]",
        '{"kind":"req","type":"x"}',
        '{"kind":"poem","id":"1","type":"x"}',
        '{"kind":"resp","type":"x"}',
        '{"kind":"req","id":"' + "x" * 65 + '","type":"x"}',
        b'{"kind":"req","id":"1","type":"\xff"}',
    ],
)
def test_what_is_no_frame_is_refused(text):
    """Everything that is no frame is a FrameError with a sentence."""
    with pytest.raises(codec.FrameError, match=r"\.$"):
        codec.decode(text)


def test_the_id_is_found_where_there_is_one():
    """A request with wrong types in its envelope still gets its one clear answer."""
    with pytest.raises(codec.FrameError) as caught:
        codec.decode('{"kind":"req","id":7,"type":["x"],"body":{}}')
    assert caught.value.request_id == "7"


def test_limits_hold():
    """Frames that are too long or too deep are refused, brackets in texts do not count."""
    limits = codec.Limits(max_bytes=2000, max_depth=8)
    deep = '{"id":"1","type":"t","body":' + "[" * 20 + "]" * 20 + "}"
    wide = '{"id":"1","type":"t","body":[' + ",".join(["[]"] * 20) + "]}"
    quoted = '{"id":"1","type":"t","body":"' + "[" * 100 + '\\"[["}'
    with pytest.raises(codec.FrameError, match="levels"):
        codec.decode(deep, limits=limits)
    with pytest.raises(codec.FrameError, match="bytes"):
        codec.decode('{"id":"1","type":"' + "é" * 1500 + '"}', limits=limits)
    codec.decode(wide, limits=limits)
    codec.decode(quoted, limits=limits)
    with pytest.raises(codec.FrameError):
        codec.decode("[" * 1_000_000, limits=codec.Limits(max_bytes=1 << 20, max_depth=None))


@pytest.mark.parametrize("unit", ['\\"', '"', "[", "[]", "\\", '"\\', '{"a":['])
def test_no_text_is_slow(unit):
    """A megabyte made to hurt takes well under a second: the measure is linear."""
    text = '{"a":[' * 70 + '"' + unit * ((1 << 20) // len(unit) - 500)
    began = time.perf_counter()
    _decode(text[: 1 << 20])
    assert time.perf_counter() - began < 2
