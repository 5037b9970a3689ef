"""LivePerson Functions: discovery, a token for client credentials, and the invocation itself.

Source: messaging protocol, sections 1 and 8. There are two generations of the platform; which one
an account is on shows in the name of its gateway.
"""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec

from orchestrator.adapters.functions import answers
from orchestrator.adapters.functions.kept import Kept
from orchestrator.adapters.functions.outbound import Outbound, Request
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.function import DISCOVERY, Function, FunctionFailed, Host, Secrets
from orchestrator.services.clock import Clock

SOURCE: Final = "conversation-orchestrator"
"""As what the platform's statistics name us."""

_SECOND: Final = ("fninvocations", "functions")
"""A gateway with one of these in its name is of the second generation."""

_DISCOVERED_FOR: Final = timedelta(seconds=600)
_RENEWED_BEFORE: Final = timedelta(minutes=30)
_TOKEN_FOR: Final = timedelta(minutes=5)
"""A token that does not say when it ends."""

_UNAUTHORISED: Final = 401
_JSON: Final[Mapping[str, str]] = {"accept": "application/json", "accept-encoding": "gzip"}


class _Place(msgspec.Struct, frozen=True):
    """One account of the platform, as one account of ours sees it with these hosts allowed."""

    account: str
    domain: str
    account_id: str
    hosts: tuple[Host, ...]


class Lambdas:
    """Calls functions that have a ``lambdaId``."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._clock = clock
        self._services: Kept[_Place, Mapping[str, str]] = Kept(clock)
        self._tokens: Kept[tuple[_Place, Secrets], str] = Kept(clock)

    async def call(
        self,
        function: Function,
        payload: Json,
        *,
        secrets: Secrets,
        hosts: Sequence[Host],
        call_id: str,
    ) -> Json:
        """Return what the function returns. Raises `FunctionFailed`.

        A token that is refused before its time is fetched anew, once.
        """
        defined = function.definition
        place = _Place(
            function.account,
            defined.domain or DISCOVERY,
            defined.account_id or function.account,
            tuple(hosts),
        )
        gateway = await self._host(place, "faasGW")
        body: dict[str, Json] = {
            "timestamp": int(self._clock.now().timestamp() * 1000),
            "headers": [],
            "payload": payload,
        }
        for attempt in (1, 2):
            token = await self._token(place, secrets, gateway)
            headers = {**_JSON, "content-type": "application/json", "x-request-id": call_id}
            headers["authorization"] = f"Bearer {token}"
            url = _invocation(place, gateway, lambda_id=defined.lambda_id or "", headers=headers)
            request = Request(url, headers, msgspec.json.encode(body))
            answer = await self._send(place, request)
            if answer.status != _UNAUTHORISED or attempt > 1:
                break
            self._tokens.forget((place, secrets))
        return answers.value(answer, "The function")

    async def _host(self, place: _Place, service: str) -> str:
        async def look_up() -> tuple[Mapping[str, str], datetime]:
            path = f"/api/account/{quote(place.account_id)}/service/baseURI.json?version=1.0"
            answer = await self._send(place, Request(f"https://{place.domain}{path}", _JSON))
            found = answers.value(answer, "Discovery")
            return _services(found), self._clock.now() + _DISCOVERED_FOR

        services = await self._services.get(place, look_up)
        if service not in services:
            raise FunctionFailed(
                f"Discovery names no {service} for account {place.account_id}.", fault="own"
            )
        return services[service]

    async def _token(self, place: _Place, secrets: Secrets, gateway: str) -> str:
        async def fetch() -> tuple[str, datetime]:
            sentinel = await self._host(place, "sentinel")
            version = "2.0" if _is_second(gateway) else "1.0"
            form = {
                "client_id": secrets.client_id or "",
                "client_secret": secrets.client_secret or "",
                "grant_type": "client_credentials",
            }
            request = Request(
                f"https://{sentinel}/sentinel/api/account/{quote(place.account_id)}/app/token"
                f"?v={version}",
                {**_JSON, "content-type": "application/x-www-form-urlencoded"},
                urlencode(form).encode(),
                is_secret=True,
            )
            answer = await self._send(place, request)
            found = answers.value(answer, "The token service")
            token = found.get("access_token") if isinstance(found, Mapping) else None
            if not isinstance(token, str) or not token.isascii() or not token.isprintable():
                raise FunctionFailed("The token service gave no token.", fault="own")
            return token, _renewal(token, self._clock.now())

        return await self._tokens.get((place, secrets), fetch)

    async def _send(self, place: _Place, request: Request) -> Any:
        return await self._outbound.send(request, account=place.account, hosts=place.hosts)


def _invocation(place: _Place, gateway: str, *, lambda_id: str, headers: dict[str, str]) -> str:
    """Return where to invoke; on the second generation our name stands in a header instead."""
    account, function = quote(place.account_id), quote(lambda_id, safe="")
    url = f"https://{gateway}/api/account/{account}/lambdas/{function}/invoke"
    if _is_second(gateway):
        headers["lp-eventsource"] = SOURCE
        return url
    return f"{url}?v=1&externalSystem={SOURCE}"


def _is_second(gateway: str) -> bool:
    return any(word in gateway for word in _SECOND)


def _services(found: Any) -> dict[str, str]:
    entries = found.get("baseURIs") if isinstance(found, Mapping) else None
    if not isinstance(entries, list):
        raise FunctionFailed("Discovery did not answer as it should.", fault="own")
    return {
        str(entry["service"]): str(entry["baseURI"])
        for entry in entries
        if isinstance(entry, Mapping) and "service" in entry and "baseURI" in entry
    }


def _renewal(token: str, now: datetime) -> datetime:
    """Return when to fetch the next token: half an hour before its end, or in half of its time."""
    end = _end(token)
    if end is None or end <= now:
        return now + _TOKEN_FOR
    return max(end - _RENEWED_BEFORE, now + (end - now) / 2)


def _end(token: str) -> datetime | None:
    """Return when a token says that it ends. Only the platform can tell whether it is genuine."""
    parts = token.split(".")
    try:
        claims = msgspec.json.decode(
            base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        )
        return datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, OSError, binascii.Error):
        return None  # msgspec's errors are ValueErrors
