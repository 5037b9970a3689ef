"""The demo's ledger calls a conversation right or wrong for good reasons, and counts it once."""

import msgspec
import pytest

from orchestrator.simulator import expected, personas, seed
from orchestrator.simulator.ledger import Case, Decided, Ledger, percentile
from orchestrator.simulator.visit import Stage, Visit

WHO = personas.Persona("Ada", "Baker", "en-GB", ctype="gold", cstatus="active")
ERRAND = personas.Errand(seed.WAYS_IN[0], "Good morning", "…", "DESKTOP", "web")
FACTS = expected.Facts(
    entry_skill=ERRAND.way_in.skill,
    first_message=ERRAND.first_message,
    language=WHO.language,
    device=ERRAND.device,
    channel=ERRAND.channel,
    is_first=True,
    ctype=WHO.ctype,
    cstatus=WHO.cstatus,
)
TO_ADVISORS = Decided("Top tiers to advisors", "ctype is gold", "Private Banking")


def visit(stage: Stage, **seen: object) -> Visit:
    return msgspec.structs.replace(Visit("c1", WHO, ERRAND, FACTS), stage=stage, **seen)


def case(decided: Decided | None = TO_ADVISORS, **seen: object) -> Case:
    went_well = {"skill": "Private Banking", "agent": "elena.rossi"}
    return Case(visit("ended", **{**went_well, **seen}), expected.of(FACTS), decided)


def test_a_conversation_that_ended_where_the_rules_say_is_right() -> None:
    """Policy, target, skill and agent agree: nothing to report."""
    assert case().state == "right"
    assert case().mistakes() == []


@pytest.mark.parametrize(
    ("wrong", "phrase"),
    [
        (case(None), "no decision was recorded"),
        (case(Decided(None, "", "Private Banking")), "policy none instead of"),
        (case(Decided("Top tiers to advisors", "", "Sales")), "went to Sales instead of"),
        (case(skill="Sales"), "the customer saw it under Sales"),
        (case(agent=None), "nobody answered"),
        (case(agent="chloe.martin"), "chloe.martin answered, who does not serve"),
    ],
)
def test_every_difference_is_named(wrong: Case, phrase: str) -> None:
    """What was recorded and what the sockets showed are both held against the rules."""
    assert any(found.startswith(phrase) for found in wrong.mistakes())


def test_an_agent_by_name_must_be_the_one_who_answers() -> None:
    """A transfer to an agent is right only if that agent answered."""
    wanted = expected.Expected("Platinum to their banker", "margaret.osei")
    decided = Decided(wanted.policy, "", wanted.target)
    answered = Case(visit("ended", agent="margaret.osei"), wanted, decided)
    other = Case(visit("ended", agent="elena.rossi"), wanted, decided)
    assert answered.mistakes() == []
    assert other.mistakes() == ["elena.rossi answered instead of margaret.osei"]


def test_totals_count_each_conversation_once_at_each_stage() -> None:
    """Stages may be told in any number of steps; counts and latencies do not grow with them."""
    ledger = Ledger(["Top tiers to advisors", "VIP list"])
    ledger.see(visit("waiting"))
    assert ledger.totals().waiting == 1
    ledger.see(visit("moved", skill="Private Banking", milliseconds=40.0))
    ledger.decide("c1", TO_ADVISORS)
    ledger.see(visit("served", skill="Private Banking", agent="elena.rossi", milliseconds=40.0))
    ledger.see(visit("ended", skill="Private Banking", agent="elena.rossi", milliseconds=40.0))
    ledger.close("c1")
    totals = ledger.totals()
    assert (totals.begun, totals.finished, totals.waiting, totals.wrong) == (1, 1, 0, 0)
    assert (totals.matched, totals.fell_back, totals.p50, totals.p95) == (1, 0, 40.0, 40.0)
    assert totals.wins == (("Top tiers to advisors", 1), ("VIP list", 0))


def test_percentiles_are_numbers_that_were_measured() -> None:
    """Nearest rank: no number is invented between two measurements, and none without any."""
    numbers = [float(number) for number in range(1, 101)]
    assert percentile(numbers, 50) == 50.0
    assert percentile(numbers, 95) == 95.0
    assert percentile([7.0], 95) == 7.0
    assert percentile([], 50) is None


def test_while_the_server_was_away_others_may_take_it_but_somebody_must() -> None:
    """Agents come back one by one: another place is no mistake then, another policy is, and so is a
    customer whom nobody answers."""
    elsewhere = Decided("Top tiers to advisors", "", "Sales")
    shaken = msgspec.structs.replace(
        case(elsewhere, skill="Sales", agent="chloe.martin"), shaken=True
    )
    assert shaken.state == "right"
    assert msgspec.structs.replace(shaken, shaken=False).state == "wrong"
    other = msgspec.structs.replace(shaken, decided=Decided(None, "", "Sales"))
    assert other.mistakes() == ["policy none instead of “Top tiers to advisors”"]
    unanswered = msgspec.structs.replace(shaken, visit=visit("given-up", skill="Sales"))
    assert unanswered.mistakes() == ["nobody answered"]


def test_policies_that_somebody_changed_are_held_against_what_they_decided() -> None:
    """The bank's rules say nothing of them; what the customer saw must still be what was decided,
    and where nobody of the bank serves, nobody has to answer."""
    mine = Decided("My policy", "", "Sales", version=2)
    changed = msgspec.structs.replace(case(mine, skill="Sales", agent="chloe.martin"), changed=True)
    assert changed.state == "right"
    seen = msgspec.structs.replace(changed, visit=visit("ended", skill="Cards", agent="x"))
    assert seen.mistakes()[0] == "the customer saw it under Cards, not Sales"
    new = msgspec.structs.replace(mine, target="A new skill")
    alone = msgspec.structs.replace(
        changed, decided=new, visit=visit("given-up", skill="A new skill")
    )
    assert alone.mistakes() == []


def test_what_is_under_way_is_shaken_until_the_server_and_all_agents_are_back() -> None:
    """From its death to the first arrival that finds everybody there; each death is counted."""
    book = Ledger(["Top tiers to advisors"])
    book.version = 1
    staffed = False
    book.staffed = lambda: staffed
    cases = iter(f"c{number}" for number in range(9))

    def arrived() -> Case:
        return book.see(msgspec.structs.replace(visit("waiting"), conversation_id=next(cases)))

    before = arrived()
    book.turn("down")
    assert not before.shaken
    assert book.newest(1)[0].shaken
    staffed = True
    assert arrived().shaken, "the server is not back"
    staffed = False
    book.turn("up")
    assert arrived().shaken, "not everybody is back"
    staffed = True
    assert not arrived().shaken
    assert book.decide("c0", Decided(None, "", "Sales", version=2)).changed
    book.see(msgspec.structs.replace(visit("given-up"), conversation_id="c0"))
    book.close("c0")
    totals = book.totals()
    assert (totals.kills, totals.lost, totals.changed) == (1, 1, 1)
