"""What the demo shows while it runs: looks decisions up and hands each conversation to a view."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Final, Self

import typer

from orchestrator.cli import demo_decisions, demo_table

if TYPE_CHECKING:
    from orchestrator.cli.demo import View
    from orchestrator.serve.office import Desk
    from orchestrator.simulator.ledger import Ledger
    from orchestrator.simulator.visit import Visit

_REFRESH_SECONDS: Final = 0.2


class Show:
    """Watches a day. ``see`` is told of every stage of a visit; open inside ``async with``."""

    def __init__(self, desk: "Desk", ledger: "Ledger", view: "View") -> None:
        self._desk = desk
        self._ledger = ledger
        self._view = view
        self._looks: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def see(self, visit: "Visit") -> None:
        """Note a new stage; from the transfer on, look up how it was decided."""
        self._ledger.see(visit)
        key = visit.conversation_id
        if visit.stage != "waiting" and key not in self._looks:
            self._looks[key] = self._start(self._look(key))
        if visit.stage in ("ended", "given-up"):
            self._start(self._finish(key))

    async def settled(self) -> None:
        """Wait until everything that was seen is looked up. Raises what went wrong there."""
        while self._tasks:
            await asyncio.gather(*self._tasks)

    @contextlib.asynccontextmanager
    async def on_screen(
        self, scene: demo_table.Scene, story: Callable[[], str]
    ) -> AsyncGenerator[None]:
        """Keep the live table on the screen inside the block; other views print as they go.

        ``story`` says what became of the server.
        """
        if self._view != "live":
            if self._view == "lines":
                _print_scene(scene)
            yield
            return
        from rich.console import Console
        from rich.live import Live

        console = Console(highlight=False)

        def _draw() -> Any:
            width, height = console.size
            return demo_table.picture(self._ledger, scene, story(), width=width, height=height)

        with Live(_draw(), console=console, auto_refresh=False, redirect_stderr=False) as live:
            drawing = asyncio.create_task(_redraw(lambda: live.update(_draw(), refresh=True)))
            try:
                yield
            finally:
                drawing.cancel()
                await asyncio.gather(drawing, return_exceptions=True)
                live.update(_draw(), refresh=True)

    async def _look(self, key: str) -> None:
        self._ledger.decide(key, await demo_decisions.look(self._desk, key))

    async def _finish(self, key: str) -> None:
        await self._looks[key]
        del self._looks[key]
        case = self._ledger.close(key)
        if self._view == "json":
            demo_table.print_json(case)
        elif self._view == "lines":
            typer.echo(demo_table.line(case))

    def _start(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _redraw(draw: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(_REFRESH_SECONDS)
        draw()


def _print_scene(scene: demo_table.Scene) -> None:
    typer.echo(f"export ORCHESTRATOR_DATA={scene.data}   # to look around in another terminal")
    typer.echo(scene.console)
