"""A policy in one sentence, IF … THEN …, in the words of the table of operators."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import operators, reasons, reference
from orchestrator.core.policy.condition import Comparison, Condition
from orchestrator.core.policy.document import Block, Policy
from orchestrator.core.policy.payload import Asked, Say, ToAgent, ToSkill
from orchestrator.core.policy.reference import Reference

ALWAYS: Final = "always"
_LONGEST_EXPRESSION: Final = 160
_MOST_ELEMENTS: Final = 4
_EMPTY: Final = {"all": ALWAYS, "any": "never", "none": ALWAYS}
_JOINS: Final = {"all": " and ", "any": " or ", "none": " or "}


class Names(msgspec.Struct, frozen=True):
    """What ids are called: skills by name, users by login."""

    skills: Mapping[str, str] = {}
    users: Mapping[str, str] = {}


def sentence(policy: Policy, *, names: Names | None = None) -> str:
    """Return the policy as one sentence; an exception follows it."""
    known = names or Names()
    told = _block("IF", policy.root, known)
    if policy.exception is None:
        return told
    return f"{told}, {_block('EXCEPT IF', policy.exception, known)}"


def _block(opening: str, block: Block, names: Names) -> str:
    then = ", then ".join(_action(asked, names) for asked in block.actions)
    return f"{opening} {_asked(block)} THEN {then}"


def _asked(block: Block) -> str:
    if block.expression is not None:
        return _cut(" ".join(block.expression.text.split()))
    return conditions(block.conditions)


def conditions(given: Sequence[Condition]) -> str:
    """Return what conditions ask together."""
    if len(given) == 1 and not isinstance(given[0], Comparison):
        group = given[0]
        told = _group(group.quantifier, group.members)
        return told if group.quantifier == "none" else told.removeprefix("(").removesuffix(")")
    return _group("all", given).removeprefix("(").removesuffix(")")


def _group(quantifier: str, members: Sequence[Condition]) -> str:
    if not members:
        return _EMPTY[quantifier]
    joined = _JOINS[quantifier].join(_condition(member) for member in members)
    return f"not ({joined})" if quantifier == "none" else f"({joined})"


def _condition(member: Condition) -> str:
    if not isinstance(member, Comparison):
        return _group(member.quantifier, member.members)
    operator = operators.BY_NAME[member.type]
    phrase = operator.holds.format(_value(member.value)) if operator.takes_value else operator.words
    return f"{_short(member.property)} {phrase}"


def _short(written: str) -> str:
    return reasons.short(attributes.canonical(written))


def _value(value: Json) -> str:
    if isinstance(value, list):
        shown = [_value(element) for element in value[:_MOST_ELEMENTS]]
        more = [f"{len(value) - _MOST_ELEMENTS} more"] if len(value) > _MOST_ELEMENTS else []
        return f"[{', '.join((*shown, *more))}]"
    if isinstance(value, str):
        parsed = reference.parse(value)
        if isinstance(parsed, Reference) and parsed.default is None:
            return reasons.short(parsed.name)
    return reasons.quoted(value)


def _action(asked: Asked, names: Names) -> str:
    match asked:
        case Say(message):
            return f"say {reasons.quoted(message)}"
        case ToSkill(skill_id, skill_name):
            return f"transfer to {_target(skill_id, skill_name, names.skills)}"
        case ToAgent(user_id, login_name, skill_id, skill_name):
            agent = f"transfer to the agent {_target(user_id, login_name, names.users)}"
            if skill_id is None and skill_name is None:
                return agent
            return f"{agent}, else to {_target(skill_id, skill_name, names.skills)}"


def _target(identity: str | None, name: str | None, known: Mapping[str, str]) -> str:
    if identity is None:
        return f"“{name}”"
    parsed = reference.parse(identity)
    if isinstance(parsed, Reference):
        return f"the one in {reasons.short(parsed.name)}"
    return f"“{known.get(identity) or name or identity}”"


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_EXPRESSION else text[: _LONGEST_EXPRESSION - 1] + "…"
