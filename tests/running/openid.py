"""A provider of OpenID Connect on this machine: `oidc-provider-mock`, as a program of its own."""

import re
import socket
import sys
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx2

from running import pages, program


class Provider:
    """It runs when the constructor returns, and again after ``stop`` and ``start``.

    ``options`` are further words of its command.
    """

    def __init__(self, *options: str) -> None:
        self._options = options
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.issuer = f"http://127.0.0.1:{self._port}"
        self.http = httpx2.Client(base_url=self.issuer, trust_env=False, timeout=10)
        self.start()

    def start(self) -> None:
        """Start it; who it knew is forgotten, and its keys are new ones."""
        self._program = program.Program(
            [
                *(sys.executable, "-m", "oidc_provider_mock", "--port", str(self._port)),
                *self._options,
            ]
        )
        deadline = time.monotonic() + program.PATIENCE
        while not self._answers():
            assert time.monotonic() < deadline, self._program.errors
            time.sleep(0.05)

    def stop(self) -> None:
        """End it."""
        self._program.terminate()

    def close(self) -> None:
        """End it for good."""
        self.http.close()
        if self._program.returncode is None:
            self.stop()

    def knows(self, subject: str, **claims: Any) -> None:
        """Let it say this of somebody from now on."""
        answer = self.http.put(f"/users/{subject}", json=claims)
        assert answer.is_success, answer.text

    def environment(self, **more: str) -> Mapping[str, str]:
        """Return what a server is started with, to let this one sign people in."""
        given = {
            "issuer": self.issuer,
            "client_id": "console",
            "client_secret": "hush-hush-nobody-logs-this",
            "roles": '{"desk": "Agent", "editors": "Policy editor", "owners": "Administrator"}',
        } | more
        return {f"ORCHESTRATOR_OPENID__{name.upper()}": text for name, text in given.items()}

    def consent(self, visitor: pages.Visitor, subject: str, *, back: str = "") -> str:
        """Go from the button to the provider, and agree; return the address that leads back."""
        begun = visitor.get("/sign-in/openid", params={"next": back} if back else {})
        assert begun.status_code == 303, begun.text
        place = begun.headers["location"]
        assert place.startswith(self.issuer)
        agreed = self.http.post(place, data={"sub": subject})
        assert agreed.status_code == 302, agreed.text
        return str(agreed.headers["location"])

    def sign_in(self, visitor: pages.Visitor, subject: str, *, back: str = "") -> httpx2.Response:
        """Sign in; return the answer to the browser that came back."""
        address = self.consent(visitor, subject, back=back)
        parts = urlsplit(address)
        assert address.startswith(str(visitor.http.base_url).rstrip("/"))
        return visitor.http.get(f"{parts.path}?{parts.query}")

    def _answers(self) -> bool:
        try:
            return self.http.get("/.well-known/openid-configuration").is_success
        except httpx2.TransportError:
            return False


def farewell(page: str) -> str:
    """Return where the page of somebody who signs out leads."""
    found = re.search(r'http-equiv="refresh" content="0; url=([^"]+)"', page)
    assert found, page
    return found[1].replace("&amp;", "&")
