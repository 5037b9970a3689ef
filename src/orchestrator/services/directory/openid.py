"""Signing in by a provider of OpenID Connect: there and back, and who somebody is then."""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import zlib
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import accounts, claims, sessions, sign_in_links, users
from orchestrator.services.directory.claims import Person, Rules
from orchestrator.services.directory.ports import (
    Provider,
    Reading,
    Seal,
    Store,
    Vouched,
    Writing,
)
from orchestrator.services.directory.sessions import Session
from orchestrator.services.directory.sign_in_links import Subject

PATIENCE: Final = timedelta(minutes=10)
"""How long somebody may take at the provider."""

LONGEST_HINT: Final = 3_000
"""The most characters of a sealed ID token: browsers keep cookies of 4,096 with their names."""

_CODE: Final = re.compile(r"[a-z_]{1,40}")
_RANDOM_BYTES: Final = 32
_MOST_UNPACKED: Final = 64_000


class Begun(msgspec.Struct, frozen=True):
    """Where the browser goes, and what it keeps until it comes back."""

    url: str
    kept: str


class Entered(msgspec.Struct, frozen=True):
    """Somebody who has come in; ``back`` is where they wanted to go, and was never looked at.

    ``hint`` is what the browser shows again in `OpenId.farewell`.
    """

    session: Session
    back: str
    hint: str


class OpenId:
    """Use cases of signing in to one account by one provider.

    What a browser keeps is sealed: it can neither read nor change it, nor use it as another's.
    """

    def __init__(
        self,
        store: Store,
        clock: Clock,
        *,
        account: str,
        provider: Provider,
        seal: Seal,
        rules: Rules,
    ) -> None:
        self.account = account
        self._store = store
        self._clock = clock
        self._provider = provider
        self._seal = seal
        self._rules = rules
        self._actor = Actor(account, "openid-connect", frozenset())

    async def begin(self, *, redirect: str, back: str) -> Begun:
        """Send somebody to the provider; ``redirect`` is where it sends them back to.

        Raises `errors.Unavailable` when the provider is away.
        """
        flow = _Flow(
            state=secrets.token_urlsafe(_RANDOM_BYTES),
            nonce=secrets.token_urlsafe(_RANDOM_BYTES),
            verifier=secrets.token_urlsafe(_RANDOM_BYTES),
            redirect=redirect,
            back=back,
            ends=(self._clock.now() + PATIENCE).timestamp(),
        )
        challenge = hashlib.sha256(flow.verifier.encode()).digest()
        url = await self._provider.entrance(
            redirect=redirect,
            state=flow.state,
            nonce=flow.nonce,
            challenge=base64.urlsafe_b64encode(challenge).rstrip(b"=").decode(),
        )
        return Begun(url, self._sealed(msgspec.json.encode(flow), "flow"))

    async def finish(self, kept: str, answer: Mapping[str, str]) -> Entered:
        """Begin a session of whoever the provider sent back with the query ``answer``.

        Raises `errors.Unauthenticated` for what this browser did not begin, or too long ago, and
        for what the provider does not vouch for; `errors.Forbidden` for somebody who has no role,
        is disabled, or not known where newcomers are refused; `errors.Unavailable` as `begin`.
        """
        flow = self._flow(kept)
        if not hmac.compare_digest(flow.state.encode(), answer.get("state", "").encode()):
            raise _strayed()
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:  # RFC 9207
            raise _strayed()
        if "error" in answer or not answer.get("code"):
            raise errors.Unauthenticated(
                f"The sign-in service did not sign you in{_reason(answer.get('error', ''))}."
            )
        vouched = await self._provider.vouch(
            answer["code"], redirect=flow.redirect, nonce=flow.nonce, verifier=flow.verifier
        )
        session = await self._enter(await self._complete(vouched))
        return Entered(session, flow.back, self._hint(vouched.id_token))

    async def farewell(self, hint: str | None, *, back: str) -> str | None:
        """Return where the browser signs out at the provider too; None where it does not.

        That is so when it did not come in by it (it has no ``hint``), or when the provider has no
        such place or is away: nobody is kept from leaving.
        """
        if hint is None:
            return None
        try:
            token = zlib.decompressobj().decompress(self._opened(hint, "hint"), _MOST_UNPACKED)
            return await self._provider.farewell(id_token=token.decode() or None, back=back)
        except (errors.OrchestratorError, zlib.error, UnicodeDecodeError):
            return None

    async def _complete(self, vouched: Vouched) -> Mapping[str, object]:
        """Return the claims, with those of the userinfo endpoint where some are missing."""
        if not claims.lacks(vouched.claims, self._rules):
            return vouched.claims
        return {**await self._provider.more(vouched), **vouched.claims}

    async def _enter(self, found: Mapping[str, object]) -> Session:
        subject = Subject(self._provider.issuer, str(found["sub"]))
        person = claims.person(found, self._rules)

        def work(unit: Writing) -> Callable[[], Session]:
            user = self._linked(unit, subject)
            if not person.roles:
                if user is not None:
                    _put(unit, user, person)
                return _refusing(claims.unmapped(found, self._rules))
            if user is None:
                user = self._met(unit, person)
                sign_in_links.add(unit, user, subject)
            user = _put(unit, user, person)
            session = sessions.begin(
                unit, accounts.required(unit, self.account), user, app_key=None
            )
            return lambda: session

        # A refusal that takes roles away is raised here: raised in there, it would undo that.
        return (await self._store.write(self._actor, self._clock.now(), work))()

    def _linked(self, rows: Reading, subject: Subject) -> User | None:
        """Return the user who is linked, whatever their login is at the provider now."""
        user = sign_in_links.user_of(rows, self.account, subject)
        return None if user is None else _admitted(user)

    def _met(self, unit: Writing, person: Person) -> User:
        """Return the user of somebody who comes for the first time: a new one, or their namesake's.

        A login is the same however its letters are: no two differ in that alone.
        """
        same = unit.find(User, account=self.account, login=person.login)
        for user in same or unit.find(User, account=self.account):
            if user.login.casefold() == person.login.casefold():
                return self._namesake(unit, _admitted(user))
        if self._rules.newcomers == "refused":
            raise errors.Forbidden(
                f"There is no user “{person.login}” here, and nobody is added by signing in. "
                "Ask an administrator to add you."
            )
        return _made(unit, self.account, person)

    def _namesake(self, rows: Reading, user: User) -> User:
        """Return the user with somebody's login, if nobody else is linked to them."""
        link = sign_in_links.of(rows, user)
        if link is None and self._rules.namesakes == "linked":
            return user
        if link is None:
            raise errors.Forbidden(
                f"There is a user “{user.login}” here to whom nobody is linked, and nobody is "
                "linked by signing in. Ask an administrator."
            )
        if link.issuer != self._provider.issuer:
            raise errors.Forbidden(
                f"The user “{user.login}” here is linked to somebody at another sign-in service. "
                "If that was you, ask an administrator to remove that link."
            )
        raise errors.Forbidden(
            f"The user “{user.login}” here is linked to somebody else at the sign-in service, who "
            "had this login there before. If that was you, ask an administrator to remove that "
            "link."
        )

    def _hint(self, id_token: str) -> str:
        """Seal the token; where it is too long, nothing: the provider then asks before it ends."""
        sealed = self._sealed(zlib.compress(id_token.encode()), "hint")
        return sealed if len(sealed) <= LONGEST_HINT else self._sealed(zlib.compress(b""), "hint")

    def _flow(self, kept: str) -> "_Flow":
        try:
            flow = msgspec.json.decode(self._opened(kept, "flow"), type=_Flow)
        except (errors.OrchestratorError, msgspec.MsgspecError) as error:
            raise _strayed() from error
        if flow.ends <= self._clock.now().timestamp():
            raise _strayed()
        return flow

    def _sealed(self, secret: bytes, purpose: str) -> str:
        sealed = self._seal.seal(secret, row=self._row(purpose))
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def _opened(self, text: str, purpose: str) -> bytes:
        try:
            sealed = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _strayed() from error
        return self._seal.open(sealed, row=self._row(purpose))

    def _row(self, purpose: str) -> str:
        return f"openid {purpose} of {self.account} at {self._provider.issuer}"


