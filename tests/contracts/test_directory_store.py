"""What the directory may rely on, whichever store it is given."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from orchestrator.adapters.storage import directory as rows
from orchestrator.adapters.storage import engine, unit
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import (
    Account,
    AgentGroup,
    ApiKey,
    BotConfig,
    BotState,
    Campaign,
    Connector,
    Details,
    Engagement,
    LoginKey,
    LoginSession,
    Password,
    Profile,
    SignInLink,
    Skill,
    SkillAssignment,
    TokenClient,
    User,
)
from orchestrator.services.directory import ports
from orchestrator.testing import directory as memory

NOW = datetime(2026, 1, 5, 9, 0, 0, 123000, tzinfo=UTC)
ACTOR = access.operator("1")

ENTRIES = ((1, None), (2, "billing"))
RECORDS = [
    Account("1", NOW, "3001", session_hours=0.5),
    User("1", "1001", "a-pid", "ann", "human", ("Agent", "Viewer"), NOW, 0, "Ann", enabled=False),
    User("1", "1002", "b-pid", "bot", "bot", (), NOW, None),
    Password("1", "1001", "$argon2id$…", NOW),
    SignInLink("1", "1001", "https://id.example", "a-subject", NOW),
    LoginKey("1", "app", "1002", b"\x00sealed", "hash", b"\xffsealed", NOW, NOW),
    LoginSession("s1", "1", "1001", "b", "c", "k", NOW, NOW, NOW + timedelta(hours=8)),
    Skill("1", "3001", "maven:Billing", NOW, "", "3002", "Support hours"),
    SkillAssignment("1", "3001", "1001"),
    Campaign("1", "5001", "Web", NOW),
    Engagement("1", "7001", "5001", "Häuser & “Co”", "3001", NOW, None),
    Profile("1", "9001", "Night shift", "Agent", NOW, "After ten"),
    AgentGroup("1", "8001", "Team A", NOW, "", None, enabled=False),
    Details("1", "users", "1001", {"nickname": "Annie", "lobIds": [1], "pictureUrl": None}),
    TokenClient("1", "c0ffee", "reporting", "hash", ("users.read",), NOW, NOW),
    ApiKey("1", "a1b2", "key", "CRM", "hash", ("context",), NOW, 600, "c3d4", NOW),
    Connector("1", "6001", "Web shop", "https://shop.example", '{"keys":[]}', NOW, None),
    BotConfig("1", "bot", b"sealed", NOW, "localhost:8443"),
    BotState("1", "online", "", NOW),
]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def store(request, tmp_path):
    if request.param == "memory":
        yield memory.MemoryDirectory()
        return
    place = tmp_path / "orchestrator.db"
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    database = await engine.Database.open(place)
    yield rows.DirectoryStore(database)
    await database.close()


def put(*records):
    def work(unit):
        for record in records:
            unit.add(record)

    return work


def test_every_kind_is_tried():
    """A new kind of record cannot be forgotten here."""
    assert {type(record) for record in RECORDS} == set(ports.KEYS)


async def test_records_come_back_equal(store):
    """Every field of every kind survives, types and all."""
    await store.write(ACTOR, NOW, put(*RECORDS))
    for kind in ports.KEYS:
        wanted = [record for record in RECORDS if isinstance(record, kind)]
        found = await store.read(lambda look, kind=kind: look.find(kind))
        assert sorted(found, key=repr) == sorted(wanted, key=repr)


async def test_find_takes_any_fields_and_none(store):
    """Fields are compared by value; None finds what is not set."""
    await store.write(ACTOR, NOW, put(*RECORDS))

    def look(unit):
        return (
            [user.id for user in unit.find(User, account="1", login="bot")],
            [user.id for user in unit.find(User, max_chats=None)],
            [user.id for user in unit.find(User, enabled=False)],
            unit.find(User, account="2"),
            [session.id for session in unit.find(LoginSession, ended_at=None)],
        )

    assert await store.read(look) == (["1002"], ["1002"], ["1001"], [], ["s1"])


async def test_replace_and_remove_touch_one_record(store):
    """Other records of the kind, and of other accounts, stay as they are."""
    skills = [Skill(account, "3001", "Billing", NOW) for account in ("1", "2")]
    await store.write(ACTOR, NOW, put(*skills))
    renamed = msgspec.structs.replace(skills[0], name="Sales")
    await store.write(ACTOR, NOW, lambda unit: unit.replace(renamed))
    found = await store.read(lambda unit: unit.find(Skill))
    assert sorted(found, key=repr) == sorted([renamed, skills[1]], key=repr)
    await store.write(ACTOR, NOW, lambda unit: unit.remove(renamed))
    assert await store.read(lambda unit: unit.find(Skill)) == [skills[1]]


async def test_a_unit_happens_whole_or_not_at_all(store):
    """An error undoes the records and the ids that the unit took."""

    def fails(unit):
        unit.add(Skill("1", unit.next_id("1", "skills"), "Billing", NOW))
        raise errors.Conflict("no")

    with pytest.raises(errors.Conflict):
        await store.write(ACTOR, NOW, fails)
    assert await store.read(lambda unit: unit.find(Skill)) == []


async def test_a_unit_sees_its_own_changes(store):
    """Rows added in a unit are found in it."""

    def work(unit):
        unit.add(Campaign("1", "5001", "Web", unit.now))
        return unit.find(Campaign, account="1", name="Web")

    assert len(await store.write(ACTOR, NOW, work)) == 1


async def test_ids_are_never_given_twice(store):
    """Each account and noun has its own sequence, which removal does not turn back."""

    async def take(account, noun):
        return await store.write(ACTOR, NOW, lambda unit: unit.next_id(account, noun))

    assert [await take("1", "users"), await take("1", "users")] == ["1001", "1002"]
    assert [await take("2", "users"), await take("1", "skills")] == ["1001", "3001"]
    taken = await asyncio.gather(*(take("1", "skills") for _ in range(50)))
    assert sorted(taken) == [str(number) for number in range(3002, 3052)]


async def test_the_moment_is_what_will_be_read_back(store):
    """``now`` is cut to the millisecond, so that a record equals itself when read again."""
    at = NOW + timedelta(microseconds=456)
    moment = await store.write(ACTOR, at, lambda unit: unit.now)
    assert moment == NOW


async def test_the_revision_moves_with_the_configuration_alone(store):
    """Every change of what administrators configure moves it; logins and other accounts do not."""
    assert await store.read(lambda rows: rows.revision("1")) == 0
    await store.write(ACTOR, NOW, put(Account("1", NOW)))
    seen = [await store.read(lambda rows: rows.revision("1"))]

    async def moved(work):
        await store.write(ACTOR, NOW, work)
        seen.append(await store.read(lambda rows: rows.revision("1")))

    skill = Skill("1", "3001", "Billing", NOW)
    await moved(put(skill))
    await moved(lambda unit: unit.replace(msgspec.structs.replace(skill, name="Sales")))
    await moved(put(SkillAssignment("1", "3001", "1001")))
    await moved(lambda unit: unit.remove(skill))
    assert seen == sorted(set(seen))
    newest = seen[-1]
    await moved(put(LoginSession("s", "1", "1001", "b", "c", "k", NOW, NOW, NOW)))
    await store.write(access.operator("2"), NOW, put(Skill("2", "3001", "Billing", NOW)))
    assert await store.read(lambda rows: rows.revision("1")) == newest
    assert await store.read(lambda rows: rows.revision("2")) != newest


async def test_when_things_changed_and_what_is_gone(store):
    """Both are known by id, of this kind and account alone."""
    later = NOW + timedelta(hours=1)
    skills = [Skill("1", f"300{n}", f"Skill {n}", NOW) for n in (1, 2, 3)]
    await store.write(ACTOR, NOW, put(*skills, Campaign("1", "5001", "Web", NOW)))
    await store.write(ACTOR, later, lambda unit: unit.remove(skills[0]))
    renamed = msgspec.structs.replace(skills[1], name="Renamed")
    await store.write(ACTOR, later, lambda unit: unit.replace(renamed))
    await store.write(ACTOR, later, lambda unit: unit.replace(renamed))  # nothing changes

    def look(rows):
        return rows.changed(Skill, account="1"), rows.removed(Skill, account="1")

    changed, gone = await store.read(look)
    assert changed == {"3001": later, "3002": later, "3003": NOW}
    one = await store.read(lambda rows: rows.changed(Skill, account="1", only="3002"))
    assert one == {"3002": later}
    assert {key: before["name"] for key, before in gone.items()} == {"3001": "Skill 1"}


async def test_the_log_names_the_configuration_as_the_ports_do():
    """The nouns by which the revision is found are those under which the lines are written."""
    assert {kind: unit.KINDS[kind].noun for kind in ports.CONFIGURATION} == ports.CONFIGURATION


async def test_lists_are_searched_and_cut_by_the_store(store):
    """Neither the search nor the order regards case, and no character of it is a pattern.

    Of letters beyond ASCII a PostgreSQL database knows the case if its locale does.
    """
    names = ("ÁLVARO", "bea_1", "beax1", "Cem", "álvaro2")
    made = [
        User("1", f"100{n}", f"pid-{n}", login, "human", (), NOW, 0, f"No. {n} 100%")
        for n, login in enumerate(names)
    ]
    await store.write(ACTOR, NOW, put(*made, Skill("1", "3001", "Billing", NOW)))
    await store.write(
        access.operator("2"), NOW, put(User("2", "1", "other", "bea", "human", (), NOW, 0))
    )

    async def sheet(search="", skip=0, limit=10):
        def work(rows):
            return rows.sheet(User, "1", search=search, skip=skip, limit=limit)

        found = await store.read(work)
        return [user.login for user in found.rows], found.found, found.total

    assert await sheet() == (["bea_1", "beax1", "Cem", "ÁLVARO", "álvaro2"], 5, 5)
    assert await sheet(skip=1, limit=2) == (["beax1", "Cem"], 5, 5)
    assert await sheet("BEA_") == (["bea_1"], 1, 5)
    assert await sheet("LVARO") == (["ÁLVARO", "álvaro2"], 2, 5)
    assert await sheet("3 100%") == (["Cem"], 1, 5)
    assert await sheet("/") == ([], 0, 5)
    assert await sheet(skip=50) == ([], 5, 5)
    ways = [
        Engagement("1", f"700{n}", "5001", f"Way {n}", "3001", NOW, word) for n, word in ENTRIES
    ]
    await store.write(ACTOR, NOW, put(Campaign("1", "5001", "Web", NOW), *ways))
    found = await store.read(
        lambda rows: [
            [each.name for each in rows.sheet(kind, "1", search="BILL", skip=0, limit=9).rows]
            for kind in (Campaign, Engagement)
        ]
    )
    assert found == [[], ["Way 2"]]
    empty = [Campaign("1", f"500{n}", name, NOW) for n, name in ((2, "alone"), (3, "Zoo"))]
    await store.write(ACTOR, NOW, put(*empty, Campaign("2", "5001", "Web", NOW)))

    async def ways_in(search="", skip=0, limit=10):
        found = await store.read(
            lambda rows: rows.ways_in("1", search=search, skip=skip, limit=limit)
        )
        names = [(way.campaign.name, way.engagement and way.engagement.name) for way in found.rows]
        return names, found.found, found.total

    every = [("alone", None), ("Web", "Way 1"), ("Web", "Way 2"), ("Zoo", None)]
    assert await ways_in() == (every, 4, 4)
    assert await ways_in("web") == (every[1:3], 2, 4)
    assert await ways_in("BILLING") == ([every[2]], 1, 4)
    assert await ways_in("y 1", skip=1) == ([], 1, 4)
    assert await ways_in(skip=2, limit=1) == ([every[2]], 4, 4)
    skills = await store.read(lambda rows: rows.sheet(Skill, "1", search="ill", skip=0, limit=1))
    assert [skill.name for skill in skills.rows] == ["Billing"]
