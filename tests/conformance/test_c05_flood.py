"""A flood of wrong logins costs the flood, and nobody beside it: items 5, 8 and 17."""

import asyncio
import time

from running import wire


async def test_c17_sockets_are_answered_while_strangers_guess(start_server):
    """Forty passwords at once are looked at two at a time, and never on the loop."""
    town = await wire.seed(await asyncio.to_thread(start_server), "1")
    async with wire.Visit(town) as visit, wire.Visit(town) as flood:
        peer = await visit.agent("anna")
        guesses = [
            asyncio.create_task(
                flood.post("/login", {"username": f"user-{number}", "password": "guess"})
            )
            for number in range(40)
        ]
        waits = []
        while not all(guess.done() for guess in guesses):
            asked = time.monotonic()
            await peer.settled()
            waits.append(time.monotonic() - asked)
        answers = [guess.result().status_code for guess in guesses]
        assert set(answers) <= {401, 429}
        assert len(waits) > 20
        assert sorted(waits)[len(waits) * 9 // 10] < 1
        assert max(waits) < 8
        key = {"username": "router", **{name: town.key[name] for name in KEY}}
        assert (await visit.post("/login", key)).status_code == 200


KEY = ("appKey", "secret", "accessToken", "accessTokenSecret")
