"""A database that an older program wrote in real use goes on being used by this one."""

import base64
import json
from collections import Counter
from pathlib import Path

import pytest
import sqlalchemy
from alembic import command, config

from orchestrator.adapters.storage import dialect, postgresql, schema, tables
from orchestrator.serve import office, settings

WRITTEN = json.loads((Path(__file__).parent / "rows_of_0013.json").read_text("utf-8"))
"""Every row after a short life at 0013: a bot and an agent, two loads of policies, a schedule, an
API key, four conversations that were decided and transferred. The key seals nothing else."""

NAMES = ["Reads everything, wants nothing", "To Ann", "Straße 金"]


@pytest.fixture(params=["sqlite", "postgresql"])
def chosen(request, tmp_path):
    """Settings of a database with these rows, still at 0013."""
    given = {"data": tmp_path, "account": "1", "key": WRITTEN["masterKey"]}
    if request.param == "sqlite":
        file = tmp_path / "orchestrator.db"
        write(sqlalchemy.create_engine(f"sqlite:///{file}"))
        yield settings.read(given)
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create()
    write(dialect.of(url)._plain_engine("write"))
    yield settings.read(given | {"database": url})
    server.drop(url)


def write(engine):
    """Make the tables of 0013 and put the rows in."""
    wanted = config.Config()
    wanted.set_main_option("script_location", str(schema.MIGRATIONS))
    with engine.begin() as connection:
        wanted.attributes["connection"] = connection
        command.upgrade(wanted, "0013")
        found = sqlalchemy.MetaData()
        found.reflect(connection)
        for name, rows in WRITTEN["tables"].items():
            table = found.tables[name]
            connection.execute(table.insert(), [typed(table, row) for row in rows])
        if engine.dialect.name == "sqlite":
            connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
        else:
            mark = f"COMMENT ON TABLE alembic_version IS '{postgresql.MARK}'"
            connection.exec_driver_sql(mark)
            connection.exec_driver_sql(
                "SELECT setval(pg_get_serial_sequence('changes', 'sequence'), max(sequence))"
                " FROM changes"
            )
    engine.dispose()


def typed(table, row):
    """Return a row as the driver takes it: bytes were spelled, booleans were numbers."""
    made = {}
    for name, value in row.items():
        if isinstance(value, dict):
            made[name] = base64.b64decode(value["base64"])
        elif isinstance(table.c[name].type, sqlalchemy.Boolean):
            made[name] = bool(value)
        else:
            made[name] = value
    return made


async def test_policies_of_0013_are_edited_on(chosen):
    """The next edits write pages; documents of before stay whole, and numbers go on behind them."""
    async with office.open(chosen) as desk:
        assert await names_of(desk) == NAMES
        assert await names_of(desk, 1) == NAMES[:2]
        saved = await desk.policies.edit(desk.actor, "To Ann", state="disabled")
        assert saved.version == 3
        await desk.policies.remove(desk.actor, NAMES[0])
        assert await names_of(desk) == NAMES[1:]
        assert await names_of(desk, 2) == NAMES
        schedules = await desk.schedules.all(desk.actor)
        assert [each.name for each in schedules] == ["Week"]


async def names_of(desk, number=None):
    """The names of the policies of a version, the newest if none is said."""
    document = await desk.policies.export(desk.actor, number=number)
    return [each["name"] for each in document["policies"]]


async def test_people_and_secrets_of_0013_are_used_on(chosen):
    """Secrets open with the key that they were sealed with; new people get new ids."""
    async with office.open(chosen) as desk:
        bot = await desk.directory.bots.sign_in("1")
        assert bot is not None
        assert {each.login for each in await desk.directory.users.all(desk.actor)} == {"ann", "bot"}
        keys = await desk.directory.api_keys.all(desk.actor)
        assert [each.name for each in keys] == ["Reports"]
        added = await desk.directory.users.add(
            desk.actor, login="otto", type="human", roles=["Agent"]
        )
        assert added.user.id not in {row["id"] for row in WRITTEN["tables"]["users"]}


async def test_conversations_of_0013_are_found_explained_and_counted(chosen):
    """Each is told with its decision; how often a policy matched is what the decisions say."""
    decided = WRITTEN["tables"]["decisions"]
    async with office.open(chosen) as desk:
        listed = await desk.reports.conversations(desk.actor)
        assert len(listed) == len(WRITTEN["tables"]["conversations"])
        for row in listed:
            told = await desk.reports.conversation(desk.actor, row.conversation_id)
            assert len(told.decisions) == 1
            assert told.messages
        hours, counts = tables.policy_hours, tables.usage_counts
        matched = sqlalchemy.select(hours.c.policy_id, sqlalchemy.func.sum(hours.c.matches))
        found = await desk.database.read(
            lambda connection: connection.execute(matched.group_by(hours.c.policy_id)).all()
        )
        wanted = Counter(row["policy_id"] or "" for row in decided)
        assert {policy: int(number) for policy, number in found} == wanted
        flow = sqlalchemy.select(sqlalchemy.func.sum(counts.c.number)).where(
            counts.c.figure == "flow"
        )
        assert await desk.database.read(lambda rows: rows.scalar(flow)) == len(decided)
