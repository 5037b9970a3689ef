"""The values that attributes were last seen with: an example for editors, and nobody's secret."""

from datetime import timedelta

import msgspec
import pytest

from orchestrator.adapters.storage import seen as rows
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.services.routing import seen
from orchestrator.testing.clock import START


def receipt(*readings, after=0):
    return Receipt(
        decision_id="d",
        account="1",
        conversation_id="c",
        at=START + timedelta(seconds=after),
        version="v",
        number=1,
        readings=tuple(Reading(*each) for each in readings),
        policy_id=None,
        policy_name=None,
        no_match_reason="NO_MATCHED_RULES",
        actions=(),
    )


class Kept:
    """What was written, batch by batch."""

    def __init__(self):
        self.batches = []

    async def put(self, values):
        self.batches.append([(each.name, each.value) for each in values])


@pytest.fixture
def kept():
    return Kept()


def note(noticed, found):
    """Note it at the moment of its decision."""
    noticed.note(found, now=found.at)


async def test_nothing_is_kept_that_is_sensitive_or_says_who_somebody_is(kept):
    """Nor what the registry does not know, is missing, could not be fetched, or is long."""
    noticed = seen.Seen(kept)
    note(
        noticed,
        receipt(
            ("shop.tier", "gold", "context"),
            ("conversation.firstMessage", "My card is 4111…", "messages"),
            ("orchestrator.userMessage", "My card is 4111…", "context"),
            ("conversation.consumerId", "jo", "conversation"),
            ("sde.visitorinfo.customerinfo.customerid", "C-1", "profile"),
            ("custom.crm", {"email": "jo@example.com"}, "function"),
            ("customerinfo.socialid", "@jo", "profile"),
            ("sde.visitorinfo.personalinfo", {"contacts": ["jo@example.com"]}, "caller"),
            ("shop.missing", None, "context"),
            ("shop.long", "x" * 300, "context"),
        ),
    )
    assert await noticed.flush(START, 100) == 1
    assert kept.batches == [[("shop.tier", "gold")]]


async def test_an_attribute_is_noted_once_a_minute(kept):
    """However often it is read; the batch is bounded, and nothing is written twice."""
    noticed = seen.Seen(kept)
    for second in (0, 1, 59, 60):
        note(noticed, receipt(("shop.tier", second, "context"), after=second))
        await noticed.flush(START, 100)
    assert kept.batches == [[("shop.tier", 0)], [("shop.tier", 60)]]
    note(noticed, receipt(*((f"shop.p{n}", n, "context") for n in range(5)), after=120))
    assert [await noticed.flush(START, 2) for _ in range(4)] == [2, 2, 1, 0]


async def test_the_newest_value_is_what_is_left(database):
    """Of each attribute of each account one row, whatever the value's type."""
    values = rows.SeenValues(database)
    noticed = seen.Seen(values)
    for place, value in enumerate(["gold", {"a": [1, None]}, False]):
        note(noticed, receipt(("shop.tier", value, "context"), after=60 * place))
        await noticed.flush(START, 100)
    note(noticed, msgspec.structs.replace(receipt(("shop.tier", 7, "context")), account="2"))
    (mine,) = await values.seen("1")
    assert (mine.name, mine.value, mine.at) == ("shop.tier", False, START + timedelta(minutes=2))
