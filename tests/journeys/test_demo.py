"""The first command of the README does what it says: routes, checks itself, and leaves nothing."""

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import pytest

from running import program

DEMO = (sys.executable, "-m", "orchestrator.cli", "demo")
KEYS = {"conversationId", "entrySkill", "policy", "target", "expectedTarget", "milliseconds"}


def test_demo_to_the_end_prints_every_conversation_where_the_rules_say(tmp_path: Path) -> None:
    """Thirty conversations end as an independent reading of the rules says; stdout is JSON only."""
    done = subprocess.run(
        [*DEMO, "--conversations", "30", "--exit", "--json"],
        capture_output=True,
        cwd=tmp_path,
        env=program.environment({"TMPDIR": str(tmp_path), "ORCHESTRATOR_DATA": "elsewhere"}),
        text=True,
        encoding="utf-8",
        timeout=100,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows: list[dict[str, Any]] = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 30
    assert len({row["conversationId"] for row in rows}) == 30
    assert all(set(row) == KEYS for row in rows)
    assert [row for row in rows if row["target"] != row["expectedTarget"]] == []
    assert all(row["milliseconds"] > 0 for row in rows)
    assert "30 conversations" in done.stderr
    assert list(tmp_path.iterdir()) == [], "the folder of its own is gone, and there is no other"


@pytest.mark.parametrize(
    "word", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.thorough)]
)
def test_demo_ends_cleanly_when_told(tmp_path: Path, word: signal.Signals) -> None:
    """Ctrl-C in the middle: totals, exit 0, no traceback, no server, no folder left behind."""
    running = program.Program(
        [*DEMO, "--json", "--rate", "10"], env={"TMPDIR": str(tmp_path)}, cwd=tmp_path
    )
    running.wait_for(lambda row: row.get("conversationId"), within=60, what="a conversation")
    (folder,) = tmp_path.iterdir()
    server = json.loads((folder / "server.json").read_text())
    os.kill(running.pid, word)
    assert running.finish(within=30) == 0
    assert "Traceback" not in "\n".join(running.errors)
    assert any(" conversations: " in line for line in running.errors)
    assert not folder.exists()
    with pytest.raises(ProcessLookupError):
        os.kill(server["pid"], 0)


def test_demo_never_works_in_a_folder_that_holds_something(tmp_path: Path) -> None:
    """A folder of somebody's data is refused with exit 2 before anything is touched."""
    (tmp_path / "orchestrator.db").write_text("mine")
    done = subprocess.run(
        [*DEMO, "--data", str(tmp_path), "--json"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert json.loads(done.stderr)["errors"][0]["path"] == "--data"
    assert [each.name for each in tmp_path.iterdir()] == ["orchestrator.db"]


def _take_terminal() -> None:
    """Make the terminal on stdin this session's own, as a shell does."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)


def test_who_pulls_the_plug_of_the_demos_server_loses_nobody(tmp_path: Path) -> None:
    """By the key in the live view and by the option: it is started again, customers and agents come
    back, and each conversation ends as it should."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 140, 0, 0))
    ask = [*DEMO, "--conversations", "40", "--exit", "--rate", "8", "--kills", "1"]
    running = subprocess.Popen(
        ask,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        cwd=tmp_path,
        env=program.environment({"TMPDIR": str(tmp_path), "TERM": "xterm"}),
        start_new_session=True,
        preexec_fn=_take_terminal,  # noqa: PLW1509 - this process has no threads that hold locks
    )
    os.close(slave)
    shown = ""
    try:
        with contextlib.suppress(OSError):  # EIO: it has closed the terminal
            while piece := os.read(master, 65536).decode(errors="replace"):
                if "✓" in piece and "✓" not in shown:
                    os.write(master, b"k")
                shown += piece
        assert running.wait(timeout=30) == 0, shown[-3000:]
    finally:
        running.kill()
        running.wait()
        os.close(master)
    assert "back after" in shown
    assert "the server was killed 2 times on the way: nobody lost" in shown
