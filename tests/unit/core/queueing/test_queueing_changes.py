"""What may be done to a conversation, in every state it can be in."""

import itertools
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.model import errors
from orchestrator.core.model.conversation import Participant
from orchestrator.core.queueing import changes, snapshots

NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)
WAIT = timedelta(seconds=120)
ANN = Participant("1001", "pid-ann", "ASSIGNED_AGENT")
BEN = Participant("1002", "pid-ben", "ASSIGNED_AGENT")
MAY = Participant("1003", "pid-may", "MANAGER")


def started(**more):
    given = {
        "account": "1",
        "skill_id": "3001",
        "first": True,
        "campaign_id": None,
        "engagement_id": None,
        "context": None,
        "ttr_type": "NORMAL",
        "now": NOW,
    }
    return changes.start("c1", "consumer", **{**given, **more})


def apply(conversation, *wanted, now=LATER):
    return changes.apply(conversation, wanted, now=now, suggestion_wait=WAIT)


def queued():
    return started()


def held():
    return changes.assign(started(), ANN, now=NOW)


def suggested():
    return apply(held(), changes.Leave("ASSIGNED_AGENT"), changes.Suggest(BEN), now=NOW)


def managed():
    return apply(held(), changes.Join(MAY), now=NOW)


def closed():
    return apply(held(), changes.Close("AGENT"), now=NOW)


STATES = {
    "queued": queued,
    "held": held,
    "suggested": suggested,
    "managed": managed,
    "closed": closed,
}

CHANGES = {
    "join-agent": changes.Join(BEN),
    "join-manager": changes.Join(MAY),
    "leave-agent": changes.Leave("ASSIGNED_AGENT"),
    "leave-manager": changes.Leave("MANAGER"),
    "suggest": changes.Suggest(BEN),
    "move": changes.MoveToSkill("3002"),
    "close": changes.Close("CONSUMER"),
    "close-dialog": changes.CloseDialog("c1", "AGENT", "Completed"),
    "close-strange-dialog": changes.CloseDialog("other", "AGENT"),
    "annotate": changes.AnnotateDialog("c1", {"a": 1}),
    "response-time": changes.SetResponseTime("URGENT", 60),
    "no-response-time": changes.SetResponseTime("URGENT", -1),
    "rate": changes.Rate({"csatRate": 5}),
}

REFUSED = {
    ("queued", "leave-agent"): errors.BadInput,
    ("queued", "leave-manager"): errors.BadInput,
    ("held", "join-agent"): errors.Conflict,
    ("held", "leave-manager"): errors.BadInput,
    ("held", "suggest"): errors.BadInput,
    ("suggested", "leave-manager"): errors.BadInput,
    ("managed", "join-agent"): errors.Conflict,
    ("managed", "join-manager"): errors.BadInput,
    ("managed", "suggest"): errors.BadInput,
    **{("closed", name): errors.Conflict for name in CHANGES},
    **{(state, "close-strange-dialog"): errors.BadInput for state in STATES},
    **{(state, "no-response-time"): errors.BadInput for state in STATES if state != "closed"},
}
for allowed in ("annotate", "rate"):
    del REFUSED["closed", allowed]


def sound(conversation):
    """Hold what is true of every conversation, whatever was done to it."""
    is_waiting = conversation.state == "OPEN" and conversation.assigned is None
    assert (conversation.queued_at is not None) == is_waiting
    offered = is_waiting and conversation.suggested is not None
    assert (conversation.suggested_until is not None) == offered
    assert conversation.changed_at >= conversation.started_at
    assert (conversation.ended_at is None) == (conversation.state == "OPEN")
    assert (conversation.close_reason is None) == (conversation.state == "OPEN")
    for dialog in conversation.dialogs:
        people = dialog.participants
        assert people[0].role == "CONSUMER", "client programs index it blindly (conformance 38)"
        flags = [each.suggested for each in people]
        assert flags == sorted(flags), "suggested ones come last (conformance 39)"
        active = [each for each in people if each.role == "ASSIGNED_AGENT" and not each.suggested]
        assert len(active) <= 1
        assert len({each.user_id for each in people}) == len(people), "nobody has two roles"
        assert sum(flags) <= 1


