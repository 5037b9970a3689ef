"""Profiles, statuses and history, as they come from the platform, good and bad."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.adapters.platforms.liveperson import history, translate
from orchestrator.core.model import times
from orchestrator.core.model.conversation import Conversation, Dialog, Participant
from orchestrator.core.ums import sdes
from orchestrator.testing.clock import START

ME = history.Bot("1", "1001", "pid-1001", frozenset({"3000", "3009"}))


def ctmr(**info):
    return {"type": "ctmrinfo", "info": info}


def personal(**fields):
    return {"type": "personal", "personal": fields}


def test_a_profile_becomes_one_object_with_typed_values():
    """Names in lower case, numbers as numbers, ids as text, dates in parts, contacts left out."""
    raw = {
        "authenticatedData": {
            "lp_sdes": [
                ctmr(
                    cstatus="active",
                    customerId=42,
                    balance="480.50",
                    companySize="250",
                    loginStatus=True,
                    lastPaymentDate={"day": "4", "month": 11, "year": 2026},
                ),
                personal(
                    firstname="Jo",
                    gender="OTHER",
                    age={"age": 41, "year": 1985, "month": None, "day": 1},
                    contacts=[{"email": "a@b.c"}],
                    language="en-US",
                ),
            ]
        }
    }
    assert sdes.profile(raw) == {
        "customerinfo": {
            "cstatus": "active",
            "customerid": "42",
            "balance": 480.5,
            "companysize": 250,
            "loginstatus": 1,
            "lastpaymentdate": {"day": 4, "month": 11, "year": 2026},
        },
        "personalinfo": {
            "firstname": "Jo",
            "gender": "OTHER",
            "age": {"age": 41, "year": 1985, "day": 1},
            "language": "en-US",
        },
    }


def test_what_was_signed_wins_over_what_the_page_said():
    """Claims come from the consumer's identity provider."""
    raw = {
        "authenticatedData": {"lp_sdes": [ctmr(ctype="gold", role="broker")]},
        "claims": {"iss": "https://issuer", "lp_sdes": [ctmr(ctype="vip")]},
    }
    assert sdes.profile(raw) == {"customerinfo": {"ctype": "vip", "role": "broker"}}


@pytest.mark.parametrize(
    "raw",
    [
        {},
        {"authenticatedData": None},
        {"authenticatedData": {"lp_sdes": None}},
        {"authenticatedData": {"lp_sdes": [None, {"type": "ctmrinfo"}, {"type": "purchase"}]}},
        {"authenticatedData": {"lp_sdes": [ctmr(balance="much", companySize=2.5, ctype=None)]}},
        {"claims": [ctmr(ctype="vip")]},
    ],
)
def test_what_is_not_there_is_left_out(raw):
    """A profile may lack anything, and a value that is not of its type is missing."""
    assert sdes.profile(raw) == {}


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
names = st.sampled_from(["balance", "age", "customerId", "lastPaymentDate", "companySize", "x"])


@given(info=st.dictionaries(names, json), fields=json)
@example(info={"companySize": float("inf"), "balance": float("nan")}, fields=None)
@example(info={"companySize": "9" * 5000}, fields={"age": {"day": float("-inf")}})
def test_no_profile_is_too_strange(info, fields):
    """Whatever strangers write into SDEs, nothing is raised."""
    said = [{"type": "ctmrinfo", "info": info}, {"type": "personal", "personal": fields}, fields]
    sdes.profile({"authenticatedData": {"lp_sdes": said}})


@pytest.mark.parametrize(
    ("record", "availability", "free"),
    [
        ({"currentStatus": "ONLINE", "configuredMaxSlots": 3, "busySlots": 1}, "ONLINE", 2),
        ({"currentStatus": "Online", "configuredMaxSlots": -1, "busySlots": 9}, "ONLINE", None),
        ({"currentStatus": "Back Soon", "configuredMaxSlots": 1, "busySlots": 4}, "BACK_SOON", 0),
        ({"currentStatus": "OCCUPIED", "configuredMaxSlots": "2"}, "OCCUPIED", 2),
        (
            {"currentStatus": "ONLINE", "currentConnectionState": "DISCONNECTED"},
            "OFFLINE",
            None,
        ),
        ({"currentStatus": "Lunch"}, "AWAY", None),
        ({}, "AWAY", None),
    ],
)
def test_agent_status(record, availability, free):
    """State and free slots; what is not understood never looks available."""
    status = translate.agent_status(record)
    assert (status.availability, status.free) == (availability, free)


def at(minutes):
    """Return epoch milliseconds of a minute after the start."""
    return times.milliseconds(START + timedelta(minutes=minutes))


def conversation(skill="3000", key="now"):
    dialog = Dialog(key, (Participant("jo", "jo", "CONSUMER"),), START, START)
    return Conversation("1", key, "jo", skill, skill, START, START, (dialog,))


def record(key, *, start=0, agent=None, skill=None, status="OPEN", **parts):
    info = {"conversationId": key, "startTimeL": at(start), "status": status}
    return {"info": info | {"latestAgentId": agent, "latestSkillId": skill}, **parts}


