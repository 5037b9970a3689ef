"""What is kept of conversations, and for how long."""

import asyncio
from datetime import timedelta

import pytest

from orchestrator.core.model import access, errors
from orchestrator.services.cloud import files as cloud_files
from orchestrator.services.cloud.conversations import Opening
from orchestrator.services.cloud.files import LIFETIME, Files, path_of
from orchestrator.services.cloud.requests import CloseRequest


async def _ended(house, agent, guest):
    opened = await house.conversations.open(guest, Opening(skill_id=house.skills["Sales"]))
    await house.conversations.publish(
        guest,
        opened.conversation_id,
        event={"type": "ContentEvent", "contentType": "text/plain", "message": "hello"},
    )
    for ring in await house.rung():
        await house.rings.answer(agent, ring.ring_id, "ACCEPTED")
    await house.conversations.change(agent, opened.conversation_id, [CloseRequest()])
    return opened


async def test_ended_conversations_go_after_their_retention_with_everything_of_theirs(house):
    """Thirty days after its end a conversation leaves no message, ring, history or profile."""
    agent = await house.agent("ann", "Sales")
    guest = await house.guest()
    old = await _ended(house, agent, guest)
    await house.clock.advance(timedelta(days=30))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 0
    await house.clock.advance(timedelta(seconds=1))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 1

    def left(tx):
        key = old.conversation_id
        rings = tx.rings_of_conversation(key)
        spoken = tx.messages(key, after=0, limit=10)
        return tx.conversation(key), spoken, rings, tx.assignments(key), tx.profile(guest.user_id)

    assert await house.store.read("1", left) == (None, [], [], [], None)


async def test_open_conversations_and_consumers_who_came_back_stay(house):
    """However old, an open conversation stays; a consumer stays while one conversation does."""
    agent = await house.agent("ann", "Sales")
    guest = await house.guest()
    await _ended(house, agent, guest)
    waiting = await house.opened("Billing", by=guest)
    await house.clock.advance(timedelta(days=400))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 1
    assert (await house.now(waiting)).state == "OPEN"
    assert await house.consumers.profile(guest, None) == {}


async def test_who_signed_up_and_never_came_is_forgotten(house):
    """Bounded by retention and batch; with a conversation, a young token or a voucher they stay."""
    strangers = [await house.guest() for _ in range(7)]
    renewed, guest = await house.guest(), await house.guest()
    await house.opened("Billing", by=guest)
    await house.store.transact(
        "1", lambda tx: tx.add_consumer("a" * 64, "authenticated", house.clock.now())
    )
    await house.clock.advance(timedelta(days=30))
    await house.consumers.token("1", renewed.user_id, issuer="here")
    assert await house.store.prune_strangers(now=house.clock.now(), limit=5) == 0
    await house.clock.advance(timedelta(seconds=1))
    gone = []
    while sum(gone) < len(strangers):
        gone.append(await house.store.prune_strangers(now=house.clock.now(), limit=5))
        assert len(gone) < 10_000
    assert max(gone) <= 5

    def left(tx):
        known = (*strangers, renewed, guest)
        return [tx.profile(one.user_id) for one in known], tx.profile("a" * 64)

    assert await house.store.read("1", left) == ([*[None] * 7, {}, {}], {})
    back = strangers[0]
    assert await house.consumers.profile(back, None) == {}
    await house.consumers.set_profile(back, {"firstName": "Jo"})
    assert await house.consumers.profile(back, None) == {"firstName": "Jo"}


async def test_pruning_is_bounded(house):
    """No more than asked for at a time, the longest ended first."""
    agent = await house.agent("ann", "Sales")
    for _ in range(5):
        await _ended(house, agent, await house.guest())
    await house.clock.advance(timedelta(days=31))
    pruned = [await house.store.prune(now=house.clock.now(), limit=2) for _ in range(4)]
    assert pruned == [2, 2, 1, 0]


class Shelf:
    """Where the bytes would be."""

    def __init__(self):
        self.kept = {}

    async def put(self, account, file_id, *, chunks, most):
        self.kept[account, file_id] = b"".join([chunk async for chunk in chunks])[:most]
        return len(self.kept[account, file_id])

    async def remove(self, account, file_id):
        self.kept.pop((account, file_id), None)

    async def tidy(self, before):
        """There are no halves here."""


