"""Which rules decide while new ones are made ready."""

import asyncio
import threading
from datetime import timedelta

import msgspec
import pytest

from orchestrator.core.model import errors
from orchestrator.core.policy import document, editions, recompile
from orchestrator.core.policy.index import overlay
from orchestrator.core.policy.library import Library
from orchestrator.services.routing import rulebook
from orchestrator.services.routing.ports import Rules
from orchestrator.services.routing.rulebook import Rulebook


def edition(*, value, count=3, like=None):
    """An edition of so many policies, the first of which wants ``value``."""
    policies = [
        {
            "id": f"p{number}",
            "name": f"Policy {number}",
            "enabled": True,
            "conditions": [
                {"property": "shop.tier", "type": "EQUAL", "value": number or value},
            ],
            "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Good day."}}],
        }
        for number in range(count)
    ]
    return editions.of(document.load(policies).policy_set, like=like)


def rules(kept, number):
    return Rules(kept.version, number, None, timedelta())


class Kept:
    """Records that are read in a thread, which can be held up."""

    def __init__(self):
        self.editions = {}
        self.reads = 0
        self.free = threading.Event()
        self.free.set()

    def keep(self, kept):
        self.editions[kept.version] = kept
        return kept

    async def edition(self, version, *, like=None):
        del like
        self.reads += 1
        await asyncio.to_thread(self.free.wait)
        if version not in self.editions:
            raise errors.Unavailable("The disk is gone.")
        return self.editions[version]


@pytest.fixture
def kept():
    records = Kept()
    yield records
    records.free.set()


async def test_rules_of_few_policies_are_waited_for(kept):
    """Nobody decides by what is no longer the rule where that takes next to nothing."""
    book = Rulebook(kept)
    first, second = kept.keep(edition(value="gold")), kept.keep(edition(value="silver"))
    assert (await book.of("1", rules(first, 1))).rules.number == 1
    found = await book.of("1", rules(second, 2))
    assert (found.rules.number, found.compiled.version) == (2, second.version)


async def test_many_policies_decide_until_their_successor_is_ready(kept):
    """Nobody waits for what takes long: the old version decides, and says so."""
    book = Rulebook(kept)
    first = kept.keep(edition(value="gold", count=rulebook.MANY))
    second = kept.keep(edition(value="silver", count=rulebook.MANY))
    await book.of("1", rules(first, 1))
    kept.free.clear()
    wanted = msgspec.structs.replace(rules(second, 2), fallback_skill_id="7")
    found = await book.of("1", wanted)
    assert (found.rules.number, found.compiled.version) == (1, first.version)
    assert found.rules.fallback_skill_id == "7"
    kept.free.set()
    while (found := await book.of("1", wanted)).rules.number == 1:
        assert found.compiled.version == first.version
    assert (found.rules.version, found.compiled.version) == (second.version, second.version)
    assert kept.reads == 2


async def test_what_is_published_here_decides_at_once_and_is_not_read(kept):
    """Whoever has changed the rules finds them in force."""
    library = Library()
    book = Rulebook(kept, library)
    first = kept.keep(edition(value="gold", count=rulebook.MANY))
    await book.of("1", rules(first, 1))
    second = edition(value="silver", count=rulebook.MANY, like=first)
    await book.take("1", second)
    found = await book.of("1", rules(second, 2))
    assert (found.rules.number, found.compiled.version) == (2, second.version)
    assert kept.reads == 1
    assert library.find(second.version) is second


async def test_rules_that_cannot_be_read_are_asked_for_again(kept):
    """A disk that is away for a moment costs that moment's decisions alone."""
    book = Rulebook(kept)
    made = edition(value="gold")
    with pytest.raises(errors.Unavailable):
        await book.of("1", rules(made, 1))
    kept.keep(made)
    assert (await book.of("1", rules(made, 1))).compiled.version == made.version


async def test_an_index_that_was_patched_often_is_made_anew_behind_the_decisions(kept):
    """Edit after edit is in force at once, and in the end the index is whole again."""
    book = Rulebook(kept)
    current = kept.keep(edition(value="gold", count=200))
    await book.of("1", rules(current, 1))
    for number in range(overlay.MOST_BESIDE + 5):
        policies = list(current.document.policies)
        policies[number] = msgspec.structs.replace(policies[number], name=f"Called {number}")
        after = msgspec.structs.replace(current.document, policies=tuple(policies))
        current = editions.of(after, like=current)
        await book.take("1", current)
        found = await book.of("1", rules(current, number + 2))
        assert found.compiled.policies[number].name == f"Called {number}"
    while recompile.is_worn(found.compiled):  # nobody is told when it no longer is
        await asyncio.sleep(0)
        found = await book.of("1", rules(current, number + 2))
    assert found.compiled.version == current.version
    assert found.compiled.policies[3].name == "Called 3"
