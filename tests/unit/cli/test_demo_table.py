"""The demo's live table holds what a newcomer needs, however narrow the terminal is."""

from pathlib import Path

import pytest

from orchestrator.cli import demo_table
from orchestrator.simulator import ledger

SCENE = demo_table.Scene(
    console="http://127.0.0.1:42279/console",
    password="s4QlQ494HArI",
    data=Path("/var/folders/orchestrator-zncrligx"),
    program=".venv/bin/orchestrator",
    pace="2 arrivals/s",
)


@pytest.mark.parametrize("width", [80, 100, 200])
def test_the_password_can_be_read_whole(width: int) -> None:
    """At the width that terminals open with too; what does not fit behind it is left out whole."""
    group = demo_table.picture(ledger.Ledger([]), SCENE, width=width, height=24)
    lines = [str(line) for line in group.renderables]
    (console,) = (line for line in lines if line.startswith("Console:"))
    assert "login admin  password s4QlQ494HArI" in console
    assert console.endswith("Ctrl-C ends") == (width > 80)
    assert all(len(line) < width for line in lines)
