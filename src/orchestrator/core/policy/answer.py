"""A decision as other programs get it: plain JSON values, in the names that documents use."""

from typing import Any

import msgspec

from orchestrator.core.model import action, decision
from orchestrator.core.model.decision import NoMatchReason


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one evaluation of a policy set, ``made`` by the engine."""

    made: decision.Decision

    @property
    def policy_id(self) -> str | None:
        """The policy that matched, None for none."""
        return self.made.policy_id

    @property
    def policy_name(self) -> str | None:
        """Its name."""
        return self.made.policy_name

    @property
    def actions(self) -> list[dict[str, Any]]:
        """What is to be carried out, in canonical form: all messages, then at most one transfer.

        Such as ``{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}``; the list is new
        each time.
        """
        return [action.document(one) for one in self.made.actions]

    @property
    def no_match_reason(self) -> NoMatchReason | None:
        """Why nothing matched; None exactly when ``policy_id`` is not."""
        return self.made.no_match_reason

    @property
    def trace(self) -> dict[str, Any] | None:
        """None unless it was asked for; its shape is in `docs/reference/trace.md`."""
        return self.made.trace

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
