"""One policy set taken apart for analysis: its rows, its space, and what it does when tried."""

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec

from orchestrator.core.policy import operand
from orchestrator.core.policy.analysis import codes, space
from orchestrator.core.policy.analysis.codes import Severity
from orchestrator.core.policy.analysis.finding import Facts, Finding, Named
from orchestrator.core.policy.analysis.leaves import Reader, TooMany
from orchestrator.core.policy.analysis.space import Box, Covered, Reached, Row, Space
from orchestrator.core.policy.analysis.witness import Trials, Witness
from orchestrator.core.policy.compile import EXCEPTION, CompiledBlock, CompiledPolicy, CompiledSet
from orchestrator.core.policy.plan import Plan
from orchestrator.core.policy.values import FALSE, TRUE, Truth

Among = Literal["all values", "declared types"]


class Part(msgspec.Struct, frozen=True, eq=False):
    """A block with its place; ``rows`` is None where there are too many of them."""

    policy: int
    block: int
    compiled: CompiledBlock
    rows: tuple[Row, ...] | None

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands in the order in which blocks are tried."""
        return (self.policy, self.block)


class Study:
    """What all checks look at."""

    def __init__(self, policy_set: CompiledSet, facts: Facts) -> None:
        self.policy_set = policy_set
        self.facts = facts
        self.reader = Reader(policy_set)
        self.space = Space(self.reader)
        self.parts = [self._parts(at, policy) for at, policy in enumerate(policy_set.policies)]
        self.space.index()
        self.trials = Trials(policy_set, self.space, self.reader.memory)

    def _parts(self, at: int, policy: CompiledPolicy) -> tuple[Part, ...]:
        return tuple(
            Part(at, block, compiled, self._rows(at, block, compiled))
            for block, compiled in enumerate(policy.blocks)
        )

    def _rows(self, at: int, block: int, compiled: CompiledBlock) -> tuple[Row, ...] | None:
        try:
            found = self.reader.rows(compiled.condition)
        except TooMany:
            return None
        counts = self.policy_set.policies[at].enabled
        sure = TRUE if counts and self._always_carried_out(compiled.plan) else FALSE
        return tuple(self.space.row(at, block, literals, sure=sure) for literals in found)

    def _always_carried_out(self, plan: Plan) -> Truth:
        """Whether the target needs no attribute; one that is missing is an error of the policy."""
        transfer = plan.transfer
        targets = [
            target
            for target in (getattr(transfer, "user_id", None), getattr(transfer, "skill_id", None))
            if target is not None
        ]
        return FALSE if any(operand.references(target) for target in targets) else TRUE

    def named(self, at: int) -> Named:
        """Return the name of a policy by its position."""
        policy = self.policy_set.policies[at]
        return Named(at + 1, policy.id, policy.name)

    def said(self, part: Part) -> str:
        """Return how people call a block."""
        name = str(self.named(part.policy))
        if part.compiled.name == EXCEPTION:
            return f"the exception of {name}"
        return (
            name
            if len(self.policy_set.policies[part.policy].blocks) == 1
            else f"{name}, its exception aside,"
        )

    def finding(
        self,
        code: str,
        policies: Sequence[int],
        message: str,
        witness: Witness | None,
        *,
        severity: Severity | None = None,
    ) -> Finding:
        """Return a finding; without a witness it is one that ``may`` be."""
        grave = severity or codes.BY_NAME[code].severity
        return Finding(
            code,
            grave if witness is not None else "may",
            tuple(self.named(at) for at in policies),
            message[0].upper() + message[1:],
            None if witness is None else witness.attributes,
            None if witness is None else witness.moment,
        )

    def dead(self, row: Row) -> bool:
        """Whether nothing can satisfy a row."""
        return self.space.dead(row) is not None

    def cover(self, row: Row, among: Among = "all values") -> Covered | Reached | None:
        """Say whether blocks that are tried earlier take all of a row.

        Among ``declared types`` attributes have values of the type that the registry says.
        """
        if not self.space.is_complete(row):
            return None
        box = self.box(row, among)
        if among == "declared types" and not all(box.values()):
            return None
        domain = self.space.everything if among == "all values" else self.space.typical
        whole = space.Part(box, domain, row.by_dimension)
        return self.space.cover(whole, before=(row.policy, row.block))

    def is_never_reached(self, part: Part) -> bool:
        """Whether no attributes are left for a block: it is impossible, or taken before."""
        return part.rows is not None and all(
            self.dead(row) or isinstance(self.cover(row), Covered) for row in part.rows
        )

    def box(self, row: Row, among: Among = "all values") -> Box:
        """Return what may satisfy a row."""
        found = self.space.box(row)
        if among == "all values":
            return found
        return {each: bits & self.space.typical(each) for each, bits in found.items()}

    def satisfying(self, part: Part, row: Row, box: Box | None = None) -> Iterator[Witness]:
        """Yield attribute sets that satisfy a block by one of its rows."""
        within = self.space.box(row) if box is None else box
        return self.trials.satisfying(part.compiled, row.literals, within)

    def reaching(self, part: Part) -> Witness | None:
        """Return attributes for which the policy set decides by this block, or None."""
        before = self.parts[part.policy][: part.block]
        for row in (part.rows or ())[:20]:
            box = dict(self.space.box(row))
            found = self.cover(row)
            tries = [box]
            if isinstance(found, Reached):
                tries.insert(0, box | {each: 1 << at for each, at in found.point.items()})
            for within in tries:
                for witness in self.satisfying(part, row, within):
                    if self.trials.winner(witness) == part.policy and not any(
                        self.trials.holds(other.compiled, witness) for other in before
                    ):
                        return witness
        return None
