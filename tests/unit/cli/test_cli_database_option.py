"""What is shown of a database's URL."""

import pytest

from orchestrator.cli import options, report
from orchestrator.core.model import errors
from orchestrator.serve import office, settings


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("postgresql://u:hunter2@db:5432/co", "postgresql://u@db:5432/co"),
        ("postgresql://u:hun%40:ter2@/co?host=%2Frun", "postgresql://u@/co?host=%2Frun"),
        (
            "postgresql://db/co?password=hunter2&sslmode=require",
            "postgresql://db/co?sslmode=require",
        ),
        ("postgresql://db/co", "postgresql://db/co"),
    ],
)
def test_a_password_is_never_in_a_command_to_paste(tmp_path, given, shown):
    """Commands that we suggest have everything of the URL but the password."""
    assert options.without_password(given) == shown
    style: report.Style = "text"
    place = options.Place(tmp_path, "1", style, given)
    assert "ter2" not in place.options()
    assert "ter2" not in repr(place.settings)


@pytest.mark.parametrize("name", ["backup", "restore"])
def test_a_file_is_not_taken_for_a_postgresql_database(tmp_path, name):
    """Who asks for a copy is told of the database's own tools, and nothing is written."""
    chosen = settings.read({"data": tmp_path, "database": "postgresql://u:hunter2@db/co"})
    with pytest.raises(errors.BadInput, match="pg_") as raised:
        getattr(office, name)(chosen, tmp_path / "copy")
    assert "hunter2" not in raised.value.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "url", ["data.db", "mysql://u:hunter2@db", "postgresql://u:%zhunter2@db/co"]
)
async def test_a_wrong_url_is_refused_without_being_repeated(tmp_path, url):
    """The message says what is expected and not what was given."""
    chosen = settings.read({"data": tmp_path, "database": url})
    with pytest.raises(errors.BadInput, match=r"postgresql://user@host") as raised:
        async with office.open(chosen):
            pass
    assert "hunter2" not in raised.value.message
    assert raised.value.__cause__ is None
