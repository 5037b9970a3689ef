"""What one server's people do is told to another server's, as it was."""

import asyncio
from datetime import UTC, datetime, timedelta

import msgspec

from orchestrator.adapters.storage import cloud, engine
from orchestrator.core.model import conversation as model
from orchestrator.core.model import happening
from running import postgres

NOW = datetime(2026, 1, 5, 9, 0, 0, 123456, tzinfo=UTC)

MESSAGE = model.Message(
    conversation_id="c",
    dialog_id="c",
    sequence=3,
    originator="ann",
    originator_pid="ann",
    role="CONSUMER",
    at=NOW,
    event={
        "type": "ContentEvent",
        "message": "\0 ä 😀",
        "big": 1 << 80,
        "deep": [None, {"a": 0.1}],
    },
    metadata=[{"type": "ExternalId", "id": "1"}],
    audience="ALL",
    client_properties=None,
)
OPEN = model.Conversation(
    "1",
    "c",
    "ann",
    "3001",
    "3001",
    NOW,
    NOW,
    (model.Dialog("c", (model.Participant("ann", "ann", "CONSUMER"),), NOW, NOW),),
)
RING = model.Ring("r", "1", "c", "ann", "3001", "1001", "WAITING", NOW, NOW + timedelta(seconds=9))
EVERYTHING = [
    happening.ConversationChanged("1", msgspec.structs.replace(OPEN, last_message=MESSAGE)),
    happening.MessagePublished("1", OPEN, MESSAGE),
    happening.RingChanged("1", RING),
    happening.AvailabilityChanged("1", "1001", "BACK_SOON"),
    happening.SessionEnded("1", "1001", "s"),
    happening.SessionEnded("1", "1001"),
]


async def test_every_kind_of_happening_arrives_as_it_was(postgres_url):
    """Types, moments, odd characters and big numbers survive the way between two servers."""
    assert {type(each) for each in EVERYTHING} == set(happening.Happening.__args__)
    here, there = [await engine.Database.open(postgres_url) for _ in range(2)]
    heard, arrived = [], asyncio.Event()

    def hear(told):
        heard.extend(cloud.happenings(told))
        arrived.set()

    await there.hear(hear)
    told = []
    store = cloud.CloudStore(here, announce=told.extend, pause=timedelta(0))
    await store.transact("1", lambda tx: [tx.tell(each) for each in EVERYTHING])
    await asyncio.wait_for(arrived.wait(), 30)
    assert heard == told == EVERYTHING
    for each in (here, there):
        await each.close()


async def test_who_tells_nothing_writes_nothing(postgres_url, postgres_server):
    """Reading and idle rounds leave no rows behind."""
    database = await engine.Database.open(postgres_url)
    store = cloud.CloudStore(database, announce=lambda _: None, pause=timedelta(0))
    await store.transact("1", lambda tx: tx.account)
    await database.close()
    name = postgres.name_of(postgres_url)
    assert postgres_server.execute("SELECT count(*) FROM happenings", database=name) == [(0,)]
