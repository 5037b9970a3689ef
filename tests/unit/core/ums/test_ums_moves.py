"""The table of moves is whole, and the reference page says the same."""

from pathlib import Path

import msgspec
import pytest

from orchestrator.core.ums import bodies, moves

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "protocol.md"


def read(name, body):
    return moves.BY_NAME[name].read(msgspec.Raw(msgspec.json.encode(body)))


def test_every_spelling_means_one_move():
    """No two moves share a spelling."""
    spellings = [spelling for move in moves.MOVES for spelling in move.spellings]
    assert len(spellings) == len(set(spellings)) == len(moves.BY_SPELLING)


def test_the_page_shows_the_table():
    """docs/reference/protocol.md has one row a move, equal to the table."""
    page = PAGE.read_text(encoding="utf-8")
    for move in moves.MOVES:
        askers = "both" if move.askers == moves.BOTH else next(iter(move.askers))
        answers = f"`{move.long_answer}`"
        if move.short_answer != move.long_answer:
            answers += f" or `{move.short_answer}`"
        row = f"| `{move.long}` or `{move.short}` | {askers} | {answers} | {move.purpose} |"
        assert row in page
    section = page.partition("## Requests")[2].partition("## Notifications")[0]
    assert section.count("\n| `") == len(moves.MOVES)


def test_28_three_ways_to_ask_for_a_profile():
    """Conformance 28: a bare string, an object with userId, or nothing for my own."""
    assert read("GetUserProfile", "jo").user_id == "jo"
    assert read("GetUserProfile", {"userId": "jo"}).user_id == "jo"
    assert read("GetUserProfile", {}).user_id is None
    assert read("GetUserProfile", None).user_id is None


@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: [one]])
def test_32_one_change_or_a_list(wrap):
    """Conformance 32: conversationField is an object or an array; skills are text or numbers."""
    for skill in ("3002", 3002):
        field = wrap({"field": "Skill", "type": "UPDATE", "skill": skill, "unknown": 1})
        body = read("UpdateConversationField", {"conversationId": "c", "conversationField": field})
        assert [change.skill_id for change in body.changes] == ["3002"]


def test_every_kind_of_change_is_typed():
    """The tagged union of §4.12."""
    fields = [
        {
            "field": "ParticipantsChange",
            "type": "SUGGEST",
            "userId": "1.2",
            "role": "ASSIGNED_AGENT",
        },
        {"field": "Skill", "type": "REMOVE"},
        {"field": "ConversationStateField", "conversationState": "CLOSE"},
        {"field": "DialogChange", "type": "UPDATE", "dialog": {"dialogId": "d", "state": "CLOSE"}},
        {"field": "TTRField", "ttrType": "CUSTOM", "value": 1800},
        {
            "field": "CSATRate",
            "csatRate": 5,
            "csatResolutionConfirmation": True,
            "status": "FILLED",
        },
    ]
    body = read("UpdateConversationField", {"conversationId": "c", "conversationField": fields})
    assert [type(change) for change in body.changes] == [
        bodies.ParticipantsChange,
        bodies.SkillChange,
        bodies.StateChange,
        bodies.DialogChange,
        bodies.TtrChange,
        bodies.CsatChange,
    ]
    assert body.changes[1].skill_id == "-1"
    assert msgspec.json.decode(msgspec.json.encode(body))["conversationField"] == fields


def test_a_skill_of_minus_one_is_sent():
    """The "no skill" skill is said, not left out."""
    moved = bodies.SkillChange(type="UPDATE", skill="-1")
    assert msgspec.json.decode(msgspec.json.encode(moved))["skill"] == "-1"


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"type": "Poem"},
        {"type": "ContentEvent"},
        {"type": "ContentEvent", "message": 7},
        {"type": ["ContentEvent"]},
        {"type": "AcceptStatusEvent", "status": "LOST", "sequenceList": [1]},
        {"type": "AcceptStatusEvent", "status": "READ", "sequenceList": 1},
        {"type": "ChatStateEvent", "chatState": "ASLEEP"},
        {"type": "RichContentEvent", "content": "x"},
    ],
)
def test_events_that_are_none_are_refused(event):
    """An event needs a known type and its keys; the sender is told which."""
    with pytest.raises(msgspec.ValidationError, match="event"):
        read("PublishEvent", {"dialogId": "d", "event": event})


def test_chat_states_are_not_stored():
    """Conformance 30: a chat state takes no sequence."""
    typing = read(
        "PublishEvent",
        {"dialogId": "d", "event": {"type": "ChatStateEvent", "chatState": "COMPOSING"}},
    )
    said = read(
        "PublishEvent", {"dialogId": "d", "event": {"type": "ContentEvent", "message": "x"}}
    )
    assert not typing.is_stored
    assert said.is_stored


def test_23_other_availabilities_are_refused():
    """Conformance 23: five states, no sixth."""
    for state in ("ONLINE", "OCCUPIED", "BACK_SOON", "AWAY", "OFFLINE"):
        assert read("SetAgentState", {"availability": state}).availability == state
    with pytest.raises(msgspec.ValidationError):
        read("SetAgentState", {"availability": "ASLEEP"})


def test_lone_filters_are_filters():
    """A one-element array may come as the bare element (§3.2)."""
    body = read("SubscribeExConversations", {"convState": "OPEN", "agentIds": "1.1001"})
    assert (body.states, body.stages, body.agents) == ({"OPEN"}, frozenset(), {"1.1001"})


def test_an_introduction_is_in_the_headers():
    """InitConnection carries its token and client properties in headers (§6.2)."""
    headers = [
        {"type": ".ams.headers.ClientProperties", "os": "LINUX"},
        {"type": ".ams.headers.ConsumerAuthentication", "jwt": "t.o.k"},
    ]
    assert bodies.consumer_token(headers) == "t.o.k"
    assert bodies.client_properties(headers) == headers[0]
    assert bodies.consumer_token([None, 3, {"type": 3}]) is None
