"""``orchestrator demo``: a bank's day over real sockets, every conversation checked."""

import asyncio
import contextlib
import random
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Coroutine, Generator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
import typer

from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.cli import demo_table
    from orchestrator.cli.demo_server import Server
    from orchestrator.serve.office import Desk
    from orchestrator.simulator.brand import Brand
    from orchestrator.simulator.ledger import Ledger
    from orchestrator.simulator.visit import Visit

FOUND: Final = 1
"""The exit code when a conversation did not end where the rules say."""

_RATE: Final = 2.0
_RATE_TO_THE_END: Final = 10.0
_CONVERSATIONS_TO_THE_END: Final = 200
_PASSWORD_BYTES: Final = 9
_PLUG: Final = "k"

Ending = Literal["by-itself", "by-hand"]
View = Literal["live", "lines", "json"]


class Plan(msgspec.Struct, frozen=True):
    """What was asked for. ``conversations`` None has no end; ``folder`` None takes a new one."""

    conversations: int | None
    rate: float
    ending: Ending
    view: View
    seed: int
    folder: Path | None
    account: str
    keep: bool
    kills: int


def demo(
    *,
    conversations: Annotated[
        int | None,
        typer.Option("--conversations", metavar="N", min=1, help="How many; default: no end."),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option("--rate", metavar="R", help="Arrivals a second; default 2, with --exit 10."),
    ] = None,
    exit_: Annotated[
        bool,
        typer.Option("--exit", help="End by itself and check all; 200 conversations by default."),
    ] = False,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the data folder when the demo ends.")
    ] = False,
    kills: Annotated[
        int,
        typer.Option("--kills", metavar="N", min=0, help="Kill the server so often on the way."),
    ] = 0,
    seed: Annotated[
        int | None, typer.Option("--seed", metavar="N", help="Draw the same people again.")
    ] = None,
    data: Annotated[
        Path | None,
        typer.Option("--data", metavar="DIR", help="An empty folder to work in and to leave."),
    ] = None,
    account: Annotated[
        str, typer.Option("--account", metavar="ID", help="The account to set up.")
    ] = "1",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON object a conversation.")
    ] = False,
) -> None:
    """Watch conversations being routed: a simulated bank, real server, real sockets.

    The key k kills the server (SIGKILL), and so may you: it is started again, and nobody is lost.

    Works in a new folder on free ports, never in ./data, and cleans up after itself. Exits 1 when a
    conversation did not end where a plain re-evaluation of the bank's rules says.
    """
    if rate is not None and not 0 < rate <= 1000:  # noqa: PLR2004  more would be a load test
        raise errors.BadInput("--rate must be more than 0 and at most 1000.", path="--rate")
    if kills and not (conversations or exit_):
        raise errors.BadInput(
            "--kills are spread over the conversations: say how many with --conversations.",
            path="--kills",
        )
    if data is not None and data.exists() and (not data.is_dir() or any(data.iterdir())):
        raise errors.BadInput(
            f"{data} is not an empty folder, and the demo works in nothing else.", path="--data"
        )
    plan = Plan(
        conversations=conversations or (_CONVERSATIONS_TO_THE_END if exit_ else None),
        rate=rate or (_RATE_TO_THE_END if exit_ else _RATE),
        ending="by-itself" if exit_ else "by-hand",
        view="json" if as_json else "live" if sys.stdout.isatty() else "lines",
        seed=secrets.randbits(32) if seed is None else seed,
        folder=data,
        account=account,
        keep=keep or data is not None,
        kills=kills,
    )
    if asyncio.run(_until_told(plan)):
        raise typer.Exit(FOUND)


async def _until_told(plan: Plan) -> int:
    """Run the demo until it ends or somebody ends it; return how many conversations went wrong."""
    from orchestrator.simulator import rules
    from orchestrator.simulator.ledger import Ledger

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for word in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(word, over.set)
    ledger = Ledger([policy["name"] for policy in rules.document()["policies"]])
    running = asyncio.create_task(_run(plan, ledger))
    told = asyncio.create_task(over.wait())
    try:
        await asyncio.wait((running, told), return_when=asyncio.FIRST_COMPLETED)
    finally:
        told.cancel()
        if not running.done():
            running.cancel()
        (result,) = await asyncio.gather(running, return_exceptions=True)
    if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError):
        raise result
    _close(plan, ledger)
    return len(ledger.wrong)


