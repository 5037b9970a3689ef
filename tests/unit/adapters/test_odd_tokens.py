"""Tokens of every shape: believed, or refused as Unauthenticated, and never anything else."""

import base64
import json
from datetime import UTC, datetime

import hypothesis
import msgspec
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from hypothesis import strategies

from orchestrator.adapters.tokens import consumer_tokens
from orchestrator.core.model import errors
from orchestrator.core.model.directory import Connector
from orchestrator.core.model.tokens import Vouched
from orchestrator.testing.clock import TurnedClock

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON.timestamp() + 600
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = KEY.public_key().public_bytes(
    serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
)
KEYS = consumer_tokens.public_keys(PEM.decode())
READER = consumer_tokens.ConsumerTokens(None, None, TurnedClock(NOON))

scalars = (
    strategies.none()
    | strategies.booleans()
    | strategies.integers()
    | strategies.floats()
    | strategies.text(max_size=20)
    | strategies.sampled_from([LATER, "shop", "RS256", "none", "HS256", 1e300, -1, 2**70])
)
values = strategies.recursive(
    scalars,
    lambda inner: (
        strategies.lists(inner, max_size=3)
        | strategies.dictionaries(strategies.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
NAMES = ("sub", "iss", "aud", "exp", "nbf", "iat", "jti", "lp_sdes", "given_name", "email", "kid")


def some(names, usual):
    """Objects that are mostly as they should be, with a few values of any kind."""
    odd = strategies.dictionaries(strategies.sampled_from(names), values, max_size=1)
    return odd.map(lambda found: {**usual, **found})


claims = some(NAMES, {"sub": "42", "iss": "shop", "exp": LATER})
headers = some(("alg", "typ", "kid", "crit", "b64", "jwk", "x5c", "zip"), {"alg": "RS256"})


def part(value):
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def sealed(header, body):
    """A token with a good signature over whatever it says."""
    text = f"{part(header)}.{part(body)}"
    seal = KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{text}.{base64.urlsafe_b64encode(seal).rstrip(b'=').decode()}"


def read(token, **more):
    READER.issuer_of(token)
    connector = Connector("1", "6001", "Shop", "shop", KEYS, NOON, **more)
    try:
        return READER.vouched(token, connector=connector)
    except errors.Unauthenticated:
        return None


@hypothesis.given(header=strategies.just({"alg": "RS256"}) | headers | values, body=claims | values)
@hypothesis.example({"alg": "RS256"}, {"sub": "42", "iss": "shop", "exp": LATER, "lp_sdes": 5})
@hypothesis.example({"alg": "RS256"}, {"sub": "42", "iss": "shop", "exp": LATER, "aud": [[]]})
@hypothesis.example({"alg": "RS256"}, {"sub": "\ud800", "iss": "shop", "exp": LATER})
@hypothesis.example({"alg": "RS256"}, {"sub": "4", "iss": "shop", "exp": LATER, "email": "\udcff"})
@hypothesis.settings(deadline=None, max_examples=150)
def test_signed_tokens_of_every_shape(header, body):
    """What is believed is of the right types, of this issuer, and not over."""
    for more in ({}, {"audience": "us"}):
        vouched = read(sealed(header, body), **more)
        if vouched is None:
            continue
        assert isinstance(vouched, Vouched)
        assert (vouched.issuer, body["iss"]) == ("shop", "shop")
        assert vouched.subject
        assert vouched.expires_at > NOON
        assert all(isinstance(sde, dict) for sde in vouched.sdes)
        assert header["alg"] == "RS256"
        msgspec.json.encode(vouched)


@hypothesis.given(
    text=strategies.text() | strategies.binary().map(lambda raw: raw.decode("latin-1"))
)
@hypothesis.settings(deadline=None)
def test_what_is_no_token(text):
    """Any text at all."""
    assert read(text) is None
    assert read(f"{text}.{text}.{text}") is None


@hypothesis.given(
    place=strategies.integers(0, 10_000), character=strategies.characters(codec="ascii")
)
@hypothesis.settings(deadline=None)
def test_one_character_changed(place, character):
    """Never makes somebody else of the subject; most changes are refused."""
    token = sealed({"alg": "RS256"}, {"sub": "42", "iss": "shop", "exp": LATER})
    place %= len(token)
    vouched = read(token[:place] + character + token[place + 1 :])
    assert vouched is None or vouched.subject == "42"


@hypothesis.given(
    text=strategies.text()
    | values.map(json.dumps)
    | some(("keys", "kty", "n", "e", "kid", "use"), {"kty": "RSA"}).map(json.dumps)
)
@hypothesis.settings(deadline=None)
def test_what_is_no_key(text):
    """Is bad input, and nothing else."""
    try:
        consumer_tokens.public_keys(text)
    except errors.BadInput:
        return
    raise AssertionError(text)
