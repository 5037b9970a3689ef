"""What a password costs can be set, down to what OWASP calls the minimum."""

import contextlib
import sqlite3
from pathlib import Path

import pytest

from orchestrator.adapters import passwords
from orchestrator.core.model import access, errors
from orchestrator.serve import office, password_settings, settings


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MEMORY_KIB", "PASSES", "LANES"):
        monkeypatch.delenv(f"ORCHESTRATOR_PASSWORDS__{name}", raising=False)


def _hashing(given: password_settings.PasswordSettings) -> passwords.Argon2Passwords:
    return passwords.Argon2Passwords(passwords.hasher(**given.model_dump()))


async def test_hashes_are_made_as_set_and_older_ones_still_count() -> None:
    """By default as RFC 9106 recommends; what was hashed dearer or cheaper goes on matching."""
    dear = _hashing(settings.read({}).passwords)
    cheap = _hashing(password_settings.LEAST)
    try:
        hashed = await dear.hash("correct horse")
        assert hashed.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
        assert await cheap.matches("correct horse", hashed=hashed)
        assert not await cheap.matches("wrong horse", hashed=hashed)
        hashed = await cheap.hash("correct horse")
        assert hashed.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert await dear.matches("correct horse", hashed=hashed)
    finally:
        dear.close()
        cheap.close()


async def test_the_environment_sets_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A command hashes a new person's password as the environment says."""
    monkeypatch.setenv("ORCHESTRATOR_PASSWORDS__MEMORY_KIB", "20000")
    monkeypatch.setenv("ORCHESTRATOR_PASSWORDS__PASSES", "2")
    chosen = settings.read({"data": tmp_path / "data"})
    assert chosen.passwords == password_settings.PasswordSettings(memory_kib=20_000, passes=2)
    async with office.open(chosen) as desk:
        await desk.directory.users.add(
            access.operator("1"),
            login="ann",
            type="human",
            roles=["Agent"],
            password="correct horse battery",
        )
    with contextlib.closing(sqlite3.connect(chosen.database_file)) as database:
        ((hashed,),) = database.execute("SELECT hash FROM passwords")
    assert hashed.startswith("$argon2id$v=19$m=20000,t=2,p=4$")


@pytest.mark.parametrize(
    ("name", "value"), [("MEMORY_KIB", "1024"), ("PASSES", "1"), ("LANES", "0")]
)
def test_too_little_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """What guesses could afford is not taken, and the variable is named."""
    monkeypatch.setenv(f"ORCHESTRATOR_PASSWORDS__{name}", value)
    with pytest.raises(errors.Problems) as refused:
        settings.read({})
    assert [each.path for each in refused.value.problems] == [f"ORCHESTRATOR_PASSWORDS__{name}"]
