"""The commands that mend things, as the doctor writes them for people to paste."""

import re
import shlex
from typing import Final

_COMMAND: Final = re.compile(r"(orchestrator [^|&<]*[^|&<\s])")


def complete(remedy: str, place: str) -> str:
    """Return ``remedy`` with ``place`` (options such as ``--account 2``) in each command."""
    return _COMMAND.sub(lambda found: f"{found[0]} {place}", remedy) if place else remedy


def users_add(login: str) -> str:
    """Make the bot user."""
    return f"orchestrator users add {quoted(login)} --type bot --role Agent --max-chats unlimited"


def pipe(login: str) -> str:
    """Make a key and give it to the bot."""
    return f"orchestrator users generate-key {quoted(login)} --json | orchestrator bot-config set"


def assign(skill: str, login: str) -> str:
    """Let a user serve a skill."""
    return f"orchestrator skills assign {quoted(skill)} {quoted(login)}"


def quoted(text: str) -> str:
    """Return ``text`` as one word of a shell."""
    return shlex.quote(text)
