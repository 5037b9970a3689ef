"""Which ID tokens are good: each thing that may be wrong with one is found."""

import json
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt import algorithms

from orchestrator.adapters.openid import proofs
from orchestrator.testing.clock import START

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CURVE = ec.generate_private_key(ec.SECP256R1())
EXPECTED = proofs.Expected("https://id.example", "console", "the nonce")
NOW = int(START.timestamp())
GOOD: dict[str, Any] = {
    "iss": "https://id.example",
    "sub": "ada",
    "aud": "console",
    "exp": NOW + 300,
    "iat": NOW,
    "nonce": "the nonce",
}


def jwk(key: Any, name: str, **more: Any) -> dict[str, Any]:
    """Return the public half as it stands in a key set."""
    public = key.public_key()
    kind = algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else algorithms.ECAlgorithm
    return {**json.loads(kind.to_jwk(public)), "kid": name, **more}


KEYS = jwt.PyJWKSet.from_dict({"keys": [jwk(KEY, "one", use="sig"), jwk(CURVE, "two")]})


def signed(*, key: Any = KEY, alg: str = "RS256", kid: str | None = "one", **claims: Any) -> str:
    """Return a token; a claim that is None is left out."""
    body = {name: value for name, value in (GOOD | claims).items() if value is not None}
    return jwt.encode(body, key, alg, headers={"kid": kid} if kid else {})


def looked(token: str, keys: jwt.PyJWKSet = KEYS) -> Any:
    """Look at a token."""
    return proofs.claims(token, keys, expected=EXPECTED, now=START)


@pytest.mark.parametrize(
    "token",
    [
        signed(),
        signed(alg="PS384"),
        signed(key=CURVE, alg="ES256", kid="two"),
        signed(aud=["console"]),
        signed(aud=["console", "other"], azp="console"),
        signed(exp=NOW - 59),
        signed(iat=NOW + 59, nbf=NOW + 59),
    ],
)
def test_good_tokens_are_believed(token: str) -> None:
    """Several algorithms and audiences, and clocks that differ a little."""
    assert looked(token)["sub"] == "ada"


@pytest.mark.parametrize(
    ("claims", "why"),
    [
        ({"nonce": "another"}, "nonce"),
        ({"nonce": None}, "nonce"),
        ({"aud": "other"}, "Audience"),
        ({"aud": ["other", "third"], "azp": "console"}, "Audience"),
        ({"aud": ["console", "other"]}, "azp"),
        ({"aud": ["console", "other"], "azp": "other"}, "azp"),
        ({"azp": "other"}, "azp"),
        ({"iss": "https://id.example/"}, "issuer"),
        ({"exp": NOW - 60}, "exp"),
        ({"exp": None}, "exp"),
        ({"exp": "tomorrow"}, "exp"),
        ({"exp": True}, "exp"),
        ({"iat": NOW + 61}, "iat"),
        ({"iat": None}, "iat"),
        ({"nbf": NOW + 61}, "nbf"),
        ({"sub": None}, "sub"),
        ({"sub": 7}, "ubject"),
    ],
)
def test_what_a_token_says_is_held_to_what_was_asked(claims: dict[str, Any], why: str) -> None:
    """Each claim by itself; the log says which, and the token is not in it."""
    token = signed(**claims)
    with pytest.raises(proofs.Bad, match=why) as raised:
        looked(token)
    assert token not in str(raised.value)


def test_nothing_unsigned_and_nothing_signed_with_a_shared_secret() -> None:
    """Neither ``none`` nor the public key used as a secret."""
    nothing = jwt.encode(GOOD, None, "none", headers={"kid": "one"})
    secret = jwt.encode(GOOD, "x" * 64, "HS256", headers={"kid": "one"})
    for token in (nothing, secret, nothing.replace(".", "", 1), "", "a.b.c", "." * 9):
        with pytest.raises(proofs.Bad):
            looked(token)


def test_another_key_is_no_proof() -> None:
    """Signed by somebody else under a name of ours; by a key for encryption; by another kind."""
    with pytest.raises(proofs.Bad, match="Signature"):
        looked(signed(key=OTHER))
    with pytest.raises(proofs.Bad):
        looked(signed(kid="two"))
    sealing = jwt.PyJWKSet.from_dict({"keys": [jwk(KEY, "one", use="enc")]})
    with pytest.raises(proofs.Bad):
        looked(signed(), sealing)


def test_a_key_that_is_not_there_is_told_apart() -> None:
    """The provider may have a new one; without a name, it must be the only one."""
    with pytest.raises(proofs.UnknownKey):
        looked(signed(kid="three"))
    with pytest.raises(proofs.UnknownKey):
        looked(signed(kid=None))
    assert looked(signed(kid=None), jwt.PyJWKSet.from_dict({"keys": [jwk(KEY, "one")]}))
