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
    plug="k",
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


@pytest.mark.parametrize("width", [40, 80])
def test_what_became_of_the_server_stands_above_the_conversations(width: int) -> None:
    """How to pull its plug; and once somebody has, who was lost by it, however narrow."""
    book = ledger.Ledger([])
    lines = [
        str(each) for each in demo_table.picture(book, SCENE, width=width, height=24).renderables
    ]
    assert "k kills the server: see who is lost"[: width - 3] in "\n".join(lines)
    told = demo_table.picture(book, SCENE, "server killed once", width=width, height=24)
    assert "server killed once; nobody lost" in map(str, told.renderables)
