"""Accounts and their settings."""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

import msgspec
from msgspec import UNSET, UnsetType

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import (
    Account,
    BotConfig,
    BotState,
    Campaign,
    Engagement,
    Skill,
    User,
)
from orchestrator.services.clock import Clock
from orchestrator.services.directory import fields, lookup
from orchestrator.services.directory.ports import Reading, Store, Writing

FIRST: Final = "1"
"""The account that comes into being on first use."""

LIMITS: Final[dict[str, tuple[float, float]]] = {
    "ring_seconds": (1, 3600),
    "retention_days": (1, 3650),
    "session_hours": (0.25, 720),
    "suggestion_seconds": (1, 86400),
    "first_message_seconds": (0, 60),
}
"""The least and the most of each number that can be set."""


class Settings(msgspec.Struct, frozen=True, rename="camel"):
    """What `Accounts.edit` changes; what is unset stays. A fallback skill of None is taken away."""

    fallback_skill: str | UnsetType | None = UNSET
    """A skill by id or exact name."""
    ring_seconds: int | UnsetType = UNSET
    retention_days: int | UnsetType = UNSET
    session_hours: float | UnsetType = UNSET
    suggestion_seconds: int | UnsetType = UNSET
    first_message_seconds: float | UnsetType = UNSET


class Accounts:
    """Use cases on accounts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def add(self, actor: Actor, account: str) -> Account:
        """Add an account (1 to 20 digits).

        Raises `errors.Conflict` when it exists, `errors.BadInput` for anything but digits.
        """
        access.demand(actor, "directory.write")
        fields.account(account, path="account")

        def work(unit: Writing) -> Account:
            if unit.find(Account, id=account):
                raise errors.Conflict(f"There is an account {account} already.", path="account")
            return _make(unit, account)

        return await self._store.write(actor, self._clock.now(), work)

    async def opened(self, account: str) -> Account:
        """Return the account; the first one is made when it is missing.

        Raises `errors.NotFound` for any other that does not exist.
        """
        found = await self.found(account)
        if found is not None:
            return found
        return await self._store.write(
            access.operator(account), self._clock.now(), lambda unit: required(unit, account)
        )

    async def found(self, account: str) -> Account | None:
        """Return the account, or None when there is none with this id."""
        rows = await self._store.glance(lambda rows: rows.find(Account, id=account))
        return rows[0] if rows else None

    async def all(self, actor: Actor) -> list[Account]:
        """Return every account, by id. Only for the operator of the machine."""
        access.demand(actor, "directory.write")
        found = await self._store.read(lambda rows: rows.find(Account))
        return sorted(found, key=lambda account: (len(account.id), account.id))

    async def edit(self, actor: Actor, *, settings: Settings) -> Account:
        """Change settings of the actor's account and return it.

        Raises `errors.BadInput` for a number out of its range, `errors.NotFound` for a skill.
        """
        access.demand(actor, "directory.write")
        changed = {field: getattr(settings, field) for field in settings.__struct_fields__}
        changed = {field: value for field, value in changed.items() if value is not UNSET}
        for field, (least, most) in LIMITS.items():
            if field in changed:
                path = f"--{field.replace('_', '-')}"
                fields.number(changed[field], least=least, most=most, path=path)

        def work(unit: Writing) -> Account:
            before = required(unit, actor.account)
            if "fallback_skill" in changed:
                wanted = changed.pop("fallback_skill")
                changed["fallback_skill_id"] = wanted and _skill(unit, actor.account, wanted)
            account = msgspec.structs.replace(before, **changed)
            unit.replace(account)
            return account

        return await self._store.write(actor, self._clock.now(), work)

    async def remove(self, account: str) -> Account:
        """Remove an account with its versions of the policy set; the first one comes again.

        Only for the operator of the machine. Raises `errors.NotFound`, and `errors.Conflict` while
        somebody or something lives there, so that nothing is lost by one word.
        """
        actor = access.operator(account)

        def work(unit: Writing) -> Account:
            found = unit.find(Account, id=account)
            if not found:
                raise unknown(account)
            used = [*_inhabitants(unit, account), *unit.uses_of_account(account)]
            lookup.refuse_removal("account", account, used)
            for kind in (BotConfig, BotState):
                for record in unit.find(kind, account=account):
                    unit.remove(record)
            unit.remove(found[0])
            unit.clear(account)
            return found[0]

        return await self._store.write(actor, self._clock.now(), work)


def _inhabitants(rows: Reading, account: str) -> Iterator[str]:
    kinds: tuple[type[User | Skill | Campaign | Engagement], ...]
    kinds = (User, Skill, Campaign, Engagement)
    for kind in kinds:
        if number := len(rows.find(kind, account=account)):
            yield f"{number} {kind.__name__.lower()}{'s' if number > 1 else ''}"


def required(unit: Writing, account: str) -> Account:
    """Return the account, making the first one; raises `errors.NotFound` for any other."""
    found = unit.find(Account, id=account)
    if found:
        return found[0]
    if account == FIRST:
        return _make(unit, account)
    raise unknown(account)


def existing(rows: Reading, account: str, *, now: datetime) -> Account:
    """As `required`, for a reader: the first account is shown as it will be made."""
    found = rows.find(Account, id=account)
    if found:
        return found[0]
    if account == FIRST:
        return Account(id=account, created_at=now)
    raise unknown(account)


def unknown(account: str) -> errors.NotFound:
    """Return the error for an account that does not exist."""
    return errors.NotFound(
        f"There is no account {account}. Add it with `orchestrator accounts add {account}`.",
        path="--account",
    )


def _make(unit: Writing, account: str) -> Account:
    made = Account(id=account, created_at=unit.now)
    unit.add(made)
    return made


def _skill(rows: Reading, account: str, reference: str) -> str:
    return lookup.named(rows, Skill, reference, account=account, path="--fallback-skill").id
