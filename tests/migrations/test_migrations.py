"""The migrations lead from an empty file to the tables that the statements expect."""

import sqlite3
import subprocess
import sys

import pytest
import sqlalchemy
from alembic import autogenerate, config, script
from alembic.migration import MigrationContext

from orchestrator.adapters.storage import columns, engine, schema, tables
from orchestrator.core.model import errors


def scripts():
    settings = config.Config()
    settings.set_main_option("script_location", str(schema.MIGRATIONS))
    return script.ScriptDirectory.from_config(settings)


def test_head_and_known_are_what_the_folder_holds():
    """The constants that spare loading Alembic on every start are true."""
    found = scripts()
    assert found.get_heads() == [schema.HEAD]
    assert {revision.revision for revision in found.walk_revisions()} == schema.KNOWN


def test_migrated_tables_are_the_declared_ones(tmp_path):
    """From empty to head, nothing is left to change: columns, keys, indices."""
    path = tmp_path / "orchestrator.db"
    schema.prepare(path)

    def same_type(_context, _inspected, _declared, inspected_type, declared_type):
        implied = declared_type
        if isinstance(declared_type, columns.Moment | columns.Json | columns.Words):
            implied = declared_type.impl_instance
        return inspected_type._type_affinity is not implied._type_affinity

    made = sqlalchemy.create_engine(f"sqlite:///{path}")
    with made.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": same_type})
        assert autogenerate.compare_metadata(context, tables.metadata) == []
        declared = sqlalchemy.create_mock_engine("sqlite://", lambda *_: None)
        wanted = {
            (index.name, str(sqlalchemy.schema.CreateIndex(index).compile(declared)))
            for table in tables.metadata.tables.values()
            for index in table.indexes
        }
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE type='index' AND sql IS NOT NULL"
        )
        assert {(name, _plain(sql)) for name, sql in rows} == {
            (name, _plain(sql)) for name, sql in wanted
        }
    made.dispose()


def _plain(sql):
    return " ".join(sql.replace('"', "").split())


@pytest.mark.parametrize("revision", sorted(schema.KNOWN))
def test_every_released_schema_comes_forward(tmp_path, revision):
    """A file left at any migration is brought to the newest, and its rows stay."""
    path = tmp_path / "orchestrator.db"
    made = sqlalchemy.create_engine(f"sqlite:///{path}")
    with made.connect() as connection:
        settings = config.Config()
        settings.set_main_option("script_location", str(schema.MIGRATIONS))
        settings.attributes["connection"] = connection
        from alembic import command

        command.upgrade(settings, revision)
        connection.exec_driver_sql(f"PRAGMA application_id={schema.APPLICATION_ID}")
        connection.exec_driver_sql("INSERT INTO sequences VALUES ('1', 'users', 1007)")
        connection.commit()
    made.dispose()
    schema.prepare(path)
    assert schema.check(path) == schema.HEAD
    kept = sqlite3.connect(path)
    assert kept.execute("SELECT newest FROM sequences").fetchall() == [(1007,)]
    kept.close()


async def test_opening_again_changes_nothing(tmp_path):
    """The second opening finds the schema there."""
    for _ in range(2):
        database = await engine.Database.open(tmp_path / "orchestrator.db")
        await database.close()
    assert (tmp_path / "orchestrator.db").stat().st_mode & 0o777 == 0o600


def test_processes_that_open_at_once_agree(tmp_path):
    """Several first openings at the same time all succeed."""
    code = (
        "import sys; from pathlib import Path; from orchestrator.adapters.storage import schema; "
        "schema.prepare(Path(sys.argv[1]))"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "orchestrator.db")], stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    ended = [(process.communicate()[1], process.returncode) for process in started]
    assert ended == [(b"", 0)] * 3


async def test_a_newer_schema_is_refused_in_words(tmp_path):
    """An older program says what to do instead of failing on the first statement."""
    path = tmp_path / "orchestrator.db"
    schema.prepare(path)
    connection = sqlite3.connect(path)
    connection.execute("UPDATE alembic_version SET version_num='9999'")
    connection.commit()
    connection.close()
    with pytest.raises(errors.Conflict, match=r"newer version.*9999.*Update the program"):
        await engine.Database.open(path)


async def test_a_strangers_file_is_refused_and_left_alone(tmp_path):
    """Neither text nor another program's database is written to."""
    path = tmp_path / "orchestrator.db"
    path.write_bytes(b"precious" * 200)
    with pytest.raises(errors.Conflict, match="not a database of"):
        await engine.Database.open(path)
    assert path.read_bytes() == b"precious" * 200


async def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    """The disk's refusal comes with the path."""
    (tmp_path / "file").write_text("")
    with pytest.raises(errors.Unavailable, match=r"orchestrator\.db"):
        await engine.Database.open(tmp_path / "file" / "orchestrator.db")
