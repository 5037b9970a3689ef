"""Who is let in when it gets full: the oldest stranger goes, whoever is known stays."""

import pytest

from orchestrator.serve.guests import Guests


@pytest.fixture
def house():
    return Guests(most=5, strangers=3)


@pytest.fixture
def gone():
    return []


def let_in(house, gone, name, *, address="a"):
    return house.admit(address, expel=lambda: gone.append(name))


def test_one_stranger_too_many_and_the_oldest_goes(house, gone):
    """A client that gets on with it is never the oldest for long."""
    for name in "1234":
        let_in(house, gone, name)
    assert gone == ["1"]
    assert (len(house), house.waiting) == (3, 3)


def test_other_addresses_do_not_matter(house, gone):
    """Strangers are counted by address."""
    for name in "123":
        let_in(house, gone, name)
    let_in(house, gone, "4", address="b")
    assert gone == []


def test_who_is_known_has_no_limit_but_the_house(house, gone):
    """Behind a load balancer all have one address; nobody known is ever expelled."""
    for name in "12345":
        let_in(house, gone, name).introduced()
    assert let_in(house, gone, "6") is None
    assert gone == []
    assert len(house) == 5


def test_a_full_house_takes_from_whom_most_are_waiting(house, gone):
    """Not from the address that came last."""
    let_in(house, gone, "known").introduced()
    let_in(house, gone, "b1", address="b")
    for name in "123":
        let_in(house, gone, name)
    assert let_in(house, gone, "c1", address="c") is not None
    assert gone == ["1"]


def test_who_leaves_makes_room_once(house, gone):
    """Leaving twice, or after being expelled, is nothing."""
    first = let_in(house, gone, "1")
    let_in(house, gone, "2")
    first.left()
    first.left()
    first.introduced()
    assert (len(house), house.waiting) == (1, 1)
    assert house.make_room()
    assert gone == ["2"]
    assert not house.make_room()
