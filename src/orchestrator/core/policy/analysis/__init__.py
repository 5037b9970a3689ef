"""Analysis: what is probably not meant in a policy set, each finding with attributes that prove it.

How it is proved is told in `docs/explanation/analysis.md`, what there is in
`docs/reference/analysis.md`.
"""

from orchestrator.core.policy.analysis.again import Edit, Looked, check_again, edit
from orchestrator.core.policy.analysis.examine import check, check_one
from orchestrator.core.policy.analysis.finding import NOTHING_KNOWN, Facts, Finding, Named

__all__ = [
    "NOTHING_KNOWN",
    "Edit",
    "Facts",
    "Finding",
    "Looked",
    "Named",
    "check",
    "check_again",
    "check_one",
    "edit",
]
