"""The program as a whole: finds the command's module, runs it, and turns errors into exit codes."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperCommand, TyperGroup

from orchestrator.cli import COMMANDS, lean, report
from orchestrator.core.model import errors

INTERRUPTED = 130
"""The exit code after Ctrl-C, as shells have it."""


class Program(TyperGroup):
    """The root command. Its commands are imported when they are used; help lists them without."""

    _listing = False

    def get_params(self, ctx: Any) -> list[Any]:
        """Return the parameters; none of them needs the conversion that takes so long to load."""
        return lean.spared(super().get_params(ctx))

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the base class names it
        """Return the names of the commands whose modules are there, in the order of the table."""
        return [
            name
            for name, (module, _) in COMMANDS.items()
            if importlib.util.find_spec(f"orchestrator.cli.{module}")
        ]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """Return the command, or None; while help is written only a stand-in for it."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module, about = COMMANDS[cmd_name]
        if self._listing:
            return TyperCommand(cmd_name, help=about)
        return load(module, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the command that is meant; one that is mistyped is told what it may have been."""
        if args and args[0] not in COMMANDS:
            self.commands = {name: TyperCommand(name) for name in self.list_commands(ctx)}
        return super().resolve_command(ctx, args)

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help."""
        self._listing = True
        super().format_help(ctx, formatter)


def load(module: str, name: str) -> Any:
    """Import a command's module and return its command: its ``app``, or the function ``name``."""
    found = importlib.import_module(f"orchestrator.cli.{module}")
    app = getattr(found, "app", None)
    if app is None:
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name)(getattr(found, name))
    command = typer.main.get_command(app)
    command.name = name
    return command


def program() -> Program:
    """Return the root command."""
    return Program(
        name="orchestrator",
        help="Route messaging conversations by policies, and say why each went where it went.",
        epilog="Begin with `orchestrator demo`, or with `orchestrator doctor`, which says what to "
        "do next. `orchestrator --version` says which one this is.",
        no_args_is_help=True,
        rich_markup_mode=None,  # plain help starts in half the time
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; errors are printed to stderr, never raised."""
    if list(arguments) == ["--version"]:
        return _version()
    style: report.Style = "json" if _wants_json(arguments) else "text"
    try:
        code = program().main(list(arguments), prog_name="orchestrator", standalone_mode=False)
        sys.stdout.flush()  # what cannot be written must be noticed here, not at the exit
    except errors.OrchestratorError as error:
        report.problems(error, style)
    except typer.TyperException as error:
        return _usage(error, style)
    except typer.Abort:
        return INTERRUPTED
    except UnicodeError:
        report.problems(errors.BadInput("A text is not valid Unicode."), style)
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        _discard_output()
        return 0
    except OSError as error:  # such as a full disk under stdout
        report.problems(errors.Unavailable(f"{error.strerror or error}."), style)
        _discard_output()
    else:
        return code if isinstance(code, int) else 0
    return report.BAD_INPUT


def _version() -> int:
    """Print which release this is."""
    from importlib import metadata

    typer.echo(f"orchestrator {metadata.version('conversation-orchestrator')}")
    return 0


def _wants_json(arguments: Sequence[str]) -> bool:
    own = arguments[: arguments.index("--")] if "--" in arguments else arguments
    return "--json" in own


def _usage(error: typer.TyperException, style: report.Style) -> int:
    """Say how the command is used: as help asked for nothing, or as an error."""
    text = error.format_message().replace("Value error, ", "")
    if type(error).__name__ == "NoArgsIsHelpError":
        typer.echo(text, err=True)
        return report.BAD_INPUT
    context = getattr(error, "ctx", None)
    if style == "text" and context is not None:
        typer.echo(f"{context.get_usage()}\nTry '{context.command_path} --help'.\n", err=True)
    parameter = getattr(error, "param", None)
    path = next(iter(parameter.opts), "") if parameter is not None else ""
    report.problems(errors.BadInput(text, path=path), style)
    return report.BAD_INPUT


def _discard_output() -> None:
    """Send what is still buffered nowhere, so that the interpreter's exit does not complain."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
