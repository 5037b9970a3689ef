"""Where a decision sends a conversation, in one word: by this decisions are counted and found."""

from typing import Final

from orchestrator.core.model import ids
from orchestrator.core.model.action import TransferToAgent, TransferToSkill
from orchestrator.core.model.receipt import Receipt

SKILL: Final = "skill:"
"""What a target begins with that is a skill: its id follows, nothing where none was found."""
AGENT: Final = "agent:"
"""What a target begins with that is an agent: the user's id follows, nothing where none was."""
MESSAGE: Final = "message"
"""Something was to be said, and no transfer asked for."""
FALLBACK: Final = "fallback"
"""Nothing was asked for: the fallback chain has it."""


def of(receipt: Receipt) -> str:
    """Return the target: the last transfer among the actions, as steps are made of them."""
    found = MESSAGE if receipt.actions else FALLBACK
    for action in receipt.actions:
        match action:
            case TransferToSkill(skill_id):
                found = SKILL + skill_id
            case TransferToAgent(user_id):
                found = AGENT + (ids.user_of(user_id, receipt.account) if user_id else "")
            case _:
                pass
    return found
