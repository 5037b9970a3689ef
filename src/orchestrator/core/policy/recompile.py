"""A new edition's compiled set from that of the one before: what is the same is taken over."""

from collections.abc import Mapping
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import membership
from orchestrator.core.policy.compile import CompiledPolicy, CompiledSet
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.index import build, overlay
from orchestrator.core.policy.index.table import Index

FEW: Final = 100
"""The index of so few policies is made anew as quickly as it is patched, and then is faster."""


def recompile(
    previous: CompiledSet, before: Document, after: Document, *, version: str
) -> CompiledSet:
    """Return what `compile.compile_set` makes of ``after``, whose address is ``version``.

    ``previous`` is the compiled form of ``before``. Policies that are the same objects in both keep
    their compiled form, whatever their place, and the index is patched for the others: see
    `is_worn`. Raises ValueError as `compile.compile_set`.
    """
    policies = _policies(previous, before, after)
    custom = _custom(previous, before, after)
    timetables = previous.schedules
    if after.schedules is not before.schedules:
        head = msgspec.structs.replace(after, policies=(), custom=None)
        timetables = compiler.compile_set(head).schedules
    index = previous.usable_index
    if index is None or custom is not previous.custom or len(policies) <= FEW:
        made = build.index(policies, custom)
    else:
        made = overlay.patched(index, policies, custom)
    return CompiledSet(version, policies, custom, timetables, made)


def is_worn(policy_set: CompiledSet) -> bool:
    """Return whether its index was patched so often that decisions gain by `renewed`."""
    index: Index | None = policy_set.usable_index
    return index is not None and overlay.is_worn(index)


def renewed(policy_set: CompiledSet) -> CompiledSet:
    """Return the same set with an index made anew."""
    made = build.index(policy_set.policies, policy_set.custom)
    return msgspec.structs.replace(policy_set, index=made)


def _policies(
    previous: CompiledSet, before: Document, after: Document
) -> tuple[CompiledPolicy, ...]:
    compiled = dict(zip(map(id, before.policies), previous.policies, strict=True))
    found = [compiled.get(id(policy)) for policy in after.policies]
    if not all(found):
        kept = set(map(id, after.policies))
        gone = {policy.id: policy for policy in before.policies if id(policy) not in kept}
        for position, made in enumerate(found):
            if made is None:
                policy = after.policies[position]
                like = gone.get(policy.id)
                found[position] = _policy(policy, like, compiled[id(like)] if like else None)
    return tuple(made for made in found if made is not None)


def _policy(
    policy: Policy | InvalidPolicy, like: Policy | InvalidPolicy | None, made: CompiledPolicy | None
) -> CompiledPolicy:
    """Compile a policy; of one that was renamed or switched, the blocks are the same."""
    if (
        made is not None
        and isinstance(policy, Policy)
        and isinstance(like, Policy)
        and policy.root is like.root
        and policy.exception is like.exception
    ):
        return msgspec.structs.replace(made, name=policy.name, enabled=policy.enabled)
    return compiler.compile_policy(policy)


def _custom(previous: CompiledSet, before: Document, after: Document) -> Mapping[str, Json]:
    if after.custom is before.custom:
        return previous.custom
    old = before.custom or {}
    return {
        name: previous.custom[name]
        if name in old and old[name] is value
        else membership.indexed(value)
        for name, value in (after.custom or {}).items()
    }
