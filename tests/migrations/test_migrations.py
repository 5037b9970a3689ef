"""The migrations lead from an empty database to the tables that the statements expect."""

import random
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from alembic import autogenerate, command, config, script
from alembic.migration import MigrationContext

from contracts import usage_cases
from orchestrator.adapters.storage import (
    columns,
    dialect,
    engine,
    postgresql,
    routing,
    schema,
    tables,
)
from orchestrator.adapters.storage.migrations.versions import m0017_usage_counts
from orchestrator.adapters.storage.tables import shapes
from orchestrator.core.model import errors
from orchestrator.testing.clock import START
from running import postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_place(request, tmp_path):
    """Where there is no schema yet: no file, or an empty database."""
    if request.param == "sqlite":
        yield tmp_path / "orchestrator.db"
        return
    server = request.getfixturevalue("postgres_server")
    url = server.create()
    yield url
    server.drop(url)


def settings_on(connection):
    settings = config.Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings


def raw_engine(place):
    """Return an engine whose connections take no lock of ours."""
    if isinstance(place, Path):
        return sqlalchemy.create_engine(f"sqlite:///{place}")
    return dialect.of(place)._plain_engine("write")


def migrate(place, revision):
    """Leave a database of ours at ``revision``."""
    made = raw_engine(place)
    with made.begin() as connection:
        command.upgrade(settings_on(connection), revision)
        if isinstance(place, Path):
            connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
        else:
            mark = f"COMMENT ON TABLE alembic_version IS '{postgresql.MARK}'"
            connection.exec_driver_sql(mark)
    made.dispose()


def reflected(connection):
    found = sqlalchemy.MetaData()
    found.reflect(connection)
    return {name: it for name, it in found.tables.items() if name != "alembic_version"}


def fill(place):
    """Put three rows into every table; return what is there now, by table."""
    made = raw_engine(place)
    with made.begin() as connection:
        stored = {}
        for name, table in reflected(connection).items():
            for number in range(1, 4):
                row = {column.name: value(column, number) for column in table.columns}
                connection.execute(table.insert(), row)
            stored[name] = rows_of(connection, table, table.columns.keys())
    made.dispose()
    return stored


def value(column, number):
    match column.type._type_affinity.__name__:
        case "Integer" | "BigInteger" | "Float" | "Numeric":
            return number * 1000
        case "Boolean":
            return number % 2 == 0
        case "LargeBinary" | "_Binary":
            return b"\x00\xff" + bytes([number])
        case _:
            return f"{column.name} “{number}” ä"


def rows_of(connection, table, names):
    found = connection.execute(sqlalchemy.select(*(table.c[name] for name in names)))
    return sorted([tuple(row) for row in found], key=repr)


def test_head_and_known_are_what_the_folder_holds():
    """The constants that spare loading Alembic on every start are true."""
    settings = config.Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    found = script.ScriptDirectory.from_config(settings)
    assert found.get_heads() == [schema.HEAD]
    assert {revision.revision for revision in found.walk_revisions()} == schema.KNOWN


def test_migrated_tables_are_the_declared_ones(empty_place):
    """From empty to head, nothing is left to change: columns, keys, indices."""
    dialect.of(empty_place).prepare()

    def other_type(_context, _inspected, _declared, inspected_type, declared_type):
        implied = declared_type
        if isinstance(declared_type, columns.Moment | columns.Json | columns.Words):
            implied = declared_type.impl_instance
        if implied is shapes.COUNTER and isinstance(empty_place, str):
            return not isinstance(inspected_type, sqlalchemy.BigInteger)
        return inspected_type._type_affinity is not implied._type_affinity

    made = raw_engine(empty_place)
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": other_type})
        assert autogenerate.compare_metadata(context, tables.metadata) == []
        wanted = {
            index.name: str(sqlalchemy.schema.CreateIndex(index).compile(connection))
            for table in tables.metadata.tables.values()
            for index in table.indexes
        }
        assert {name: plain(sql) for name, sql in indices(connection)} == {
            name: plain(sql) for name, sql in wanted.items()
        }
    made.dispose()


