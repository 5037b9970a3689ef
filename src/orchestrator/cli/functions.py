"""``orchestrator functions``: attributes that are computed by calling something of one's own."""

from pathlib import Path
from typing import Annotated, Any

import typer

from orchestrator.cli import options, show
from orchestrator.cli.options import Call

app = options.noun("Attributes that are computed by a function of your own, and where it may be.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="As in custom.NAME.")]
Host = Annotated[str, typer.Argument(metavar="HOST[:PORT]", help="Such as crm.internal:8443.")]


@app.command()
@options.at_desk
async def add(call: Call, name: Name) -> None:
    """Add a function, defined by a JSON object on stdin with url or lambdaId."""
    document = options.json_from_stdin()
    added = await call.desk.functions.add(call.actor, name, document=document)
    show.one(call.style, added.document(), text=f"custom.{added.name} is a function now.")


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List the functions by name, with what their calls cost."""
    found = [each.document() for each in await call.desk.functions.all(call.actor)]
    if call.style == "text":
        found = [{**each, **each["cost"], "calls what": _target(each)} for each in found]
    show.many(
        call.style,
        found,
        columns={
            "name": "Name",
            "calls what": "Calls",
            "onFailure": "On failure",
            "calls": "Times",
            "failures": "Failed",
            "cached": "From cache",
            "p50Ms": "Half within ms",
            "p95Ms": "95 % within ms",
            "lastError": "Last error",
        },
        empty="No functions yet. Next: orchestrator functions add NAME < definition.json",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, name: Name) -> None:
    """Show a function, without its secrets."""
    found = await call.desk.functions.show(call.actor, name)
    show.one(call.style, found.document())


@app.command()
@options.at_desk
async def edit(call: Call, name: Name) -> None:
    """Change what a JSON object on stdin says; null takes back to the default."""
    document = options.json_from_stdin()
    changed = await call.desk.functions.edit(call.actor, name, document=document)
    show.one(call.style, changed.document(), text=f"custom.{changed.name} is changed.")


@app.command()
@options.at_desk
async def remove(call: Call, name: Name) -> None:
    """Remove a function: policies that read it find it missing."""
    removed = await call.desk.functions.remove(call.actor, name)
    show.one(call.style, removed.document(), text=f"custom.{removed.name} is gone.")


@app.command("try")
@options.at_desk
async def try_(
    call: Call,
    name: Name,
    attributes: Annotated[
        str,
        typer.Option(
            metavar="JSON", help="Attributes that its parameters refer to.", show_default=False
        ),
    ] = "{}",
) -> None:
    """Call a function once, past its cache and its breaker, and show what came back."""
    given = options.parse_json(attributes, path="--attributes")
    tried = await call.desk.try_function(call.actor, name, attributes=given)
    shown = show.record(tried)
    show.one(call.style, shown)


@app.command("hosts")
@options.at_desk
async def hosts(call: Call) -> None:
    """List the hosts that functions may reach although they are inside."""
    found = await call.desk.functions.hosts(call.actor)
    show.many(
        call.style,
        [show.record(host) for host in found],
        columns={"host": "Host", "port": "Port", "scheme": "Scheme", "hasAuthority": "Own CA"},
        empty="None: functions reach the public internet alone.",
    )


@app.command("allow-host")
@options.at_desk
async def allow_host(
    call: Call,
    host: Host,
    *,
    http: Annotated[bool, typer.Option("--http", help="Also without TLS.")] = False,
    ca: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Trust this authority (PEM) there.", show_default=False),
    ] = None,
) -> None:
    """Let functions reach a host that is not on the public internet."""
    allowed = await call.desk.functions.allow_host(
        call.actor,
        host,
        scheme="http" if http else "https",
        authority=None if ca is None else options.text_of(ca),
    )
    shown: dict[str, Any] = show.record(allowed)
    show.one(call.style, shown, text=f"Functions may reach {host} now.")


@app.command("disallow-host")
@options.at_desk
async def disallow_host(call: Call, host: Host) -> None:
    """Take the permission for a host back."""
    gone = await call.desk.functions.disallow_host(call.actor, host)
    show.one(call.style, show.record(gone), text=f"Functions may no longer reach {host}.")


def _target(shown: dict[str, Any]) -> str:
    return str(shown.get("url") or f"LivePerson function {shown.get('lambdaId')}")
