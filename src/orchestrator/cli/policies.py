"""``orchestrator policies``: the policy set that decides."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from orchestrator.cli import checked, moments, options, replays, report, show, why
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.core.policy.document import InvalidPolicy, Policy
    from orchestrator.serve.office import Saved

app = options.noun("The policy set that decides: load, show, edit, export.")

Reference = Annotated[str, typer.Argument(metavar="POLICY", help="A policy's name, or its id.")]


@app.command()
@options.at_desk
async def load(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON or YAML; - for stdin.")],
    *,
    message: Annotated[str, typer.Option(help="Why, for the list of versions.")] = "",
) -> None:
    """Replace all policies by those of a document, as one new version."""
    saved = await call.desk.policies.load(call.actor, _read(file), message=message)
    text = f"Loaded version {saved.version}: {_count(saved.policies)}, {saved.enabled} enabled."
    _saved(call, saved, text)


def _count(policies: int) -> str:
    return "1 policy" if policies == 1 else f"{policies} policies"


def _saved(call: Call, saved: "Saved", text: str) -> None:
    if call.style == "text":
        report.warnings(saved.warnings, call.style)
    if not saved.enabled:
        sys.stderr.write(
            "warning: nothing is enabled, so no policy decides. "
            "Enable one with `orchestrator policies edit NAME --enabled`.\n"
        )
    show.one(call.style, show.record(saved), text=text)


def _read(name: str) -> Any:
    from orchestrator.core.model import errors
    from orchestrator.core.policy import source

    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise errors.BadInput(f"{name} cannot be read: {reason}.", path="FILE") from None
    written_as_yaml = Path(name).suffix.lower() in {".yaml", ".yml"}
    return source.read(content, "yaml" if written_as_yaml else "any")


@app.command()
@options.at_place
def check(
    place: options.Place,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON or YAML; - for stdin.")],
    *,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit 1 for an error or a warning.")
    ] = False,
) -> None:
    """Say what is probably not meant in a policy set, each thing with attributes that prove it.

    Looks at the account of the data folder as well, where there is one; nothing is saved.
    """
    checked.tell(place, checked.find(place, _read(file)), strict="yes" if strict else "no")


@app.command()
@options.at_desk
async def replay(
    call: Call,
    file: Annotated[str, typer.Argument(metavar="FILE", help="JSON or YAML; - for stdin.")],
    *,
    since: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Decided then or later; a week ago if unsaid."),
    ] = None,
    most: Annotated[int, typer.Option(help="So many decisions at most, the newest.")] = 5000,
) -> None:
    """Say which conversations on record would have gone elsewhere if a document were loaded.

    Both are decided by what was known then: the policies that decide now, and those of the
    document. Nothing is saved, fetched or carried out.
    """
    found = await call.desk.replaying.document(
        call.actor, _read(file), since=moments.read(since, path="--since"), most=most
    )
    replays.tell(found, style=call.style)


@app.command("list")
@options.at_desk
async def list_(call: Call) -> None:
    """List all policies in the order in which they are evaluated."""
    _, document = await call.desk.policies.current(call.actor)
    export = await call.desk.policies.export(call.actor)
    rows = [
        {
            "position": index + 1,
            "id": policy.id,
            "name": policy.name,
            "enabled": policy.enabled,
            "valid": hasattr(policy, "root"),
            "actions": _actions(shown),
        }
        for index, (policy, shown) in enumerate(
            zip(document.policies, export["policies"], strict=True)
        )
    ]
    if call.style == "text":
        for row in rows:
            row["actions"] = [_phrase(action) for action in row["actions"]]
    show.many(
        call.style,
        rows,
        columns={"position": "#", "name": "Name", "enabled": "Enabled", "actions": "Actions"},
        empty="No policies yet. Next: orchestrator policies load FILE",
    )


def _actions(policy: Any) -> list[Any]:
    found = policy.get("actions") if isinstance(policy, dict) else None
    return found if isinstance(found, list) else []


def _phrase(action: Any) -> str:
    """Return an action for people, such as ``→ Billing``."""
    payload = action.get("payload", {}) if isinstance(action, dict) else {}
    skill = payload.get("skillName") or payload.get("skillId")
    match action.get("type"):
        case "SEND_MESSAGE":
            return "message"
        case "TRANSFER_TO_SKILL":
            return f"→ {skill}"
        case "TRANSFER_TO_AGENT":
            agent = payload.get("loginName") or payload.get("userId")
            return f"→ {agent}" + (f", else {skill}" if skill else "")
    return str(action.get("type"))


@app.command("show")
@options.at_desk
async def show_(call: Call, policy: Reference) -> None:
    """Show one policy as its document has it, targets by id and name."""
    wanted = await call.desk.policies.show(call.actor, policy)
    found = _in_export(wanted, await call.desk.policies.export(call.actor))
    if call.style == "json":
        show.json_line(found)
    else:
        _print_json(found)


def _in_export(policy: "Policy | InvalidPolicy", export: dict[str, Any]) -> Any:
    for shown in export["policies"]:
        if isinstance(shown, dict) and shown.get("name") == policy.name:
            return {"id": policy.id, **shown}
    return {"id": policy.id, "name": policy.name, "enabled": policy.enabled}


@app.command()
@options.at_desk
async def export(
    call: Call,
    *,
    version: Annotated[int | None, typer.Option(help="A version; without it, the current.")] = None,
) -> None:
    """Print the whole document, as `policies load` reads it; targets by id and name."""
    document = await call.desk.policies.export(call.actor, number=version)
    if call.style == "json":
        show.json_line(document)
    else:
        _print_json(document)


@app.command("import-original")
@options.at_place
def import_original(
    place: options.Place,
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="A JSON file of the original, or a folder.")
    ],
    *,
    output: Annotated[str, typer.Option(metavar="FILE", help="Write the document there.")] = "",
    contains: Annotated[
        str, typer.Option(metavar="OPERATOR", help="How CONTAINS is read: so, or IS_PART_OF.")
    ] = "CONTAINS",
    enable_unsaid: Annotated[
        bool, typer.Option("--enable-unsaid", help="Switch on what does not say if it is on.")
    ] = False,
) -> None:
    """Turn policies of the original into a document of ours, and say how each part was read.

    Prints the document; the report goes to stderr. With --json prints {"document", "report"}.
    """
    from orchestrator.cli import original_files

    found = original_files.convert(path, contains=contains, unsaid="on" if enable_unsaid else "off")
    if output:
        original_files.write(output, found.document)
    if place.style == "json":
        show.json_line(found)
        return
    for line in why.laid_out(original_files.told(found), width=why.width(sys.stderr)):
        typer.echo(line, err=True)
    if not output:
        _print_json(found.document)


def _print_json(document: Any) -> None:
    import json

    typer.echo(json.dumps(document, indent=2, ensure_ascii=False))


@app.command()
@options.at_desk
async def edit(
    call: Call,
    policy: Reference,
    *,
    enabled: Annotated[bool, typer.Option("--enabled", help="Let it count.")] = False,
    disabled: Annotated[bool, typer.Option("--disabled", help="Let it no longer count.")] = False,
    position: Annotated[
        int | None, typer.Option(metavar="N", help="Its place; 1 is evaluated first.")
    ] = None,
    name: Annotated[str | None, typer.Option(help="A new name.")] = None,
) -> None:
    """Enable, disable, move or rename a policy, as a new version."""
    from orchestrator.core.model import errors

    if enabled and disabled:
        raise errors.BadInput("Either --enabled or --disabled, not both.", path="--enabled")
    state: Literal["enabled", "disabled"] | None = None
    if enabled or disabled:
        state = "enabled" if enabled else "disabled"
    changes: dict[str, Any] = {"name": name, "state": state, "position": position}
    changes = {field: value for field, value in changes.items() if value is not None}
    meant = await call.desk.policies.show(call.actor, policy)
    saved = await call.desk.policies.edit(call.actor, meant.id, **changes)
    _saved(call, saved, f"Changed “{meant.name}”; this is version {saved.version}.")


@app.command()
@options.at_desk
async def remove(call: Call, policy: Reference) -> None:
    """Remove one policy, as a new version."""
    meant = await call.desk.policies.show(call.actor, policy)
    saved = await call.desk.policies.remove(call.actor, meant.id)
    _saved(call, saved, f"Removed “{meant.name}”; this is version {saved.version}.")
