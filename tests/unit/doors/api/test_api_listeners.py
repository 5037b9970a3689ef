"""Streams of events are bounded for each account, and for all of them together."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId
from orchestrator.doors.api.events import Events
from orchestrator.doors.api.rooms import Limits


def _events(**listening: int) -> Events:
    """Return the endpoint while so many listen in each account."""
    rooms = SimpleNamespace(limits=Limits(listeners=10, listeners_each=4))
    made = Events(cast("Any", rooms))
    made._feeds = {
        AccountId(account): cast("Any", SimpleNamespace(listeners=count))
        for account, count in listening.items()
    }
    return made


def test_an_account_has_its_share() -> None:
    """Whoever has taken it is refused, and everybody else is not."""
    made = _events(greedy=4, modest=1)
    with pytest.raises(errors.TooMany):
        made._demand_room(AccountId("greedy"))
    made._demand_room(AccountId("modest"))
    made._demand_room(AccountId("new"))


def test_all_accounts_together_have_a_limit() -> None:
    """A server has only so many streams to give."""
    made = _events(a=4, b=4, c=2)
    for account in ("a", "c", "new"):
        with pytest.raises(errors.TooMany):
            made._demand_room(AccountId(account))
