"""Settings of signing in to the console by a provider of OpenID Connect."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

import pydantic

from orchestrator.core.model.access import Role


class OpenIdSettings(pydantic.BaseModel):
    """Who signs people in to the console. Nothing of it counts without an issuer."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    issuer: str | None = None
    """The provider's own name, an `https://` address, to the letter as it writes it. Without it,
    people sign in with passwords alone."""
    client_id: str = ""
    """As what this server is registered at the provider."""
    client_secret: pydantic.SecretStr | None = None
    """Its secret there; without it, the client is a public one, and PKCE alone protects it."""
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    """What is asked for, as a JSON list; `openid` is always among it."""
    login_claim: str = "preferred_username"
    """The claim that is the login. It says which user is meant when somebody signs in for the first
    time; take one that people cannot change themselves."""
    name_claim: str = "name"
    """The claim that is the person's full name."""
    role_claims: tuple[str, ...] = ("groups",)
    """The claims that hold groups or roles, as a JSON list; `realm_access.roles` is a path."""
    roles: dict[str, Role] = {}
    """Which role a value of these claims gives, as a JSON object: `{"desk": "Agent"}`."""
    newcomers: Literal["made", "refused"] = "made"
    """What happens to somebody with a role who has no user yet: made or refused."""
    namesakes: Literal["linked", "refused"] = "linked"
    """What happens to somebody who signs in for the first time, by the login of a user who is there
    already: they are linked to that user for good, or refused."""
    passwords: Literal["allowed", "refused"] = "allowed"
    """Whether people may also sign in to the console with a password: allowed or refused."""
    label: str = ""
    """What the button on the sign-in page says; without it, that it is single sign-on."""
    address: str | None = None
    """Where browsers reach this server, such as `https://desk.example`; without it, whatever
    the browser asked for. Say it behind a proxy that ends TLS."""
    ca_file: Path | None = None
    """A PEM file of authorities to trust for the provider, instead of the machine's."""

    @pydantic.field_validator("scopes")
    @classmethod
    def _asks_for_a_token(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        """Without this scope it is OAuth, and there is no ID token."""
        return given if "openid" in given else ("openid", *given)

    @pydantic.field_validator("issuer", "address")
    @classmethod
    def _is_address(cls, given: str | None) -> str | None:
        parts = urlsplit(given or "https://none")
        is_here = parts.hostname in {"localhost", "127.0.0.1", "::1"}
        if not parts.hostname or parts.scheme not in ({"http", "https"} if is_here else {"https"}):
            raise ValueError("must be an https:// address (http:// on this machine alone)")
        return given

    @pydantic.model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.issuer is not None and not self.client_id:
            raise ValueError("an issuer needs a client id: ORCHESTRATOR_OPENID__CLIENT_ID")
        if self.issuer is not None and not self.roles:
            raise ValueError(
                "without ORCHESTRATOR_OPENID__ROLES nobody would have a role, and nobody get in"
            )
        if self.issuer is None and self.passwords == "refused":
            raise ValueError("without an issuer and without passwords nobody would get in")
        return self
