"""Which attributes a policy reads: in its conditions, its expressions, and its actions."""

from collections.abc import Iterator

from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import operand
from orchestrator.core.policy.compiled import Branch, Node, Test
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy


def by_attribute(found: Document) -> dict[str, tuple[Policy, ...]]:
    """Return the policies that read each attribute, by canonical name; in evaluation order."""
    readers: dict[str, list[Policy]] = {}
    for policy in found.policies:
        if not isinstance(policy, InvalidPolicy):
            for name in read_by(policy):
                readers.setdefault(name, []).append(policy)
    return {name: tuple(each) for name, each in readers.items()}


def read_by(policy: Policy) -> frozenset[str]:
    """Return the canonical names of what ``policy`` reads, in either of its blocks."""
    found: set[str] = set()
    for block in compiling.compile_policy(policy).blocks:
        found.update(_names(block.condition))
        found.update(wanted.name for wanted in block.plan.references)
    return frozenset(found)


def _names(node: Node) -> Iterator[str]:
    if isinstance(node, Branch):
        for member in node.members:
            yield from _names(member)
    elif isinstance(node, Test):
        yield node.property.name
        yield from (wanted.name for wanted in operand.references(node.operand))
    else:
        yield from (wanted.name for wanted in node.references)
