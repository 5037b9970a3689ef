"""Records that are read whole are kept, and are always those that the snapshot has."""

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.adapters import passwords, seal
from orchestrator.adapters.storage import admin, directory, engine, unit, whole
from orchestrator.core.model import access
from orchestrator.core.model.directory import Skill, SkillAssignment, User
from orchestrator.services.directory import Directory
from orchestrator.testing.clock import TurnedClock

ACTORS = {account: access.operator(account) for account in ("1", "2")}
SEEDS = (1, 2, 3)


@pytest.fixture
async def database(place: Path | str) -> AsyncIterator[engine.Database]:
    """A new database, closed after the test."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


@pytest.fixture
async def people(database: engine.Database) -> AsyncIterator[Directory]:
    """Two accounts without anybody."""
    hashing = passwords.Argon2Passwords()
    made = Directory(
        directory.DirectoryStore(database),
        TurnedClock(),
        passwords=hashing,
        seal=seal.Seal(bytes(32)),
    )
    await made.accounts.opened("1")
    await made.accounts.add(ACTORS["2"], "2")
    yield made
    hashing.close()


@pytest.mark.parametrize("seed", SEEDS)
async def test_what_is_at_hand_is_what_is_there(
    database: engine.Database, people: Directory, seed: int
) -> None:
    """After any change in any account, from both stores: as the rows have it."""
    chance = random.Random(seed)  # noqa: S311  a seed is wanted
    stores = (admin.AdminStore(database), directory.DirectoryStore(database))
    for number in range(12):
        await change(people, chance, number)
        for account in ACTORS:
            for kind in (User, Skill, SkillAssignment):
                rows = await database.read(
                    lambda c, kind=kind, account=account: unit.find(c, kind, account=account)
                )
                for store in (*stores, *stores):
                    found = await store.read(
                        lambda rows, kind=kind, account=account: rows.find(kind, account=account)
                    )
                    assert found == rows


async def change(people: Directory, chance: random.Random, number: int) -> None:
    """Add, rename, assign or remove something."""
    actor = ACTORS[chance.choice("12")]
    skills = await people.skills.all(actor)
    users = await people.users.all(actor)
    match chance.randrange(5):
        case 1 if skills:
            await people.skills.edit(actor, chance.choice(skills).id, name=f"renamed {number}")
        case 2 if skills and users:
            mate = chance.choice(users).id
            await people.skills.assign(actor, chance.choice(skills).id, users=[mate])
        case 3 if skills:
            gone = await people.skills.show(actor, chance.choice(skills).id)
            for user in gone.users:
                await people.skills.unassign(actor, gone.skill.id, users=[user.id])
            await people.skills.remove(actor, gone.skill.id)
        case 4:
            await people.users.add(actor, login=f"agent{number}", type="human", roles=("Agent",))
        case _:
            await people.skills.add(actor, name=f"skill {number}")


async def test_nobody_can_spoil_what_is_kept(database: engine.Database, people: Directory) -> None:
    """Each who asks has a list of their own."""
    await people.skills.add(ACTORS["1"], name="Billing")
    store = admin.AdminStore(database)
    found = await store.read(lambda rows: rows.find(Skill, account="1"))
    found.clear()
    (kept,) = await store.read(lambda rows: rows.find(Skill, account="1"))
    assert kept.name == "Billing"


def test_a_limited_number_of_lists_is_kept() -> None:
    """Those used least are forgotten; a list of another moment is none."""
    kept = whole.Kept()
    for number in range(whole.KEPT + 1):
        kept.put((User, str(number)), (number,), at=7)
    assert kept.get((User, "0"), at=7) is None
    assert kept.get((User, "1"), at=7) == (1,)
    assert kept.get((User, "1"), at=8) is None


def test_every_kept_kind_is_logged_whenever_it_changes() -> None:
    """Else nobody would notice."""
    assert all(unit.KINDS[kind].noun and not unit.KINDS[kind].only for kind in whole.KINDS)