def move(minute, source, target, agent="null"):
    ids = {"sourceSkillId": source, "targetSkillId": target, "sourceAgentId": agent}
    return {"timeL": at(minute), **ids}


def stay(minute, agent):
    return {"timeL": at(minute), "agentId": agent, "role": "ASSIGNED_AGENT"}


def spoken(minute, by="Consumer"):
    return {"timeL": at(minute), "sentBy": by}


def test_a_first_conversation_has_no_past():
    """It came in on the skill that it has, and nobody was there before."""
    own = record("now", agent="1001", skill=3000, agentParticipants=[stay(1, "1001")])
    past = history.read(conversation(), [own], own=own, me=ME)
    assert past.entry_skill_id == "3000"
    assert past.previous_agent_id is None
    assert past.previous_skill_id is None
    assert past.last_spoken_at is None
    assert times.milliseconds(past.assigned_at) == at(1)


def test_a_conversation_that_came_back_remembers_who_had_it():
    """Bot, then a human in skill 3001, then back: the human and 3001 came before."""
    own = record(
        "now",
        agent="1001",
        agentParticipants=[stay(9, "1001"), stay(0, "1001"), stay(3, "1.1002")],
        transfers=[move(8, 3001, 3000, "1002"), move(1, 3000, 3001, "1001")],
        messageRecords=[spoken(7), spoken(8.5, "Agent"), spoken(10)],
    )
    past = history.read(conversation(), [], own=own, me=ME)
    assert past.entry_skill_id == "3000"
    assert (past.previous_agent_id, past.previous_skill_id) == ("1002", "3001")
    assert times.milliseconds(past.assigned_at) == at(9)
    assert times.milliseconds(past.last_spoken_at) == at(7)


def test_else_the_latest_earlier_conversation_tells():
    """Newest first; the bot and its own skills are passed over, later conversations too."""
    others = [
        record("old", start=-90, agent="1003", skill=3003, status="CLOSE"),
        record(
            "yesterday",
            start=-60,
            agent="1001",
            skill="3009",
            status="CLOSE",
            agentParticipants=[stay(-59, "1002"), stay(-58, "pid-1001")],
            messageRecords=[spoken(-50)],
        ),
        record("later", start=5, agent="1007", skill=3007),
    ]
    past = history.read(conversation(), others, own=None, me=ME)
    assert past.previous_agent_id == "1002"
    assert past.previous_skill_id == "3003"
    assert times.milliseconds(past.last_spoken_at) == at(-50)


def test_the_skill_changes_are_read_where_there_are_no_transfers():
    """The real platform tells some changes of skill only there."""
    changes = [{"timeL": at(1), "prevSkillId": "3004", "newSkillId": "3000", "agentId": "null"}]
    own = record("now", skillChanges=changes)
    past = history.read(conversation(), [], own=own, me=ME)
    assert (past.entry_skill_id, past.previous_skill_id) == ("3004", "3004")


def test_when_it_rang_ends_the_past():
    """With the ring's time known, what was said between ring and accept came after."""
    own = record("now", agentParticipants=[stay(2, "1001")], messageRecords=[spoken(1), spoken(-1)])
    rang = START
    past = history.read(conversation(), [], own=own, me=ME, rung_at=rang)
    assert times.milliseconds(past.last_spoken_at) == at(-1)


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"info": None, "transfers": None},
        {"info": {}, "transfers": [None, {}], "agentParticipants": [{}], "messageRecords": [{}]},
        {"info": {"startTimeL": "soon"}, "messageRecords": [{"sentBy": "Consumer", "timeL": "x"}]},
    ],
)
def test_records_may_lack_anything(broken):
    """Missing and malformed fields are no error, they are missing."""
    past = history.read(conversation("-1"), [broken], own=broken, me=ME)
    assert past.entry_skill_id is None
    assert past.last_spoken_at is None


@pytest.mark.parametrize(
    ("changed", "is_with"),
    [
        ({}, True),
        ({"agent": "1002"}, False),
        ({"agent": None}, False),
        ({"status": "CLOSE"}, False),
        ({"transfers": [move(5, 3000, 3001, "1001")]}, False),
        ({"transfers": [move(1, 3000, 3001, "1001")]}, True),
        ({"transfers": [move(5, 3001, 3000, "1002")]}, True),
    ],
)
def test_whose_a_conversation_is_by_its_record(changed, is_with):
    """The latest agent is not the present one while it waits in a queue."""
    found = {"agent": "1001", "agentParticipants": [stay(3, "1001")]} | changed
    assert history.is_with(record("now", **found), ME) is is_with


def test_a_conversation_in_a_queue_is_nobodys():
    """The real platform says so in its own field."""
    found = record("now", agent="1001")
    found["info"]["latestQueueState"] = "IN_QUEUE"
    assert not history.is_with(found, ME)


@given(own=json, others=st.lists(st.dictionaries(st.text(max_size=8), json), max_size=3))
def test_no_history_is_too_strange(own, others):
    """Whatever history answers, nothing is raised."""
    strange = {"info": own, "transfers": [own], "agentParticipants": own, "messageRecords": [own]}
    history.read(conversation(), [strange, *others], own=strange, me=ME)
    history.is_with(strange, ME)
