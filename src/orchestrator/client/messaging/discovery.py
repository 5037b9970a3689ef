"""Where an account's services are: the lookup (CSDS) that every client begins with."""

from collections.abc import Mapping

import httpx2
import msgspec

from orchestrator.client.messaging import web
from orchestrator.core.model import errors


class Services(msgspec.Struct, frozen=True):
    """An account and its services, each a bare ``host[:port]``."""

    account: str
    hosts: Mapping[str, str]

    def host(self, service: str) -> str:
        """Return the host of a service; ``errors.Unavailable`` when the account has none."""
        if service not in self.hosts:
            raise errors.Unavailable(f"Discovery names no {service} for account {self.account}.")
        return self.hosts[service]

    def url(self, service: str, path: str) -> str:
        """Return the HTTPS address of a path (with its leading slash) of a service."""
        return f"https://{self.host(service)}{path}"


class _Entry(msgspec.Struct, rename={"base_uri": "baseURI"}):
    service: str
    base_uri: str


class _Answer(msgspec.Struct, rename={"base_uris": "baseURIs"}):
    base_uris: list[_Entry]


async def find(http: httpx2.AsyncClient, *, domain: str, account: str) -> Services:
    """Look up all services of ``account`` at ``domain`` (``host[:port]``).

    Raises ``errors.Unauthenticated`` for an unknown account and ``errors.Unavailable`` when the
    domain does not answer as it should.
    """
    url = f"https://{domain}/api/account/{account}/service/baseURI.json?version=1.0"
    response = await web.send(http, "GET", url=url, what="discovery")
    answer = web.read(response, _Answer, what="discovery")
    if not answer.base_uris:
        raise errors.Unavailable("Discovery answered without any service.")
    return Services(account, {entry.service: entry.base_uri for entry in answer.base_uris})
