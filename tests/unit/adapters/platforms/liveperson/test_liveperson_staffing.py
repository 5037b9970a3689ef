"""What a program's questions need of the real platform: any conversation, and the staffing."""

from datetime import timedelta

import pytest

from orchestrator.adapters.platforms.liveperson import history
from orchestrator.core.model import times
from orchestrator.services.routing.ports import AgentStatus, SkillStaff
from orchestrator.testing.clock import START


def agent(user_id, *skills, state="ONLINE", slots=3, busy=1):
    return {
        "agentId": user_id,
        "currentStatus": state,
        "configuredMaxSlots": slots,
        "busySlots": busy,
        "agentSkills": [{"skillId": int(skill), "skillName": skill} for skill in skills],
    }


RECORD = {
    "info": {
        "conversationId": "abc",
        "startTimeL": times.milliseconds(START - timedelta(minutes=5)),
        "latestSkillId": 3002,
        "status": "OPEN",
        "device": "MOBILE",
    },
    "campaign": {"campaignId": 99999, "campaignEngagementId": "888888"},
    "consumerParticipants": [{"participantId": "jo"}],
    "transfers": [
        {"timeL": times.milliseconds(START), "sourceSkillId": 3001, "targetSkillId": 3002}
    ],
}


async def test_staffing_is_one_question_for_skills_and_one_for_agents(online, cloud):
    """Only who is ONLINE counts; who serves two skills counts in both; waiting is not told."""
    cloud.skills = [{"id": skill, "name": skill} for skill in ("3001", "3002", "3003")]
    cloud.statuses = {
        "1002": agent("1002", "3001", "3002"),
        "1003": agent("1003", "3001", state="AWAY"),
        "1004": agent("1004", "3002", slots=None),
    }
    found = await online.platform.staffing(
        skills=frozenset({"3001", "3002", "3003", "9999"}), agents=frozenset({"1003", "4242"})
    )
    assert found.skills == {
        "3001": SkillStaff(1, 3, 2, is_unlimited=False),
        "3002": SkillStaff(2, None, None, is_unlimited=True),
        "3003": SkillStaff(0, 0, 0, is_unlimited=False),
    }
    assert found.agents == {"1003": AgentStatus("AWAY", 2)}


async def test_a_conversation_of_somebody_else_is_known_by_history(online, cloud):
    """Its consumer, skills, campaign, beginning and device; nothing is guessed."""
    cloud.records["abc"] = RECORD
    found = await online.platform.known("abc")
    assert (found.conversation_id, found.consumer_id, found.state) == ("abc", "jo", "OPEN")
    assert (found.entry_skill_id, found.skill_id) == ("3001", "3002")
    assert (found.campaign_id, found.engagement_id) == ("99999", "888888")
    assert found.started_at == START - timedelta(minutes=5)
    assert found.context == {"clientProperties": {"deviceFamily": "MOBILE"}}
    assert await online.platform.known("nobody-knows") is None


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"info": 7},
        {"info": {"conversationId": 5}},
        {**RECORD, "consumerParticipants": None},
        {**RECORD, "consumerParticipants": [{}]},
    ],
)
def test_a_strange_record_is_no_conversation(record):
    """None, and no error."""
    assert history.conversation(record, "1") is None
