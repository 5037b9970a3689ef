"""The account that is measured: 15 policies of three conditions, and where they send."""

from typing import Any, Final

WAY_IN: Final = "maven:Bench"
FALLBACK: Final = "Everything else"
TARGETS: Final = ("Billing", "Sales", "Cards", "Lending", "Support")
POLICIES: Final = 15
TIERS: Final = ("standard", "gold", "platinum")


def target(number: int) -> str:
    """Return the skill to which policy ``number`` (from 0) sends."""
    return TARGETS[number % len(TARGETS)]


def tier(number: int) -> str:
    """Return the customer type that policy ``number`` wants."""
    return TIERS[number % len(TIERS)]


def text(number: int) -> str:
    """Return a first message that policy ``number`` wants, and no other."""
    return f"Good morning, I have a question about subject {number:02d}, please."


def document(*, first: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Return the policy set; a consumer whom policy n wants was refused by all before it.

    Each policy reads the conversation, the consumer's profile and the first message: two requests
    to the platform for a decision. ``first`` are policies in front of them.
    """
    return {
        "policies": [
            *first,
            *(
                {
                    "name": f"Subject {number:02d}",
                    "enabled": True,
                    "conditions": [
                        {"property": "conversation.channel", "type": "EQUAL", "value": "web"},
                        {
                            "property": "conversation.firstMessage",
                            "type": "CONTAINS",
                            "value": f"subject {number:02d}",
                        },
                        {
                            "property": "customerinfo.ctype",
                            "type": "EQUAL",
                            "value": tier(number),
                        },
                    ],
                    "actions": [
                        {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": target(number)}}
                    ],
                }
                for number in range(POLICIES)
            ),
        ]
    }


def reading_history() -> dict[str, Any]:
    """Return a policy that nobody meets and that must read history to know."""
    return {
        "name": "Wrote a moment ago",
        "enabled": True,
        "conditions": [
            {
                "property": "conversation.minutesSincePreviousMessage",
                "type": "LESS_THAN",
                "value": 0,
            }
        ],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": TARGETS[0]}}],
    }