def indices(connection):
    if connection.dialect.name == "sqlite":
        return connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL"
        ).all()
    return connection.exec_driver_sql(
        "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
        " AND indexname NOT LIKE '%%_pk%%'"
    ).all()


def plain(sql):
    """Return a statement without quotes, brackets and what PostgreSQL says by itself."""
    for word in ("public.", "USING btree ", "::text", '"', "(", ")"):
        sql = sql.replace(word, "")
    return re.sub(r"\s*,\s*", ",", " ".join(sql.split()))


RELEASED = sorted(schema.KNOWN)
ENDS = {RELEASED[0], *RELEASED[-3:]}
"""With PostgreSQL, which takes its time, `make test` comes forward from these alone."""


@pytest.mark.parametrize(
    ("empty_place", "revision"),
    [
        *(("sqlite", each) for each in RELEASED),
        *(
            pytest.param("postgresql", each, marks=() if each in ENDS else pytest.mark.thorough)
            for each in RELEASED
        ),
    ],
    indirect=["empty_place"],
)
def test_every_released_schema_comes_forward(empty_place, revision):
    """A database left at any migration is brought to the newest; every row keeps every value."""
    migrate(empty_place, revision)
    before = fill(empty_place)
    dialect.of(empty_place).prepare()
    made = raw_engine(empty_place)
    with made.connect() as connection:
        version = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()
        assert version == schema.HEAD
        now = reflected(connection)
        width = {name: len(rows[0]) for name, rows in before.items()}
        for name, rows in before.items():
            names = now[name].columns.keys()[: width[name]]  # what is new comes behind
            assert rows_of(connection, now[name], names) == rows, name
    made.dispose()


def test_of_several_waiting_rings_the_newest_stays(empty_place):
    """Rings of which there may be one only are resolved before that becomes a rule."""
    migrate(empty_place, "0004")
    made = raw_engine(empty_place)
    with made.begin() as connection:
        rings = reflected(connection)["rings"]
        for ring, conversation, state, at in (
            ("r1", "c1", "WAITING", 1),
            ("r2", "c1", "WAITING", 2),
            ("r3", "c1", "WAITING", 2),
            ("r4", "c1", "REJECTED", 3),
            ("r5", "c2", "WAITING", 1),
        ):
            connection.execute(
                rings.insert(),
                {
                    "account": "1",
                    "ring_id": ring,
                    "conversation_id": conversation,
                    "skill_id": "s",
                    "user_id": "u",
                    "state": state,
                    "created_at": at,
                    "expires_at": at + 30,
                },
            )
    dialect.of(empty_place).prepare()
    with made.begin() as connection:
        found = dict(connection.execute(sqlalchemy.select(rings.c.ring_id, rings.c.state)).all())
        assert found == {
            "r1": "CANCELLED",
            "r2": "CANCELLED",
            "r3": "WAITING",
            "r4": "REJECTED",
            "r5": "WAITING",
        }
    made.dispose()


async def test_decisions_of_before_are_counted(empty_place, tmp_path, monkeypatch):
    """In portions, as they would have been when they were made."""
    monkeypatch.setattr(m0017_usage_counts, "AT_ONCE", 7)
    chance = random.Random(3)  # noqa: S311 - a test's chance, the same each time
    hours = (START + timedelta(hours=number) for number in range(40))
    cases = [usage_cases.case(number, chance, at=at) for number, at in enumerate(hours)]
    now = tmp_path / "now.db"
    database = await engine.Database.open(now)
    await usage_cases.keep(routing.Records(database), map(usage_cases.of_before, cases))
    await database.close()
    migrate(empty_place, "0016")
    copy(now, empty_place, ("claims", "decisions"))
    dialect.of(empty_place).prepare()
    for name in ("usage_counts", "function_uses", "decisions"):
        assert stored(empty_place, name) == stored(now, name)
    assert len(stored(now, "usage_counts")) > 100


