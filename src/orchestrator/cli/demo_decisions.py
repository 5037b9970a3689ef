"""What the server recorded of a conversation's decision, in one sentence for the demo's table."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from orchestrator.core.model import errors
from orchestrator.simulator import seed
from orchestrator.simulator.ledger import Decided

if TYPE_CHECKING:
    from orchestrator.serve.office import Desk

_TRANSFERS: Final = frozenset({"TRANSFERRED_TO_SKILL", "TRANSFERRED_TO_AGENT", "STAYED"})
_PAUSES: Final = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Seconds between looks: the consumer may be told of a transfer before its record is written."""

STAYED: Final = "(stays with the bot)"

_LONG_NUMBER: Final = re.compile(r"\b\d+\.\d{3,}\b")
"""A duration in minutes to the nanosecond says no more than its first digits."""

_SAME: Final = re.compile(r" is (.+), which equals \1$")
_NAMES: Final = {agent.login: agent.full_name for agent in seed.AGENTS}

_ORIGINS: Final = {
    "originalSkill": "{entry} belongs to {skill}",
    "accountFallback": "{skill} is the account's fallback skill",
}


async def look(desk: "Desk", conversation_id: str) -> Decided | None:
    """Return what became of the conversation's last decision, None when nothing is recorded."""
    for pause in _PAUSES:
        try:
            shown = await desk.reports.conversation(desk.actor, conversation_id)
        except errors.NotFound:
            return None
        for decision in reversed(shown.decisions):
            moved = [each for each in decision.outcomes if each["result"] in _TRANSFERS]
            if moved:
                entry = shown.conversation.entry_skill
                why = _why(decision.policy, decision.trace, moved[-1], entry=entry)
                return Decided(decision.policy, why, _target(moved[-1]), decision.version)
        await asyncio.sleep(pause)
    return None


def _target(outcome: Mapping[str, Any]) -> str:
    target = outcome["target"]
    if target is None:
        return STAYED
    return target["agent"] if outcome["result"] == "TRANSFERRED_TO_AGENT" else target["skill"]


def _why(
    policy: str | None,
    trace: Mapping[str, Any] | None,
    outcome: Mapping[str, Any],
    *,
    entry: str,
) -> str:
    """Say who could not take it, which conditions held, and what the fallback was."""
    parts = [_refusal(refusal) for refusal in outcome["refusals"]]
    tried = (trace or {}).get("policies", ())
    if policy is not None and tried:
        parts.append(_conditions(tried[-1]))
    target = outcome["target"] or {}
    if target.get("origin") in _ORIGINS:
        parts.append(_ORIGINS[target["origin"]].format(entry=entry, skill=target["skill"]))
    return "; ".join(part for part in parts if part)


def _conditions(won: Mapping[str, Any]) -> str:
    sentences = list(_held(won["conditions"]))
    said = "; ".join(sentences) or won["reason"]
    return f"exception: {said}" if won["block"] == "exception" else said


def _held(conditions: list[Any]) -> Iterator[str]:
    """Yield the sentences of the conditions that hold, in order, without their code quotes."""
    for condition in conditions:
        if condition["state"] != "TRUE":
            continue
        if "property" in condition:
            yield _plain(condition["reason"])
        else:
            for quantifier in ("all", "any"):  # what holds in a "none" is that nothing does
                yield from _held(condition.get(quantifier, []))


def _plain(sentence: str) -> str:
    """Shorten a condition's sentence to what a passer-by wants to know."""
    said = sentence.replace("`conversation.", "`").replace("`", "").replace(" is •••, which ", " ")
    said = _SAME.sub(r" is \1", said)
    return _LONG_NUMBER.sub(lambda found: f"{float(found[0]):.2g}", said)


def _refusal(refusal: Mapping[str, Any]) -> str:
    """Put the agent's name for the id: "Olga Petrova is offline"."""
    login = refusal["target"].get("agent")
    subject, _, obstacle = refusal["reason"].rstrip(".").partition(" is ")
    return f"{_NAMES.get(login, login or subject)} is {obstacle}" if obstacle else subject
