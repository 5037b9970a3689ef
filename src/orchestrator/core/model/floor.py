"""Who is there and how busy, and how conversations move: what people see and do on the floor."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model.conversation import Availability
from orchestrator.core.model.ids import SkillId, UserId


class Stated(msgspec.Struct, frozen=True):
    """What somebody said of themselves last, ``since`` when, and whether a socket is open."""

    availability: Availability
    connected: bool
    since: datetime


class Busy(msgspec.Struct, frozen=True):
    """What keeps an agent busy: conversations that they have, and rings that wait for them."""

    conversations: int = 0
    ringing: int = 0


class Transfer(msgspec.Struct, frozen=True):
    """A conversation changed skill or agent, as its history has it. None where there was none.

    ``by`` is a user's id, or a word for who is no user.
    """

    at: datetime
    source_skill: SkillId
    target_skill: SkillId
    source_agent: UserId | None
    target_agent: UserId | None
    reason: Literal["Skill", "Agent", "back2Q", "TakeOver"]
    by: str


class TakeOver(msgspec.Struct, frozen=True):
    """Give it to a supervisor, at once: to whoever asks, or to ``user`` where a program does."""

    user: str | None = None


class ToSkill(msgspec.Struct, frozen=True):
    """Put it at the end of the queue of a skill, by id."""

    skill_id: SkillId


class ToAgent(msgspec.Struct, frozen=True):
    """Offer it to one agent by name, under ``skill_id``.

    Without one it stays under its skill if the agent serves that, else it comes under one of
    theirs: where nobody takes it, it goes to their colleagues and not back to whence it came.
    """

    user: str
    skill_id: SkillId | None = None


class ToQueue(msgspec.Struct, frozen=True):
    """Take it from whoever has it, or was offered it, back to the queue of its skill."""


class Close(msgspec.Struct, frozen=True):
    """End it."""


Move = TakeOver | ToSkill | ToAgent | ToQueue | Close
Kind = Literal["TAKE_OVER", "SKILL", "AGENT", "QUEUE", "CLOSE"]

KINDS: Final[dict[type, Kind]] = {
    TakeOver: "TAKE_OVER",
    ToSkill: "SKILL",
    ToAgent: "AGENT",
    ToQueue: "QUEUE",
    Close: "CLOSE",
}
"""What moves are called in the change log and outside."""
