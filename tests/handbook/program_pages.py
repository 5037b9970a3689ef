"""Reference pages of the program: commands, settings, who may do what, errors."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel, SecretStr

from handbook import markdown
from handbook.markdown import code
from orchestrator import cli
from orchestrator.cli import app
from orchestrator.core.model import access, errors
from orchestrator.core.policy import mistakes
from orchestrator.doors.api import problems
from orchestrator.serve import settings

_COMMON: Final = ("data", "database", "account", "as_json")
_TITLES: Final = {"openid": "OpenID Connect"}
_OPTION_HEADS: Final = ("argument or option", "what it is")
_SCOPE_HEADS: Final = ("scope", "permissions")


def command_page() -> str:
    """Return the page of every command, with its arguments and options."""
    about = (
        "The subcommand comes first, then its options. Commands work with or without a running "
        "server on the same data folder; a running one notices within a second."
    )
    common = markdown.table(_OPTION_HEADS, map(_option, _common()))
    codes = markdown.table(
        ("exit code", "means"),
        (
            ("0", "done"),
            ("1", "a check found something (`doctor`, `demo`, `policies check --strict`)"),
            (
                "2",
                'bad input; with `--json` stderr has `{"errors": [{"code", "path", "message"}]}`',
            ),
        ),
    )
    parts = [f"## Options of every command\n\n{common}\n\n{codes}"]
    for name, (module, about_it) in cli.COMMANDS.items():
        command = app.load(module, name)
        parts.append(f"## {name}" + (f"\n\n{about_it}" if _words(command) else ""))
        parts.extend(_commands(name, command))
    return markdown.page("Commands", about, *parts)


def _common() -> list[Any]:
    shown = app.load("queues", "queues")
    command = next(iter(_words(shown).values()), shown)
    return [each for each in command.params if each.name in _COMMON]


def _words(command: Any) -> dict[str, Any]:
    """Return the commands of a noun by their words; a command by itself has none."""
    return getattr(command, "commands", {})


def _commands(name: str, command: Any) -> Iterator[str]:
    words = _words(command)
    for word, inner in words.items():
        yield f"### {name} {word}"
        yield from _commands(f"{name} {word}", inner)
    if words:
        return
    own = [each for each in command.params if each.name not in _COMMON and not _hidden(each)]
    arguments = "".join(f" {_argument(each)}" for each in own if _is_argument(each))
    lines = [code(f"orchestrator {name}{arguments}")]
    lines.extend(markdown.words(each) for each in (command.help or "").split("\n\n"))
    if own:
        lines.append(markdown.table(_OPTION_HEADS, map(_option, own)))
    yield "\n\n".join(lines)


def _hidden(each: Any) -> bool:
    return bool(getattr(each, "hidden", False))


def _is_argument(each: Any) -> bool:
    return type(each).__name__ == "TyperArgument"


def _argument(each: Any) -> str:
    name = each.metavar or each.name.upper()
    return name if each.required else f"[{name}]"


def _option(each: Any) -> tuple[str, str]:
    about = each.help or ""
    if getattr(each, "envvar", None):
        about += f" Also {code(each.envvar)}."
    if _is_argument(each):
        return code(_argument(each)), about
    taken = "" if getattr(each, "is_flag", False) else f" {each.metavar or 'VALUE'}"
    if each.required:
        about += " Required."
    return code("/".join(each.opts) + taken), about


def setting_page() -> str:
    """Return the page of every variable of the environment that the program reads."""
    about = (
        "Read once, when a process starts. What is given on the command line counts first, then "
        "the environment, then the default. Durations are written as seconds. What belongs to an "
        "account, such as its fallback skill, is no variable: `orchestrator accounts edit`. What "
        "happens beyond the bounds is told in [bounds](bounds.md)."
    )
    return markdown.page("Settings", about, *_sections(settings.Settings, "ORCHESTRATOR_"))


def _sections(model: type[BaseModel], prefix: str) -> Iterator[str]:
    """Yield the table of a tree of settings, and behind it those of its branches."""
    said = _said(model)
    branches = {
        name: field.default
        for name, field in model.model_fields.items()
        if isinstance(field.default, BaseModel)
    }
    rows = [
        (code(prefix + name.upper()), _default(field.default), said[name])
        for name, field in model.model_fields.items()
        if name not in branches
    ]
    yield markdown.table(("variable", "default", "what it is"), rows)
    for name, branch in branches.items():
        yield f"## {_TITLES.get(name, name.capitalize())}"
        yield said.get(name, markdown.words(_first(type(branch))))
        yield from _sections(type(branch), f"{prefix}{name.upper()}__")


def _default(value: Any) -> str:
    match value:
        case None | "" | SecretStr():
            return "–"
        case timedelta():
            return code(f"{value.total_seconds():g}")
        case tuple():
            return markdown.shown(list(value))
        case {} if not value:
            return "–"
    return code(str(value))


def _said(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands below each field of a class, in its source."""
    [body] = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, below in zip(body.body, body.body[1:], strict=False):
        match field, below:
            case ast.AnnAssign(target=ast.Name(name)), ast.Expr(ast.Constant(str(text))):
                found[name] = markdown.words(text)
    return found


