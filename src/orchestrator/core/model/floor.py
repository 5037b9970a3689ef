"""Who is there and how busy, and how conversations moved: what a look at the floor is made of."""

from datetime import datetime
from typing import Literal

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
