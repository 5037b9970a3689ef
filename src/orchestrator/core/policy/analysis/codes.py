"""THE table of what analysis can find: a stable code, how grave it is, what it means."""

from typing import Final, Literal

import msgspec

Severity = Literal["error", "warning", "may"]


class Code(msgspec.Struct, frozen=True):
    """One row. ``severity`` is that of a finding that is proved; others are ``may``."""

    name: str
    severity: Severity
    meaning: str
    proof: str


ROWS: Final[tuple[Code, ...]] = (
    Code(
        "never-matches",
        "error",
        "No attribute set satisfies a policy, because a condition holds of nothing.",
        "attributes that satisfy as much of it as can be, and do not match",
    ),
    Code(
        "contradiction",
        "error",
        "Conditions that must hold together exclude each other, so the policy never matches.",
        "attributes that satisfy all but one of them",
    ),
    Code(
        "shadowed",
        "error",
        "One earlier policy takes everything that this one would.",
        "attributes that satisfy this policy and go to the earlier one",
    ),
    Code(
        "shadowed-together",
        "error",
        "Several earlier policies together take everything that this one would.",
        "attributes that satisfy this policy and go to one of them",
    ),
    Code(
        "shadowed-block",
        "warning",
        "The conditions of a policy, or those of its exception, are never reached.",
        "attributes that satisfy the block and go elsewhere",
    ),
    Code(
        "partly-shadowed",
        "may",
        "An earlier policy takes a part of what this one would; often that is meant.",
        "attributes that satisfy both and go to the earlier one",
    ),
    Code(
        "duplicate",
        "error",
        "An earlier policy has the same conditions and the same actions.",
        "attributes that satisfy both and go to the earlier one",
    ),
    Code(
        "type-mismatch",
        "warning",
        "An attribute is compared with something that values of its type never are.",
        "the attribute with a value of its type, which the condition does not accept",
    ),
    Code(
        "unknown-attribute",
        "warning",
        "A condition reads an attribute that nobody provides.",
        "attributes that satisfy what else the policy asks",
    ),
    Code(
        "unresolved-reference",
        "warning",
        "A value or a payload refers to an attribute that nobody provides, or that is null.",
        "attributes that satisfy what else the policy asks",
    ),
    Code(
        "loop",
        "error",
        "A transfer goes to the bot or to a skill that it serves, so it comes straight back.",
        "attributes that are sent there",
    ),
    Code(
        "unknown-target",
        "warning",
        "A transfer goes to a skill or an agent that the account does not have.",
        "attributes that are sent there",
    ),
    Code(
        "unstaffed-target",
        "warning",
        "A transfer goes to a skill to which nobody is assigned, or to a disabled agent.",
        "attributes that are sent there",
    ),
    Code(
        "closed-target",
        "warning",
        "A transfer goes to a skill whose opening hours are closed all week.",
        "attributes that are sent there",
    ),
    Code(
        "gap",
        "may",
        "There are attributes that no policy wants: they go to the fallback.",
        "attributes that match nothing",
    ),
)
"""In the order in which they are told of one policy."""

BY_NAME: Final[dict[str, Code]] = {row.name: row for row in ROWS}
