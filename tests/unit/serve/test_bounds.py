"""Bounds are settings like others, and the page on them says the same."""

from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core.model import errors
from orchestrator.serve import settings
from orchestrator.serve.bounds import Bounds

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "bounds.md"


def test_the_page_shows_every_bound_and_its_default():
    """docs/reference/bounds.md has one row for each."""
    rows = [line for line in PAGE.read_text("utf-8").splitlines() if line.startswith("| `")]
    shown = dict([cell.strip(" `") for cell in row.split("|")[1:3]] for row in rows)
    usual = {
        name: value.total_seconds() if isinstance(value, timedelta) else value
        for name, value in Bounds()
    }
    assert {name: float(default) for name, default in shown.items()} == usual


def test_they_come_from_the_environment(monkeypatch):
    """Durations as seconds."""
    monkeypatch.setenv("ORCHESTRATOR_BOUNDS__STRANGERS", "7")
    monkeypatch.setenv("ORCHESTRATOR_BOUNDS__REQUEST", "2.5")
    given = settings.read({}).bounds
    assert (given.strangers, given.request) == (7, timedelta(seconds=2.5))


@pytest.mark.parametrize("name", ["STRANGERS", "REQUEST"])
def test_a_wrong_bound_is_named(monkeypatch, name):
    """Before anything is opened."""
    monkeypatch.setenv(f"ORCHESTRATOR_BOUNDS__{name}", "many")
    with pytest.raises(errors.Problems, match=f"ORCHESTRATOR_BOUNDS__{name}"):
        settings.read({})
