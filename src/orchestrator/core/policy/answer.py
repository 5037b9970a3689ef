"""A decision as other programs get it: plain JSON values, in the names that documents use."""

from typing import Any

import msgspec

from orchestrator.core.model import action, decision
from orchestrator.core.model.decision import NoMatchReason


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one evaluation of a policy set.

    ``actions`` is what is to be carried out, in canonical form: all messages in order, then at most
    one transfer, such as ``{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}``.
    ``no_match_reason`` is None exactly when ``policy_id`` is not. ``trace`` is None unless it was
    asked for; its shape is in `docs/reference/trace.md`.
    """

    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]
    no_match_reason: NoMatchReason | None
    trace: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return the JSON that the command line prints; all four keys are always present."""
        shown: dict[str, Any] = {
            "policyId": self.policy_id,
            "policyName": self.policy_name,
            "actions": self.actions,
            "noMatchReason": self.no_match_reason,
        }
        if self.trace is not None:
            shown["trace"] = self.trace
        return shown


def of(made: decision.Decision) -> Decision:
    """Return ``made`` for other programs."""
    found = made.actions
    shown = [action.document(found[0])] if len(found) == 1 else [*map(action.document, found)]
    return Decision(made.policy_id, made.policy_name, shown, made.no_match_reason, made.trace)