@pytest.mark.parametrize(("state", "name"), list(itertools.product(STATES, CHANGES)))
def test_every_change_in_every_state(state, name):
    """A change applies and leaves a sound conversation, or is refused with the right error."""
    before = STATES[state]()
    sound(before)
    refusal = REFUSED.get((state, name))
    if refusal is not None:
        with pytest.raises(refusal):
            apply(before, CHANGES[name])
        return
    after = apply(before, CHANGES[name])
    sound(after)
    assert after.changed_at >= before.changed_at


@given(
    st.sampled_from(sorted(STATES)),
    st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3, unique=True),
)
def test_the_order_within_a_request_does_not_matter(state, names):
    """Removals, additions, skill, rest: whatever order the client wrote (conformance 32, 34)."""
    before = STATES[state]()
    outcomes = set()
    for order in itertools.permutations(names):
        try:
            after = apply(before, *(CHANGES[name] for name in order))
        except errors.OrchestratorError:
            outcomes.add("refused")
        else:
            sound(after)
            rest = msgspec.json.encode(msgspec.structs.replace(after, dialogs=()))
            outcomes.add((frozenset(after.participants), rest))
    assert len(outcomes) == 1


def test_all_or_nothing():
    """A request of which one change is wrong changes nothing: the value given stays as it was."""
    before = held()
    copy = msgspec.json.encode(before)
    with pytest.raises(errors.BadInput):
        apply(before, changes.MoveToSkill("3002"), changes.Leave("MANAGER"))
    assert msgspec.json.encode(before) == copy


def test_back_to_the_queue_waits_from_now():
    """Who had an agent queues at the end again; who moves to another skill, too."""
    assert apply(held(), changes.Leave("ASSIGNED_AGENT")).queued_at == LATER
    assert apply(queued(), changes.MoveToSkill("3002")).queued_at == LATER


def test_what_does_not_move_it_keeps_its_place():
    """A manager who joins or a new response time costs the consumer nothing."""
    assert apply(queued(), changes.Join(MAY)).queued_at == NOW
    assert apply(queued(), CHANGES["response-time"]).queued_at == NOW
    assert apply(suggested(), changes.Join(MAY)).suggested_until == NOW + WAIT


def test_a_transfer_to_an_agent_keeps_it_for_them_for_a_while():
    """`[REMOVE, SUGGEST, Skill]` (messaging protocol 5.5)."""
    moved = apply(held(), CHANGES["move"], CHANGES["suggest"], CHANGES["leave-agent"])
    assert moved.assigned is None
    assert moved.suggested.user_id == "1002"
    assert moved.skill_id == "3002"
    assert moved.suggested_until == LATER + WAIT
    assert moved.queued_at == LATER


def test_another_suggestion_begins_its_own_time():
    """The second agent gets the whole wait, not the rest of the first one's."""
    carl = Participant("1004", "pid-carl", "ASSIGNED_AGENT")
    again = apply(suggested(), changes.Suggest(carl))
    assert [each.user_id for each in again.participants if each.suggested] == ["1004"]
    assert again.suggested_until == LATER + WAIT


def test_an_answered_ring_ends_the_suggestion():
    """Also when somebody else of the skill took it after the time was up."""
    taken = changes.assign(suggested(), ANN, now=LATER)
    sound(taken)
    assert taken.assigned == ANN
    assert taken.suggested is None


def test_a_manager_who_takes_it_is_its_agent():
    """Nobody speaks in two roles."""
    joined = apply(queued(), changes.Join(MAY))
    taken = changes.assign(joined, Participant("1003", "pid-may", "ASSIGNED_AGENT"), now=LATER)
    sound(taken)
    assert [each.role for each in taken.participants] == ["CONSUMER", "ASSIGNED_AGENT"]


@pytest.mark.parametrize("state", ["held", "closed"])
def test_only_what_waits_can_be_taken(state):
    """A second acceptance, or one after the end, is a conflict."""
    with pytest.raises(errors.Conflict):
        changes.assign(STATES[state](), BEN, now=LATER)


def test_a_clock_that_goes_back_does_not_take_changes_back():
    """``metaDataLastUpdateTs`` never decreases (conformance 46)."""
    before = apply(held(), CHANGES["response-time"])
    assert apply(before, CHANGES["rate"], now=NOW).changed_at == LATER


def test_closing_the_last_dialog_closes_the_conversation():
    """With the dialog's reason and cause (conformance 35)."""
    ended = apply(held(), CHANGES["close-dialog"])
    assert (ended.state, ended.stage, ended.close_reason) == ("CLOSE", "CLOSE", "AGENT")
    assert ended.dialogs[0].closed_cause == "Completed"


