"""As whom and where a bot signs in, in its platform's words; and trying that out."""

from typing import Any

from orchestrator.adapters.platforms.liveperson import trial
from orchestrator.adapters.platforms.liveperson.settings import Config, Credentials
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.ids import AccountId
from orchestrator.services.directory import Directory
from orchestrator.services.directory.bot import BotSignInAs

Own = tuple[str, str]
"""This server's own cloud: the host (and ``:port``) of discovery, and the PEM file to trust."""


def config(account: AccountId, found: BotSignInAs, *, own: Own) -> Config:
    """Return where and as whom; a bot without a domain signs in at this server's own cloud."""
    key = found.credentials
    domain, ca_file = own if found.domain is None else (found.domain, found.ca_file)
    return Config(
        account=account,
        domain=domain,
        username=key.username,
        credentials=Credentials(key.app_key, key.secret, key.access_token, key.access_token_secret),
        ca_file=ca_file,
    )


async def once(
    directory: Directory, actor: Actor, *, own: Own, document: Any = None
) -> list[trial.Step]:
    """Sign in once with ``document``, which is not kept, or else with what is kept.

    Returns what came of each step. Raises `errors.Forbidden`, `errors.Problems` for a document that
    `Bots.configure` would refuse, and `errors.NotFound` where nothing is given and nothing kept.
    """
    access.demand(actor, "directory.write")
    if document is not None:
        found = directory.bots.read(actor, document=document)
    else:
        kept = await directory.bots.sign_in(actor.account)
        if kept is None:
            raise errors.NotFound("No credentials were given yet.", path="username")
        found = kept
    return await trial.sign_in(config(actor.account, found, own=own))
