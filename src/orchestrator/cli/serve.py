"""`orchestrator serve`: runs the server until SIGTERM or Ctrl-C."""

from typing import TYPE_CHECKING, Annotated, Final

import typer

from orchestrator.cli import options, report
from orchestrator.cli.options import Place

if TYPE_CHECKING:
    from orchestrator.serve.openid_settings import OpenIdSettings
    from orchestrator.serve.settings import Settings


COLLECTING: Final = (5_000, 20, 20)
"""When the garbage collector looks for cycles; Python's default is (700, 10, 10).

What one conversation makes goes without it. With the default it took 0.8 ms a conversation, and
once a tenth of a second on a busy machine, when it went through the whole heap.
"""


@options.at_place
def serve(
    place: Place,
    *,
    host: Annotated[
        list[str] | None,
        typer.Option("--host", metavar="HOST", help="Address to listen on; may be repeated."),
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", help="Plain port; 0 takes a free one. Default 8080.")
    ] = None,
    tls_port: Annotated[
        int | None, typer.Option("--tls-port", help="TLS port; 0 takes a free one. Default 8443.")
    ] = None,
) -> None:
    """Run the messaging cloud, the routing bot and the interfaces on one data folder.

    Logs go to stderr, one JSON object a line. SIGTERM and Ctrl-C drain: what is being decided is
    finished, nothing is lost.
    """
    import asyncio

    from orchestrator.serve import settings, telemetry

    given = {
        **place.given,
        "hosts": tuple(host) if host else None,
        "port": port,
        "tls_port": tls_port,
    }
    chosen = settings.read(given)
    telemetry.configure(chosen.log_level)
    try:
        import uvloop
    except ImportError:  # there is none for this system
        asyncio.run(_run(chosen, place.style))
    else:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_run(chosen, place.style))


async def _run(chosen: "Settings", style: report.Style) -> None:
    import asyncio
    import gc
    import signal

    import msgspec

    from orchestrator.serve import program

    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for word in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(word, over.set)
    async with program.running(chosen) as found:
        if style == "json":
            shown = msgspec.structs.replace(found, invitation=None)
            ready = {"ready": True, **msgspec.to_builtins(shown)}
            typer.echo(msgspec.json.encode(ready).decode())
        else:
            typer.echo(
                f"Conversation Orchestrator is ready.\n"
                f"  console  {found.console}\n"
                f"  plain    {found.http}\n"
                f"  TLS      {found.https}   (trust {found.ca})\n"
                f"  data     {chosen.data}\n"
                "Ctrl-C stops it."
            )
        if found.invitation is not None:
            typer.echo(welcome(found.invitation, style, openid=chosen.openid), err=True)
        # What is there now stays: there is nothing in it for the collector to find.
        gc.collect()
        gc.freeze()
        gc.set_threshold(*COLLECTING)
        await over.wait()


def welcome(link: str, style: report.Style, *, openid: "OpenIdSettings") -> str:
    """Tell where the first administrator is made: to people in words, to programs as a log line."""
    import json

    if style == "json":
        return json.dumps({"event": "console.invitation", "link": link, "level": "info"})
    words = "There is no administrator yet."
    if openid.issuer is None:
        return f"{words} This link makes one, once:\n  {link}"
    how = "with a password"
    if openid.passwords == "refused":
        how = "for one session, as passwords are refused here"
    return f"{words} {_single_sign_on(openid)}\nThis link makes one {how}, once:\n  {link}"


def _single_sign_on(openid: "OpenIdSettings") -> str:
    """Say whom the provider lets in, and whether that makes anybody the administrator."""
    claims = " or ".join(f"“{name}”" for name in openid.role_claims)
    values = [value for value, role in openid.roles.items() if role == "Administrator"]
    door = f"People sign in by {openid.issuer}"
    if not values:
        return f"{door}, which makes nobody one: no value of the claim {claims} is mapped to it."
    named = " or ".join(f"“{value}”" for value in values)
    return f"{door}: whoever has {named} in the claim {claims} becomes one."
