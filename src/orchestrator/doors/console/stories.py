"""Decisions in words: who decided, what is done, what became of it, and each condition's mark."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec
from markupsafe import Markup, escape

from orchestrator.core.policy import operators, phrases, reasons, reference
from orchestrator.core.policy.nearest import Suggestion
from orchestrator.core.policy.reference import Reference
from orchestrator.doors.console import retold, words
from orchestrator.doors.console.words import _

SHOWN: Final = 60
"""Policies of a trace that are shown: of a longer one, those that came nearest and the last."""

MARKS: Final[Mapping[str | None, tuple[str, str, str]]] = {
    "TRUE": ("yes", "✓", "holds"),
    "FALSE": ("no", "✗", "does not hold"),
    "UNKNOWN": ("unknown", "?", "unknown"),
    "ERROR": ("unknown", "?", "could not be found out"),
    "DISABLED": ("off", "–", "switched off"),
    "INVALID": ("off", "!", "cannot be used"),
    None: ("off", "·", "not needed"),
}
"""THE table of marks: sort, sign, and what it says, by state."""

GROUPS: Final = {
    "all": "all of these must hold",
    "any": "at least one of these must hold",
    "none": "none of these may hold",
}

RESULTS: Final = {
    "SAID": ("good", "said"),
    "TRANSFERRED_TO_SKILL": ("good", "transferred"),
    "TRANSFERRED_TO_AGENT": ("good", "transferred"),
    "STAYED": ("bad", "nobody could take it: it stays with the bot"),
    "GONE": ("warn", "it had left the bot before"),
    "NOT_SAID": ("warn", "not said"),
}

ORIGINS: Final = {
    "policy": "named by the policy",
    "actionFallback": "the action's fallback skill",
    "originalSkill": "the original skill",
    "accountFallback": "the account's fallback skill",
}

NO_MATCH: Final = {
    "NO_POLICIES_ENABLED": "no policy is enabled",
    "NO_MATCHED_RULES": "no policy matched",
}

_CODE: Final = re.compile(r"`([^`]*)`")
_MOST_REASONS: Final = 3


class Entry(msgspec.Struct, frozen=True):
    """One policy of a trace; ``suggestion`` is what would have changed it."""

    number: int
    shown: Mapping[str, Any]
    won: bool
    suggestion: str


class Story(msgspec.Struct, frozen=True):
    """A trace ready to be shown: the winner first, then all that was tried, in order.

    ``left_out`` is how many more were tried; ``beyond`` are policies that were never tried, with
    what would have made them match.
    """

    won: Entry | None
    tried: Sequence[Entry]
    left_out: int
    beyond: Sequence[Suggestion]


def coded(text: str) -> Markup:
    """Return a sentence of a service, told again; what stands between backticks in it is code."""
    told = _CODE.sub(r"<code>\1</code>", str(escape(retold.of(text))))
    return Markup(told)  # noqa: S704 - escaped in the line before


def action(shown: Mapping[str, Any]) -> str:
    """Return an action in words: "transfer to the skill Billing"."""
    payload = shown["payload"]
    skill = payload.get("skillName") or payload.get("skillId")
    if shown["type"] == "SEND_MESSAGE":
        return _("say “%(message)s”", message=payload["message"])
    if shown["type"] == "TRANSFER_TO_SKILL":
        return _("transfer to the skill %(skill)s", skill=skill)
    agent = payload.get("loginName") or payload.get("userId")
    whom = _("transfer to an agent who is missing")
    if agent:
        whom = _("transfer to the agent %(agent)s", agent=agent)
    return _("%(whom)s, or else to the skill %(skill)s", whom=whom, skill=skill) if skill else whom


def actions(shown: Sequence[Mapping[str, Any]]) -> str:
    """Return what is done, in order."""
    return _(", then ").join(map(action, shown))


def target(shown: Mapping[str, Any]) -> str:
    """Return where something went: an agent, a skill, or both, and who said so."""
    agent, skill = shown.get("agent"), shown.get("skill")
    origin = _(ORIGINS[shown["origin"]])
    if agent:
        return _("agent %(agent)s (%(origin)s)", agent=agent, origin=origin)
    return _("skill %(skill)s (%(origin)s)", skill=skill, origin=origin)


def value(given: Any) -> str:
    """Return a value as people read it."""
    if isinstance(given, str):
        return given
    return json.dumps(given, ensure_ascii=False)


def of(trace: Mapping[str, Any], suggestions: Sequence[Suggestion], *, policy: str | None) -> Story:
    """Return a trace ready to be shown; ``policy`` is the id of the one that decided."""
    nearest = {(each.policy_id, each.block): each for each in suggestions}
    entries: list[Entry] = []
    number, before = 0, None
    for shown in trace["policies"]:
        number += shown["id"] != before
        before = shown["id"]
        near = nearest.pop((shown["id"], shown["block"]), None)
        won = shown["id"] == policy and shown["state"] == "TRUE"
        place = shown.get("number", number)
        entries.append(Entry(place, shown, won, near.sentence if near else ""))
    won = next((each for each in reversed(entries) if each.won), None)
    kept = _kept(entries)
    left_out = trace.get("leftOut", 0) + len(entries) - len(kept)
    return Story(won, kept, left_out, list(nearest.values()))


def _kept(entries: Sequence[Entry]) -> Sequence[Entry]:
    if len(entries) <= SHOWN:
        return entries
    places = {index for index, each in enumerate(entries) if each.suggestion or each.won}
    places |= {index for index in range(len(entries)) if index < SHOWN - len(places)}
    return [entries[index] for index in sorted(places)]


def because(entry: Entry) -> str:
    """Return why a policy matched: the first reasons of those that hold."""
    found = list(_reasons(entry.shown["conditions"]))
    if not found:
        return _("it asks for nothing")
    more = len(found) - _MOST_REASONS
    told = _(", and ").join(found[:_MOST_REASONS])
    return _("%(told)s, and %(more)s more hold", told=told, more=more) if more > 0 else told


def _reasons(conditions: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    for each in conditions:
        group = quantifier(each)
        if group in {"all", "any"} and each["state"] == "TRUE":
            yield from _reasons(each[group])
        elif group is None and each["state"] == "TRUE":
            yield retold.of(each["reason"])


def quantifier(shown: Mapping[str, Any]) -> str | None:
    """Return what a group asks of its members; None for what is no group."""
    return next((each for each in GROUPS if each in shown), None)


def written(shown: Mapping[str, Any]) -> str:
    """Return a condition as its author wrote it."""
    if "expression" in shown:
        return " ".join(shown["expression"].split())
    operator = operators.BY_NAME[shown["type"]]
    said = phrases.of(words.language()).holds[shown["type"]]
    name = f"`{reasons.short(shown['property'])}`"
    if not operator.takes_value:
        return f"{name} {said}"
    given = shown["value"]
    parsed = reference.parse(given) if isinstance(given, str) else None
    told = reasons.quoted(given)
    if isinstance(parsed, Reference):
        told = f"`{reasons.short(parsed.name)}`"
    return f"{name} {said.format(told)}"
