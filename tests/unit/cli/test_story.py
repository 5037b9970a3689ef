"""A conversation told for people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from orchestrator.cli import story
from orchestrator.services.admin.moves import Cause
from orchestrator.services.admin.reports import (
    ConversationRow,
    ConversationShown,
    DecisionShown,
)
from orchestrator.services.admin.spoken import Said
from orchestrator.services.admin.surveys import Answer, Survey

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
HELD = {"property": "sde.x", "state": "TRUE", "reason": "`ctype` is 'gold'"}
ENTRY = {
    "id": "vip",
    "name": "VIP",
    "state": "TRUE",
    "reason": "all conditions hold",
    "block": "root",
}
WON = ENTRY | {"conditions": [HELD, {"any": [HELD | {"reason": "`a` is 1"}], "state": "TRUE"}]}
LOST = ENTRY | {"name": "Night", "state": "FALSE", "reason": "it is day", "conditions": []}


def decision(policy: str | None, *tried: Any, outcomes: Any = (), hops: str = "few"):
    """A decision with a trace of ``tried``."""
    trace = None if hops == "many" else {"policies": list(tried)}
    said = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
    return DecisionShown(AT, 3, policy, [said], list(outcomes), trace)


def outcome(result: str, target: Any = None, *refused: str, reason: str | None = None):
    """What became of a step."""
    refusals = [{"target": {"agent": "ann"}, "reason": each} for each in refused]
    return {"result": result, "target": target, "refusals": refusals, "reason": reason}


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (decision("VIP", LOST, WON), "“VIP” won, because ctype is 'gold'; a is 1."),
        (
            decision("VIP", WON | {"block": "exception"}),
            "The exception of “VIP” won, because ctype is 'gold'; a is 1.",
        ),
        (
            decision("All", ENTRY | {"name": "All", "conditions": []}),
            "“All” won, because all conditions hold.",
        ),
        (decision(None, LOST), "No policy wanted it."),
        (decision(None), "No policy is enabled."),
        (
            decision(None, hops="many"),
            "The policies were not asked: the conversation had come back to the bot too often.",
        ),
    ],
)
def test_a_decision_is_one_sentence(made, sentence):
    """Which policy won and why, or why none did."""
    assert story.sentence(made) == sentence


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (outcome("SAID"), "said it"),
        (
            outcome("TRANSFERRED_TO_SKILL", {"skill": "Billing", "origin": "originalSkill"}),
            "went to “Billing”, where it was going",
        ),
        (
            outcome(
                "TRANSFERRED_TO_SKILL",
                {"skill": "Claims", "origin": "actionFallback"},
                "ann is offline.",
            ),
            "went to “Claims”, the fallback skill of the action (ann is offline)",
        ),
        (
            outcome("TRANSFERRED_TO_AGENT", {"agent": "ann", "skill": "B", "origin": "policy"}),
            "went to ann",
        ),
        (outcome("STAYED"), "stays with the bot, for nobody could take it"),
        (outcome("GONE", reason="It was closed."), "had left the bot before (It was closed)"),
    ],
)
def test_outcomes_are_words(made, words):
    """Every result is said in words, with who could not take it."""
    assert story.result(made) == words


def test_a_whole_story_keeps_to_the_width():
    """Facts, messages and decisions come in lines that fit, and no text commands the terminal."""
    row = ConversationRow("c" * 36, "WITH_AGENT", "maven:Billing", "Billing", "ann", "VIP", AT)
    said = [Said(AT, "consumer", "one \x1b[2J\n" + "word " * 40), Said(AT, "ann", "two")]
    gone = [outcome("SAID"), outcome("TRANSFERRED_TO_SKILL", {"skill": "Billing"})]

    moved = [Cause("TAKEN_OVER", AT, by="may"), Cause("PUT_BACK", AT, by="may " * 20)]

    lines = list(
        story.told(
            *(ConversationShown(row, said, [decision("VIP", WON, outcomes=gone)]), [()], moved),
            width=60,
        )
    )

    assert max(map(len, lines)) <= 60
    assert "\x1b" not in "".join(lines)
    assert "state       with agent" in lines
    assert "  → said it: “Hello”" in lines
    assert "  → went to “Billing”" in lines
    assert "    VIP: yes, because all conditions hold" in lines
    assert lines[lines.index("Moved by people") + 1].endswith("  Taken over by hand by may.")


@pytest.mark.parametrize(
    ("survey", "lines"),
    [
        (
            Survey("CLOSED", (Answer("How was it?\n1 to 5", "4", AT), Answer("", "fine", AT))),
            [
                *("Survey (over)", "  asked     How was it?", "            1 to 5"),
                *("  answered  4", "  answered  fine"),
            ],
        ),
        (
            Survey("EXPIRED", (), 2, resolved=False),
            [
                *("Survey (the consumer took too long)", "  rated     2 of 5"),
                "  resolved  no",
            ],
        ),
        (Survey("OPEN", ()), ["Survey (not over yet)", "  nothing was answered"]),
    ],
)
def test_a_survey_is_told_after_what_was_said(survey, lines):
    """Questions with their answers; what was said in it does not stand among the messages."""
    row = ConversationRow("c" * 36, "CLOSED", "Billing", "Billing", "ann", None, AT)
    said = [
        Said(AT, "ann", "Form.pdf", content="FILE"),
        Said(AT, "consumer", "4", dialog="POST_SURVEY"),
    ]

    told = list(story.told(ConversationShown(row, said, [], survey), [], width=60))

    begin = told.index("Messages") + 1
    (message,) = told[begin : told.index("", begin)]
    assert message.endswith("ann  (file) Form.pdf")
    assert told[told.index(lines[0]) :] == lines
