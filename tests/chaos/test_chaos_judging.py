"""The judge of the chaos sees what it is there to see."""

from datetime import timedelta

import msgspec
import pytest

from chaos import house, judging
from chaos.pair import STOLEN
from chaos.people import Written
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.simulator import personas, seed
from orchestrator.testing.clock import START

WRITTEN = Written(
    "c",
    personas.Persona("Jo", "Doe", "en-GB"),
    personas.Errand(seed.WAYS_IN[0], STOLEN, "Thanks.", "DESKTOP", "web"),
)
FIRST = "conversation.firstMessage"
PROFILE = "sde.visitorinfo.customerinfo.ctype"
SOON = START + timedelta(seconds=1)
IN_TIME = START + timedelta(seconds=house.FIRST_MESSAGE_SECONDS - 1)
TOO_LATE = START + timedelta(seconds=house.FIRST_MESSAGE_SECONDS + 1)
WITHOUT_WORDS = "General Service"


def receipt(*readings, policy="Lost or stolen card"):
    return Receipt(
        decision_id="d",
        account="1",
        conversation_id="c",
        at=START,
        version="v",
        number=1,
        readings=readings,
        policy_id="p",
        policy_name=policy,
        no_match_reason=None,
        actions=(),
    )


RIGHT = judging.Found(
    skill="Fraud",
    holder=None,
    said=("A",),
    heard=(STOLEN,),
    heard_at=SOON,
    transfers=1,
    receipts=(receipt(Reading(FIRST, STOLEN, "messages", SOON)),),
)


def verdict(**changes):
    found = judging.judge([WRITTEN], {"c": msgspec.structs.replace(RIGHT, **changes)})
    counts = {
        kind: getattr(found, kind)
        for kind in ("lost", "duplicated", "misrouted", "speechless")
        if getattr(found, kind)
    }
    assert bool(found.wrong) == bool(set(counts) - {"speechless"})
    return counts


def test_what_is_right_is_right():
    """Said once, decided once, transferred once, where the oracle says."""
    assert verdict() == {}


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"skill": "Cards"}, {"misrouted": 1}),
        ({"heard": ()}, {"lost": 1}),
        ({"heard": (STOLEN, STOLEN)}, {"duplicated": 1}),
        ({"said": ("A", "A")}, {"duplicated": 1}),
        ({"said": ()}, {"lost": 1}),
        ({"transfers": 0}, {"lost": 1}),
        ({"transfers": 2}, {"duplicated": 1}),
        ({"receipts": ()}, {"lost": 1}),
        ({"receipts": RIGHT.receipts * 2}, {"duplicated": 1}),
    ],
)
def test_whatever_is_wrong_is_told(changes, counts):
    """Each promise by itself."""
    assert verdict(**changes) == counts


def test_what_is_not_there_is_lost():
    """It was acknowledged."""
    assert judging.judge([WRITTEN], {}).lost == 1


def test_an_attribute_that_was_away_excuses_nothing():
    """Outages that are over within seconds are to be waited for."""
    blind = receipt(Reading(PROFILE, None, "sde", None, "No answer."), policy=None)
    assert verdict(receipts=(blind,), skill=WITHOUT_WORDS, said=()) == {"misrouted": 1}


@pytest.mark.parametrize("heard_at", [SOON, IN_TIME])
def test_words_that_came_in_time_must_have_been_heard(heard_at):
    """When the cloud took them decides, not what the bot read."""
    deaf = receipt(Reading(FIRST, None, "messages", START), policy=None)
    found = verdict(receipts=(deaf,), heard_at=heard_at, skill=WITHOUT_WORDS, said=())
    assert found == {"misrouted": 1}


def test_who_says_nothing_in_time_goes_where_the_speechless_go():
    """The oracle's own view of somebody who has said nothing yet; anywhere else is wrong."""
    deaf = receipt(Reading(FIRST, None, "messages", START), policy=None)
    late = {"receipts": (deaf,), "heard_at": TOO_LATE, "said": ()}
    assert verdict(**late, skill=WITHOUT_WORDS) == {"speechless": 1}
    assert verdict(**late, skill="Cards") == {"misrouted": 1, "speechless": 1}