async def _run(plan: Plan, ledger: "Ledger") -> None:
    from orchestrator.cli import demo_account, demo_keys, demo_server, demo_table
    from orchestrator.serve import office, password_settings, settings

    with _folder(plan) as data:
        _say(plan, "Setting up a bank: 30 agents, 12 skills, 15 policies …")
        chosen = settings.read({"data": data, "account": plan.account})
        # A day that is made up stays in its folder, whatever database the environment names.
        # Its passwords are random, and thirty agents who sign in at once would take many seconds.
        chosen = chosen.model_copy(update={"database": None, "passwords": password_settings.LEAST})
        async with office.open(chosen, account="any") as desk:
            password = secrets.token_urlsafe(_PASSWORD_BYTES)
            brand = await demo_account.set_up(desk, password=password)
            ledger.version = await desk.policies.at(desk.actor)
            _say(plan, "Starting the server …")

            def turned(turn: demo_server.Turn) -> None:
                ledger.turn(turn)
                if plan.view == "lines":
                    _say(plan, f"({server.story})")

            async with demo_server.Server(data, turned=turned) as server:
                _say(
                    plan,
                    f"Console: {server.found.console} (account {plan.account}, "
                    f"login {demo_account.ADMINISTRATOR}, password {password})",
                )
                scene = demo_table.Scene(
                    console=server.found.console,
                    password=password,
                    data=data,
                    program=_program(),
                    pace=f"{plan.rate:g} arrivals/s",
                    plug=_PLUG if demo_keys.are_ours() else "",
                )
                working = _open_the_doors(
                    plan, ledger, scene, desk=desk, brand=brand, server=server
                )
                await _either(working, server.keep())


async def _either(*works: Coroutine[Any, Any, None]) -> None:
    """Run until one of these ends, and end the others. Raises what it raises."""
    tasks = [asyncio.create_task(each) for each in works]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in ended:
        task.result()


async def _open_the_doors(
    plan: Plan,
    ledger: "Ledger",
    scene: "demo_table.Scene",
    *,
    desk: "Desk",
    brand: "Brand",
    server: "Server",
) -> None:
    """Sign the agents in, let the consumers come, and show what happens."""
    from orchestrator.cli import demo_keys, demo_show
    from orchestrator.client.messaging import discovery, trust, web
    from orchestrator.simulator.brand import Line
    from orchestrator.simulator.day import Day

    found = server.found
    tls = trust.context(found.ca)
    plugs = [
        (plan.conversations or 0) * (kill + 1) // (plan.kills + 1) for kill in range(plan.kills)
    ]
    async with web.client(tls) as http, demo_show.Show(desk, ledger, plan.view) as show:

        def see(visit: "Visit") -> None:
            show.see(visit)
            if plugs and ledger.totals().begun >= plugs[0]:
                del plugs[0]
                server.kill()

        services = await discovery.find(http, domain=found.domain, account=plan.account)
        day = Day(
            Line(http, services, tls),
            brand,
            rate=plan.rate,
            chance=random.Random(plan.seed),  # noqa: S311  people who do not exist need no secrets
            watch=see,
        )
        ledger.staffed = lambda: day.is_staffed
        _say(plan, "Signing the agents in …")
        async with day, show.on_screen(scene, lambda: server.story):
            with demo_keys.listened({_PLUG: server.kill}):
                await day.run(conversations=plan.conversations)
                await show.settled()
                if plan.ending == "by-hand":
                    await asyncio.get_running_loop().create_future()


@contextlib.contextmanager
def _folder(plan: Plan) -> Generator[Path]:
    data = plan.folder or Path(tempfile.mkdtemp(prefix="orchestrator-"))
    try:
        yield data
    finally:
        if plan.keep:
            _say(plan, f"The data folder stays: {data}")
        else:
            shutil.rmtree(data, ignore_errors=True)


def _program() -> str:
    """Return how this program is called from here, for commands to paste."""
    called = Path(sys.argv[0])
    if called.name != "orchestrator":
        return "orchestrator"
    if not called.is_absolute():
        return str(called)
    try:
        return str(called.relative_to(Path.cwd()))
    except ValueError:
        return str(called)


def _say(plan: Plan, text: str) -> None:
    """Tell somebody who watches what is going on; programs get nothing but results."""
    if plan.view != "json":
        typer.echo(text, err=True)


def _close(plan: Plan, ledger: "Ledger") -> None:
    """Print the totals and every mismatch: with ``--json`` to stderr."""
    from orchestrator.cli import demo_table

    aside = plan.view == "json"
    totals = ledger.totals()
    if not totals.begun:  # ended while it was being set up
        return
    for text in demo_table.summary(totals):
        typer.echo(text, err=aside)
    for case in ledger.wrong:
        typer.echo(demo_table.mistake(case), err=aside)
