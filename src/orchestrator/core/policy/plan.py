"""What a matching block asks for, resolved into canonical actions: messages, then one transfer."""

import msgspec

from orchestrator.core.model import action as actions
from orchestrator.core.model.attributes import Json, Unfetched
from orchestrator.core.policy import operand, values
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.operand import Literal, Operand
from orchestrator.core.policy.operators import FAILED
from orchestrator.core.policy.reference import Reference


class Skill(msgspec.Struct, frozen=True, gc=False):
    """A transfer to a skill, by id or by a name that nobody has looked up."""

    skill_id: Operand | None
    skill_name: str | None


class Agent(msgspec.Struct, frozen=True, gc=False):
    """A transfer to an agent, with or without a skill to fall back to."""

    user_id: Operand | None
    login_name: str | None
    skill_id: Operand | None
    skill_name: str | None


class Plan(msgspec.Struct, frozen=True, gc=False):
    """All messages in order, then the last transfer of the block, if it has any."""

    messages: tuple[Operand, ...] = ()
    transfer: Skill | Agent | None = None

    @property
    def references(self) -> tuple[Reference, ...]:
        """Every attribute that is needed to carry it out."""
        parts = list(self.messages)
        match self.transfer:
            case Skill(skill_id):
                parts += [skill_id] if skill_id else []
            case Agent(user_id, _, skill_id):
                parts += [part for part in (user_id, skill_id) if part]
        return tuple(found for part in parts for found in operand.references(part))


class Unresolved(Exception):
    """The actions cannot be carried out; the message is the reason that the trace shows."""


def resolve(plan: Plan, memory: Memory) -> tuple[actions.Action, ...]:
    """Return canonical actions; everything that ``plan.references`` names has been fetched.

    A message that comes out empty is left out; a missing agent is ``user_id`` None. Raises
    `Unresolved` for an attribute that could not be fetched and for an id that is missing or none.
    """
    check(plan, memory)
    found: list[actions.Action] = []
    for message in plan.messages:
        text = values.written(operand.resolve(message, memory))
        if text.strip():
            found.append(actions.SendMessage(text))
    match plan.transfer:
        case Skill(skill_id, name):
            identity = _skill(skill_id, memory) or ""
            found.append(actions.TransferToSkill(identity, skill_name=name))
        case Agent(user_id, login, skill_id, name):
            agent = _id(user_id, memory) if user_id else None
            skill = _skill(skill_id, memory)
            found.append(actions.TransferToAgent(agent, skill, login_name=login, skill_name=name))
    return tuple(found)


def check(plan: Plan, memory: Memory) -> None:
    """Raise `Unresolved` as soon as what is known is enough to say so."""
    for wanted in plan.references:
        known = memory.get(wanted.name)
        if isinstance(known, Unfetched):
            raise Unresolved(f"`{wanted.written}` could not be fetched: {known.reason}")
    match plan.transfer:
        case Skill(skill_id):
            _skill(skill_id, memory)
        case Agent(user_id, _, skill_id):
            _skill(skill_id, memory)
            if user_id is not None:
                _id(user_id, memory)


def _skill(part: Operand | None, memory: Memory) -> str | None:
    if part is None:
        return None
    found = _id(part, memory)
    if found is None and not operand.is_pending(part, memory):
        names = ", ".join(f"`{wanted.written}`" for wanted in operand.references(part))
        raise Unresolved(f"the skill to transfer to is missing: {names} has no value")
    return found


def _id(part: Operand, memory: Memory) -> str | None:
    """Return an id as text, None if it is missing or still pending."""
    if operand.is_pending(part, memory) or operand.empty_references(part, memory):
        return None
    found: Json = operand.resolve(part, memory)
    match found:
        case None:
            return None
        case str():
            return found.strip() or None
        case float() if found.is_integer():
            return str(int(found))
        case int() if not isinstance(found, bool):
            return str(found)
    sort = "value that could not be fetched" if found is FAILED else values.kind(found)
    names = ", ".join(f"`{wanted.written}`" for wanted in operand.references(part))
    article = "an" if sort == "object" else "a"
    raise Unresolved(f"{names} is no id: it is {article} {sort}")


def warnings(plan: Plan, memory: Memory) -> tuple[str, ...]:
    """Return what a routing manager should know about the messages that were made."""
    found: list[str] = []
    for message in plan.messages:
        found += [
            f"`{name}` is missing: nothing stands in its place"
            for name in operand.empty_references(message, memory)
        ]
        if not isinstance(message, Literal):
            text = values.written(operand.resolve(message, memory))
            if not text.strip():
                names = ", ".join(f"`{wanted.written}`" for wanted in operand.references(message))
                found.append(f"a message came out empty and is not sent: {names} says nothing")
    return tuple(found)
