"""Consumers' tokens: those of this cloud, signed by the account's own key, and those of brands.

Only RS256 is ever accepted, whatever a token's header says: a public key can therefore never be
mistaken for the secret of an HMAC, nor can a token go unsigned.
"""

import asyncio
import functools
import math
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import jwt
import msgspec
from cryptography import exceptions
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import algorithms, types

from orchestrator.adapters.tokens import private_keys
from orchestrator.adapters.tokens.private_keys import Keys, PrivateKeys, Seal
from orchestrator.core.model import errors
from orchestrator.core.model.directory import Connector
from orchestrator.core.model.tokens import ConsumerToken, Vouched
from orchestrator.services.clock import Clock

ALGORITHM: Final = "RS256"
KEPT: Final = 256
"""Opened key sets kept in memory, the least recently used out first."""

SKEW: Final = timedelta(seconds=60)
"""How far ahead of ours the clock of a brand's server may be."""

_EXTENSION: Final = "lp.ext"
"""The claim that tokens of authenticated consumers have (messaging protocol 6.1)."""


class ConsumerTokens:
    """Implements `services.cloud.consumers.Tokens`."""

    def __init__(self, keys: Keys, seal: Seal, clock: Clock) -> None:
        self._keys = PrivateKeys(keys, seal)
        self._clock = clock

    async def sign(
        self,
        account: str,
        consumer: str,
        *,
        issuer: str,
        lifetime: timedelta,
        vouched: Vouched | None = None,
    ) -> str:
        """Return a token whose ``sub`` is the consumer id, good for ``lifetime`` from now.

        With ``vouched`` it is the token of an authenticated consumer.
        """
        key = await self._keys.of(account)
        now = self._clock.now()
        claims: dict[str, Any] = {
            "sub": consumer,
            "aud": f"acc:{account}",
            "iss": issuer,
            "iat": now,
            "exp": now + lifetime,
        }
        if vouched is not None:  # the SDEs stay here, in the profile: nothing to encrypt
            claims[_EXTENSION] = {"sub": vouched.subject, "iss": vouched.issuer}
        return await asyncio.to_thread(jwt.encode, claims, key, ALGORITHM)

    async def verify(self, account: str, token: str) -> ConsumerToken:
        """Return what a token of this cloud says, however old it is.

        Raises `errors.Unauthenticated` when it is malformed, not signed by the account's key, or
        meant for another account.
        """
        key = await self._keys.known(account)
        if key is None:  # nothing was ever signed here
            raise _refused()
        claims = _decoded(
            token,
            key.public_key(),
            required=["sub", "exp", "iat"],
            audience=f"acc:{account}",
            issuer=None,
        )
        return ConsumerToken(
            _text(claims["sub"]),
            "authenticated" if _EXTENSION in claims else "unauthenticated",
            issued_at=_moment(claims["iat"]),
            expires_at=_moment(claims["exp"]),
        )

    def issuer_of(self, token: str) -> str | None:
        """Return who a token says has signed it; nothing of that is verified."""
        try:
            claims = jwt.decode(token, options={"verify_signature": False})
        except (jwt.InvalidTokenError, ValueError, RecursionError):
            return None
        found = claims.get("iss")
        return found if isinstance(found, str) else None

    def vouched(self, token: str, *, connector: Connector) -> Vouched:
        """Return what the connector's server says of a consumer.

        Raises `errors.Unauthenticated` for a token that is not signed by one of its keys, is too
        old or not yet good, or is meant for somebody else.
        """
        claims = _decoded(
            token,
            _key_for(token, connector.keys),
            required=["sub", "iss", "exp"],
            audience=connector.audience,
            issuer=connector.issuer,
        )
        now, expires = self._clock.now(), _moment(claims["exp"])
        if expires <= now or ("nbf" in claims and _moment(claims["nbf"]) > now + SKEW):
            raise _refused()
        _demand_storable(claims)
        sdes = claims.get("lp_sdes")
        return Vouched(
            _text(claims["sub"]),
            connector.issuer,
            expires,
            given_name=_maybe(claims, "given_name"),
            family_name=_maybe(claims, "family_name"),
            mail=_maybe(claims, "email"),
            phone=_maybe(claims, "phone_number"),
            sdes=tuple(sde for sde in _listed(sdes) if isinstance(sde, dict)),
        )


class _Key(msgspec.Struct):
    """The public parts of a JSON Web Key (RFC 7517), of RSA keys at least."""

    kty: str
    n: str = ""
    e: str = ""
    use: str | None = None
    kid: str | None = None


