"""docs/howto/external-bot.md says what is true: its policy, its bot as it stands, its answers."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest

from running import api, inside, server, wire

PAGE = (Path(__file__).parents[2] / "docs/howto/external-bot.md").read_text("utf-8")
BOT = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]
POLICY = re.search(r"```yaml[^\n]*\n(.*?)```", PAGE, re.DOTALL)[1]
EXCHANGES = re.findall(r"^POST /  (\{.*\})\n→ +(\{.*\})$", PAGE, re.MULTILINE)


@pytest.fixture
def webhook(
    shared_server: server.Server, account_ids: Iterator[int], tmp_path: Path
) -> Iterator[str]:
    """The bot of the page, running on an account that was set up as the page says."""
    account = str(next(account_ids))
    asyncio.run(api.settled(shared_server.data, account))
    orchestrator = inside.Inside(shared_server.data, account)
    orchestrator("skills", "add", "Billing")
    (tmp_path / "bot.yaml").write_text(POLICY, "utf-8")
    orchestrator("policies", "load", str(tmp_path / "bot.yaml"))
    key = orchestrator("keys", "add", "My bot", "--scopes", "context,decide")["apiKey"]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "bot.py").write_text(BOT, "utf-8")
    bot = subprocess.Popen(
        [sys.executable, tmp_path / "bot.py"],
        env={
            **os.environ,
            "ORCHESTRATOR_URL": shared_server.https,
            "ORCHESTRATOR_CA": str(shared_server.ca),
            "ORCHESTRATOR_ACCOUNT": account,
            "ORCHESTRATOR_API_KEY": key,
            "PORT": str(port),
        },
        stderr=subprocess.DEVNULL,
    )
    yield f"http://127.0.0.1:{port}/"
    bot.terminate()
    bot.wait(timeout=wire.PATIENCE)


def _asked(webhook: str, said: object) -> object:
    """Post to the bot, which may still be starting: a refused connection is tried again."""
    with httpx2.Client(
        trust_env=False,
        timeout=wire.PATIENCE,
        transport=httpx2.HTTPTransport(retries=8),  # with growing pauses: half a minute in all
    ) as http:
        return http.post(webhook, json=said).json()


def test_the_bot_answers_as_the_page_says(webhook: str) -> None:
    """What was written steers what is done, for each conversation by itself."""
    assert len(EXCHANGES) == 2
    for said, answered in EXCHANGES:
        assert _asked(webhook, json.loads(said)) == json.loads(answered)


def test_the_bot_is_as_short_as_the_page_says() -> None:
    """Forty lines, blank ones apart."""
    assert "Forty lines" in PAGE
    assert len([line for line in BOT.splitlines() if line.strip()]) <= 40
