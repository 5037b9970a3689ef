"""A document made ready for deciding: names resolved, operators looked up, operands parsed."""

import hashlib
import json

import msgspec

from orchestrator.core.policy import (
    compiled,
    document,
    membership,
    operand,
    payload,
    plan,
    schedule,
)
from orchestrator.core.policy.compiled import (
    EXCEPTION,
    ROOT,
    BlockName,
    Branch,
    CompiledBlock,
    CompiledPolicy,
    CompiledSet,
    Node,
    Test,
)
from orchestrator.core.policy.condition import Condition, Group
from orchestrator.core.policy.document import Block, Document, InvalidPolicy, Policy
from orchestrator.core.policy.expression import formula
from orchestrator.core.policy.index import build
from orchestrator.core.policy.operand import Operand
from orchestrator.core.policy.plan import Plan

__all__ = [
    "EXCEPTION",
    "ROOT",
    "BlockName",
    "Branch",
    "CompiledBlock",
    "CompiledPolicy",
    "CompiledSet",
    "Node",
    "Test",
    "compile_policy",
    "compile_set",
    "compile_unindexed",
    "only",
    "test",
    "version_of",
]

test = compiled.test


def compile_set(source: Document, *, version: str | None = None) -> CompiledSet:
    """Compile what `document.load` or `document.load_stored` returned.

    Its ``version`` is worked out where the caller does not know it. It cannot fail, but for a
    ValueError for holidays that no calendar was asked for.
    """
    made = compile_unindexed(source, version=version or version_of(source))
    return msgspec.structs.replace(made, index=build.index(made.policies, made.custom))


def compile_unindexed(source: Document, *, version: str) -> CompiledSet:
    """Compile a document to be tried in turn, as traces are: most of the work is the index.

    Raises ValueError as `compile_set`.
    """
    return CompiledSet(
        version,
        tuple(compile_policy(policy) for policy in source.policies),
        {name: membership.indexed(value) for name, value in (source.custom or {}).items()},
        {name: schedule.prepare(each) for name, each in (source.schedules or {}).items()},
    )


def only(policy_set: CompiledSet, policy_id: str) -> CompiledSet:
    """Return the set with this policy alone; with none at all if there is no such policy."""
    kept = tuple(policy for policy in policy_set.policies if policy.id == policy_id)
    return msgspec.structs.replace(policy_set, policies=kept, index=None)


def version_of(source: Document) -> str:
    """Return the content address of a document: equal documents, equal versions."""
    text = json.dumps(
        document.dump(source), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )
    return hashlib.sha256(text.encode()).hexdigest()


def compile_policy(policy: Policy | InvalidPolicy) -> CompiledPolicy:
    """Compile one policy of a document."""
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
