"""The context service over loopback HTTP: properties saved and read, on SQLite."""

from pathlib import Path
from typing import Any, Final

import msgspec

from bench import decisions, figures, house, pressure, requests
from orchestrator.core.model import access
from orchestrator.serve import office
from orchestrator.serve.settings import Settings

NAME: Final = "contexts"

SESSIONS: Final = 2_000
PATH: Final = "/v1/account/1/shop/{session}/properties"


async def run(options: Any, folder: Path) -> figures.Report:
    """Save three properties of one session after the other, then read them."""
    seconds = min(options.seconds, decisions.MOST_SECONDS)
    await house.furnish(folder, policies={"policies": []})
    async with office.open(Settings(data=folder)) as desk:
        actor = access.operator("1")
        key = (await desk.directory.api_keys.add(actor, name="bench")).api_key
    found: dict[str, decisions.Measured] = {}
    async with house.running(folder) as server:
        decisions.on_a_core(server.process, 0)
        for name, method in (("saved", "PATCH"), ("read", "GET")):
            found[name] = await decisions.measured(
                server.port, asking(method, key), server.process, seconds=seconds
            )
    refused = sum(each.answered.refused for each in found.values())
    faults = (f"{refused} requests were refused",) if refused else ()
    by = pressure.client()
    return figures.Report(
        f"Contexts over HTTP, {SESSIONS:,} sessions, asked for by {by}",
        {"client": by, **{name: msgspec.to_builtins(each) for name, each in found.items()}},
        tuple((name, each.shown()) for name, each in found.items()),
        faults,
    )


def asking(method: str, key: str) -> list[bytes]:
    """Return requests for each session; PATCH saves three properties, GET reads them."""
    body = {"tier": "gold", "cart": {"total": 120.5, "items": 3}, "note": "x" * 200}
    return [
        requests.request(
            method,
            PATH.format(session=f"c-{session}"),
            body if method == "PATCH" else None,
            key=key,
        )
        for session in range(SESSIONS)
    ]
