"""A data folder opened for one command, beside a running server or without one.

Nothing heavy is imported before it is needed: `orchestrator --help` does not come here at all.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.serve import running
from orchestrator.serve.settings import Settings

if TYPE_CHECKING:
    from orchestrator.adapters.seal import Seal
    from orchestrator.adapters.storage.cloud import CloudStore
    from orchestrator.adapters.storage.engine import Database
    from orchestrator.services.admin.attributes import Attributes
    from orchestrator.services.admin.checking import Checking
    from orchestrator.services.admin.courses import Course as Course  # noqa: PLC0414 - commands name it
    from orchestrator.services.admin.doctor import Doctor
    from orchestrator.services.admin.doctor import Finding as Finding  # noqa: PLC0414 - commands name it
    from orchestrator.services.admin.erasure import Erasure
    from orchestrator.services.admin.floor import Floor
    from orchestrator.services.admin.functions import Functions
    from orchestrator.services.admin.moves import (
        Cause as Cause,  # noqa: PLC0414 - as above
    )
    from orchestrator.services.admin.policies import Policies
    from orchestrator.services.admin.policies import Saved as Saved  # noqa: PLC0414 - commands name it
    from orchestrator.services.admin.ports import Version as Version  # noqa: PLC0414 - as above
    from orchestrator.services.admin.replaying import Replaying
    from orchestrator.services.admin.replays import Replay as Replay  # noqa: PLC0414 - as above
    from orchestrator.services.admin.reports import (
        ConversationRow as ConversationRow,  # noqa: PLC0414 - as above
    )
    from orchestrator.services.admin.reports import (
        ConversationShown as ConversationShown,  # noqa: PLC0414 - as above
    )
    from orchestrator.services.admin.reports import (
        DecisionShown as DecisionShown,  # noqa: PLC0414 - as above
    )
    from orchestrator.services.admin.reports import Reports
    from orchestrator.services.admin.schedules import Schedules
    from orchestrator.services.admin.schedules import ScheduleShown as ScheduleShown  # noqa: PLC0414 - as above
    from orchestrator.services.admin.surveys import Survey as Survey  # noqa: PLC0414 - as above
    from orchestrator.services.admin.usage import Usage as Usage  # noqa: PLC0414 - as above
    from orchestrator.services.admin.usage_counting import Counting
    from orchestrator.services.cloud.consumers import Consumers
    from orchestrator.services.cloud.supervising import Supervising
    from orchestrator.services.directory import Directory
    from orchestrator.services.directory.accounts import Settings as AccountSettings
    from orchestrator.services.routing.functions import Tried

ISSUER = "orchestrator"
"""Who vouches for consumers whose tokens are signed here, without a server."""


class Desk(msgspec.Struct, frozen=True):
    """The services of one data folder, and the operator of the account who asks them."""

    settings: Settings
    actor: Actor
    directory: "Directory"
    policies: "Policies"
    attributes: "Attributes"
    schedules: "Schedules"
    reports: "Reports"
    doctor: "Doctor"
    database: "Database"

    @property
    def server(self) -> running.Running | None:
        """The server that runs on this folder, if one does."""
        return running.find(self.settings.server_file)

    @property
    def checking(self) -> "Checking":
        """Looks at policies without saving them."""
        from orchestrator.adapters import calendar
        from orchestrator.adapters.storage import admin, seen
        from orchestrator.services.admin import checking

        return checking.Checking(
            admin.AdminStore(self.database),
            seen.SeenValues(self.database),
            calendar=calendar.holidays,
        )

    @property
    def replaying(self) -> "Replaying":
        """What other policies would have made of the conversations on record."""
        from orchestrator.adapters import calendar, clock
        from orchestrator.adapters.storage import admin, seen
        from orchestrator.services.admin import replaying, rulesets

        return replaying.Replaying(
            admin.AdminStore(self.database),
            seen.SeenValues(self.database),
            rulesets=rulesets.Rulesets(),
            calendar=calendar.holidays,
            clock=clock.SystemClock(),
        )

    @property
    def functions(self) -> "Functions":
        """Functions behind attributes, and the hosts they may reach."""
        from orchestrator.adapters import clock
        from orchestrator.adapters.storage import functions as rows
        from orchestrator.services.admin import functions

        return functions.Functions(
            rows.FunctionStore(self.database),
            clock.SystemClock(),
            policies=self.policies,
            seal=_seal(self.settings),
        )

    async def try_function(
        self, actor: Actor, name: str, *, attributes: Mapping[str, Any]
    ) -> "Tried":
        """Call a function once, with these attributes for its parameters.

        Raises `errors.Forbidden` and `errors.NotFound`.
        """
        from orchestrator.adapters import clock
        from orchestrator.serve import deciding, trying

        made = deciding.of(self.database, clock.SystemClock(), seal=_seal(self.settings))
        try:
            return await trying.once(
                made.functions, self.policies, actor, name=name, attributes=attributes
            )
        finally:
            await made.close()

    async def examine_openid(self) -> "list[Finding]":
        """Return what is found of the provider that signs people in, if one is set."""
        if self.settings.openid.issuer is None:
            return []
        from orchestrator.adapters import clock
        from orchestrator.serve import openid

        base = self.server.http if self.server else None
        return [
            each async for each in openid.findings(self.settings, clock.SystemClock(), base=base)
        ]

    @property
    def floor(self) -> "Floor":
        """Queues and agents, live."""
        from orchestrator.adapters import clock
        from orchestrator.adapters.storage import floor as rows
        from orchestrator.services.admin import floor

        return floor.Floor(rows.FloorStore(self.database), clock.SystemClock())

    @property
    def usage(self) -> "Counting":
        """How policies were used."""
        from orchestrator.adapters import clock
        from orchestrator.adapters.storage import admin
        from orchestrator.services.admin import usage_counting

        return usage_counting.Counting(admin.AdminStore(self.database), clock.SystemClock())

    @property
    def supervising(self) -> "Supervising":
        """What supervisors do with conversations; a server beside this command notices."""
        from orchestrator.adapters import clock
        from orchestrator.services.cloud import supervising

        return supervising.Supervising(_cloud(self), clock.SystemClock())

    @property
    def erasure(self) -> "Erasure":
        """What is held of consumers, and how it is erased."""
        from orchestrator.adapters import clock
        from orchestrator.serve import erasing

        return erasing.of(
            self.database, clock.SystemClock(), cloud=_cloud(self), data=self.settings.data
        )

    async def consumer_token(self, consumer: str) -> str:
        """Return a token for a consumer, who comes into being on first use."""
        return await _consumers(self).token(self.actor.account, consumer, issuer=ISSUER)


@asynccontextmanager
async def open(  # noqa: A001 - call sites read `office.open(settings)`
    settings: Settings, *, account: Literal["required", "any"] = "required"
) -> AsyncIterator[Desk]:
    """Open ``settings.data`` for ``settings.account``; folder and account 1 are made on first use.

    Raises `errors.NotFound` for another account that does not exist, unless ``any`` will do, and
    `errors.Conflict` or `errors.Unavailable` for a database that cannot be opened.
    """
    from orchestrator.adapters import calendar, clock, passwords
    from orchestrator.adapters.storage import admin, directory, engine, seen
    from orchestrator.serve import one_key
    from orchestrator.services.admin import attributes, doctor, policies, reports, schedules
    from orchestrator.services.directory import Directory, accounts

    _make_folder(settings.data)
    sealing = _seal(settings)
    time = clock.SystemClock()
    database = await engine.Database.open(settings.stored_at)
    hashing = passwords.Argon2Passwords(passwords.hasher(**settings.passwords.model_dump()))
    try:
        if settings.database is not None:
            await one_key.demand(database, sealing)
        store = admin.AdminStore(database)
        people = Directory(
            directory.DirectoryStore(database), time, passwords=hashing, seal=sealing
        )
        await people.accounts.opened(settings.account if account == "required" else accounts.FIRST)
        rules = policies.Policies(store, time, calendar=calendar.holidays)
        yield Desk(
            settings=settings,
            actor=access.operator(settings.account),
            directory=people,
            policies=rules,
            attributes=attributes.Attributes(rules, seen.SeenValues(database)),
            schedules=schedules.Schedules(store, time, policies=rules, calendar=calendar.holidays),
            reports=reports.Reports(store, time),
            doctor=doctor.Doctor(store),
            database=database,
        )
    finally:
        hashing.close()
        await database.close()


def _cloud(desk: Desk) -> "CloudStore":
    """Return the cloud's rows; a server beside this command does not hear what changes in them."""
    from orchestrator.adapters.storage import cloud

    pause = desk.settings.durations.pause
    return cloud.CloudStore(desk.database, announce=lambda _: None, pause=pause)


