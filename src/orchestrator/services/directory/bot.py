"""Where and as whom the routing bot signs in, and how that is going."""

import re
from collections.abc import Mapping
from typing import Any, Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import BotConfig, BotSignIn, BotState
from orchestrator.core.model.errors import Problem
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts
from orchestrator.services.directory.keys import Credentials
from orchestrator.services.directory.ports import Reading, Seal, Store, Writing

_TOKEN: Final = re.compile(r"[A-Za-z0-9._-]{1,256}")
_LOGIN: Final = re.compile(r"[^\s\x00-\x1f\x7f]{1,256}")
_DOMAIN: Final = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")
_PATH: Final = re.compile(r"[^\x00-\x1f\x7f]{1,4096}")

_FIELDS: Final[Mapping[str, tuple[re.Pattern[str], str]]] = {
    "username": (_LOGIN, "the bot's login"),
    "appKey": (_TOKEN, "letters, digits, “.”, “_” and “-”, as generated"),
    "secret": (_TOKEN, "letters, digits, “.”, “_” and “-”, as generated"),
    "accessToken": (_TOKEN, "letters, digits, “.”, “_” and “-”, as generated"),
    "accessTokenSecret": (_TOKEN, "letters, digits, “.”, “_” and “-”, as generated"),
    "domain": (_DOMAIN, "a host with an optional port, such as adminlogin.liveperson.net"),
    "caFile": (_PATH, "the path of a PEM file"),
}
_OPTIONAL: Final = frozenset({"domain", "caFile"})


class BotShown(msgspec.Struct, frozen=True, rename="camel"):
    """What may be shown: never a secret. ``domain`` None is this server's own cloud."""

    username: str | None
    domain: str | None
    ca_file: str | None
    state: BotSignIn
    reason: str


class BotSignInAs(msgspec.Struct, frozen=True):
    """Everything the bot needs to sign in, in clear: for the bot alone, never shown or logged."""

    credentials: Credentials
    domain: str | None
    ca_file: str | None


class Bots:
    """Use cases on the routing bot of an account."""

    def __init__(self, store: Store, clock: Clock, seal: Seal) -> None:
        self._store = store
        self._clock = clock
        self._seal = seal

    async def configure(self, actor: Actor, *, document: Any) -> BotShown:
        """Keep the credentials (a JSON object as printed by ``generate-key``), sealed.

        ``domain`` and ``caFile`` are optional. Raises `errors.Problems` with everything that is
        wrong and never with a value. A running bot signs in anew.
        """
        access.demand(actor, "directory.write")
        given = _checked(document)
        credentials = _credentials(given)

        def work(unit: Writing) -> BotShown:
            account = accounts.required(unit, actor.account).id
            sealed = self._seal.seal(msgspec.json.encode(credentials), row=_row(account))
            config = BotConfig(
                account,
                credentials.username,
                sealed,
                unit.now,
                given.get("domain"),
                given.get("caFile"),
            )
            _put(unit, config)
            _put(unit, BotState(account, "connecting", "", unit.now))
            return _shown(unit, account)

        return await self._store.write(actor, self._clock.now(), work)

    def read(self, actor: Actor, *, document: Any) -> BotSignInAs:
        """Return what `configure` would keep, without keeping it: to be tried. Raises as it."""
        access.demand(actor, "directory.write")
        given = _checked(document)
        return BotSignInAs(_credentials(given), given.get("domain"), given.get("caFile"))

    async def show(self, actor: Actor) -> BotShown:
        """Return as whom and how the bot is signed in."""
        access.demand(actor, "directory.read")
        return await self._store.read(lambda rows: _shown(rows, actor.account))

    async def forget(self, actor: Actor) -> BotShown:
        """Remove the credentials: the bot signs out."""
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> BotShown:
            for kind in (BotConfig, BotState):
                for record in unit.find(kind, account=actor.account):
                    unit.remove(record)
            return _shown(unit, actor.account)

        return await self._store.write(actor, self._clock.now(), work)

    async def sign_in(self, account: str) -> BotSignInAs | None:
        """Return what the bot signs in with, or None when it is not configured.

        Only for the bot itself. Raises `errors.Conflict` when the master key is another one.
        """
        found = await self._store.read(lambda rows: rows.find(BotConfig, account=account))
        if not found:
            return None
        config = found[0]
        opened = self._seal.open(config.credentials, row=_row(account))
        credentials = msgspec.json.decode(opened, type=Credentials)
        return BotSignInAs(credentials, config.domain, config.ca_file)

    async def report(self, account: str, *, state: BotSignIn, reason: str = "") -> None:
        """Write down how the bot's sign-in is going, for everybody who looks."""

        def work(unit: Writing) -> None:
            _put(unit, BotState(account, state, reason, unit.now))

        bot = Actor(account, "bot", frozenset())
        await self._store.write(bot, self._clock.now(), work)


def _row(account: str) -> str:
    """Return the place of the sealed credentials, to which the seal binds them."""
    return f"bot_configs/{account}/credentials"


def _put(unit: Writing, record: BotConfig | BotState) -> None:
    if unit.find(type(record), account=record.account):
        unit.replace(record)
    else:
        unit.add(record)


def _shown(rows: Reading, account: str) -> BotShown:
    configs = rows.find(BotConfig, account=account)
    if not configs:
        return BotShown(None, None, None, "not-configured", "No credentials were given yet.")
    config = configs[0]
    states = rows.find(BotState, account=account)
    state, reason = (states[0].state, states[0].reason) if states else ("connecting", "")
    return BotShown(config.username, config.domain, config.ca_file, state, reason)


def _credentials(given: Mapping[str, str]) -> Credentials:
    return msgspec.convert(
        {field: given[field] for field in Credentials.__struct_encode_fields__}, Credentials
    )


def _checked(document: Any) -> dict[str, str]:
    if not isinstance(document, dict):
        raise errors.BadInput(
            "Expected a JSON object with username, appKey, secret, accessToken and "
            "accessTokenSecret, as `orchestrator users generate-key` prints it."
        )
    known = ", ".join(_FIELDS)
    problems = [
        Problem("bad-input", str(field), f"Unknown field. Known: {known}.")
        for field in document
        if field not in _FIELDS
    ]
    for field, (pattern, wanted) in _FIELDS.items():
        value = document.get(field)
        if value is None and field in _OPTIONAL:
            continue
        if field not in document:
            problems.append(Problem("bad-input", field, f"{field} is missing."))
        elif not isinstance(value, str) or pattern.fullmatch(value) is None:
            problems.append(Problem("bad-input", field, f"{field} must be text: {wanted}."))
    if problems:
        raise errors.Problems(problems)
    return {field: value for field, value in document.items() if value is not None}
