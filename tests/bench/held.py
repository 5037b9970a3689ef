"""How much memory it takes: conversations open with the bot while consumers' sockets stay open.

The embedded bot holds the conversations itself: no policy wants them, the account has no fallback
skill and ``maven:Bench`` no original one, so that they stay where they are (the end of the
fallback chain). Each consumer has several of them, and is told of each.
"""

import asyncio
import time
from pathlib import Path
from typing import Any, Final

from bench import crowd, figures, house, rules

NAME: Final = "held"

MOST_MIB: Final = 1024
AT_ONCE: Final = 24
STALLED_SECONDS: Final = 30.0

_HELD: Final = """
SELECT count(*) FROM conversations
WHERE state = 'OPEN' AND assigned_user = (SELECT id FROM users WHERE login = 'bot')
"""


async def run(options: Any, folder: Path) -> figures.Report:
    """Open ``options.sockets`` sockets and ``options.conversations`` conversations over them."""
    account = await house.furnish(folder, policies=rules.document(), fallback=None)
    async with house.running(folder) as server:
        empty = server.resident_mib()
        began = time.monotonic()
        async with crowd.staying(server.port, account.skills, count=options.sockets) as consumers:
            sockets = server.resident_mib()
            jobs = [consumers[n % len(consumers)] for n in range(options.conversations)]
            await crowd.each(jobs, at_once=AT_ONCE, work=_open)
            held = await _settled(server, options.conversations)
            took = time.monotonic() - began
            full = server.resident_mib()
            there = sum(consumer.is_there for consumer in consumers)
    found = {
        "conversations": held,
        "sockets": there,
        "rss_mib": {"empty": round(empty), "sockets": round(sockets), "full": round(full)},
        "kib_a_socket": round((sockets - empty) * 1024 / options.sockets, 1),
        "kib_a_conversation": round((full - sockets) * 1024 / options.conversations, 1),
        "seconds": round(took, 1),
    }
    faults = []
    if held < options.conversations or there < options.sockets:
        faults.append(f"only {held} conversations are held and {there} sockets open")
    if full > MOST_MIB:
        faults.append(f"{full:.0f} MiB are more than {MOST_MIB}")
    rows = (
        ("held", f"{held} conversations open with the bot, {there} consumers' sockets open"),
        ("empty server", f"{empty:.0f} MiB resident"),
        ("with the sockets", f"{sockets:.0f} MiB ({found['kib_a_socket']} KiB each)"),
        ("with everything", f"{full:.0f} MiB ({found['kib_a_conversation']} KiB a conversation)"),
        ("it took", f"{took:.0f} s to get there"),
    )
    return figures.Report("Memory of the server's process", found, rows, tuple(faults))


async def _open(consumer: crowd.Consumer) -> None:
    await consumer.open(number=rules.POLICIES)  # a subject that no policy knows


async def _settled(server: house.House, wanted: int) -> int:
    """Wait until the bot has them all, or no more come; return how many it has."""
    held, since = 0, time.monotonic()
    while True:
        now = int(server.query(_HELD)[0][0])
        if now >= wanted:
            return now
        if now > held:
            held, since = now, time.monotonic()
        elif time.monotonic() - since > STALLED_SECONDS:
            return now
        await asyncio.sleep(0.5)
