"""Why a conversation goes where it goes, in sentences: a trace and its near misses for people."""

import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from orchestrator.core.policy.nearest import Suggestion

Line = tuple[int, str]
"""How deep a line is indented, in steps, and its text."""

_REFERENCE: Final = re.compile(r"\{\{([^{}|]+)\}\}")
_STEP: Final = 4
_NARROWEST: Final = 40
_ANSWERS: Final = {
    "TRUE": "yes",
    "FALSE": "no",
    "UNKNOWN": "unknown",
    "ERROR": "error",
    None: "not needed",
}
_VERDICTS: Final = {
    "TRUE": "yes, because {}",
    "FALSE": "no, because {}",
    "UNKNOWN": "no, because it is unknown: {}",
    "ERROR": "no, because of an error: {}",
    "DISABLED": "not tried, because {}",
    "INVALID": "not tried, because {}",
}
_GROUPS: Final = {
    "all": "all of these must hold",
    "any": "at least one of these must hold",
    "none": "none of these may hold",
}
_NO_MATCH: Final = {
    "NO_POLICIES_ENABLED": "no policy is enabled",
    "NO_MATCHED_RULES": "no policy matched",
}


def decision(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield who decided, and what is to be done, of a decision's JSON."""
    if document["policyId"] is None:
        yield f"no decision: {_NO_MATCH[document['noMatchReason']]}"
        return
    yield f"policy: {document['policyName']} ({document['policyId']})"
    for action in document["actions"]:
        yield f"action: {phrase(action)}"
    if not document["actions"]:
        yield "action: none"


def phrase(action: Mapping[str, Any]) -> str:
    """Return an action in words: "transfer to the skill Billing (12)"."""
    payload = action["payload"]
    skill = _called(payload.get("skillName"), payload.get("skillId"))
    if action["type"] == "SEND_MESSAGE":
        return f"say “{payload['message']}”"
    if action["type"] == "TRANSFER_TO_SKILL":
        return f"transfer to the skill {skill}"
    agent = _called(payload.get("loginName"), payload.get("userId"))
    whom = f"transfer to the agent {agent}" if agent else "transfer to an agent who is missing"
    return whom + (f", or else to the skill {skill}" if skill else "")


def _called(name: str | None, identity: str | None) -> str | None:
    return f"{name} ({identity})" if name and identity else name or identity


def trace(document: Mapping[str, Any], suggestions: Sequence["Suggestion"] = ()) -> Iterator[Line]:
    """Yield the policies of a trace in the order tried, each with what would have changed it.

    Policies that were never tried, and would have matched or nearly, come last.
    """
    nearest = {(each.policy_id, each.block): each.sentence for each in suggestions}
    for entry in document["policies"]:
        yield from _entry(entry, nearest.pop((entry["id"], entry["block"]), None))
    rest = [each for each in suggestions if (each.policy_id, each.block) in nearest]
    if rest:
        yield 0, "Not tried:"
    for each in rest:
        yield 1, f"→ {_titled(each.policy_name, each.block)} {each.sentence}"


def _entry(entry: Mapping[str, Any], suggestion: str | None) -> Iterator[Line]:
    verdict = _VERDICTS[entry["state"]].format(entry["reason"])
    yield 0, f"{_titled(entry['name'], entry['block'])}: {verdict}"
    if not _says_it_all(entry):
        for condition in entry["conditions"]:
            yield from _condition(condition, 1)
    else:
        for condition in entry["conditions"]:
            yield from _warnings(condition, 1)
    yield from _warnings(entry, 1)
    if suggestion is not None:
        yield 1, f"→ {suggestion}"


def _titled(name: str, block: str) -> str:
    return f"{name}, its exception" if block == "exception" else name


def _says_it_all(entry: Mapping[str, Any]) -> bool:
    """Whether the policy's reason is that of its only condition."""
    conditions = entry["conditions"]
    return len(conditions) == 1 and conditions[0].get("reason") == entry["reason"]


def _condition(condition: Mapping[str, Any], depth: int) -> Iterator[Line]:
    answer = _ANSWERS[condition["state"]]
    quantifier = next((each for each in _GROUPS if each in condition), None)
    if quantifier is not None:
        yield depth, f"{answer}: {_GROUPS[quantifier]}"
        for member in condition[quantifier]:
            yield from _condition(member, depth + 1)
        return
    if condition["state"] is None:
        yield depth, f"{answer}: {_written(condition)}"
        return
    if "expression" in condition:
        yield depth, f"{answer}: {' '.join(condition['expression'].split())}"
        yield depth + 1, condition["reason"]
    else:
        yield depth, f"{answer}: {condition['reason']}"
    yield from _warnings(condition, depth + 1)


def _written(condition: Mapping[str, Any]) -> str:
    """Return a condition as its author wrote it, for one that was never looked at."""
    if "expression" in condition:
        return " ".join(condition["expression"].split())
    from orchestrator.core.policy import operators, reasons

    value = condition["value"]
    compared = reasons.quoted(value)
    if isinstance(value, str) and (named := _REFERENCE.fullmatch(value)):
        compared = f"`{reasons.short(named[1])}`"
    words = operators.BY_NAME[condition["type"]].holds.format(compared)
    return f"`{reasons.short(condition['property'])}` {words}"


def _warnings(shown: Mapping[str, Any], depth: int) -> Iterator[Line]:
    for warning in shown.get("warnings", ()):
        yield depth, f"warning: {warning}"


def laid_out(lines: Iterable[Line], *, width: int | None, indent: int = 0) -> Iterator[str]:
    """Yield indented lines of text, folded to ``width`` columns; None leaves each whole."""
    for depth, text in lines:
        margin = " " * (indent + _STEP * depth)
        if width is None:
            yield margin + text
            continue
        yield from textwrap.wrap(
            text,
            max(width, len(margin) + _NARROWEST),
            initial_indent=margin,
            subsequent_indent=margin + "  ",
            break_long_words=False,
            break_on_hyphens=False,
        )


def width(stream: TextIO | None = None) -> int | None:
    """Return the columns of the terminal, None when the stream (stdout) goes elsewhere."""
    goes_to_terminal = (stream or sys.stdout).isatty()
    return shutil.get_terminal_size().columns if goes_to_terminal else None