def _consumers(desk: Desk) -> "Consumers":
    """Return the use cases on consumers, whose signatures take long to import."""
    from orchestrator.adapters import clock
    from orchestrator.adapters.storage import signing
    from orchestrator.adapters.tokens import consumer_tokens
    from orchestrator.services.cloud import consumers

    time, durations = clock.SystemClock(), desk.settings.durations
    return consumers.Consumers(
        _cloud(desk),
        time,
        consumer_tokens.ConsumerTokens(
            signing.SigningKeys(desk.database, time), _seal(desk.settings), time
        ),
        lifetime=durations.consumer_token,
    )


def _seal(settings: Settings) -> "Seal":
    from orchestrator.adapters import seal

    given = settings.key.get_secret_value() if settings.key else None
    return seal.Seal(seal.master_key(settings.data, given=given))


def backup(settings: Settings, target: Path) -> Path:
    """Copy the database, which may be in use, into the new file ``target``. Blocks.

    Raises `errors.BadInput` for a PostgreSQL database, else as `adapters.storage.backup.save`.
    """
    from orchestrator.adapters.storage import backup as copies

    _demand_file(settings, instead="pg_dump --format=custom")
    return copies.save(settings.database_file, target)


def restore(settings: Settings, source: Path) -> Path:
    """Put the content of a backup in the place of the database. Blocks.

    Raises `errors.BadInput` for a PostgreSQL database, `errors.Conflict` while a server runs, else
    as `adapters.storage.backup.restore`.
    """
    from orchestrator.adapters.storage import backup as copies

    _demand_file(settings, instead="pg_restore --clean")
    alive = running.find(settings.server_file)
    if alive is not None:
        raise errors.Conflict(
            f"A server runs on {settings.data} (pid {alive.pid}). Stop it first.", path="--data"
        )
    return copies.restore(source, settings.database_file)


def _demand_file(settings: Settings, *, instead: str) -> None:
    if settings.database is not None:
        raise errors.BadInput(
            f"A PostgreSQL database has tools of its own for this: use {instead}. "
            "See docs/howto/postgresql.md.",
            path="--database",
        )


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise errors.Unavailable(
            f"The data folder {folder} cannot be made: {error.strerror}.", path="--data"
        ) from error


def account_settings(changes: Mapping[str, Any]) -> "AccountSettings":
    """Return the settings of an account to change; a field that is absent stays as it is."""
    from orchestrator.services.directory.accounts import Settings as AccountSettings

    return AccountSettings(**changes)


def public_keys(text: str) -> str:
    """Return RSA public keys as a JSON Web Key Set. Raises `errors.BadInput`."""
    from orchestrator.adapters.tokens import consumer_tokens

    return consumer_tokens.public_keys(text)


def capacity(text: str) -> int | None:
    """Read ``unlimited`` (None) or a whole number ≥ 0. Raises `errors.BadInput`."""
    from orchestrator.services.directory import fields

    return fields.capacity(text)
