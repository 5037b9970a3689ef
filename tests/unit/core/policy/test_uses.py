"""Who reads what: conditions, expressions, actions, in both blocks."""

from orchestrator.core.policy import document, uses

SET = {
    "policies": [
        {
            "name": "conditions",
            "conditions": [
                {
                    "any": [
                        {
                            "property": "conversation.channel",
                            "type": "EQUAL",
                            "value": "{{custom.channel}}",
                        },
                        {"property": "orders.state", "type": "IS_SET"},
                    ]
                }
            ],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello {{custom.name}}"}}],
        },
        {
            "name": "expression",
            "expression": "conversation.channel == 'web'",
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
            "exception": {
                "expression": "custom.name == 'Jo'",
                "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}],
            },
        },
    ]
}


def test_every_part_of_a_policy_is_looked_at():
    """Groups, references as values, expressions, messages and exceptions; each policy once."""
    found = uses.by_attribute(document.load(SET).policy_set)
    assert {name: [policy.name for policy in readers] for name, readers in found.items()} == {
        "conversation.channel": ["conditions", "expression"],
        "custom.channel": ["conditions"],
        "custom.name": ["conditions", "expression"],
        "orders.state": ["conditions"],
    }
