"""What a document is once it is ready for deciding: tests, branches, blocks, policies, a set.

What a policy is made of, here and as it was written, is a tree that is never changed, so that the
garbage collector need not look for cycles in it (``gc=False``). It goes through everything else
with the interpreter in its hand, and a document of 10,000 policies is a hundred thousand parts.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import operand, operators
from orchestrator.core.policy.condition import Comparison, Quantifier
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.operand import Operand
from orchestrator.core.policy.operators import Operator
from orchestrator.core.policy.plan import Plan
from orchestrator.core.policy.reference import Reference
from orchestrator.core.policy.schedule import Timetable
from orchestrator.core.policy.values import FALSE, TRUE, Truth

if TYPE_CHECKING:
    from orchestrator.core.policy.index.table import Index


class Test(msgspec.Struct, frozen=True, gc=False):
    """A comparison; ``source`` is how it was written, ``property`` the attribute without aliases.

    ``fold`` is TRUE when texts are compared without regard to case.
    """

    source: Comparison
    property: Reference
    operator: Operator
    operand: Operand
    fold: Truth


class Branch(msgspec.Struct, frozen=True, gc=False):
    """A group of tests, groups and expressions."""

    quantifier: Quantifier
    members: "tuple[Test | Branch | Formula, ...]"


Node = Test | Branch | Formula
BlockName = str

ROOT: Final[BlockName] = "root"
EXCEPTION: Final[BlockName] = "exception"


class CompiledBlock(msgspec.Struct, frozen=True, gc=False):
    """The conditions of one block under an implicit *all*, and its plan."""

    name: BlockName
    condition: Branch
    plan: Plan


class CompiledPolicy(msgspec.Struct, frozen=True, gc=False):
    """A policy; ``blocks`` in the order in which they are tried, empty for an invalid policy."""

    id: str
    name: str
    enabled: bool
    blocks: tuple[CompiledBlock, ...]
    invalid: str | None = None
    """Why a stored policy cannot be used, as a sentence."""


class CompiledSet(msgspec.Struct, frozen=True):
    """A policy set that can be evaluated; ``version`` is the SHA-256 of its canonical JSON, hex.

    ``index`` finds the first policy that matches without trying them in turn. It belongs to these
    very policies and custom values: who replaces either gets a set that is tried in turn.
    """

    version: str
    policies: tuple[CompiledPolicy, ...]
    custom: Mapping[str, Json]
    schedules: Mapping[str, Timetable]
    index: Any = None

    @property
    def reads_clock(self) -> bool:
        """Whether the clock can matter: only what the index cannot answer may ask for it."""
        found = self.usable_index
        return found is None or bool(found.opaque)

    @property
    def usable_index(self) -> "Index | None":
        """The index, if it is the one of these policies and custom values."""
        found: Index | None = self.index
        if found is None or found.policies is not self.policies or found.custom is not self.custom:
            return None
        return found


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
