"""From a decision to steps: its messages in order, then one transfer."""

from uuid import NAMESPACE_URL, uuid5

from orchestrator.core.model import ids
from orchestrator.core.model.action import SendMessage, TransferToAgent, TransferToSkill
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.model.step import AgentTarget, Say, SkillTarget, Step, Target, Transfer


def steps(receipt: Receipt) -> list[Step]:
    """Return the work of a decision, in order.

    The last step is always a transfer: without one in the actions it has no targets of its own and
    goes straight to the fallback chain. Ids follow from the decision's id, so that the same receipt
    always gives the same steps.
    """
    work: list[Say | Transfer] = []
    targets: tuple[Target, ...] = ()
    for action in receipt.actions:
        match action:
            case SendMessage(message):
                work.append(Say(message))
            case TransferToSkill(skill_id):
                targets = (SkillTarget(skill_id, "policy"),)
            case TransferToAgent(user_id, skill_id):
                # An attribute may hold the wire's spelling; documents are normalised on loading.
                user_id = user_id and ids.user_of(user_id, receipt.account)
                agent = AgentTarget(user_id, skill_id, "policy")
                fallback = (SkillTarget(skill_id, "actionFallback"),) if skill_id else ()
                targets = (agent, *fallback)
    work.append(Transfer(targets, receipt.skill_id))
    return [
        Step(
            step_id=str(uuid5(NAMESPACE_URL, f"{receipt.decision_id}/{position}")),
            account=receipt.account,
            conversation_id=receipt.conversation_id,
            decision_id=receipt.decision_id,
            position=position,
            work=each,
        )
        for position, each in enumerate(work)
    ]
