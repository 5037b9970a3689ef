"""What is looked for among conversations and decisions."""

from datetime import datetime
from typing import Literal

import msgspec

from orchestrator.core.model.function import Ended
from orchestrator.core.model.ids import ConsumerId, SkillId, UserId

Ending = Literal["matched", "fell-back", "trouble"]
"""How a decision ended: a policy matched, none did, or something could not be found out on the way
(an attribute that could not be fetched, a conversation that came back too often)."""

Standing = Literal["QUEUED", "RINGING", "WITH_BOT", "WITH_AGENT", "CLOSED"]
"""Where a conversation stands."""


class DecisionsWanted(msgspec.Struct, frozen=True):
    """Which decisions a list wants; None leaves a field open. Times are when they were kept.

    ``conversation`` is an id, or the first eight characters or more of one that the cloud gave;
    ``consumer`` is an id, ``policy`` the id of the one that matched.
    ``skill`` is the id of the one that the conversation came in on, ``""`` where a program asked;
    ``target`` is as in `core.model.aim`. ``took`` is the end of a bin of `core.model.latency`.
    ``function`` is the name of one that was used, without ``custom.``; ``call`` how that
    ended, or how that of any function did.
    """

    conversation: str | None = None
    consumer: str | None = None
    policy: str | None = None
    ending: Ending | None = None
    since: datetime | None = None
    until: datetime | None = None
    skill: SkillId | None = None
    target: str | None = None
    took: int | None = None
    function: str | None = None
    call: Ended | None = None


class ConversationsWanted(msgspec.Struct, frozen=True):
    """Which conversations a list wants; None leaves a field open.

    ``about`` is a conversation's id or how it begins, or a consumer's id; ``consumer`` is nothing
    but the latter. ``agent`` is who has it now, ``policy`` the id of one that decided about it
    lately.
    """

    about: str | None = None
    standing: Standing | None = None
    skill: SkillId | None = None
    agent: UserId | None = None
    policy: str | None = None
    consumer: ConsumerId | None = None


ANY_DECISION = DecisionsWanted()
ANY_CONVERSATION = ConversationsWanted()
