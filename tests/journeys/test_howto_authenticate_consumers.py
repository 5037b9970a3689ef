"""docs/howto/authenticate-consumers.md says what is true: its commands, and what is signed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestrator.adapters.tokens import consumer_tokens
from orchestrator.core.model.directory import Connector
from orchestrator.testing.clock import START, TurnedClock
from running import inside

PAGE = (Path(__file__).parents[2] / "docs/howto/authenticate-consumers.md").read_text("utf-8")
COMMANDS = [
    line for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL) for line in block.splitlines()
]
SIGNING = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)[1]


@pytest.fixture
def key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def pem(key):
    return key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def test_the_commands_work_in_turn(pem, tmp_path, monkeypatch):
    """Pasted one after another, where the key lies."""
    assert len(COMMANDS) == 4
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ORCHESTRATOR_DATA", str(tmp_path / "data"))
    Path("shop.pem").write_bytes(pem)
    for command in COMMANDS:
        inside.paste(command)


def test_what_the_page_signs_is_believed(key, pem):
    """By the connector that the page adds; its example runs as it stands."""
    space = {"private_key": key}
    exec(SIGNING, space)  # noqa: S102 - the page's own words are what is tested
    keys = consumer_tokens.public_keys(pem.decode())
    connector = Connector("1", "6001", "Web shop", "https://shop.example", keys, START)
    vouched = consumer_tokens.ConsumerTokens(None, None, TurnedClock()).vouched(
        space["token"], connector=connector
    )
    assert vouched.subject == "customer-42"
    assert vouched.sdes[0]["info"]["customerId"] == "42"


def test_the_variable_is_a_setting():
    """The one that says how long tokens are good."""
    [name] = re.findall(r"`(ORCHESTRATOR_DURATIONS__\w+)` seconds", PAGE)
    program = (
        "from orchestrator.serve import settings; print(settings.read({}).durations.consumer_token)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={name: "60", "PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "0:01:00"
