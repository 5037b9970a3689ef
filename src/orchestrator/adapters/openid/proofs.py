"""Is an ID token good, by these keys and at this time? OpenID Connect Core 1.0, 3.1.3.7."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

import jwt
import msgspec

ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512"),
    *("PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512"),
    "EdDSA",
)
"""What may have signed: never ``none``, and nothing that a shared secret could forge (HS…)."""

SKEW: Final = timedelta(seconds=60)
"""How far two clocks may differ."""

_OPTIONS: Final[Any] = {
    "require": ["iss", "sub", "aud", "exp", "iat", "nonce"],
    # Lifetimes are held against our clock, not against the library's.
    "verify_exp": False,
    "verify_iat": False,
    "verify_nbf": False,
}


class Bad(Exception):
    """The token is not good; the text is for the log and never holds the token."""


class UnknownKey(Bad):
    """None of the keys has signed it: the provider may have other ones by now, even of one name."""


class Expected(msgspec.Struct, frozen=True):
    """What the token must say."""

    issuer: str
    client_id: str
    nonce: str


def claims(
    token: str, keys: jwt.PyJWKSet, *, expected: Expected, now: datetime
) -> Mapping[str, Any]:
    """Return the claims of a good token, or raise `Bad`."""
    try:
        header = jwt.get_unverified_header(token)
        if header.get("alg") not in ALGORITHMS:
            raise Bad(f"alg {str(header.get('alg'))[:20]!r} is not accepted")
        key = _key(keys, header)
        found: dict[str, Any] = jwt.decode(
            token,
            key.key,
            algorithms=[header["alg"]],
            audience=expected.client_id,
            issuer=expected.issuer,
            options=_OPTIONS,
        )
    except jwt.InvalidSignatureError as error:
        raise UnknownKey("Signature does not fit the key") from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        raise Bad(f"{type(error).__name__}: {error}") from error
    _demand_party(found, expected.client_id)
    _demand_time(found, now)
    if found["nonce"] != expected.nonce:
        raise Bad("nonce is another one")
    return found


def _key(keys: jwt.PyJWKSet, header: Mapping[str, Any]) -> jwt.PyJWK:
    """Return the key that the token names; one that names none is of the only key there is."""
    signing = [key for key in keys.keys if key.public_key_use in (None, "sig")]
    name = header.get("kid")
    found = signing if name is None else [key for key in signing if key.key_id == name]
    if len(found) != 1:
        raise UnknownKey(f"kid {str(name)[:40]!r} names {len(found)} of {len(signing)} keys")
    if found[0].key_type == "oct":
        raise Bad("the key is a shared secret")
    return found[0]


def _demand_party(found: Mapping[str, Any], client_id: str) -> None:
    """The token is for us; of several parties, it says that we are the one who asked."""
    several = isinstance(found["aud"], list) and len(found["aud"]) > 1
    if (several or "azp" in found) and found.get("azp") != client_id:
        raise Bad("azp is another one")


def _demand_time(found: Mapping[str, Any], now: datetime) -> None:
    moment, skew = now.timestamp(), SKEW.total_seconds()
    times = {name: found[name] for name in ("exp", "iat", "nbf") if name in found}
    for name, time in times.items():
        if isinstance(time, bool) or not isinstance(time, int | float):
            raise Bad(f"{name} is no time")
    if times["exp"] <= moment - skew:
        raise Bad("exp is over")
    if max(times["iat"], times.get("nbf", times["iat"])) > moment + skew:
        raise Bad("iat or nbf is still to come")
