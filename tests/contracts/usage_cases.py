"""Decisions of every kind, as conversations and programs bring them about."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Final

import msgspec

from orchestrator.core.model.action import Action, SendMessage, TransferToAgent, TransferToSkill
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.function import Call
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.services.routing import ports

_WANTED: Final[tuple[tuple[tuple[Action, ...], str], ...]] = (
    ((), "fallback"),
    ((SendMessage("Hello"),), "message"),
    ((SendMessage("Hello"), TransferToSkill("s-9")), "skill:s-9"),
    ((TransferToSkill(""),), "skill:"),
    ((TransferToAgent("1.u-1", "s-9"),), "agent:u-1"),
    ((TransferToAgent(None),), "agent:"),
    ((TransferToSkill("s-9"), TransferToAgent("u-2")), "agent:u-2"),
)
"""What policies ask for, and the target that this is."""


class Case(msgspec.Struct, frozen=True):
    """One decision and what is to be counted of it; ``took`` is None where a program asked."""

    receipt: Receipt
    at: datetime
    target: str
    took: int | None

    @property
    def skill(self) -> str | None:
        """What it came in on."""
        return self.receipt.skill_id

    @property
    def is_in_trouble(self) -> bool:
        """Whether something could not be found out."""
        return self.receipt.hop_limited or any(each.error for each in self.receipt.readings)


def case(number: int, chance: random.Random, *, at: datetime, account: str = "1") -> Case:
    """Return a decision of some kind; two numbers never have the same id."""
    is_asked = chance.random() < 0.4
    actions, target = chance.choice(_WANTED[1:])
    policy: str | None = f"p-{chance.randrange(4)}"
    if chance.random() < 0.3:
        policy, (actions, target) = None, _WANTED[0]
    receipt = Receipt(
        decision_id=f"d-{number}",
        account=account,
        conversation_id=f"c-{number}",
        at=at,
        version="v",
        number=1,
        readings=(Reading("custom.crm", error="no" if chance.random() < 0.2 else None),),
        policy_id=policy,
        policy_name=policy,
        no_match_reason=None if policy else "NO_MATCHED_RULES",
        actions=actions,
        skill_id=None if is_asked else chance.choice(("s-1", "s-2")),
        hop_limited=chance.random() < 0.1,
        asked_by="key crm" if is_asked else None,
        calls=tuple(_call(name, chance) for name in ("crm", "geo") if chance.random() < 0.5),
    )
    took = None if is_asked else chance.choice((0, 1, 7, 20, 21, 900, 70_000))
    return Case(receipt, at, target, took)


def of_before(made: Case) -> Case:
    """Return the same decision, of a time when nothing was kept of what a call failed for."""
    calls = tuple(msgspec.structs.replace(call, fault=None) for call in made.receipt.calls)
    receipt = msgspec.structs.replace(made.receipt, calls=calls)
    return msgspec.structs.replace(made, receipt=receipt)


async def keep(records: ports.Records, cases: Iterable[Case]) -> None:
    """Write decisions as routing does."""
    for each in cases:
        receipt = each.receipt
        if each.took is None:
            await records.keep([receipt], now=each.at)
            continue
        arrival = Arrival(
            account=receipt.account,
            skill_id=receipt.skill_id or "",
            conversation_id=receipt.conversation_id,
            at=each.at,
            ring_id=f"ring-{receipt.decision_id}",
        )
        claim = await records.claim(arrival, now=each.at)
        assert claim is not None
        made = each.at + timedelta(milliseconds=each.took)
        await records.record(claim, receipt, (), assigned_at=each.at, now=made)


def _call(name: str, chance: random.Random) -> Call:
    milliseconds = chance.choice((0, 3, 40, 9000))
    match chance.choice(("answered", "cached", "refused", "failed", "late")):
        case "late":
            return Call(name, "failed", milliseconds, 1, "too late", "late")
        case "failed":
            return Call(name, "failed", milliseconds, 1, "broken", "own")
        case "cached":
            return Call(name, "cached", milliseconds)
        case "refused":
            return Call(name, "refused", milliseconds)
        case _:
            return Call(name, "answered", milliseconds, 1)
