"""Whatever a client sends of a thing is taken or refused; it is never our own fault."""

import asyncio

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.requests import Request

from orchestrator.core.model import access, errors
from orchestrator.doors.gateway import credentials, web
from orchestrator.doors.gateway.configuration import routes
from orchestrator.doors.gateway.configuration.collection import Asking
from orchestrator.services import directory as services
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

ACTOR = access.operator("1")

_HUGE = "an integer of 5001 digits"

_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just(_HUGE)
    | st.just("x" * 300),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


class PlainPasswords:
    async def hash(self, password):
        return password

    async def matches(self, password, *, hashed):
        return password == hashed


class PlainSeal:
    def seal(self, secret, *, row):  # noqa: ARG002 - the port names it
        return secret

    def open(self, sealed, *, row):  # noqa: ARG002 - as above
        return sealed


def request(body=b"", **headers):
    """A request with this body and these headers, as the server hands it over."""
    sent = iter([{"type": "http.request", "body": body, "more_body": False}])

    async def receive():
        return next(sent)

    scope = {
        "type": "http",
        "method": "POST",
        "scheme": "https",
        "path": "/api/account/1/x",
        "raw_path": b"/api/account/1/x",
        "query_string": headers.pop("query", "").encode(),
        "headers": [(name.encode(), text.encode("latin-1")) for name, text in headers.items()],
        "path_params": {"account": "1"},
    }
    return Request(scope, receive)


@pytest.mark.parametrize("path", routes.NOUNS)
@settings(max_examples=80, deadline=None)
@given(data=st.data())
def test_any_body_is_taken_or_refused(path, data):
    """Every field with any value: an error of ours that says what is wrong, or an entry."""
    noun = routes.NOUNS[path]
    names = [field.encode_name for field in msgspec.structs.fields(noun.shape)]
    fields = {name: data.draw(_JSON) for name in data.draw(st.sets(st.sampled_from(names)))}
    fields = {"name": "a", "loginName": "a", "skillId": 3001} | fields
    parts = [msgspec.json.encode(name) + b":" + _json(value) for name, value in fields.items()]

    async def run():
        directory = services.Directory(
            memory.MemoryDirectory(),
            clocks.TurnedClock(),
            passwords=PlainPasswords(),
            seal=PlainSeal(),
        )
        await directory.skills.add(ACTOR, name="Sales")
        campaign = (await directory.campaigns.add(ACTOR, name="Web")).id
        asking = Asking(directory.forms, ACTOR, {"campaign": campaign})
        try:
            sent = await web.body(
                request(b"{" + b",".join(parts) + b"}"), noun.shape, limit=1 << 20
            )
            await noun.add(asking, sent)
        except (errors.BadInput, errors.Conflict, errors.NotFound):
            pass
        msgspec.json.encode(await noun.all(asking))

    asyncio.run(run())


def _json(value):
    if isinstance(value, list):
        return b"[" + b",".join(map(_json, value)) + b"]"
    if isinstance(value, dict):
        pairs = (msgspec.json.encode(key) + b":" + _json(each) for key, each in value.items())
        return b"{" + b",".join(pairs) + b"}"
    return b"1" + b"0" * 5000 if value == _HUGE else msgspec.json.encode(value)


class NoCallers:
    """Takes every signature apart and accepts none."""

    async def by_signature(self, account, signed):  # noqa: ARG002 - the original names it
        assert all(isinstance(text, str) for text in (*signed.urls, *signed.header.values()))
        raise errors.Unauthenticated("The signature is not valid.")


class Rooms:
    callers = NoCallers()


_LATIN = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)


@settings(max_examples=150, deadline=None)
@given(
    given_=_LATIN
    | st.lists(st.sampled_from(['oauth_nonce="%ff"', "realm=", '"', ",", "=", "%", 'a="b"'])).map(
        "".join
    ),
    host=_LATIN,
    query=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40),
)
def test_any_signature_is_refused_calmly(given_, host, query):
    """A header that is no header, a host that is no host, a query that is no query: 401."""
    sent = request(authorization=f"OAuth {given_}x", host=host, query=query)
    with pytest.raises(errors.Unauthenticated):
        asyncio.run(credentials.asker(Rooms(), sent))
