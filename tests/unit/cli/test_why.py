"""`decide --trace` for people: sentences, the nearest changes, and lines that fit."""

import json
import re
import textwrap
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from orchestrator import PolicySet
from orchestrator.cli import decide, story, why
from orchestrator.services.admin.reports import ConversationRow, ConversationShown, DecisionShown

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)

DOCUMENT = {
    "policies": [
        {
            "name": "Night",
            "enabled": False,
            "conditions": [{"all": []}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}],
        },
        {
            "name": "VIP to advisors",
            "enabled": True,
            "conditions": [
                {"property": "customerinfo.ctype", "type": "IS_IN", "value": "{{custom.topTiers}}"}
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}],
        },
        {
            "name": "Wealthy",
            "enabled": True,
            "conditions": [
                {"property": "customerinfo.balance", "type": "GREATER_THAN", "value": 500},
                {
                    "any": [
                        {"property": "ns.a", "type": "EQUAL", "value": 1},
                        {"none": [{"property": "ns.b", "type": "IS_SET"}]},
                    ]
                },
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "12"}}],
        },
        {
            "name": "Rest",
            "enabled": True,
            "conditions": [{"property": "customerinfo.balance", "type": "LESS_THAN", "value": 500}],
            "actions": [
                {"type": "SEND_MESSAGE", "payload": {"message": "Hello {{ns.name}}"}},
                {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "901", "skillName": "Desk"}},
            ],
        },
        {
            "name": "Never tried",
            "enabled": True,
            "conditions": [{"all": []}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}],
        },
    ],
    "custom": {"topTiers": ["gold", "platinum"]},
}
ATTRIBUTES = {"customerinfo": {"ctype": "silver", "balance": 480}, "ns.b": 1}


@pytest.fixture
def told(tmp_path):
    """Decide on a document with --trace and return what people see."""

    def run(document, attributes, *options):
        for name, content in (("p.json", document), ("a.json", attributes)):
            (tmp_path / name).write_text(json.dumps(content))
        files = [str(tmp_path / name) for name in ("p.json", "a.json")]
        result = CliRunner().invoke(
            decide.app, [*files, "--trace", *options], catch_exceptions=False
        )
        assert result.exit_code == 0
        return result.stdout

    return run


def test_it_reads_like_sentences(told):
    """The winner with its actions in words, each policy's answer, groups, and what was near."""
    shown = told(DOCUMENT, ATTRIBUTES, "--at", "2026-11-22T12:00:00Z")
    shown = re.sub(r"version \w+", "version V", shown)
    assert shown == textwrap.dedent(
        """\
        policy: Rest (p-rest)
        action: say “Hello ”
        action: transfer to the agent 901, or else to the skill Desk

        Why (version V, at 2026-11-22T12:00:00.000Z):
          Night: not tried, because the policy is switched off
              → would match if it were switched on
          VIP to advisors: no, because `ctype` is 'silver', which is not in `custom.topTiers`
              → would match if `ctype` were 'gold' or 'platinum'; it is 'silver'
          Wealthy: no, because `balance` is 480, which is not more than 500
              no: `balance` is 480, which is not more than 500
              no: at least one of these must hold
                  no: `ns.a` is missing, which does not equal 1
                  no: none of these may hold
                      yes: `ns.b` is 1
              → would match if `balance` were more than 500 (it is 480) and `ns.a` were 1 (it is missing)
          Rest: yes, because all conditions hold
              yes: `balance` is 480, which is less than 500
              warning: `ns.name` is missing: nothing stands in its place
              → would not match if `balance` were at least 500; it is 480
          Not tried:
              → Never tried would match, but “Rest” above it wins
        """  # noqa: E501 — as it is printed
    )


def test_unknown_error_and_not_needed_are_said_as_such(told):
    """A missing balance has no order; what could not matter was not looked at."""
    document = [
        {
            "name": "P",
            "enabled": True,
            "conditions": [
                {"property": "conversation.language", "type": "EQUAL", "value": "fr"},
                {"property": "ns.b", "type": "LESS_THAN", "value": 3},
            ],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}],
        }
    ]
    shown = told(document, {"conversation.language": "en"})
    assert "no decision: no policy matched" in shown
    assert "not needed: `ns.b` is less than 3" in shown
    shown = told(document, {"conversation.language": "fr"})
    assert "P: no, because it is unknown: `ns.b` is missing" in shown
    failed = {"id": "p", "name": "P", "block": "root", "state": "ERROR", "reason": "it is down",
              "conditions": []}  # fmt: skip
    assert list(why.trace({"policies": [failed]})) == [
        (0, "P: no, because of an error: it is down")
    ]


def test_json_is_as_it_was(told):
    """The shape of the trace is fixed; suggestions are for people."""
    shown = json.loads(told(DOCUMENT, ATTRIBUTES, "--json"))
    assert set(shown) == {"policyId", "policyName", "actions", "noMatchReason", "trace"}
    assert "would match" not in json.dumps(shown)


@pytest.mark.parametrize("width", [40, 80, 140])
def test_lines_fit_the_terminal(width):
    """Folded between words, further lines a little deeper; whole where there is no terminal."""
    policy_set = PolicySet.from_document(DOCUMENT)
    trace = policy_set.explain(ATTRIBUTES).trace
    near = policy_set.nearest(ATTRIBUTES)
    lines = list(why.laid_out(why.trace(trace, near), width=width, indent=2))
    assert max(map(len, lines)) <= max(width, 60)
    whole = list(why.laid_out(why.trace(trace, near), width=None, indent=2))
    assert "".join("".join(lines).split()) == "".join("".join(whole).split())
    assert any("would match if `ctype` were 'gold' or 'platinum'; it is 'silver'" in each
               for each in whole)  # fmt: skip


def test_a_conversation_speaks_the_same_sentences():
    """What `conversations show` tells of each decision is what `decide --trace` says, and more."""
    policy_set = PolicySet.from_document(DOCUMENT)
    row = ConversationRow("c" * 36, "QUEUED", "Front", "Desk", None, "Rest", AT)
    gone = {
        "result": "TRANSFERRED_TO_SKILL",
        "target": {"skill": "Desk", "origin": "actionFallback"},
        "reason": None,
        "refusals": [{"target": {"agent": "ann"}, "reason": "ann is offline"}],
    }
    decided = DecisionShown(AT, 3, "Rest", [], [gone], policy_set.explain(ATTRIBUTES).trace)
    limited = DecisionShown(AT, 3, None, [], [], None)
    found = ConversationShown(row, [], [decided, limited])
    near = [policy_set.nearest(ATTRIBUTES), ()]
    shown = "\n".join(story.told(found, near, width=140))
    assert "→ went to “Desk”, the fallback skill of the action (ann is offline)" in shown
    assert "VIP to advisors: no, because `ctype` is 'silver'" in shown
    assert "→ would match if `ctype` were 'gold' or 'platinum'; it is 'silver'" in shown
    assert shown.endswith("the conversation had come back to the bot too often.")
