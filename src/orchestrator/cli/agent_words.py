"""The words of an agent in the terminal: commands, states, and what skills and users are called."""

import contextlib
import json
from collections.abc import Mapping
from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors

Wanted = Literal["ONLINE", "AWAY", "BACK_SOON", "OFFLINE"]

HELP: Final = """\
TEXT             say it in the current conversation; //text says /text
/accept [N]      accept ring N, or the oldest
/reject [N]      reject it
/list            rings and conversations, with their numbers
/use N           make conversation N the current one
/skill NAME      transfer the current conversation to a skill
/agent LOGIN     transfer it to an agent
/close           end it
/online /away /back-soon /offline   your state
/quit            leave; conversations stay yours"""

STATES: Final[Mapping[str, Wanted]] = {
    "/online": "ONLINE",
    "/away": "AWAY",
    "/back-soon": "BACK_SOON",
    "/offline": "OFFLINE",
}
"""The commands that say how one is."""

LEFT: Final = {"LEFT": "is no longer yours", "CLOSED": "is closed"}
"""What became of a conversation that is gone."""


class Names(msgspec.Struct, frozen=True):
    """What skills and users are called, by id."""

    skills: Mapping[str, str]
    users: Mapping[str, str]

    def skill(self, skill_id: str) -> str:
        """Return the skill's name; an unknown id stands for itself."""
        return self.skills.get(skill_id, skill_id)

    def skill_id(self, name: str) -> str:
        """Return the id of a skill by name or id. Raises `errors.NotFound`."""
        return _meant(self.skills, name, "skill")

    def user_id(self, login: str) -> str:
        """Return the id of a user by login or id. Raises `errors.NotFound`."""
        return _meant(self.users, login, "user")


def _meant(known: Mapping[str, str], wanted: str, noun: str) -> str:
    if wanted in known:
        return wanted
    for identity, name in known.items():
        if wanted == name:
            return identity
    raise errors.NotFound(f"There is no {noun} “{wanted}”.", path=noun)


def decoded(line: str, style: Literal["text", "json"]) -> str:
    """Return the line; a program (``json``) may also send it as a JSON text."""
    if style == "json" and line.startswith('"'):
        with contextlib.suppress(ValueError):
            return str(json.loads(line))
    return line
