"""The demo's second opinion and the engine say the same about whoever may write."""

import random
from typing import Any

import orchestrator
from orchestrator.simulator import expected, personas, rules, seed

WITHOUT_ROOM = {
    agent.login for agent in seed.AGENTS if agent.state != "ONLINE" or agent.max_chats == 0
}


def drawn(chance: random.Random) -> expected.Facts:
    who = personas.person(chance)
    errand = personas.errand(chance, who)
    online = [agent.login for agent in seed.AGENTS if agent.login not in WITHOUT_ROOM]
    is_first = chance.random() < 0.6
    return expected.Facts(
        entry_skill=errand.way_in.skill,
        first_message=errand.first_message,
        language=who.language,
        device=errand.device,
        channel=errand.channel,
        is_first=is_first,
        ctype=who.ctype,
        cstatus=who.cstatus,
        balance=who.balance,
        customer_id=who.customer_id,
        company_size=who.company_size,
        previous_agent=None if is_first else chance.choice((None, *online)),
        minutes_since_previous_message=chance.choice((None, 0.0, 29.9, 30.0, 30.1, 4000.0)),
    )


def attributes(facts: expected.Facts) -> dict[str, Any]:
    return {
        "conversation": {
            "entrySkill": facts.entry_skill,
            "firstMessage": facts.first_message,
            "language": facts.language,
            "device": facts.device,
            "channel": facts.channel,
            "isFirst": facts.is_first,
            "previousAgentId": facts.previous_agent,
            "minutesSincePreviousMessage": facts.minutes_since_previous_message,
        },
        "customerinfo": {
            "ctype": facts.ctype,
            "cstatus": facts.cstatus,
            "balance": facts.balance,
            "customerid": facts.customer_id,
            "companysize": facts.company_size,
        },
    }


def target(decision: orchestrator.Decision, facts: expected.Facts) -> str | None:
    """Follow policy-semantics' section 5 from the decision's actions to one name."""
    match [action for action in decision.actions if action["type"] != "SEND_MESSAGE"]:
        case [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": name}}]:
            return name
        case [{"type": "TRANSFER_TO_AGENT", "payload": payload}]:
            agent = payload.get("loginName") or payload["userId"]
            return payload.get("skillName") if agent in WITHOUT_ROOM else agent
        case _:
            prefix, _, original = facts.entry_skill.partition(":")
            return original if prefix == "maven" and original else seed.FALLBACK_SKILL


def test_second_opinion_agrees_with_the_engine_on_three_thousand_consumers() -> None:
    """Policy and target are the same for every drawn consumer, and every policy wins sometimes."""
    chance = random.Random(20261122)  # noqa: S311  a drawn consumer is no secret
    policy_set = orchestrator.PolicySet.from_document(rules.document())
    won: set[str | None] = set()
    for _ in range(3000):
        facts = drawn(chance)
        decision = policy_set.decide(attributes(facts))
        answer = expected.Expected(decision.policy_name, target(decision, facts) or "")
        assert answer == expected.of(facts), facts
        won.add(decision.policy_name)
    enabled = {policy["name"] for policy in rules.document()["policies"] if policy["enabled"]}
    assert won == enabled | {None}


def test_the_seed_is_as_large_as_it_is_said_to_be() -> None:
    """12 skills, 30 agents with one to three skills, 15 policies, one of them off, no warnings."""
    document = rules.document()
    assert len(seed.SKILLS) == len(set(seed.SKILLS)) == 12
    assert len(seed.AGENTS) == len({agent.login for agent in seed.AGENTS}) == 30
    assert all(1 <= len(agent.skills) <= 3 for agent in seed.AGENTS)
    assert all(set(agent.skills) < set(seed.SKILLS) for agent in seed.AGENTS)
    assert len(document["policies"]) == 15
    assert sum(not policy["enabled"] for policy in document["policies"]) == 1
    assert not orchestrator.PolicySet.from_document(document).warnings


def test_an_online_agent_cannot_be_full_below_the_promised_load() -> None:
    """Online agents take `LEAST_CAPACITY` at least; the one exception takes none at all."""
    for agent in seed.AGENTS:
        if agent.state == "ONLINE" and agent.login not in WITHOUT_ROOM:
            assert agent.max_chats >= seed.LEAST_CAPACITY


def test_every_skill_that_people_serve_has_somebody_with_room() -> None:
    """Nobody waits for ever in a queue of the seed."""
    served = {
        skill for agent in seed.AGENTS if agent.login not in WITHOUT_ROOM for skill in agent.skills
    }
    assert served == set(seed.SKILLS) - set(seed.BOT_SKILLS)
