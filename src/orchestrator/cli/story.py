"""A conversation told for people: what was said, what was decided and why, and what became of it.

Lines come out; nothing here looks at the terminal or the database.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from orchestrator.cli import grid, show, why

if TYPE_CHECKING:
    from datetime import datetime

    from orchestrator.core.policy.nearest import Suggestion
    from orchestrator.serve.office import (
        Cause,
        ConversationRow,
        ConversationShown,
        DecisionShown,
        Survey,
    )

_OUTCOMES: Final = {
    "SAID": "said it",
    "NOT_SAID": "gave a message up",
    "TRANSFERRED_TO_SKILL": "went to “{skill}”",
    "TRANSFERRED_TO_AGENT": "went to {agent}",
    "STAYED": "stays with the bot, for nobody could take it",
    "GONE": "had left the bot before",
}
"""What became of a step, by its result."""

_ORIGINS: Final = {
    "policy": "",
    "actionFallback": ", the fallback skill of the action",
    "originalSkill": ", where it was going",
    "accountFallback": ", the fallback skill of the account",
}
"""Who named the place, by its origin."""

_SURVEYS: Final = {
    "OPEN": "not over yet",
    "CLOSED": "over",
    "EXPIRED": "the consumer took too long",
}
"""Whether an answer may still come, by its state."""


def told(
    found: "ConversationShown",
    near: "Sequence[Sequence[Suggestion]]",
    moves: "Sequence[Cause]" = (),
    *,
    width: int,
) -> Iterator[str]:
    """Yield the lines, none wider than ``width`` where words allow it.

    ``near`` says for each decision what would have changed it, ``moves`` how people moved it.
    """
    yield show.bold(f"Conversation {found.conversation.conversation_id}")
    yield from grid.sheet(_facts(found.conversation), width=width)
    messages = [each for each in found.messages if each.dialog == "MAIN"]
    if messages:
        yield ""
        yield show.bold("Messages")
        speakers = max(grid.wide(message.speaker) for message in messages)
        days = {show.moment(message.at)[:10] for message in messages}
        for message in messages:
            at = show.moment(message.at, to="day" if len(days) > 1 else "second")
            margin = f"  {at}  {grid.padded(message.speaker, speakers)}  "
            text = f"(file) {message.text}" if message.content == "FILE" else message.text
            text = text if message.audience == "ALL" else f"(among agents) {text}"
            yield from _hanging(margin, text, width)
    if found.survey is not None:
        yield ""
        yield from _survey(found.survey, width)
    for decision, suggestions in zip(found.decisions, near, strict=True):
        yield ""
        yield from _decision(decision, suggestions, width)
    if moves:
        yield ""
        yield show.bold("Moved by people")
        for move in moves:
            yield from _hanging(f"  {show.moment(move.at)}  ", move.sentence, width)


def _facts(row: "ConversationRow") -> Iterator[tuple[str, str]]:
    yield "state", show.words(row.state)
    yield "came in on", grid.printable(row.entry_skill)
    yield "skill", grid.printable(row.skill)
    yield "agent", grid.printable(row.agent or "–")
    yield "policy", grid.printable(row.policy or "–")
    yield "started", show.moment(row.started_at, to="zone")


def _survey(survey: "Survey", width: int) -> Iterator[str]:
    yield show.bold(f"Survey ({_SURVEYS[survey.state]})")
    for each in survey.answers:
        if each.question:
            yield from _hanging("  asked     ", each.question, width)
        yield from _hanging("  answered  ", each.answer, width)
    if survey.rate is not None:
        yield f"  rated     {survey.rate} of 5"
    if survey.resolved is not None:
        yield f"  resolved  {'yes' if survey.resolved else 'no'}"
    if not survey.answers and survey.rate is None and survey.resolved is None:
        yield "  nothing was answered"


def _decision(
    decision: "DecisionShown", suggestions: "Sequence[Suggestion]", width: int
) -> Iterator[str]:
    yield show.bold(f"Decided {_at(decision.at)} by version {decision.version}")
    yield from _hanging("  ", sentence(decision), width)
    said = iter([each for each in decision.actions if each["type"] == "SEND_MESSAGE"])
    for outcome in decision.outcomes:
        text = ""
        if outcome["result"] in {"SAID", "NOT_SAID"}:
            text = next(said, {}).get("payload", {}).get("message", "")
        yield from _hanging("  → ", result(outcome, said=text), width)
    if not decision.outcomes and decision.actions:
        yield "  → under way"
    if decision.trace is not None and decision.trace["policies"]:
        yield "  Policies, in order:"
        lines = why.trace(decision.trace, suggestions)
        for line in why.laid_out(lines, width=width, indent=4):
            yield grid.printable(line)


def _at(moment: "datetime") -> str:
    return show.moment(moment, to="zone")


def sentence(decision: "DecisionShown") -> str:
    """Return in one sentence which policy won and why, or why none did."""
    if decision.trace is None and decision.policy is None:
        return "The policies were not asked: the conversation had come back to the bot too often."
    tried = (decision.trace or {}).get("policies", ())
    if decision.policy is None:
        counted = [each for each in tried if each["state"] != "DISABLED"]
        return "No policy wanted it." if counted else "No policy is enabled."
    won = next((each for each in reversed(tried) if each["state"] == "TRUE"), None)
    if won is None:
        return f"“{decision.policy}” won."
    block = "The exception of “{}”" if won["block"] == "exception" else "“{}”"
    because = "; ".join(_held(won["conditions"])) or won["reason"]
    return f"{block.format(decision.policy)} won, because {because}."


def _held(conditions: list[Any]) -> Iterator[str]:
    """Yield the reasons of the conditions that hold."""
    for condition in conditions:
        if condition["state"] != "TRUE":
            continue
        if "reason" in condition:
            yield _plain(condition["reason"])
        else:
            for quantifier in ("all", "any"):  # what holds in a "none" is that nothing does
                yield from _held(condition.get(quantifier, []))


def _plain(reason: str) -> str:
    """Return a reason without its code quotes."""
    return reason.replace("`", "")


def result(outcome: Mapping[str, Any], *, said: str = "") -> str:
    """Return what became of a step in words, and who could not take it before."""
    target = outcome["target"] or {}
    names = {"skill": target.get("skill") or "", "agent": target.get("agent") or ""}
    words = _OUTCOMES.get(outcome["result"], outcome["result"]).format(**names)
    if said:
        words += f": “{said}”"
    words += _ORIGINS.get(target.get("origin") or "", "")
    refused = [each["reason"].rstrip(".") for each in outcome["refusals"]]
    reasons = [*([outcome["reason"].rstrip(".")] if outcome["reason"] else []), *refused]
    return f"{words} ({'; '.join(reasons)})" if reasons else words


def _hanging(margin: str, text: str, width: int) -> Iterator[str]:
    """Yield ``text`` behind ``margin``, its further lines under the first."""
    shown = grid.printable(margin)
    blank = " " * grid.wide(shown)
    for number, line in enumerate(
        part
        for paragraph in text.splitlines() or [""]
        for part in grid.folded(grid.printable(paragraph), max(20, width - len(blank)))
    ):
        yield f"{blank if number else shown}{line}".rstrip()
