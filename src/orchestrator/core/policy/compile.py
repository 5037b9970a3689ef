"""A document made ready for deciding: names resolved, operators looked up, operands parsed."""

import hashlib
import json
from collections.abc import Mapping
from typing import Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import (
    document,
    membership,
    operand,
    operators,
    payload,
    plan,
    schedule,
)
from orchestrator.core.policy.condition import Comparison, Condition, Group, Quantifier
from orchestrator.core.policy.document import Block, Document, InvalidPolicy, Policy
from orchestrator.core.policy.expression import formula
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.operand import Operand
from orchestrator.core.policy.operators import Operator
from orchestrator.core.policy.plan import Plan
from orchestrator.core.policy.reference import Reference
from orchestrator.core.policy.schedule import Timetable
from orchestrator.core.policy.values import FALSE, TRUE, Truth


class Test(msgspec.Struct, frozen=True):
    """A comparison; ``source`` is how it was written, ``property`` the attribute without aliases.

    ``fold`` is TRUE when texts are compared without regard to case.
    """

    source: Comparison
    property: Reference
    operator: Operator
    operand: Operand
    fold: Truth


class Branch(msgspec.Struct, frozen=True):
    """A group of tests, groups and expressions."""

    quantifier: Quantifier
    members: "tuple[Test | Branch | Formula, ...]"


Node = Test | Branch | Formula
BlockName = str

ROOT: Final[BlockName] = "root"
EXCEPTION: Final[BlockName] = "exception"


class CompiledBlock(msgspec.Struct, frozen=True):
    """The conditions of one block under an implicit *all*, and its plan."""

    name: BlockName
    condition: Branch
    plan: Plan


class CompiledPolicy(msgspec.Struct, frozen=True):
    """A policy; ``blocks`` in the order in which they are tried, empty for an invalid policy."""

    id: str
    name: str
    enabled: bool
    blocks: tuple[CompiledBlock, ...]
    invalid: str | None = None
    """Why a stored policy cannot be used, as a sentence."""


class CompiledSet(msgspec.Struct, frozen=True):
    """A policy set that can be evaluated; ``version`` is the SHA-256 of its canonical JSON, hex."""

    version: str
    policies: tuple[CompiledPolicy, ...]
    custom: Mapping[str, Json]
    schedules: Mapping[str, Timetable]


def compile_set(source: Document) -> CompiledSet:
    """Compile what `document.load` or `document.load_stored` returned.

    It cannot fail, but for a ValueError for holidays that no calendar was asked for.
    """
    return CompiledSet(
        version_of(source),
        tuple(_policy(policy) for policy in source.policies),
        {name: membership.indexed(value) for name, value in (source.custom or {}).items()},
        {name: schedule.prepare(each) for name, each in (source.schedules or {}).items()},
    )


def only(policy_set: CompiledSet, policy_id: str) -> CompiledSet:
    """Return the set with this policy alone; with none at all if there is no such policy."""
    kept = tuple(policy for policy in policy_set.policies if policy.id == policy_id)
    return msgspec.structs.replace(policy_set, policies=kept)


def version_of(source: Document) -> str:
    """Return the content address of a document: equal documents, equal versions."""
    text = json.dumps(
        document.dump(source), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def _policy(policy: Policy | InvalidPolicy) -> CompiledPolicy:
    if isinstance(policy, InvalidPolicy):
        first = policy.problems[0] if policy.problems else None
        why = f"{first.path}: {first.message}" if first else "no longer accepted"
        return CompiledPolicy(policy.id, policy.name, policy.enabled, (), why)
    named = ((EXCEPTION, policy.exception), (ROOT, policy.root))
    blocks = tuple(_block(name, block) for name, block in named if block is not None)
    return CompiledPolicy(policy.id, policy.name, policy.enabled, blocks)


def _block(name: BlockName, block: Block) -> CompiledBlock:
    members: tuple[Node, ...] = tuple(_node(member) for member in block.conditions)
    if block.expression is not None:
        members = (formula.flatten(block.expression),)
    return CompiledBlock(name, Branch("all", members), _plan(block.actions))


def _node(condition: Condition) -> Node:
    if isinstance(condition, Group):
        return Branch(condition.quantifier, tuple(_node(member) for member in condition.members))
    return test(condition)


def test(condition: Comparison) -> Test:
    """Compile one comparison."""
    operator = operators.BY_NAME[condition.type]
    tested = Reference(attributes.canonical(condition.property), condition.property)
    value = operand.NOTHING
    if operator.takes_value:
        value = operand.read(condition.value, operator)
    folds = (
        condition.ignore_case
        or tested.name in attributes.FOLDED
        or (isinstance(value, Reference) and value.name in attributes.FOLDED)
    )
    return Test(condition, tested, operator, value, TRUE if folds else FALSE)


def _plan(asked: tuple[payload.Asked, ...]) -> Plan:
    messages = tuple(operand.read(say.message) for say in asked if isinstance(say, payload.Say))
    transfers = [action for action in asked if not isinstance(action, payload.Say)]
    if not transfers:
        return Plan(messages)
    match transfers[-1]:
        case payload.ToSkill(skill_id, skill_name):
            return Plan(messages, plan.Skill(_id(skill_id), skill_name))
        case payload.ToAgent(user_id, login_name, skill_id, skill_name):
            return Plan(messages, plan.Agent(_id(user_id), login_name, _id(skill_id), skill_name))


def _id(text: str | None) -> Operand | None:
    return None if text is None else operand.read(text)
