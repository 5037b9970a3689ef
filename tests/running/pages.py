"""The console as a browser without scripts has it: cookies, forms, pages."""

import re
from typing import Any

import httpx2

from running import wire

PASSWORD = "correct horse battery"


class Visitor:
    """An HTTP client that keeps cookies; paths are below ``/console``."""

    def __init__(self, base: str, account: str) -> None:
        self.account = account
        self.http = httpx2.Client(
            base_url=base, trust_env=False, timeout=wire.PATIENCE, follow_redirects=False
        )

    def get(self, path: str, **more: Any) -> httpx2.Response:
        """Ask for a page."""
        return self.http.get(f"/console{path}", **more)

    def post(self, path: str, token: str | None = None, **fields: Any) -> httpx2.Response:
        """Send a form, with the session's own token unless another is given."""
        token = self.token() if token is None else token
        return self.http.post(f"/console{path}", data={"csrf": token, **fields})

    def token(self) -> str:
        """Return the token that the pages of this session carry."""
        found = re.search(r'name="csrf" content="([^"]+)"', self.get("").text)
        assert found, "nobody is signed in"
        return found[1]

    def sign_in(self, login: str, password: str = PASSWORD) -> httpx2.Response:
        """Sign in."""
        form = {"account": self.account, "login": login, "password": password}
        return self.http.post("/console/sign-in", data=form)
