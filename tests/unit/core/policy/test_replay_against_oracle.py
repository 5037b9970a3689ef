"""Replaying, against an exhaustive search and against deciding anew with everything known."""

import random
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from oracle import deciding, driving, exhaustive, strategies
from orchestrator.core.policy import replay
from orchestrator.core.policy.replay import Untold

AT = datetime(2026, 11, 23, 12, tzinfo=UTC)


@pytest.mark.parametrize("seed", range(6))
def test_there_is_no_telling_exactly_where_something_unknown_can_matter(seed):
    """With any part of the attributes known: either the decision that it is whatever the rest may
    be, or names that can still change it."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    told = untold = 0
    for _ in range(12):
        room = exhaustive.Room(chance)
        policy_set = driving.compiled(room.document)
        for _ in range(8):
            values = {name: chance.choice(pool) for name, pool in room.pools.items()}
            share = chance.random()
            known = {name: value for name, value in values.items() if chance.random() < share}
            found = replay.decide(policy_set, driving.replies(known).get, at=AT)
            if isinstance(found, Untold):
                untold += 1
                assert found.names
                assert set(found.names) <= room.matters(known)
            else:
                told += 1
                assert room.matters(known) == set()
                expected = deciding.decide(room.document, values)[0]
                assert driving.shown(found) == expected
    assert min(told, untold) > 20


@settings(max_examples=60)
@given(strategies.documents(), strategies.documents(), strategies.attributes())
def test_what_one_set_read_is_enough_for_itself_and_never_misleads_another(then, now, values):
    """A recorded decision is replayed as it was; by other policies it is what they would truly have
    decided, or there is no telling."""
    first, second = driving.compiled(then), driving.compiled(now)
    replies = driving.replies(values)
    decided, batches = driving.asked(first, replies, at=AT)
    read = {name: replies[name] for batch in batches for name in batch if name in replies}
    missing = {name for batch in batches for name in batch} - read.keys()
    known = {**read, **driving.replies(dict.fromkeys(missing))}
    again = replay.decide(first, known.get, at=AT)
    assert driving.shown(again) == driving.shown(decided)
    found = replay.decide(second, known.get, at=AT)
    if isinstance(found, Untold):
        assert known.keys().isdisjoint(found.names)
    else:
        assert driving.shown(found) == driving.shown(driving.asked(second, replies, at=AT)[0])
