"""What was decided, and everything needed to say why."""

from typing import Any, Literal

import msgspec

from orchestrator.core.model import action as actions

State = Literal["TRUE", "FALSE", "UNKNOWN", "ERROR", "DISABLED", "INVALID"]
NoMatchReason = Literal["NO_POLICIES_ENABLED", "NO_MATCHED_RULES"]


class Decision(msgspec.Struct, frozen=True, gc=False):
    """The outcome of one evaluation of a policy set.

    ``actions`` is what is to be carried out: all messages in order, then at most one transfer, with
    references resolved. ``no_match_reason`` is None exactly when ``policy_id`` is not. ``trace`` is
    None unless it was asked for; its shape is in `docs/reference/trace.md`.
    """

    policy_id: str | None
    policy_name: str | None
    actions: tuple[actions.Action, ...]
    no_match_reason: NoMatchReason | None
    trace: dict[str, Any] | None = None
