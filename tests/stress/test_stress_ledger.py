"""The ledger of the stress test sees what it is there to see."""

import pytest

from stress.ledger import Ledger
from stress.town import Member

ANN = Member("ann", "11", 1)
BEN = Member("ben", "12", 2)


@pytest.fixture
def ledger():
    return Ledger()


def test_what_is_right_breaks_nothing(ledger):
    """Offered, taken, handed on, taken by another one, ended."""
    ledger.offered(ANN, "c")
    ledger.taken(ANN, "c")
    ledger.let_go(ANN, "c")
    ledger.offered(BEN, "c")
    ledger.offered(ANN, "d")
    ledger.taken(BEN, "c")
    ledger.seen({"11": 1, "12": 1}, (ANN, BEN))
    ledger.let_go(BEN, "c")
    assert not ledger.broken


@pytest.mark.parametrize("then", ["offered", "taken"])
def test_one_conversation_for_two_is_seen(ledger, then):
    """As a ring, or as an accepted one."""
    ledger.taken(ANN, "c")
    getattr(ledger, then)(BEN, "c")
    assert ledger.broken["doubles"] == 1


@pytest.mark.parametrize("then", ["offered", "taken"])
def test_one_too_many_is_seen(ledger, then):
    """Rings count as well."""
    ledger.offered(ANN, "c")
    getattr(ledger, then)(ANN, "d")
    assert ledger.broken["overCapacity"] == 1


def test_one_too_many_in_the_rows_is_seen(ledger):
    """Whatever the sockets say."""
    ledger.seen({"11": 2}, (ANN, BEN))
    assert ledger.broken["overCapacity"] == 1


def test_a_ring_after_the_end_is_seen(ledger):
    """What is closed rings nowhere."""
    ledger.closed.add("c")
    ledger.offered(ANN, "c")
    assert ledger.broken["doubles"] == 1


def test_a_new_socket_says_what_the_agent_has(ledger):
    """What it does not name is not theirs any more, what it names is."""
    ledger.taken(BEN, "c")
    ledger.lost(BEN)
    ledger.resumed(BEN, {"d"})
    ledger.offered(ANN, "c")
    assert not ledger.broken
    ledger.offered(ANN, "d")
    assert ledger.broken["doubles"] == 1
