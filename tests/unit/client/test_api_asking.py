"""The API's client without a connection: requests, answers, refusals, streams."""

import pytest

from orchestrator.client.api import asking, asks, clients
from orchestrator.client.api.asking import Event
from orchestrator.core.model import errors


def test_names_stay_within_their_place_in_the_address() -> None:
    """A slash or a question mark in a name parts nothing."""
    ask = asks.context("ns", session="a/b?c")
    assert asking.address(ask, "12") == "/v1/account/12/ns/a%2Fb%3Fc/properties"
    assert asking.address(asks.SKILLS.show("{account}"), "12").endswith("%7Baccount%7D")


@pytest.mark.parametrize("kind", [clients.Client, clients.AsyncClient])
@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("127.0.0.1:8443", "co_1"),
        ("ftp://127.0.0.1", "co_1"),
        ("https://", "co_1"),
        ("https://[", "co_1"),
        ("https://127.0.0.1:x", "co_1"),
        ("https://127.0.0.1", ""),
        ("https://127.0.0.1", "co_1\n"),
        ("https://127.0.0.1", "co_\u00e9"),
        ("https://127.0.0.1", "co 1"),
    ],
)
def test_a_client_that_can_never_ask_is_refused_at_once(
    kind: type[clients.Client | clients.AsyncClient], url: str, key: str
) -> None:
    """With an error of ours, not when the first request fails for it."""
    with pytest.raises(errors.BadInput):
        kind(url, "1", api_key=key)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, errors.BadInput),
        (401, errors.Unauthenticated),
        (403, errors.Forbidden),
        (404, errors.NotFound),
        (409, errors.Conflict),
        (412, errors.Stale),
        (413, errors.BadInput),
        (418, errors.BadInput),
        (500, errors.Unavailable),
        (503, errors.Unavailable),
    ],
)
@pytest.mark.parametrize("sent", [b'{"detail": "No."}', b"<html>", b"", b"[1]"])
def test_every_refusal_is_an_error_of_ours(
    status: int, kind: type[errors.OrchestratorError], sent: bytes
) -> None:
    """Whatever its body is; what it says is told."""
    error = asking.refused(status, sent)
    assert isinstance(error, kind)
    assert error.message == ("No." if b"detail" in sent else f"The server answered {status}.")


def test_everything_that_is_wrong_is_told() -> None:
    """With the path to each."""
    sent = b'{"errors": [{"code": "bad-input", "path": "a", "message": "x"}]}'
    error = asking.refused(400, sent)
    assert [(each.path, each.message) for each in error.problems] == [("a", "x")]


def test_who_asks_too_often_is_told_when_to_come_back() -> None:
    """From Retry-After; a second where it says nothing."""
    for after, seconds in (("7", 7), (None, 1), ("soon", 1)):
        error = asking.refused(429, b"", after)
        assert isinstance(error, errors.TooMany)
        assert error.seconds == seconds


def test_an_answer_of_somebody_else_is_no_answer() -> None:
    """A proxy's page, or JSON of another shape."""
    for sent in (b"<html>", b"{}", b"\xff"):
        with pytest.raises(errors.Unavailable):
            asking.read(asks.account(), 200, sent, lambda _: None)


def test_a_stream_is_taken_apart() -> None:
    """Comments and unknown fields are passed over; data may have several lines."""
    stream = asking.Stream()
    lines = (": hello", "retry: 5", "id: 7", "event: change", "data: {", "data: }", "", "", "x")
    found = [event for line in lines if (event := stream.line(line)) is not None]
    assert found == [Event("change", {}, 7)]


def test_an_event_that_is_no_json_ends_the_stream_with_an_error_of_ours() -> None:
    """Whatever stands between may have sent it."""
    stream = asking.Stream()
    stream.line("data: <html>")
    with pytest.raises(errors.Unavailable):
        stream.line("")
