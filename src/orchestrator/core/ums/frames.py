"""The three kinds of frames on a messaging socket, as frozen data."""

from typing import Any

import msgspec


class Request(msgspec.Struct, frozen=True, tag_field="kind", tag="req", omit_defaults=True):
    """A client asks something. ``id`` is 1 to 64 characters, unique among the open requests.

    A decoded frame keeps ``body`` as ``msgspec.Raw`` (empty when absent), which the move's own
    decoder reads; a frame to be sent holds anything that msgspec can encode, None for no body.
    """

    id: str
    type: str
    body: Any = None
    headers: list[Any] | None = None
    metadata: list[Any] | None = None


class Response(msgspec.Struct, frozen=True, tag_field="kind", tag="resp"):
    """The one answer to a request. ``code`` follows HTTP; above 399 the body is a sentence."""

    request_id: str = msgspec.field(name="reqId")
    code: int
    type: str
    body: Any


class Notification(msgspec.Struct, frozen=True, tag_field="kind", tag="notification"):
    """Something that the host tells without being asked again."""

    type: str
    body: Any


Frame = Request | Response | Notification

STRING_RESPONSE = ".ReqBody$StringResp"
"""The type of every refusal and of answers that are a sentence (conformance 20)."""
