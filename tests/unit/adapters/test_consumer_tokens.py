"""Consumer tokens: who may be believed, about whom, and for how long."""

import base64
import json
from datetime import UTC, datetime, timedelta

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from orchestrator.adapters import seal
from orchestrator.adapters.storage import engine, signing
from orchestrator.adapters.tokens import consumer_tokens, private_keys
from orchestrator.core.model import errors
from orchestrator.core.model.directory import Connector
from orchestrator.core.model.tokens import Vouched
from orchestrator.testing.clock import TurnedClock

HOUR = timedelta(hours=1)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ISSUER = "https://shop.example"


@pytest.fixture
def clock():
    """A clock at noon."""
    return TurnedClock(NOON)


@pytest.fixture
async def signer(place, clock):
    """Tokens on a real database."""
    database = await engine.Database.open(place)
    keys = signing.SigningKeys(database, clock)
    yield consumer_tokens.ConsumerTokens(keys, seal.Seal(bytes(32)), clock)
    await database.close()


# -- our own -----------------------------------------------------------------------------------


async def test_a_token_says_who_and_until_when(signer):
    """For its account alone; who vouched for the consumer makes the difference of standing."""
    token = await signer.sign("1", "jo", issuer="https://here", lifetime=HOUR)
    shown = await signer.verify("1", token)
    assert (shown.consumer, shown.standing) == ("jo", "unauthenticated")
    assert (shown.issued_at, shown.expires_at) == (NOON, NOON + HOUR)
    await signer.sign("2", "jo", issuer="https://here", lifetime=HOUR)
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("2", token)

    vouched = Vouched("42", ISSUER, NOON + HOUR)
    known = await signer.sign("1", "jo", issuer="x", lifetime=HOUR, vouched=vouched)
    assert (await signer.verify("1", known)).standing == "authenticated"


async def test_an_old_token_still_says_whose_it_was(signer, clock):
    """Whether that is too old is for the reader to say: a renewal reads old ones."""
    token = await signer.sign("1", "jo", issuer="https://here", lifetime=HOUR)
    await clock.advance(2 * HOUR)
    assert (await signer.verify("1", token)).expires_at == NOON + HOUR


class Kept:
    """Signing keys in memory."""

    def __init__(self):
        self.rows = {}

    async def find(self, account):
        return self.rows.get(account)

    async def keep(self, account, *, sealed):
        return self.rows.setdefault(account, sealed)


async def test_an_account_that_is_added_again_has_another_key(clock):
    """What the old one signed is not believed; what the new one signs is, everywhere."""
    kept, sealing = Kept(), seal.Seal(bytes(32))
    signer = consumer_tokens.ConsumerTokens(kept, sealing, clock)
    old = await signer.sign("1", "jo", issuer="x", lifetime=HOUR)
    kept.rows.clear()  # the account was removed, with all that is its own
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", old)
    new = await signer.sign("1", "jo", issuer="x", lifetime=HOUR)
    for reader in (signer, consumer_tokens.ConsumerTokens(kept, sealing, clock)):
        assert (await reader.verify("1", new)).consumer == "jo"
        with pytest.raises(errors.Unauthenticated):
            await reader.verify("1", old)


async def test_a_token_for_another_account_is_refused_whoever_signed_it(clock):
    """The audience is a wall of its own, beside that of the keys."""
    kept, sealing = Kept(), seal.Seal(bytes(32))
    signer = consumer_tokens.ConsumerTokens(kept, sealing, clock)
    key = await private_keys.PrivateKeys(kept, sealing).of("1")
    claims = {"sub": "jo", "iat": NOON, "exp": NOON + HOUR}
    assert await signer.verify("1", jwt.encode({**claims, "aud": "acc:1"}, key, "RS256"))
    for audience in ({"aud": "acc:2"}, {}):
        with pytest.raises(errors.Unauthenticated):
            await signer.verify("1", jwt.encode({**claims, **audience}, key, "RS256"))


UNSIGNED = {"sub": "jo", "aud": "acc:1", "iat": 0, "exp": 9999999999}


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        jwt.encode(UNSIGNED, None, "none"),
        jwt.encode(UNSIGNED, "k" * 32, "HS256"),
    ],
)
async def test_what_the_account_did_not_sign_is_refused(signer, token):
    """Malformed, unsigned or otherwise signed tokens are all the same error."""
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", token)
    await signer.sign("1", "jo", issuer="https://here", lifetime=HOUR)
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", token)


