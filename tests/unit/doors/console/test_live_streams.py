"""How many live lists may be open at once."""

from contextlib import ExitStack

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.console import streams


def test_a_person_has_so_many_streams_and_one_that_ends_makes_room():
    """Others of the account are not kept out by one person."""
    counted = streams.Streams()
    with ExitStack() as others:
        for _ in range(streams.OF_A_PERSON - 1):
            others.enter_context(counted.one("1", "ann"))
        with counted.one("1", "ann"):
            with pytest.raises(errors.TooMany):
                counted.refuse_many("1", "ann")
            counted.refuse_many("1", "bob")
            counted.refuse_many("2", "ann")
        counted.refuse_many("1", "ann")


def test_an_account_has_so_many_streams():
    """Another account is not kept out by it."""
    counted = streams.Streams()
    with ExitStack() as others:
        for number in range(streams.OF_AN_ACCOUNT):
            others.enter_context(counted.one("1", f"person {number}"))
        with pytest.raises(errors.TooMany):
            counted.refuse_many("1", "somebody else")
        counted.refuse_many("2", "somebody")
    counted.refuse_many("1", "somebody else")
