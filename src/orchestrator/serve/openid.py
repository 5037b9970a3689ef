"""Signing in by a provider of OpenID Connect: how it is put together, and how it is checked."""

from collections.abc import AsyncIterator
from typing import Final

from orchestrator.adapters.openid.provider import Client, OpenIdProvider
from orchestrator.adapters.storage import directory
from orchestrator.core.model import errors
from orchestrator.doors.console.openid import CALLBACK
from orchestrator.doors.console.rooms import SingleSignOn
from orchestrator.serve.front import Parts
from orchestrator.serve.settings import Settings
from orchestrator.services.admin.doctor import Finding
from orchestrator.services.clock import Clock
from orchestrator.services.directory.claims import Rules
from orchestrator.services.directory.openid import OpenId

SIGN_IN: Final = "/console/sign-in"


def provider(settings: Settings, clock: Clock) -> OpenIdProvider | None:
    """Return the provider that the settings name, if they name one. It is not called yet."""
    given = settings.openid
    if given.issuer is None:
        return None
    secret = given.client_secret.get_secret_value() if given.client_secret else None
    client = Client(given.issuer, given.client_id, secret, given.scopes, given.ca_file)
    return OpenIdProvider(client, clock)


def single_sign_on(
    settings: Settings,
    found: OpenIdProvider,
    parts: Parts,
) -> SingleSignOn:
    """Return what the console's sign-in page opens onto, for the account of the settings."""
    given = settings.openid
    service = OpenId(
        directory.DirectoryStore(parts.database),
        parts.clock,
        account=settings.account,
        provider=found,
        seal=parts.seal,
        rules=Rules(
            roles=dict(given.roles),
            role_claims=given.role_claims,
            login_claim=given.login_claim,
            name_claim=given.name_claim,
            newcomers=given.newcomers,
            namesakes=given.namesakes,
        ),
    )
    return SingleSignOn(service, given.label, given.address, given.passwords)


async def findings(settings: Settings, clock: Clock, *, base: str | None) -> AsyncIterator[Finding]:
    """Yield what is found of the provider: nothing where none is set.

    ``base`` is where the running server is reached, None where none runs.
    """
    found = provider(settings, clock)
    if found is None:
        return
    try:
        await found.look()
    except errors.Unavailable as error:
        yield Finding("openid-provider", ok=False, message=f"{found.issuer}: {error.message}")
    else:
        good = f"The sign-in service {found.issuer} answers, by that name, and has keys."
        yield Finding("openid-provider", ok=True, message=good)
    finally:
        await found.close()
    here = (settings.openid.address or base or "").rstrip("/")
    if not here:
        yield Finding(
            "openid-redirect",
            ok=False,
            message="Nobody knows where browsers come back to: no server runs, and no address is "
            "set.",
            remedy="export ORCHESTRATOR_OPENID__ADDRESS=https://…",
        )
        return
    yield Finding(
        "openid-redirect",
        ok=True,
        message=f"To be registered at the sign-in service: {here}{CALLBACK} to come back to, and "
        f"{here}{SIGN_IN} after signing out.",
    )
