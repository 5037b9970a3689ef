"""How conversations came to where they are, in one sentence: by policies, agents, by hand."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.floor import Transfer
from orchestrator.core.model.ids import UNASSIGNED_SKILL
from orchestrator.services.admin.floor_ports import FloorReading
from orchestrator.services.admin.reports import Names

CauseKind = Literal[
    "CAME_IN",
    "POLICY",
    "FALLBACK",
    "BOT",
    "BY_HAND",
    "OFFERED_BY_HAND",
    "TAKEN_OVER",
    "PUT_BACK",
    "AGENT",
    "GIVEN_BACK",
    "UNANSWERED",
]

SENTENCES: Final[Mapping[CauseKind, str]] = {
    "CAME_IN": "The customer came in on this skill.",
    "POLICY": "The policy “%(policy)s” sent it from %(source)s.",
    "FALLBACK": "No policy wanted it, so it fell back from %(source)s.",
    "BOT": "%(by)s sent it from %(source)s.",
    "BY_HAND": "Transferred by hand by %(by)s from %(source)s to %(target)s.",
    "OFFERED_BY_HAND": "Offered by hand by %(by)s to %(agent)s.",
    "TAKEN_OVER": "Taken over by hand by %(by)s.",
    "PUT_BACK": "Put back into the queue by hand by %(by)s.",
    "AGENT": "%(by)s passed it on from %(source)s.",
    "GIVEN_BACK": "%(by)s gave it back to the queue.",
    "UNANSWERED": "Nobody took it in %(source)s.",
}
"""THE table of what is said of a cause."""

_DISTRIBUTOR: Final = "distributor"
"""By whom the history says it was moved when its time for a suggested agent was up."""


class Cause(msgspec.Struct, frozen=True, rename="camel"):
    """Why a conversation is where it is. Names; what does not belong to the kind is empty.

    So is the name of no skill.
    """

    kind: CauseKind
    at: datetime
    by: str = ""
    policy: str = ""
    source: str = ""
    target: str = ""
    agent: str = ""

    @property
    def sentence(self) -> str:
        """What is said of it, in English."""
        named = msgspec.structs.asdict(self)
        skills = {name: named[name] or "no skill" for name in ("source", "target")}
        return SENTENCES[self.kind] % (named | skills)


def of(
    rows: FloorReading, account: str, found: Sequence[Conversation], *, names: Names
) -> dict[str, Cause]:
    """Return for each conversation why it is where it is, by its last move."""
    ids = [each.conversation_id for each in found]
    transfers = rows.transfers(account, ids)
    policies = rows.last_policies(account, ids)
    causes: dict[str, Cause] = {}
    for each in found:
        moved = transfers.get(each.conversation_id, ())
        causes[each.conversation_id] = (
            cause(moved[-1], names, policies=policies, conversation_id=each.conversation_id)
            if moved
            else Cause("CAME_IN", each.started_at, target=skill(names, each.skill_id))
        )
    return causes


def by_people(transfers: Sequence[Transfer], names: Names) -> list[Cause]:
    """Return the moves that supervisors and agents made, the earliest first."""
    told = [cause(each, names, policies={}, conversation_id="") for each in transfers]
    return [each for each in told if each.kind not in {"POLICY", "FALLBACK", "BOT", "UNANSWERED"}]


def cause(
    transfer: Transfer,
    names: Names,
    *,
    policies: Mapping[str, str | None],
    conversation_id: str,
) -> Cause:
    """Return one move in words; ``policies`` are those that decided last, by conversation."""
    policy = policies.get(conversation_id)
    return Cause(
        _kind(transfer, names, policies=policies, conversation_id=conversation_id),
        transfer.at,
        by=names.user(transfer.by) or "",
        policy=policy or "",
        source=skill(names, transfer.source_skill),
        target=skill(names, transfer.target_skill),
        agent=names.user(transfer.target_agent) or "",
    )


def skill(names: Names, skill_id: str) -> str:
    """Return the skill's name, "" for none."""
    return "" if skill_id == UNASSIGNED_SKILL else names.skill(skill_id)


def _kind(
    transfer: Transfer,
    names: Names,
    *,
    policies: Mapping[str, str | None],
    conversation_id: str,
) -> CauseKind:
    if transfer.by == _DISTRIBUTOR:
        return "UNANSWERED"
    mover = names.known_user(transfer.by)
    if mover is not None and mover.type == "bot":
        if conversation_id not in policies:
            return "BOT"
        return "FALLBACK" if policies[conversation_id] is None else "POLICY"
    if transfer.by == transfer.source_agent:
        return "GIVEN_BACK" if transfer.reason == "back2Q" else "AGENT"
    return _BY_HAND[transfer.reason]


_BY_HAND: Final[Mapping[str, CauseKind]] = {
    "TakeOver": "TAKEN_OVER",
    "back2Q": "PUT_BACK",
    "Agent": "OFFERED_BY_HAND",
    "Skill": "BY_HAND",
}
