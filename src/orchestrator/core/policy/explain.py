"""The trace: it mirrors the policies and their condition trees, and fetches nothing more.

Shape: `docs/reference/trace.md`.
"""

from datetime import datetime
from typing import Any, Final

from orchestrator.core.model import times
from orchestrator.core.model.attributes import Known
from orchestrator.core.model.decision import State
from orchestrator.core.policy import operand, reasons
from orchestrator.core.policy.compile import ROOT, CompiledBlock, CompiledPolicy, CompiledSet, Test
from orchestrator.core.policy.expression import because
from orchestrator.core.policy.expression.formula import Formula
from orchestrator.core.policy.judging import Judged
from orchestrator.core.policy.memory import Memory
from orchestrator.core.policy.reference import Reference
from orchestrator.core.policy.values import FALSE, TRUE

ALL_HOLD: Final = "all conditions hold"
OFF: Final = "the policy is switched off"


class Trace:
    """Grows by one entry for each block that is tried."""

    def __init__(self, policy_set: CompiledSet, memory: Memory, at: datetime | None) -> None:
        self._memory = memory
        self._at = at
        self._entries: list[dict[str, Any]] = []
        self._head = {
            "version": policy_set.version,
            "at": None if at is None else times.iso(at),
        }

    def document(self) -> dict[str, Any]:
        """Return the trace as plain JSON."""
        return {**self._head, "policies": self._entries}

    def skip(self, policy: CompiledPolicy) -> None:
        """Note a policy that is off, or that cannot be used."""
        if not policy.enabled:
            self._add(policy, "DISABLED", OFF, ROOT, [])
        else:
            reason = f"today's rules refuse this policy: {policy.invalid}"
            self._add(policy, "INVALID", reason, ROOT, [])

    def tried(
        self,
        policy: CompiledPolicy,
        block: CompiledBlock,
        judged: Judged,
        *,
        fault: str | None = None,
        warnings: tuple[str, ...] = (),
    ) -> None:
        """Note a block that is settled; ``fault`` is why its actions cannot be resolved."""
        entry = self._add(
            policy,
            "ERROR" if fault else state_of(judged) or "UNKNOWN",
            fault or self._reason(judged),
            block.name,
            [self._node(member) for member in judged.members],
        )
        if warnings:
            entry["warnings"] = list(warnings)

    def _add(
        self, policy: CompiledPolicy, state: State, reason: str, block: str, conditions: list[Any]
    ) -> dict[str, Any]:
        entry = {
            "id": policy.id,
            "name": policy.name,
            "state": state,
            "reason": reason,
            "block": block,
            "conditions": conditions,
        }
        self._entries.append(entry)
        return entry

    def _reason(self, judged: Judged) -> str:
        """The sentence of the condition that decided: the first one with the block's state."""
        if judged.truth == TRUE:
            return ALL_HOLD
        for member in judged.members:
            if member.truth == judged.truth and member.failed == judged.failed:
                return self._sentence(member)
        return ""

    def _sentence(self, judged: Judged) -> str:
        if isinstance(judged.node, Test):
            return reasons.sentence(judged, judged.node, self._memory)
        if isinstance(judged.node, Formula):
            return because.sentence(judged, judged.node, self._memory)
        return _GROUP_REASONS[judged.node.quantifier, state_of(judged)]

    def _node(self, judged: Judged) -> dict[str, Any]:
        if isinstance(judged.node, Test):
            return self._test(judged, judged.node)
        if isinstance(judged.node, Formula):
            return self._formula(judged, judged.node)
        return {
            judged.node.quantifier: [self._node(member) for member in judged.members],
            "state": state_of(judged),
        }

    def _test(self, judged: Judged, test: Test) -> dict[str, Any]:
        shown: dict[str, Any] = {
            "property": test.source.property,
            "type": test.source.type,
            "value": test.source.value,
            **self._read(test.property),
            "state": state_of(judged),
            "reason": reasons.sentence(judged, test, self._memory),
        }
        if test.source.ignore_case:
            shown["ignoreCase"] = True
        referred = operand.references(test.operand)
        if referred:
            shown["operands"] = [
                {"property": wanted.written, **self._read(wanted)} for wanted in referred
            ]
        if missing := operand.empty_references(test.operand, self._memory):
            shown["warnings"] = [
                f"`{name}` is missing: nothing stands in its place" for name in missing
            ]
        return shown

    def _formula(self, judged: Judged, made: Formula) -> dict[str, Any]:
        return {
            "expression": made.source.text,
            "state": state_of(judged),
            "reason": because.sentence(judged, made, self._memory),
            "operands": [
                {"property": wanted.written, **self._read(wanted)} for wanted in made.references
            ],
        }

    def _read(self, wanted: Reference) -> dict[str, Any]:
        known = self._memory.get(wanted.name)
        age = None
        if isinstance(known, Known) and known.as_of is not None and self._at is not None:
            age = max(0.0, (self._at - known.as_of).total_seconds())
        return {
            "actual": reasons.masked(wanted.name, known),
            "source": known.source or None if known is not None else None,
            "ageSeconds": age,
        }


def state_of(judged: Judged) -> State | None:
    """Return the state by name; None when it was never settled, because it did not matter."""
    match judged.truth:
        case None:
            return None
        case truth if truth == TRUE:
            return "TRUE"
        case truth if truth == FALSE:
            return "FALSE"
        case _:
            return "ERROR" if judged.failed else "UNKNOWN"


_GROUP_REASONS: Final[dict[tuple[str, State | None], str]] = {
    ("all", "FALSE"): "not all of a group hold",
    ("all", "UNKNOWN"): "part of a group in which all must hold is unknown",
    ("all", "ERROR"): "part of a group in which all must hold could not be fetched",
    ("any", "FALSE"): "none of a group holds, and one must",
    ("any", "UNKNOWN"): "whether any of a group holds is unknown",
    ("any", "ERROR"): "whether any of a group holds could not be found out",
    ("none", "FALSE"): "one of a group holds, and none may",
    ("none", "UNKNOWN"): "whether none of a group holds is unknown",
    ("none", "ERROR"): "whether none of a group holds could not be found out",
}
