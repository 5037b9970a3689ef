"""A process that only listens goes on to hear, however long nobody says anything."""

import asyncio

from orchestrator.adapters.storage import engine, news


async def test_silence_between_two_words_is_survived(postgres_url, monkeypatch):
    """A look at the line, in the silence, does not wait for the word before it."""
    monkeypatch.setattr(news, "CHECK_SECONDS", 0.02)
    here = await engine.Database.open(postgres_url)
    there = await engine.Database.open(postgres_url)
    try:
        heard: asyncio.Queue[bytes] = asyncio.Queue()
        await there.hear(lambda told: [heard.put_nowait(each) for each in told] and None)
        for word in (b"one", b"two", b"three"):
            await here.transact(lambda _: None, tells=lambda _, word=word: word)
            async with asyncio.timeout(5):
                assert await heard.get() == word
            listening = there._writer._news._listener._thread
            await asyncio.to_thread(listening.join, 0.1)  # several looks at the line
            assert listening.is_alive()
    finally:
        async with asyncio.timeout(5):
            await there.close()
            await here.close()