class _Flow(msgspec.Struct, frozen=True):
    """One way there and back, in the browser's hands; ``ends`` in seconds since 1970."""

    state: str
    nonce: str
    verifier: str
    redirect: str
    back: str
    ends: float


def _admitted(user: User) -> User:
    if user.type != "human":
        raise errors.Forbidden(f"{user.login} is a bot: it signs in with its key.")
    if not user.enabled:
        raise errors.Forbidden(f"The user “{user.login}” is disabled here. Ask an administrator.")
    return user


def _made(unit: Writing, account: str, person: Person) -> User:
    wanted = users.checked(
        login=person.login,
        type="human",
        roles=person.roles,
        max_chats=users.HUMAN_MAX_CHATS,
        full_name=person.full_name,
    )
    return users.make(unit, account, **wanted)


def _put(unit: Writing, before: User, person: Person) -> User:
    """Give somebody the roles that they have now, even none; lost rights end what is open."""
    name = person.full_name or before.full_name
    user = msgspec.structs.replace(before, roles=person.roles, full_name=name)
    if user != before:
        unit.replace(user)
    if users.may_less(before, user):
        sessions.end(unit, user.account, user_id=user.id)
    return user


def _refusing(error: errors.Forbidden) -> Callable[[], Session]:
    def refuse() -> Session:
        raise error

    return refuse


def _strayed() -> errors.Unauthenticated:
    return errors.Unauthenticated(
        "This browser did not begin to sign in here, or it took too long. Begin again."
    )


def _reason(code: str) -> str:
    """Say the provider's error code where it looks like one: anybody can write an address."""
    return f" ({code})" if _CODE.fullmatch(code) else ""
