"""Changes by other processes are followed, each by what it means; what is old is swept away."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.adapters.storage.changes import Change
from orchestrator.core.model import errors
from orchestrator.core.model.happening import SessionEnded
from orchestrator.serve import watching
from orchestrator.testing.clock import START, TurnedClock


class Log:
    """A change log to write into."""

    def __init__(self):
        self.changes = []
        self.trouble = []

    def add(self, noun, *, account="1", key="x", after=None, who="operator"):
        number = len(self.changes) + 1
        fields = {
            "sequence": number,
            "at": START,
            "account": account,
            "who": who,
            "noun": noun,
            "id": key,
            "before": None,
            "after": after,
        }
        self.changes.append(Change(**fields))

    async def newest_change(self):
        return len(self.changes)

    async def changes_since(self, sequence):
        if self.trouble:
            raise self.trouble.pop(0)
        return self.changes[sequence:]


class Bots:
    """Notes whose configuration changed; some accounts fail for a while."""

    def __init__(self):
        self.changed_accounts = []
        self.trouble = {}

    async def changed(self, account):
        if self.trouble.get(account):
            raise self.trouble[account].pop(0)
        self.changed_accounts.append(account)


class Announcements:
    def __init__(self):
        self.published = []

    def publish(self, happenings):
        self.published.extend(happenings)


class Moved:
    """Tells of a move by the conversation and its rings."""

    async def told(self, account, conversation_id, *, rings):
        return [(account, conversation_id, rings)]


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def bots():
    return Bots()


@pytest.fixture
def announcements():
    return Announcements()


@pytest.fixture
def woken():
    return []


@pytest.fixture
def forgotten():
    return []


@pytest.fixture
def watch(log, bots, announcements, woken, forgotten):
    return watching.Watch(
        log,
        announcements=announcements,
        bots=bots,
        wake=woken.append,
        forget=forgotten.append,
        moved=Moved(),
    )


async def test_what_was_before_is_not_followed(watch, log, bots):
    """A server reads its folder as it is; only later changes are news."""
    log.add("bot-config")
    await watch.begin()
    await watch.look()
    assert bots.changed_accounts == []
    log.add("bot-config", account="2")
    await watch.look()
    await watch.look()
    assert bots.changed_accounts == ["2"]


@pytest.mark.parametrize("noun", ["skill-assignments", "users", "skills", "accounts"])
async def test_who_may_be_rung_changed(watch, log, woken, noun):
    """Queues are looked at again."""
    log.add(noun, account="7")
    await watch.look()
    assert woken == ["7"]


@pytest.mark.parametrize("noun", ["bot-config", "login-keys", "users"])
async def test_whatever_a_sign_in_hangs_on_is_tried_at_once(watch, log, bots, noun):
    """A bot that was refused tries again when its user or its key changed, not minutes later."""
    log.add(noun, account="7")
    await watch.look()
    assert bots.changed_accounts == ["7"]


async def test_whoever_was_erased_elsewhere_is_forgotten_here(watch, log, forgotten):
    """By a command, or by another server: what this one has in mind of the account goes."""
    log.add("skills", account="7")
    log.add("consumers", account="8", key="erased")
    await watch.look()
    assert forgotten == ["8"]


async def test_an_ended_session_is_announced(watch, log, announcements):
    """Its sockets are somebody else's to close; a session that was only refreshed is not told."""
    log.add("login-sessions", key="s1", after={"userId": "1001", "endedAt": None})
    log.add("login-sessions", key="s2", after={"userId": "1001", "endedAt": "2026-01-05T09:00:00Z"})
    await watch.look()
    assert announcements.published == [SessionEnded("1", "1001", "s2")]


async def test_a_bot_that_cannot_be_followed_now_is_tried_again(watch, log, bots, announcements):
    """And nothing else waits for it, whatever is wrong with it."""
    bots.trouble["1"] = [RuntimeError("odd"), errors.Unavailable("disk")]
    log.add("bot-config", account="1")
    log.add("bot-config", account="2")
    log.add("login-sessions", key="s", after={"userId": "1", "endedAt": "2026-01-05T09:00:00Z"})
    with pytest.raises(RuntimeError):
        await watch.look()
    assert bots.changed_accounts == ["2"]
    assert len(announcements.published) == 1
    with pytest.raises(errors.Unavailable):
        await watch.look()
    await watch.look()
    assert bots.changed_accounts == ["2", "1"]
    assert len(announcements.published) == 1


async def test_trouble_with_the_log_is_survived(watch, log, bots):
    """Whatever is raised, the next look comes."""
    clock = TurnedClock()
    log.trouble = [errors.Unavailable("disk"), ValueError("odd")]
    log.add("bot-config")
    task = asyncio.create_task(watch.run(clock, every=timedelta(seconds=0.25)))
    await clock.advance(timedelta(seconds=0.6))
    assert bots.changed_accounts == []
    await clock.advance(timedelta(seconds=0.3))
    assert bots.changed_accounts == ["1"]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


class Broom:
    """Records with so many old rows."""

    def __init__(self, rows):
        self.rows = rows
        self.batches = []
        self.trouble = []

    async def sweep(self, now, limit):
        assert now.tzinfo is not None
        if self.trouble:
            raise self.trouble.pop(0)
        gone = min(limit, self.rows)
        self.rows -= gone
        self.batches.append(gone)
        return gone


async def test_old_rows_go_batch_by_batch():
    """As many small batches as it takes, every minute; trouble ends neither one nor another."""
    clock = TurnedClock()
    broom, other = Broom(watching.BATCH * 2 + 7), Broom(3)
    broom.trouble = [errors.Unavailable("disk"), ValueError("odd")]
    brooms = [broom.sweep, other.sweep]
    task = asyncio.create_task(watching.prune(brooms, clock, every=timedelta(minutes=1)))
    await clock.advance(timedelta(minutes=2))
    assert (broom.batches, other.batches) == ([], [3, 0])
    await clock.advance(timedelta(minutes=1))
    assert broom.batches == [watching.BATCH, watching.BATCH, 7]
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_what_a_command_moved_by_hand_is_announced(watch, log, announcements):
    """What this server, or another one, moved was announced when it happened."""
    log.add("transfers", key="c", after={"rings": ["r"]}, who="sue")
    log.add("transfers", key="c", after={"rings": ["r"]})
    await watch.look()
    assert announcements.published == [("1", "c", ["r"])]
