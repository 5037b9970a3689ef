"""What commands have in common: ``--data``, ``--database`` and so on, and a desk to work at."""

import asyncio
import functools
import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import msgspec
import typer

from orchestrator.cli import report

if TYPE_CHECKING:
    from orchestrator.core.model.access import Actor
    from orchestrator.serve.office import Desk
    from orchestrator.serve.settings import Settings

Data = Annotated[
    Path,
    typer.Option(
        "--data",
        envvar="ORCHESTRATOR_DATA",
        metavar="DIR",
        help="The data folder.",
        rich_help_panel="Common",
    ),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="ORCHESTRATOR_DATABASE",
        metavar="URL",
        help="A PostgreSQL database, postgresql://…, instead of the folder's own.",
        show_default=False,
        rich_help_panel="Common",
    ),
]
Account = Annotated[
    str,
    typer.Option(
        "--account",
        envvar="ORCHESTRATOR_ACCOUNT",
        metavar="ID",
        help="The account.",
        rich_help_panel="Common",
    ),
]
Json = Annotated[
    bool,
    typer.Option("--json", help="Print JSON, errors too.", rich_help_panel="Common"),
]


class Place(msgspec.Struct, frozen=True):
    """Where a command works and how it speaks."""

    data: Path
    account: str
    style: report.Style
    database: str | None = None
    """A URL, which may hold a password and is never printed as it stands."""

    @property
    def given(self) -> dict[str, Any]:
        """The settings that were given on the command line."""
        return {"data": self.data, "account": self.account, "database": self.database}

    @property
    def settings(self) -> "Settings":
        """The settings of this process."""
        from orchestrator.serve import settings

        return settings.read(self.given)

    def options(self) -> str:
        """Return the options that a command to paste needs: none for the defaults."""
        import shlex

        words: list[str] = []
        if self.database is not None:
            words += ["--database", without_password(self.database)]
        if self.data != DEFAULT_DATA:
            words += ["--data", str(self.data)]
        if self.account != DEFAULT_ACCOUNT:
            words += ["--account", self.account]
        return shlex.join(words)


class Call(msgspec.Struct, frozen=True):
    """One use of a command: the open desk, in whose name, and how to speak."""

    desk: "Desk"
    place: Place
    other: "Actor | None" = None

    @property
    def actor(self) -> "Actor":
        """The operator of the account."""
        return self.other or self.desk.actor

    def acting(self, actor: "Actor") -> "Call":
        """Return the same call in another name."""
        return msgspec.structs.replace(self, other=actor)

    @property
    def style(self) -> report.Style:
        """How to speak."""
        return self.place.style


DEFAULT_DATA = Path("data")
DEFAULT_ACCOUNT = "1"

_COMMON = (
    inspect.Parameter(
        "data", inspect.Parameter.KEYWORD_ONLY, default=DEFAULT_DATA, annotation=Data
    ),
    inspect.Parameter(
        "database", inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Database
    ),
    inspect.Parameter(
        "account", inspect.Parameter.KEYWORD_ONLY, default=DEFAULT_ACCOUNT, annotation=Account
    ),
    inspect.Parameter("as_json", inspect.Parameter.KEYWORD_ONLY, default=False, annotation=Json),
)


def at_place(function: Callable[..., None]) -> Callable[..., None]:
    """Make a command of ``f(place: Place, …)``: the rest of its parameters are the command's own.

    The common options are added behind them.
    """
    own = list(inspect.signature(function).parameters.values())[1:]
    hints = typing.get_type_hints(function, include_extras=True)

    @functools.wraps(function)
    def command(**given: Any) -> None:
        style: report.Style = "json" if given.pop("as_json") else "text"
        database = given.pop("database") or None  # an empty variable is none
        function(Place(given.pop("data"), given.pop("account"), style, database), **given)

    asked = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[parameter.name])
        for parameter in own
    ]
    signature = inspect.Signature([*asked, *_COMMON])
    setattr(command, "__signature__", signature)  # noqa: B010 - functions have none
    command.__annotations__ = {
        name: parameter.annotation for name, parameter in signature.parameters.items()
    }
    delattr(command, "__wrapped__")
    return command


def at_desk(function: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Make a command of ``async f(call: Call, …)``, with the account's desk open around it."""
    return _at_desk(function, "required")


def at_any_desk(function: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """As `at_desk`, for commands that do not need the account to exist."""
    return _at_desk(function, "any")


def _at_desk(
    function: Callable[..., Awaitable[None]], account: Literal["required", "any"]
) -> Callable[..., None]:
    @functools.wraps(function)
    def work(place: Place, **given: Any) -> None:
        async def run() -> None:
            from orchestrator.serve import office

            async with office.open(place.settings, account=account) as desk:
                await function(Call(desk, place), **given)

        asyncio.run(run())

    return at_place(work)


def without_password(url: str) -> str:
    """Return a URL that may be shown; who pastes it has the password in PGPASSWORD or ~/.pgpass."""
    from urllib.parse import parse_qsl, urlencode, urlsplit

    parts = urlsplit(url)
    user, at, host = parts.netloc.rpartition("@")
    named = [(name, value) for name, value in parse_qsl(parts.query) if "password" not in name]
    shown = parts._replace(netloc=user.partition(":")[0] + at + host, query=urlencode(named))
    return shown.geturl()


def noun(about: str) -> typer.Typer:
    """Return an app for the commands of one noun."""
    app = typer.Typer(add_completion=False, no_args_is_help=True, rich_markup_mode=None, help=about)

    @app.callback()
    def _group() -> None:
        pass  # a group even while it has a single command

    return app


def secret_from_stdin(path: str) -> str:
    """Return the first line of stdin without its end. Raises `errors.BadInput` for none."""
    from orchestrator.cli import lines
    from orchestrator.core.model import errors

    line = lines.stdin().readline().rstrip("\r\n")
    if not line:
        raise errors.BadInput("Expected the password as one line on stdin.", path=path)
    return line


def json_from_stdin() -> Any:
    """Return the JSON value on stdin. Raises `errors.BadInput` for anything else."""
    import sys

    return parse_json(sys.stdin.buffer.read(), path="stdin")


def text_of(file: Path) -> str:
    """Return the text of a file, of stdin for ``-``. Raises `errors.BadInput`."""
    import sys

    from orchestrator.core.model import errors

    try:
        content = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return content.decode()
    except (OSError, UnicodeDecodeError) as error:
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else error.strerror
        raise errors.BadInput(f"{file} cannot be read: {reason}.", path="FILE") from None


def parse_json(text: str | bytes, *, path: str) -> Any:
    """Return a JSON value. Raises `errors.BadInput`, without what was read."""
    from orchestrator.core.model import errors
    from orchestrator.core.policy import mistakes
    from orchestrator.core.policy import text as reader

    try:
        return reader.parse(text, "json")
    except mistakes.PolicyErrors as error:
        raise errors.BadInput(f"Not a JSON value: {error.problems[0].message}", path=path) from None


def capacity(text: str) -> int | None:
    """Read ``--max-chats``: a number ≥ 0, or None for ``unlimited``."""
    from orchestrator.serve import office

    return office.capacity(text)


def demand_change(changes: Mapping[str, Any]) -> None:
    """Raise `errors.BadInput` when nothing is to be changed."""
    from orchestrator.core.model import errors

    if not changes:
        raise errors.BadInput("Say what to change; see --help.")
