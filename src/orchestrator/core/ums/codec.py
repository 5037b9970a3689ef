"""Text to frames and back: one quick decoding of the envelope, the body left raw for its move."""

import itertools
import re
from typing import Any, Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.ums.frames import Frame, Notification, Request, Response


class Limits(msgspec.Struct, frozen=True):
    """What a peer may send: bytes a frame, nesting of brackets, characters of an id.

    ``max_depth`` None leaves nesting to the decoder's own guard, for peers that send big frames
    and are trusted not to be malicious.
    """

    max_bytes: int = 1 << 20
    max_depth: int | None = 64
    max_id: int = 64


DEFAULT: Final = Limits()


class FrameError(errors.BadInput):
    """The peer sent something that is no frame: their fault, and the connection may go on.

    ``request_id`` is what to answer to, None when the frame does not say.
    """

    code = "bad-frame"

    def __init__(self, message: str, *, request_id: str | None = None) -> None:
        super().__init__(message)
        self.request_id = request_id


class _Envelope(msgspec.Struct, rename="camel"):
    type: str | None = None
    kind: str | None = None
    id: str | int | float | None = None
    req_id: str | int | float | None = None
    code: int | None = None
    body: msgspec.Raw = msgspec.Raw(b"")
    headers: list[Any] | dict[str, Any] | None = None
    metadata: list[Any] | dict[str, Any] | None = None


_ENVELOPE: Final = msgspec.json.Decoder(_Envelope)
_LOOSE: Final = msgspec.json.Decoder(dict[str, Any])
_ENCODER: Final = msgspec.json.Encoder()
_FOREIGN = (msgspec.MsgspecError, UnicodeError, RecursionError)


_WIDEST: Final = 4
"""Bytes of a character in UTF-8, at most."""


def encode(frame: Frame) -> str:
    """Return the text of a frame. The caller gives only what msgspec can encode."""
    return _ENCODER.encode(frame).decode()


def fits(text: str | bytes, most: int) -> bool:
    """Whether a frame has at most ``most`` bytes."""
    if len(text) > most or isinstance(text, bytes):
        return len(text) <= most
    return len(text) * _WIDEST <= most or text.isascii() or len(text.encode()) <= most


def decode(text: str | bytes, *, limits: Limits = DEFAULT) -> Frame:
    """Return the frame in ``text``; its body stays ``msgspec.Raw``, empty when absent.

    Ids may be numbers and ``kind`` may be missing (conformance 51). Raises FrameError, and nothing
    else, for anything that is no frame.
    """
    try:
        _measure(text, limits=limits)
        envelope = _ENVELOPE.decode(text)
    except _FOREIGN as error:
        raise _explained(text, error, limits=limits) from error
    return _frame(envelope, limits=limits)


def _frame(envelope: _Envelope, *, limits: Limits) -> Frame:
    kind = envelope.kind or _implied_kind(envelope)
    request_id = _identifier(envelope.id, limits=limits)
    if envelope.type is None and kind != "resp":
        raise FrameError("The frame has no type.", request_id=request_id)
    name = envelope.type or ""
    if kind == "notification":
        return Notification(name, envelope.body)
    if kind == "resp":
        answered = _identifier(envelope.req_id, limits=limits)
        if answered is None:
            raise FrameError("The response does not say which request it answers.")
        code = 200 if envelope.code is None else envelope.code
        return Response(answered, code, name, envelope.body)
    if kind != "req":
        raise FrameError("kind must be req, resp or notification.", request_id=request_id)
    if request_id is None:
        raise FrameError("The request has no id.")
    headers, metadata = _array(envelope.headers), _array(envelope.metadata)
    return Request(request_id, name, envelope.body, headers, metadata)


def _implied_kind(envelope: _Envelope) -> str:
    if envelope.req_id is not None:
        return "resp"
    return "notification" if envelope.id is None else "req"


def _identifier(value: str | float | None, *, limits: Limits) -> str | None:
    if value is None or value == "":
        return None
    text = str(value)
    if len(text) > limits.max_id:
        raise FrameError(f"An id has at most {limits.max_id} characters.")
    return text


def _array(value: list[Any] | dict[str, Any] | None) -> list[Any] | None:
    """Undo the wire's freedom to send a one-element array as the bare element."""
    return [value] if isinstance(value, dict) else value


def _explained(text: str | bytes, error: Exception, *, limits: Limits) -> FrameError:
    """Say what is wrong, and to whom to say it where the frame is JSON at least."""
    try:
        found = _LOOSE.decode(text).get("id")
    except _FOREIGN:
        return FrameError("The frame is not a JSON object, or not UTF-8.")
    named = isinstance(found, str | int | float) and not isinstance(found, bool)
    request_id = str(found) if named and 0 < len(str(found)) <= limits.max_id else None
    return FrameError(f"The frame is malformed: {error}.", request_id=request_id)


# The closing quote is optional and nothing is given back, so that no input makes it slow.
_STRING: Final = re.compile(rb'"(?:[^"\\]|\\.)*+"?', re.DOTALL)
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))
_STEP: Final = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def _measure(text: str | bytes, *, limits: Limits) -> None:
    data = text
    if len(data) > limits.max_bytes:
        raise FrameError(f"A frame has at most {limits.max_bytes} bytes.")
    if isinstance(data, str):
        if not data.isascii():
            data = data.encode()
            if len(data) > limits.max_bytes:
                raise FrameError(f"A frame has at most {limits.max_bytes} bytes.")
            brackets = data.count(b"[") + data.count(b"{")
        else:
            brackets = data.count("[") + data.count("{")
    else:
        brackets = data.count(b"[") + data.count(b"{")
    # Nearly every frame has fewer brackets than the limit has levels: no need to look closer.
    if limits.max_depth is None or brackets <= limits.max_depth:
        return
    if _depth(data) > limits.max_depth:
        raise FrameError(f"A frame has at most {limits.max_depth} levels of brackets.")


def _depth(data: str | bytes) -> int:
    raw = data.encode() if isinstance(data, str) else data
    brackets = _STRING.sub(b"", raw).translate(None, _NOT_BRACKETS)
    return max(itertools.accumulate(map(_STEP.__getitem__, brackets)), default=0)