def public_keys(text: str) -> str:
    """Return the RSA public keys in ``text`` as a JSON Web Key Set with nothing private in it.

    ``text`` is a key set, one JSON Web Key, a PEM public key or a PEM certificate. Raises
    `errors.BadInput` for anything else, and for keys that are too short.
    """
    try:
        found = _from_pem(text) if "-----BEGIN" in text else _from_json(text)
    except (ValueError, TypeError, KeyError, jwt.PyJWTError, msgspec.MsgspecError) as error:
        raise errors.BadInput(
            "That is no RSA public key: expected PEM, a certificate, or a JSON Web Key Set.",
            path="--key",
        ) from error
    except exceptions.UnsupportedAlgorithm as error:
        raise errors.BadInput("Only RSA keys are understood here (RS256).", path="--key") from error
    if not found:
        raise errors.BadInput("The key set holds no RSA key to sign with.", path="--key")
    if min(key.key_size for _, key in found) < private_keys.SMALLEST:
        raise errors.BadInput(
            f"An RSA key needs {private_keys.SMALLEST} bits at least.", path="--key"
        )
    shown = [
        {**algorithms.RSAAlgorithm.to_jwk(key, as_dict=True), **({"kid": kid} if kid else {})}
        for kid, key in found
    ]
    return msgspec.json.encode({"keys": shown}).decode()


def _from_pem(text: str) -> list[tuple[str | None, rsa.RSAPublicKey]]:
    if "PRIVATE KEY-----" in text:
        raise errors.BadInput(
            "That is a private key. Keep it where tokens are signed, and give its public half "
            "(openssl pkey -in FILE -pubout).",
            path="--key",
        )
    if "BEGIN CERTIFICATE-----" in text:
        from cryptography import x509

        loaded = x509.load_pem_x509_certificate(text.encode()).public_key()
    else:
        loaded = serialization.load_pem_public_key(text.encode())
    return [(None, loaded)] if isinstance(loaded, rsa.RSAPublicKey) else []


def _from_json(text: str) -> list[tuple[str | None, rsa.RSAPublicKey]]:
    given = msgspec.json.decode(text, type=dict[str, Any])
    listed = msgspec.convert(given.get("keys", [given]), list[_Key])
    found = []
    for each in listed:
        if each.kty == "RSA" and each.use in (None, "sig"):
            key = algorithms.RSAAlgorithm.from_jwk({"kty": "RSA", "n": each.n, "e": each.e})
            if isinstance(key, rsa.RSAPublicKey):
                found.append((each.kid, key))
    return found


@functools.lru_cache(maxsize=KEPT)
def _opened_set(keys: str) -> tuple[tuple[str | None, rsa.RSAPublicKey], ...]:
    return tuple(_from_json(keys))


def _key_for(token: str, keys: str) -> rsa.RSAPublicKey:
    """Return the key that the token names. Where there is one key alone, it need not be named."""
    try:
        named = jwt.get_unverified_header(token).get("kid")
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _refused() from error
    opened = _opened_set(keys)
    if len(opened) == 1 and (named is None or opened[0][0] is None):
        return opened[0][1]
    for kid, key in opened:
        if named is not None and kid == named:
            return key
    raise _refused()


def _decoded(
    token: str,
    key: rsa.RSAPublicKey,
    *,
    required: list[str],
    audience: str | None,
    issuer: str | None,
) -> dict[str, Any]:
    """Return the claims of a token signed with ``key``; None expects nothing in particular.

    Lifetimes are left to the caller: they are held against our clock, not the library's.
    """
    options: types.Options = {
        "require": required,
        "verify_aud": audience is not None,
        "verify_exp": False,
        "verify_iat": False,
        "verify_nbf": False,
    }
    try:
        return jwt.decode(
            token, key, algorithms=[ALGORITHM], options=options, audience=audience, issuer=issuer
        )
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _refused() from error


def _moment(claim: object) -> datetime:
    """Return a NumericDate (RFC 7519) as a moment."""
    if isinstance(claim, bool) or not isinstance(claim, int | float) or not math.isfinite(claim):
        raise _refused()
    try:
        return datetime.fromtimestamp(claim, UTC)
    except (OverflowError, OSError, ValueError) as error:
        raise _refused() from error


def _text(claim: object) -> str:
    if not isinstance(claim, str) or not claim:
        raise _refused()
    return claim


def _maybe(claims: dict[str, Any], name: str) -> str | None:
    found = claims.get(name)
    return found if isinstance(found, str) and found else None


def _demand_storable(claims: dict[str, Any]) -> None:
    """Refuse what is no Unicode text (a lone surrogate) or too deep: it is going to be stored."""
    try:
        msgspec.json.encode(claims)
    except (UnicodeError, RecursionError) as error:
        raise _refused() from error


def _listed(claim: object) -> list[Any]:
    return claim if isinstance(claim, list) else []


def _refused() -> errors.Unauthenticated:
    return errors.Unauthenticated("The consumer's token is not valid. Sign up again.")
