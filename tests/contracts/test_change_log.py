"""Every change of the directory writes one line, in the same unit of work, without secrets."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from orchestrator.adapters.storage import directory as rows
from orchestrator.adapters.storage import engine
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import (
    BotConfig,
    BotState,
    LoginKey,
    LoginSession,
    Password,
    Skill,
    SkillAssignment,
)

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ACTOR = access.operator("1")
SKILL = Skill("1", "3001", "Billing", NOW)


@pytest.fixture
async def database(place):
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


async def test_the_life_of_a_thing(database):
    """Added, changed and removed: three lines with what was before and after, and who did it."""
    store = rows.DirectoryStore(database)
    renamed = msgspec.structs.replace(SKILL, name="Sales")
    await store.write(ACTOR, NOW, lambda unit: unit.add(SKILL))
    await store.write(ACTOR, NOW, lambda unit: unit.replace(SKILL))  # nothing differs
    await store.write(ACTOR, NOW, lambda unit: unit.replace(renamed))
    await store.write(ACTOR, NOW, lambda unit: unit.remove(renamed))
    lines = await database.changes_since(0)
    assert [line.sequence for line in lines] == [1, 2, 3]
    assert {(line.account, line.who, line.at, line.noun, line.id) for line in lines} == {
        ("1", "operator", NOW, "skills", "3001")
    }
    names = [
        (line.before and line.before["name"], line.after and line.after["name"]) for line in lines
    ]
    assert names == [(None, "Billing"), ("Billing", "Sales"), ("Sales", None)]


async def test_a_failed_unit_leaves_no_line(database):
    """The line shares the fate of the change."""

    def fails(unit):
        unit.add(SKILL)
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        await rows.DirectoryStore(database).write(ACTOR, NOW, fails)
    assert list(await database.changes_since(0)) == []


async def test_lines_hold_no_secret(database):
    """Neither hashes nor sealed values are written into the log."""
    records = [
        Password("1", "1001", "PRIVATE", NOW),
        LoginKey("1", "app", "1001", b"PRIVATE", "PRIVATE", b"PRIVATE", NOW),
        BotConfig("1", "bot", b"PRIVATE", NOW),
    ]
    session = LoginSession("s1", "1", "1001", "PRIVATE1", "PRIVATE2", "PRIVATE3", NOW, NOW, NOW)

    def work(unit):
        for record in records:
            unit.add(record)
        unit.add(session)
        unit.replace(msgspec.structs.replace(session, ended_at=NOW))

    await rows.DirectoryStore(database).write(ACTOR, NOW, work)
    lines = await database.changes_since(0)
    assert [line.noun for line in lines] == [
        "passwords",
        "login-keys",
        "bot-config",
        "login-sessions",
    ]
    assert b"PRIVATE" not in msgspec.json.encode(lines)


async def test_news_is_not_logged(database):
    """Logins, refreshes and the bot's state are no decisions; the end of a session is."""
    session = LoginSession("s1", "1", "1001", "b", "c", "k", NOW, NOW, NOW)
    later = msgspec.structs.replace(session, expires_at=NOW + timedelta(hours=1))
    ended = msgspec.structs.replace(later, ended_at=NOW)

    def work(unit):
        unit.add(BotState("1", "online", "", NOW))
        unit.add(session)
        unit.replace(later)
        unit.replace(ended)

    await rows.DirectoryStore(database).write(ACTOR, NOW, work)
    assert [(line.noun, line.id) for line in await database.changes_since(0)] == [
        ("login-sessions", "s1")
    ]


async def test_an_assignment_is_named_by_both_its_ends(database):
    """The id of the line says which skill and which user."""
    one = SkillAssignment("1", "3001", "1001")
    await rows.DirectoryStore(database).write(ACTOR, NOW, lambda unit: unit.add(one))
    assert [line.id for line in await database.changes_since(0)] == ["3001:1001"]


async def test_old_sessions_are_pruned_in_batches(database):
    """Only sessions that expired before the given moment go, at most so many at once."""
    store = rows.DirectoryStore(database)

    def work(unit):
        for number in range(5):
            tokens = (f"b{number}", f"c{number}", f"k{number}")
            ends = NOW + timedelta(hours=number)
            unit.add(LoginSession(f"s{number}", "1", "1001", *tokens, NOW, NOW, ends))

    await store.write(ACTOR, NOW, work)
    before = NOW + timedelta(hours=3)
    assert await store.prune_sessions(before, limit=2) == 2
    assert await store.prune_sessions(before, limit=2) == 1
    left = await store.read(lambda unit: unit.find(LoginSession))
    assert sorted(session.id for session in left) == ["s3", "s4"]