# -- a brand's ---------------------------------------------------------------------------------

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def pem(key=KEY):
    return (
        key.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def key_set(**named):
    keys = [
        {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid}
        for kid, key in named.items()
    ]
    return json.dumps({"keys": keys})


def connector(text=None, **more):
    keys = consumer_tokens.public_keys(text or pem())
    return Connector("1", "6001", "Shop", ISSUER, keys, NOON, **more)


def signed(key=KEY, *, kid=None, algorithm="RS256", **claims):
    given = {"sub": "42", "iss": ISSUER, "exp": (NOON + HOUR).timestamp(), **claims}
    given = {name: value for name, value in given.items() if value is not None}
    return jwt.encode(given, key, algorithm, headers=None if kid is None else {"kid": kid})


async def test_a_brands_server_vouches(signer):
    """Subject, names and SDEs; claims that nobody knows are no harm."""
    sdes = [{"type": "ctmrinfo", "info": {"customerId": "42"}}]
    token = signed(given_name="Jo", email="a@b.c", lp_sdes=sdes, other={"x": 1}, aud="whoever")
    assert signer.issuer_of(token) == ISSUER
    vouched = signer.vouched(token, connector=connector())
    assert vouched == Vouched(
        "42", ISSUER, NOON + HOUR, given_name="Jo", mail="a@b.c", sdes=tuple(sdes)
    )


@pytest.mark.parametrize(
    "token",
    [
        signed(OTHER),
        signed(iss="https://else.example"),
        signed(iss=None),
        signed(sub=None),
        signed(exp=None),
        signed(exp=NOON.timestamp()),
        signed(nbf=(NOON + HOUR).timestamp()),
        signed(algorithm="RS512"),
        signed(None, algorithm="none"),
        jwt.encode({"sub": "42", "iss": ISSUER, "exp": 9999999999}, "k" * 32, "HS256"),
        signed() + "x",
        signed().rpartition(".")[0] + ".",
        "nonsense",
        "",
        "ü.ü.ü",
    ],
)
def test_what_a_brands_server_did_not_sign_is_refused(clock, token):
    """Wrong key, issuer, algorithm or time, or something missing: always the same error."""
    reader = consumer_tokens.ConsumerTokens(None, None, clock)
    reader.issuer_of(token)
    with pytest.raises(errors.Unauthenticated):
        reader.vouched(token, connector=connector())


def test_a_public_key_is_no_shared_secret(clock):
    """The classic confusion: HMAC under the text of the public key."""
    reader = consumer_tokens.ConsumerTokens(None, None, clock)
    parts = [{"alg": "HS256", "typ": "JWT"}, {"sub": "42", "iss": ISSUER, "exp": 9999999999}]
    body = b".".join(
        base64.urlsafe_b64encode(msgspec.json.encode(part)).rstrip(b"=") for part in parts
    )
    import hashlib
    import hmac

    for secret in (pem(), connector().keys):
        mac = hmac.digest(secret.encode(), body, hashlib.sha256)
        token = (body + b"." + base64.urlsafe_b64encode(mac).rstrip(b"=")).decode()
        with pytest.raises(errors.Unauthenticated):
            reader.vouched(token, connector=connector())


@pytest.mark.parametrize(
    ("kid", "good"), [("one", True), ("two", False), (None, False), (5, False)]
)
def test_a_token_names_its_key_where_there_are_several(clock, kid, good):
    """A name that is missing or unknown is refused, and the named key alone counts."""
    reader, trusted = (
        consumer_tokens.ConsumerTokens(None, None, clock),
        connector(key_set(one=KEY, two=OTHER)),
    )
    token = signed()
    if kid is not None:
        header = {"alg": "RS256", "typ": "JWT", "kid": kid}
        head = base64.urlsafe_b64encode(msgspec.json.encode(header)).rstrip(b"=").decode()
        token = f"{head}.{token.split('.')[1]}"
        token += "." + base64.urlsafe_b64encode(_rs256(token)).rstrip(b"=").decode()
    if good:
        assert reader.vouched(token, connector=trusted).subject == "42"
    else:
        with pytest.raises(errors.Unauthenticated):
            reader.vouched(token, connector=trusted)


def _rs256(text):
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return KEY.sign(text.encode(), padding.PKCS1v15(), hashes.SHA256())


@pytest.mark.parametrize(
    ("aud", "good"), [("us", True), (["x", "us"], True), ("x", False), (None, False)]
)
def test_an_audience_counts_where_the_connector_has_one(clock, aud, good):
    """A token for somebody else is not for us."""
    reader = consumer_tokens.ConsumerTokens(None, None, clock)
    if good:
        assert reader.vouched(signed(aud=aud), connector=connector(audience="us"))
    else:
        with pytest.raises(errors.Unauthenticated):
            reader.vouched(signed(aud=aud), connector=connector(audience="us"))


def test_keys_are_read_in_every_form_and_kept_public():
    """PEM, a key set, a single key; what is private in a key set does not stay."""
    assert json.loads(consumer_tokens.public_keys(pem()))["keys"][0]["kty"] == "RSA"
    whole = json.dumps(jwt.algorithms.RSAAlgorithm.to_jwk(KEY, as_dict=True))
    assert json.loads(consumer_tokens.public_keys(whole))["keys"][0].keys() == {
        "kty",
        "key_ops",
        "n",
        "e",
    }
    assert [
        key["kid"]
        for key in json.loads(consumer_tokens.public_keys(key_set(a=KEY, b=OTHER)))["keys"]
    ] == ["a", "b"]


def _private(key=KEY):
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "{}",
        "[]",
        '{"keys": []}',
        '{"keys": [5]}',
        '{"keys": 5}',
        '{"keys": [{"kty": "RSA", "n": "!", "e": 5}]}',
        '{"kty": "oct", "k": "c2VjcmV0"}',
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----",
        _private(),
        pem(ec.generate_private_key(ec.SECP256R1())),
        pem(rsa.generate_private_key(public_exponent=65537, key_size=1024)),  # noqa: S505 - to be refused
    ],
)
def test_other_keys_are_refused_when_they_are_added(text):
    """Also private ones, short ones, and secrets: better now than at the first consumer."""
    with pytest.raises(errors.BadInput):
        consumer_tokens.public_keys(text)