def copy(source, target, names):
    """Copy what both have of these tables."""
    given, taken = raw_engine(source), raw_engine(target)
    with given.connect() as reading, taken.begin() as writing:
        for name in names:
            old, new = reflected(reading)[name], reflected(writing)[name]
            shared = [old.c[column] for column in new.columns.keys()]  # noqa: SIM118 - columns, not a dict
            rows = [row._asdict() for row in reading.execute(sqlalchemy.select(*shared))]
            writing.execute(new.insert(), rows)
    given.dispose()
    taken.dispose()


def stored(place, name):
    made = raw_engine(place)
    with made.connect() as connection:
        table = reflected(connection)[name]
        found = rows_of(connection, table, sorted(table.columns.keys()))
    made.dispose()
    return found


async def test_opening_again_changes_nothing(empty_place):
    """The second opening finds the schema there."""
    for _ in range(2):
        database = await engine.Database.open(empty_place)
        await database.close()
    if isinstance(empty_place, Path):
        assert empty_place.stat().st_mode & 0o777 == 0o600


def test_processes_that_open_at_once_agree(empty_place):
    """Several first openings at the same time all succeed, and one of them migrates."""
    code = (
        "import sys; from pathlib import Path; from orchestrator.adapters.storage import dialect; "
        "place = sys.argv[1]; "
        "dialect.of(place if '://' in place else Path(place)).prepare(); "
        "print('alembic' in sys.modules)"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(empty_place)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]
    ended = [(process.communicate(), process.returncode) for process in started]
    assert sorted(ended) == [((b"False\n", b""), 0)] * 2 + [((b"True\n", b""), 0)]


async def test_a_newer_schema_is_refused_in_words(place):
    """An older program says what to do instead of failing on the first statement."""
    dialect.of(place).prepare()
    made = raw_engine(place)
    with made.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num='9999'")
    try:
        with pytest.raises(errors.Conflict, match=r"newer version.*9999.*Update the program"):
            await engine.Database.open(place)
    finally:
        with made.begin() as connection:
            back = sqlalchemy.text("UPDATE alembic_version SET version_num = :head")
            connection.execute(back, {"head": schema.HEAD})
        made.dispose()


async def test_a_strangers_file_is_refused_and_left_alone(tmp_path):
    """Neither text nor another program's database is written to."""
    path = tmp_path / "orchestrator.db"
    path.write_bytes(b"precious" * 200)
    with pytest.raises(errors.Conflict, match="not a database of"):
        await engine.Database.open(path)
    assert path.read_bytes() == b"precious" * 200


@pytest.mark.parametrize(
    "theirs",
    [
        "CREATE TABLE precious (id int)",
        "CREATE VIEW precious AS SELECT 1 AS id",
        "CREATE TABLE alembic_version AS SELECT '0001' AS version_num",
    ],
)
async def test_a_strangers_database_is_refused_and_left_alone(postgres_server, theirs):
    """A database in which there is anything of another program's is not ours to use."""
    url = postgres_server.create()
    name = postgres.name_of(url)
    postgres_server.execute(theirs, database=name)
    with pytest.raises(errors.Conflict, match=r"tables that are not .*an empty database"):
        await engine.Database.open(url)
    left = postgres_server.execute(
        "SELECT count(*) FROM pg_class WHERE relnamespace = 'public'::regnamespace", database=name
    )
    assert left == [(1,)]
    postgres_server.drop(url)


async def test_what_an_extension_brings_is_nobodys(postgres_server):
    """A database in which the operator has put an extension is empty all the same."""
    url = postgres_server.create()
    name = postgres.name_of(url)
    postgres_server.execute("CREATE EXTENSION pg_stat_statements", database=name)
    await (await engine.Database.open(url)).close()
    postgres_server.drop(url)


async def test_an_encoding_that_loses_characters_is_refused(postgres_server):
    """Every language must fit; the message says how to make a database where it does."""
    postgres_server.execute("CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0")
    with pytest.raises(errors.Conflict, match=r"LATIN1.*ENCODING 'UTF8'"):
        await engine.Database.open(postgres_server.url("latin"))


async def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """The disk's refusal comes with the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.Unavailable, match=r"orchestrator\.db"):
        await engine.Database.open(tmp_path / "file" / "orchestrator.db")
