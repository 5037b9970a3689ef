"""Policies edited from several places at once, and read a few at a time, on a real database."""

import asyncio

import pytest
from sqlalchemy import delete, update

from orchestrator.adapters import calendar, clock, passwords, seal
from orchestrator.adapters.storage import admin, directory, engine, tables
from orchestrator.core.model import access
from orchestrator.core.policy import document
from orchestrator.services.admin.policies import Policies
from orchestrator.services.directory import Directory

OPERATOR = access.operator("1")
EDITS = 6


def policy(number: int) -> dict:
    """A policy that always says its number."""
    action = {"type": "SEND_MESSAGE", "payload": {"message": f"I am {number}"}}
    given = {"id": f"p{number}", "name": f"Policy {number}", "enabled": True}
    return given | {"conditions": [{"all": []}], "actions": [action]}


@pytest.fixture
async def database(place):
    """A database with account 1."""
    opened = await engine.Database.open(place)
    people = Directory(
        directory.DirectoryStore(opened),
        clock.SystemClock(),
        passwords=passwords.Argon2Passwords(),
        seal=seal.Seal(bytes(32)),
    )
    await people.accounts.opened("1")
    yield opened
    await opened.close()


def desk(database: engine.Database) -> Policies:
    """What one process edits by, with a library of its own."""
    return Policies(admin.AdminStore(database), clock.SystemClock(), calendar=calendar.holidays)


async def test_two_editors_at_once_lose_nothing(database):
    """A change that was prepared beside another writer's is prepared again on top of it."""
    one, other = desk(database), desk(database)
    await one.load(OPERATOR, {"policies": [policy(number) for number in range(2 * EDITS)]})
    saved = await asyncio.gather(
        *(
            editor.edit(OPERATOR, f"p{2 * number + which}", name=f"Renamed {2 * number + which}")
            for number in range(EDITS)
            for which, editor in enumerate((one, other))
        )
    )
    assert sorted(each.version for each in saved) == list(range(2, 2 * EDITS + 2))
    for editor in (one, other, desk(database)):
        _, found = await editor.current(OPERATOR)
        assert [each.name for each in found.policies] == [f"Renamed {n}" for n in range(2 * EDITS)]


async def test_versions_that_an_older_program_stored_whole_stand_beside_pages(database):
    """What was stored in one piece is read, edited and shown as before; the edit is in pages."""
    first = desk(database)
    await first.load(OPERATOR, {"policies": [policy(number) for number in range(40)]})
    version, found = await first.current(OPERATOR)
    assert version is not None
    whole = document.dump(found)

    def as_before(connection):
        table = tables.documents
        row = update(table).where(table.c.hash == version.hash).values(document=whole)
        connection.execute(row)
        connection.execute(delete(tables.policy_pages))

    await database.transact(as_before)
    later = desk(database)
    await later.edit(OPERATOR, "p7", name="Seven")
    for reader in (later, desk(database)):
        old = await reader.export(OPERATOR, number=1)
        new = await reader.export(OPERATOR)
        assert old == whole
        assert [each["name"] for each in new["policies"]] == [
            "Seven" if number == 7 else f"Policy {number}" for number in range(40)
        ]


async def test_a_list_of_policies_is_read_a_few_at_a_time(database):
    """Each with its number, and as exports have it; behind the last there are none."""
    reader = desk(database)
    await reader.load(OPERATOR, {"policies": [policy(number) for number in range(5)]})
    found = await reader.listed(OPERATOR, after=3, limit=10)
    assert [(number, each.id) for number, each, _ in found] == [(4, "p3"), (5, "p4")]
    assert found[0][2] == policy(3)
    assert await reader.listed(OPERATOR, after=5, limit=10) == []
    assert await reader.shown(OPERATOR, "Policy 2") == policy(2)
