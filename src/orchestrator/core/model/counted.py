"""What is counted of decisions over a period, without names and shares."""

import msgspec


class DecidedCount(msgspec.Struct, frozen=True):
    """How many decisions were made, and in how many of them no policy wanted the conversation."""

    decisions: int
    fell_back: int


class FlowCount(msgspec.Struct, frozen=True):
    """How many decisions came in on a skill, matched a policy and asked for a target.

    ``skill_id`` is empty where a program asked, ``policy_id`` where none wanted the conversation;
    ``target`` is as in `core.model.aim`.
    """

    skill_id: str
    policy_id: str
    target: str
    decisions: int


class ResultCount(msgspec.Struct, frozen=True):
    """How often a result came in the span with this place; ``origin`` is a function, or empty."""

    origin: str
    result: str
    place: int
    number: int