async def test_files_go_with_their_conversation_and_unsent_ones_after_a_day(house):
    """Bytes and rows; what was sent stays as long as its conversation."""
    shelf = Shelf()
    files = Files(house.store, house.clock, shelf=shelf, key=b"key")
    agent, guest = await house.agent("ann", "Sales"), await house.guest()

    async def content():
        yield b"text"

    async def uploaded():
        signed = await files.for_upload(guest, size=4, kind="txt")
        await files.put(signed, content())
        return signed.path

    await uploaded()
    sent = await uploaded()
    old = await house.opened(by=guest)
    event = {
        "type": "ContentEvent",
        "contentType": "hosted/file",
        "message": {"relativePath": sent},
    }
    await house.conversations.publish(guest, old.conversation_id, event=event)
    assert await files.prune(house.clock.now(), 10) == 0
    await house.clock.advance(timedelta(days=1, seconds=1))
    assert await files.prune(house.clock.now(), 1) == 1
    assert await files.prune(house.clock.now(), 10) == 0
    assert [path_of(*key) for key in shelf.kept] == [sent]
    await house.rung()
    boss = await house.agent("boss", roles=["Agent Manager"])
    assert (await files.for_download(boss, sent)).path == sent
    with pytest.raises(errors.NotFound):
        await files.for_download(agent, sent)
    await house.conversations.change(boss, old.conversation_id, [CloseRequest()])
    await house.clock.advance(timedelta(days=31))
    assert await house.store.prune(now=house.clock.now(), limit=10) == 1
    assert await files.prune(house.clock.now(), 10) == 1
    assert shelf.kept == {}


async def test_an_upload_that_nobody_waits_for_leaves_no_bytes(house):
    """Its row went while it came: 404 to whoever sends it, and nothing stays for ever."""
    shelf = Shelf()
    files = Files(house.store, house.clock, shelf=shelf, key=b"key")
    signed = await files.for_upload(await house.guest(), size=4, kind="txt")

    async def content():
        await house.store.transact("1", lambda tx: tx.remove_file(signed.path[-32:]))
        yield b"text"

    with pytest.raises(errors.NotFound):
        await files.put(signed, content())
    assert shelf.kept == {}


async def test_an_account_with_files_is_not_removed(house):
    """Their bytes would outlive it: the sweep that deletes them goes by accounts."""
    files = Files(house.store, house.clock, shelf=Shelf(), key=b"key")
    await house.directory.accounts.add(access.operator("2"), "2")
    guest = await house.guest("2")
    await files.for_upload(guest, size=4, kind="txt")
    with pytest.raises(errors.Conflict, match="1 file that it keeps"):
        await house.directory.accounts.remove("2")
    await house.clock.advance(timedelta(days=1, seconds=1))
    assert await files.prune(house.clock.now(), 10) == 1
    assert (await house.directory.accounts.remove("2")).id == "2"


async def test_an_address_is_good_for_a_while(house):
    """Ten minutes, and not a second more."""
    files = Files(house.store, house.clock, shelf=Shelf(), key=b"key")
    guest = await house.guest()
    signed = await files.for_upload(guest, size=4, kind="image/png")
    await house.clock.advance(LIFETIME)

    async def content():
        yield b"text"

    with pytest.raises(errors.Unauthenticated):
        await files.put(signed, content())


class Slow(Shelf):
    """It takes what comes, and keeps none of it."""

    async def put(self, account, file_id, *, chunks, most):  # noqa: ARG002 - the port names them
        return len([chunk async for chunk in chunks])


async def test_a_file_comes_in_time_and_not_too_often_at_once(house):
    """Who tries again finds room, three times; an upload that stands still is given up."""
    files = Files(house.store, house.clock, shelf=Slow(), key=b"key")
    signed = await files.for_upload(await house.guest(), size=4, kind="txt")
    begun = asyncio.Semaphore(0)

    async def standing_still():
        begun.release()
        await asyncio.Event().wait()
        yield b""

    uploads = [asyncio.create_task(files.put(signed, standing_still())) for _ in range(3)]
    for _ in uploads:
        await begun.acquire()
    with pytest.raises(errors.Conflict):
        await files.put(signed, standing_still())
    await house.clock.advance(LIFETIME)
    for ended in await asyncio.gather(*uploads, return_exceptions=True):
        assert isinstance(ended, errors.BadInput)


async def test_an_account_is_not_filled_by_people_who_never_send(house, monkeypatch):
    """All together have a limit too; it is said that trying later may help."""
    monkeypatch.setattr(cloud_files, "MOST_UNSENT_BYTES", 10)
    files = Files(house.store, house.clock, shelf=Shelf(), key=b"key")
    await files.for_upload(await house.guest(), size=6, kind="txt")
    with pytest.raises(errors.Unavailable):
        await files.for_upload(await house.guest(), size=6, kind="txt")