def role_page() -> str:
    """Return the page of who may do what."""
    about = (
        "A role is a set of permissions, and every use case names the one that it demands: "
        "console, API and commands ask the same ones. A user may have several roles."
    )
    permissions = sorted(access.EVERYTHING)
    rows = [
        (code(each), *("yes" if each in granted else "" for granted in access.ROLES.values()))
        for each in permissions
    ]
    parts = [
        markdown.table(("permission", *access.ROLES), rows),
        f"A bot has {_listed(access.OF_BOTS)} whatever its roles, to look up whom it sends to.",
        (
            "In the console, `conversations.serve` alone opens the conversations that one has or "
            "had, and no others but these: as long as a conversation is with somebody, they may "
            "read that customer's earlier ones in the agent workspace "
            "([more](../howto/agent-desk.md)). The history service of the messaging cloud answers "
            "everybody who may serve, as the original's does, for bots look up there who had a "
            "customer before."
        ),
        "Whoever runs commands on the data folder may do everything.",
        "## Scopes of API keys",
        "`orchestrator keys add NAME --scopes …`: [the context service](context-service.md#keys).",
        markdown.table(_SCOPE_HEADS, _scopes(access.KEY_SCOPES)),
        "## Scopes of tokens",
        "`orchestrator clients add NAME --scopes …`: [more](administration.md#the-token-service).",
        markdown.table(_SCOPE_HEADS, _scopes(access.SCOPES)),
    ]
    return markdown.page("Roles and permissions", about, *parts)


def _scopes(scopes: Any) -> Iterator[tuple[str, str]]:
    for name, granted in scopes.items():
        yield code(name), _listed(granted) or "none: its own door asks for the scope"


def _listed(granted: Any) -> str:
    return ", ".join(code(each) for each in sorted(granted))


def error_page() -> str:
    """Return the page of the codes of errors."""
    about = (
        "Every refusal has a stable `code`, the path to what is wrong, and a sentence on how to "
        "mend it. The API answers `application/problem+json` with the status below; commands "
        "exit with 2 and say the same with `--json`."
    )
    rows = [
        (code(kind.error.code), str(kind.status), kind.title, _meaning(kind.error))
        for kind in problems.KINDS
        if kind.error is not errors.Problems  # it has the code of one of them
    ]
    mistaken = ", ".join(code(each) for each in mistakes.Code.__args__)
    return markdown.page(
        "Errors",
        about,
        markdown.table(("`code`", "HTTP", "title", "what it means"), rows),
        "## In policies\n\nWith `policy-errors` each of `errors` has a code of its own: "
        f"{mistaken}. The same codes are told as warnings where a document is accepted. What "
        "`policies check` finds has [other codes](analysis.md).",
    )


def _meaning(error: type[Exception]) -> str:
    if error is errors.OrchestratorError:
        return "Nobody foresaw it; it has been logged."
    return markdown.words(_first(error))


def _first(documented: type) -> str:
    return (documented.__doc__ or "").partition("\n\n")[0]
