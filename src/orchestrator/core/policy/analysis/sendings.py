"""Where policies send: to the bot itself, to nobody, to what is never open or is not there."""

from collections.abc import Iterator

from orchestrator.core.policy import operand, plan
from orchestrator.core.policy.analysis.finding import Facts, Finding
from orchestrator.core.policy.analysis.study import Part, Study
from orchestrator.core.policy.operand import Operand

_Fault = tuple[str, str]
"""A code, and what is wrong as a clause."""


def targets(study: Study, at: int) -> Iterator[Finding]:
    """Find literal targets of an enabled policy that cannot be meant."""
    if not study.policy_set.policies[at].enabled:
        return
    for part in study.parts[at]:
        faults = list(_faults(part, study.facts))
        if faults and study.is_never_reached(part):
            continue  # nothing is sent there; why not is a finding of its own
        for code, clause in faults:
            message = f"{study.said(part)} sends to {clause}"
            yield study.finding(code, [at], message, study.reaching(part))


def _faults(part: Part, facts: Facts) -> Iterator[_Fault]:
    match part.compiled.plan.transfer:
        case plan.Skill(skill_id, skill_name):
            yield from _skill(_literal(skill_id), skill_name, facts)
        case plan.Agent(user_id, login_name, skill_id, skill_name):
            yield from _agent(_literal(user_id), login_name, facts)
            yield from _skill(_literal(skill_id), skill_name, facts)


def _literal(target: Operand | None) -> str | None:
    if isinstance(target, operand.Literal) and target.value is not None:
        return str(target.value)
    return None


def _skill(identity: str | None, name: str | None, facts: Facts) -> Iterator[_Fault]:
    if facts.skills is None or (identity is None and name is None):
        return
    found = identity if identity in facts.skills else None
    if name is not None and (found is None or facts.skills[found] != name):
        found = next((each for each, called in facts.skills.items() if called == name), None)
    if found is None:
        yield "unknown-target", f"the skill “{name or identity}”, which the account does not have"
        return
    shown = f"the skill “{facts.skills[found]}”"
    if found in facts.bot_skills:
        yield "loop", f"{shown}, which the bot itself serves: it comes straight back"
    elif found in facts.unstaffed:
        yield "unstaffed-target", f"{shown}, to which nobody is assigned"
    if found in facts.closed:
        yield "closed-target", f"{shown}, which is closed all week"


def _agent(identity: str | None, login: str | None, facts: Facts) -> Iterator[_Fault]:
    if facts.users is None or (identity is None and login is None):
        return
    found = identity if identity in facts.users else None
    if found is None and login is not None:
        found = next((each for each, called in facts.users.items() if called == login), None)
    if found is None:
        yield "unknown-target", f"the agent “{login or identity}”, whom the account does not have"
        return
    shown = f"the agent “{facts.users[found]}”"
    if found == facts.bot:
        yield "loop", f"{shown}, which is the bot itself: it comes straight back"
    elif found in facts.disabled:
        yield "unstaffed-target", f"{shown}, who is disabled"
