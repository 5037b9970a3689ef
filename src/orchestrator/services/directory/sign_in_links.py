"""Whom a provider of OpenID Connect means: its subject is linked to one user, and stays so.

A login is a name: a provider may give it to somebody else later. The pair of issuer and subject is
what it promises never to give twice (OpenID Connect Core 1.0, section 2).
"""

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import SignInLink, User
from orchestrator.services.clock import Clock
from orchestrator.services.directory import lookup, sessions
from orchestrator.services.directory.ports import Reading, Store, Writing


class Subject(msgspec.Struct, frozen=True):
    """Somebody as the provider tells people apart: ``iss`` and ``sub``."""

    issuer: str
    id: str


class SignInLinks:
    """Use cases on links. ``reference`` is an id, ``ACCOUNT.USER``, a PID or a login."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def show(self, actor: Actor, reference: str) -> SignInLink | None:
        """Return a user's link, None where nobody is linked. Raises `errors.NotFound`."""
        access.demand(actor, "directory.read")
        return await self._store.read(
            lambda rows: of(rows, lookup.user(rows, actor.account, reference))
        )

    async def remove(self, actor: Actor, reference: str) -> SignInLink:
        """Take a user's link away and end their sessions; whoever signs in next is linked.

        Raises `errors.NotFound` for the user, and where there is no link.
        """
        access.demand(actor, "directory.write")

        def work(unit: Writing) -> SignInLink:
            user = lookup.user(unit, actor.account, reference)
            link = of(unit, user)
            if link is None:
                raise errors.NotFound(f"“{user.login}” is linked to nobody at a sign-in service.")
            unit.remove(link)
            sessions.end(unit, user.account, user_id=user.id)
            return link

        return await self._store.write(actor, self._clock.now(), work)


def of(rows: Reading, user: User) -> SignInLink | None:
    """Return the link of a user, None where nobody is linked."""
    found = rows.find(SignInLink, account=user.account, user_id=user.id)
    return found[0] if found else None


def user_of(rows: Reading, account: str, subject: Subject) -> User | None:
    """Return the user to whom the provider's subject is linked."""
    for link in rows.find(SignInLink, account=account, issuer=subject.issuer, subject=subject.id):
        return next(iter(rows.find(User, account=account, id=link.user_id)), None)
    return None


def add(unit: Writing, user: User, subject: Subject) -> None:
    """Link the provider's subject to a user to whom nobody is linked."""
    unit.add(SignInLink(user.account, user.id, subject.issuer, subject.id, unit.now))


def forget(unit: Writing, user: User) -> None:
    """Take a user's link away, where there is one."""
    link = of(unit, user)
    if link is not None:
        unit.remove(link)
