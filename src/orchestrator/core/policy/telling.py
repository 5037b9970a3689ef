"""A policy in one sentence, IF … THEN …, in the phrases of a language."""

from collections.abc import Mapping, Sequence
from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import phrases, reasons, reference
from orchestrator.core.policy.condition import Comparison, Condition
from orchestrator.core.policy.document import Block, Policy
from orchestrator.core.policy.payload import Asked, Say, ToAgent, ToSkill
from orchestrator.core.policy.phrases import ENGLISH, Phrases
from orchestrator.core.policy.reference import Reference

_LONGEST_EXPRESSION: Final = 160
_MOST_ELEMENTS: Final = 4


class Names(msgspec.Struct, frozen=True):
    """What ids are called: skills by name, users by login; and the ``language`` to tell it in."""

    skills: Mapping[str, str] = {}
    users: Mapping[str, str] = {}
    language: str = "en"


def sentence(policy: Policy, *, names: Names | None = None) -> str:
    """Return the policy as one sentence; an exception follows it."""
    known = names or Names()
    said = phrases.of(known.language)
    told = _block(said.opening, policy.root, names=known, said=said)
    if policy.exception is None:
        return told
    other = _block(said.opening_exception, policy.exception, names=known, said=said)
    return said.exception.format(told, other)


def _block(opening: str, block: Block, *, names: Names, said: Phrases) -> str:
    then = said.then.join(_action(asked, names, said=said) for asked in block.actions)
    return said.whole.format(opening, _asked(block, said), then)


def _asked(block: Block, said: Phrases) -> str:
    if block.expression is not None:
        return _cut(" ".join(block.expression.text.split()))
    return conditions(block.conditions, said=said)


def conditions(given: Sequence[Condition], *, said: Phrases = ENGLISH) -> str:
    """Return what conditions ask together."""
    if len(given) == 1 and not isinstance(given[0], Comparison):
        group = given[0]
        told = _group(group.quantifier, group.members, said=said)
        return told if group.quantifier == "none" else told.removeprefix("(").removesuffix(")")
    return _group("all", given, said=said).removeprefix("(").removesuffix(")")


def _group(quantifier: str, members: Sequence[Condition], *, said: Phrases) -> str:
    if not members:
        return said.empty[quantifier]
    joined = said.joins[quantifier].join(_condition(member, said) for member in members)
    return said.groups[quantifier].format(joined)


def _condition(member: Condition, said: Phrases) -> str:
    if not isinstance(member, Comparison):
        return _group(member.quantifier, member.members, said=said)
    phrase = said.holds[member.type]
    told = phrase.format(_value(member.value, said)) if "{}" in phrase else phrase
    return f"{_short(member.property)} {told}"


def _short(written: str) -> str:
    return reasons.short(attributes.canonical(written))


def _value(value: Json, said: Phrases) -> str:
    if isinstance(value, list):
        shown = [_value(element, said) for element in value[:_MOST_ELEMENTS]]
        left = len(value) - _MOST_ELEMENTS
        more = [said.more.format(left)] if left > 0 else []
        return f"[{', '.join((*shown, *more))}]"
    if isinstance(value, str):
        parsed = reference.parse(value)
        if isinstance(parsed, Reference) and parsed.default is None:
            return reasons.short(parsed.name)
    return reasons.quoted(value)


def _action(asked: Asked, names: Names, *, said: Phrases) -> str:
    match asked:
        case Say(message):
            return said.say.format(reasons.quoted(message))
        case ToSkill(skill_id, skill_name):
            return said.to_skill.format(
                _target(skill_id, skill_name, known=names.skills, said=said)
            )
        case ToAgent(user_id, login_name, skill_id, skill_name):
            agent = _agent(user_id, login_name, names, said=said)
            if skill_id is None and skill_name is None:
                return agent
            skill = _target(skill_id, skill_name, known=names.skills, said=said)
            return said.or_else.format(agent, skill)


def _agent(identity: str | None, name: str | None, names: Names, *, said: Phrases) -> str:
    parsed = reference.parse(identity) if identity is not None else None
    if isinstance(parsed, Reference):
        return said.to_agent_from.format(reasons.short(parsed.name))
    return said.to_agent.format(_target(identity, name, known=names.users, said=said))


def _target(
    identity: str | None, name: str | None, *, known: Mapping[str, str], said: Phrases
) -> str:
    if identity is None:
        return said.named.format(name)
    parsed = reference.parse(identity)
    if isinstance(parsed, Reference):
        return said.taken_from.format(reasons.short(parsed.name))
    return said.named.format(known.get(identity) or name or identity)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST_EXPRESSION else text[: _LONGEST_EXPRESSION - 1] + "…"
