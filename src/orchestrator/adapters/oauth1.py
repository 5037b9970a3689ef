"""OAuth1 signatures (HMAC-SHA1, RFC 5849): implements `services.directory.ports.Signing`."""

from collections.abc import Sequence
from types import SimpleNamespace
from typing import Any, Final

from oauthlib.oauth1.rfc5849 import signature

_RFC5849: Final[Any] = signature
"""The types published for it are not those of its code: it takes pairs, and any method."""


class HmacSha1:
    """The one method of signing that the platform's API keys are for."""

    def sign(
        self,
        method: str,
        url: str,
        parameters: Sequence[tuple[str, str]],
        *,
        secret: str,
        token_secret: str,
    ) -> str:
        """Return the signature of a request as base64 text.

        ``url`` is without query; its port stays in what is signed, except 80 of http and 443 of
        https. ``parameters`` are those of query and header, decoded, without the signature itself
        and without ``realm``. Raises ValueError for what is no URL.
        """
        base = _RFC5849.signature_base_string(
            method,
            _RFC5849.base_string_uri(url),
            _RFC5849.normalize_parameters(list(parameters)),
        )
        owner = SimpleNamespace(client_secret=secret, resource_owner_secret=token_secret)
        return _RFC5849.sign_hmac_sha1_with_client(base, owner)