# -- surveys and what people write -----------------------------------------------------------------

SURVEY = snapshots.Survey("s1", "app")
BOT = Participant("1004", "pid-bot", "AGENT")


def surveyed():
    return apply(held(), changes.CloseDialog("c1", "AGENT", "Completed", SURVEY), now=NOW)


def test_a_survey_follows_the_main_dialog():
    """State CLOSE, stage OPEN, first of the dialogs, with the consumer alone, in no queue."""
    now = surveyed()
    assert (now.state, now.stage, now.close_reason) == ("CLOSE", "OPEN", "AGENT")
    assert [dialog.type for dialog in now.dialogs] == ["POST_SURVEY", "MAIN"]
    assert [each.role for each in now.participants] == ["CONSUMER"]
    assert now.dialogs[0].metadata == {"appInstallId": "app"}
    assert (now.queued_at, now.assigned, now.main.dialog_id) == (None, None, "c1")


def test_a_survey_is_joined_left_and_ended():
    """Its end ends the stage and nothing that had ended before."""
    joined = apply(surveyed(), changes.Join(BOT, "s1"))
    assert joined.participants[-1] == BOT
    assert apply(joined, changes.Leave("AGENT", dialog_id="s1")).participants[1:] == ()
    ended = apply(joined, changes.CloseDialog("s1", "AGENT"))
    assert (ended.stage, ended.ended_at) == ("CLOSE", NOW)
    assert ended.dialogs[0].ended_at == LATER
    with pytest.raises(errors.Conflict):
        apply(ended, changes.Join(BOT, "s1"))


@pytest.mark.parametrize(
    ("change", "error"),
    [
        (changes.Join(MAY, "s1"), errors.BadInput),
        (changes.Join(BOT, "c1"), errors.Conflict),
        (changes.Leave("ASSIGNED_AGENT", dialog_id="c1"), errors.Conflict),
        (changes.Leave("AGENT", dialog_id="s1"), errors.BadInput),
        (changes.Suggest(BEN), errors.Conflict),
        (changes.MoveToSkill("3002"), errors.Conflict),
        (changes.CloseDialog("c1", "AGENT"), errors.Conflict),
        (changes.CloseDialog("other", "AGENT"), errors.BadInput),
    ],
)
def test_a_survey_is_no_conversation(change, error):
    """Nothing else may be done while it is open."""
    with pytest.raises(error):
        apply(surveyed(), change)


def test_another_role_in_place_of_the_first():
    """Of somebody who is there; nobody becomes a second assigned agent."""
    reader = msgspec.structs.replace(MAY, role="READER")
    recast = apply(managed(), changes.Recast(reader))
    assert [each.role for each in recast.participants] == ["CONSUMER", "ASSIGNED_AGENT", "READER"]
    with pytest.raises(errors.BadInput):
        apply(held(), changes.Recast(reader))
    taking = msgspec.structs.replace(MAY, role="ASSIGNED_AGENT")
    with pytest.raises(errors.Conflict):
        apply(managed(), changes.Recast(taking))


def test_annotations_are_kept_by_type_and_bounded():
    """The newest of each type; of very many types the oldest go."""
    many = tuple({"type": f"T{number}"} for number in range(snapshots.MOST_ANNOTATIONS + 5))
    now = apply(held(), changes.AnnotateDialog("c1", ({"type": "A", "x": 1}, "plain")))
    now = apply(now, changes.AnnotateDialog("c1", ({"type": "A", "x": 2}, "plain")))
    assert now.main.annotations == ({"type": "A", "x": 2}, "plain")
    now = apply(now, changes.AnnotateDialog("c1", many))
    assert now.main.annotations == many[5:]


def test_what_people_write_is_kept_also_after_the_end():
    """Whatever it says, and until somebody says otherwise."""
    for conversation in (held(), closed()):
        now = apply(conversation, changes.Keep("note", "x"), changes.Keep("topic", [1]))
        assert (now.note, now.topic, now.changed_at) == ("x", [1], LATER)


def test_a_suggestion_lapses():
    """The name goes, the place in the queue stays, in the skill or its fallback."""
    waiting = suggested()
    ended = snapshots.lapse(waiting, now=LATER)
    assert (ended.suggested, ended.suggested_until) == (None, None)
    assert (ended.skill_id, ended.queued_at) == (waiting.skill_id, waiting.queued_at)
    assert snapshots.lapse(waiting, now=LATER, skill_id="3009").skill_id == "3009"
