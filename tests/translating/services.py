"""What services can say to people, found in their code: every sentence, with its holes."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orchestrator
from orchestrator.core.model import attributes
from orchestrator.core.policy import changes, functions, operators

SOURCE: Final = Path(orchestrator.__file__).parent
SPEAKING: Final = (
    "core/model/access.py",
    "core/policy",
    "core/queueing",
    "core/ums/codec.py",
    "core/ums/host_side.py",
    "doors/gateway/agents.py",
    "doors/gateway/asking.py",
    "doors/gateway/line.py",
    "doors/gateway/visitors.py",
    "services",
    "adapters/calendar.py",
    "adapters/functions",
    "adapters/openid",
    "adapters/platforms",
    "adapters/seal.py",
    "adapters/shelf.py",
    "adapters/storage/directory.py",
    "adapters/storage/routing.py",
    "adapters/tokens/consumer_tokens.py",
)
"""Modules and packages whose sentences come to a page of the console."""

SILENT: Final = frozenset(
    {
        "core/policy/analysis/codes.py",  # the reference's words
        "core/policy/analysis/spelling.py",
        "core/policy/analysis/witness.py",
        "core/policy/cells.py",
        "core/policy/changes.py",  # from its table, below
        "core/policy/expression/parse.py",  # a grammar
        "core/policy/expression/render.py",  # code, not words
        "core/policy/functions.py",  # from its table, below
        "core/policy/index",  # code that is made
        "core/policy/operators.py",  # from its table, below
        "core/policy/original_actions.py",
        "core/policy/original_conditions.py",
        "core/policy/original_expressions.py",
        "core/policy/original_notes.py",
        "core/policy/originals.py",  # the original's documents come in by the command line
        "core/policy/phrases.py",  # has its own languages
        "core/policy/reasons.py",  # composed, below
        "core/policy/telling.py",
        "core/policy/yaml_text.py",  # so does YAML
        "services/admin/remedies.py",  # commands
    }
)
"""Those of them that say nothing there."""

COMPOSED: Final = (
    "{before}; {after}",
    "{before}, {after}",
    "{before} and {after}",
    "“{name}”",
    "{first} contradict each other, and {others},",
    "`{name}` is {value}",
    "`{name}` {comparison}",
    "`{name}` is {value}, which {comparison}",
    "`{name}` is missing, which {comparison}",
    "`{name}` {comparison}, whatever its value",
    "`{name}` cannot be compared with {other}",
    "{name}, which is not comparable with {other}",
    "{name}, and {operator} cannot be applied to that and {other}",
    "{name}, and there is no list in {other}",
    "{name} (which is missing)",
    "{name} (missing, so {value})",
    "`{name}` is {value}, which is neither true nor false",
    "`{name}` is missing, which is neither true nor false",
    "{operator} takes a {wanted}, or a reference such as {{{{custom.name}}}}",
    (
        "{operator} takes a number, a text that spells one, an ISO date (2026-12-24) or an ISO "
        "date-time (2026-12-24T18:00:00Z)"
    ),
    "not a regular expression (RE2): {reason}",
    "{value} is no number",
    "a percentage is a number from 0 to 100",
    "the range starts on {start}, after its end {end}",
    "an empty list of days is no day at all: leave it out",
    "days are {days}, in quotes",
    "`{name}` could not be fetched: {reason}",
    "an attribute could not be fetched",
    "not evaluated: it could not change the outcome",
    "`{name}` is true: {values}",
    "`{name}` is false: {values}",
    "`{name}` is unknown: {values}",
    "{parameter} of {function}({parameters})",
    "the clock is {at}",
    "{verb} if {change}; it is {now}",
    "{verb} if {change}; it is missing",
    "{verb} if {change}; {now}",
    "{verb} if {changes}",
    "{change} (it is {now})",
    "{change} (it is missing)",
    "{change} (it could not be fetched)",
    "were {value}",
    "not `{expression}`",
    "`{name}` is a {kind}, so {said} never holds in {part}",
    "`{name}` is a {kind}, so {said} always holds in {part}",
    "{verb}, but “{above}” above it wins",
    "Can never match: {reason}",
    "Reads `{name}`, {why}",
    "Sends to {clause}",
    "Says the same as {taker}, which is tried first",
    "the exception of {policy} is never reached: {names} already {takes} everything",
    "expected {wanted}",
    "{place}: {message} (and {count} more)",
    "{place}: {message}",
    "line {line}, column {column}: {message}",
    "This is https or http.",
    "The platform answered {status} to {what}.",
    "Enabled {name}",
    "Disabled {name}",
    "Duplicated {name}",
    "Merged {names}",
    "Added {name}",
    "Replaced {name}",
    "Edited {name}",
    "Removed {name}",
    "Changed custom.{name}",
    "enabled “{name}”",
    "disabled “{name}”",
    "the actions",
    "the schedule {name}",
)
"""Sentences that are put together of several pieces, with all of them."""

WORDS: Final = (
    *("text", "number", "boolean", "list", "object", "time", "any"),
    *("skill", "user", "policy", "schedule", "campaign", "engagement", "group", "agent"),
    *("connector", "client", "key", "profile", "function", "account", "attribute"),
    *("true", "false", "unknown", "never", "always", "removed", "changed", "takes", "This"),
    *("name", "issuer", "lines", "line"),
    *("conversation", "profile", "custom", "staffing", "context", "caller", "history", "messages"),
    "nowhere",
    *("Expecting value", "Extra data", "Expecting ',' delimiter", "Expecting ':' delimiter"),
    *("Expecting property name enclosed in double quotes", "Unterminated string starting at"),
    *("Illegal trailing comma before end of object", "Invalid control character at"),
    *(
        "Input data was truncated",
        "JSON is malformed: {what} (byte {count})",
        "trailing characters",
    ),
    *("invalid character", "invalid number", "trailing comma in array", "trailing comma in object"),
    *("invalid escaped character", "object keys must be strings", "expected `:`"),
    *("expected `,` or `]`", "expected `,` or `}}`", "{word} is no JSON"),
    *("Illegal trailing comma before end of array", "Invalid \\\\escape", "Invalid \\escape"),
)
"""What fills holes: single words, and what libraries say of JSON."""

UNSAID: Final = frozenset(
    {
        *("all values", "declared types", "local date-time", "log in", "Mapping[str, Any]"),
        *("['gold', 'silver']", "orchestrator {purpose}", "never matched"),
        *("OK Unsubscribed successfully", "OK Conversation updated successfully"),
        *("OK Agent {field} successfully", "OK User Profile set successfully"),
        *("Agent state updated successfully", "Ring state updated successfully"),
        *("openid {purpose} of {account} at {issuer}", "Policy editor"),
        *("{username} (account {account})", " are never", " is never", "conversation orchestrator"),
        "`{name}` is a {kind}, so {said} {effect} in {part}",
    }
)
"""What looks like a sentence and is none."""

SOCKET: Final = ("core/queueing/", "core/ums/", "services/cloud/", "doors/gateway/")
"""Where those speak that the browser hears on a socket, past the console."""

_LETTERS: Final = re.compile(r"[A-Za-z]{2,}")
_FEWEST: Final = 4
"""Letters without which a sentence could be anything."""
_LOGS: Final = frozenset({"debug", "info", "warning", "exception", "critical"})


def sentences() -> Iterator[tuple[str, str]]:
    """Yield the place of each sentence and the sentence; those that differ by names only once."""
    known: set[str] = set()
    for place, told in _all():
        shape = re.sub(r"(?<!\{)\{\w+\}(?!\})", "{}", told)
        if shape not in known:
            known.add(shape)
            yield place, told


def _all() -> Iterator[tuple[str, str]]:
    for entry in SPEAKING:
        found = SOURCE / entry
        for path in sorted(found.rglob("*.py")) if found.is_dir() else [found]:
            name = path.relative_to(SOURCE).as_posix()
            if not any(name == each or name.startswith(f"{each}/") for each in SILENT):
                yield from ((name, told) for told in _spoken(path))
    yield from (("composed", told) for told in COMPOSED)
    yield from (("words", told) for told in WORDS)
    yield from (("tables", told) for told in _of_tables())


def _of_tables() -> Iterator[str]:
    for row in operators.ROWS:
        for phrase in (row.holds, row.fails):
            yield phrase.replace("{}", "{value}")
    for row in changes._ROWS.values():
        yield row.were.replace("{}", "{value}")
    for row in functions.ROWS:
        yield _escaped(row.meaning)
    for entry in attributes.CATALOGUE:
        yield _escaped(entry.description)


def _spoken(path: Path) -> Iterator[str]:
    tree = ast.parse(path.read_text())
    apart = set(_apart(tree))
    for node in ast.walk(tree):
        if id(node) in apart:
            continue
        told = ""
        if (between := _joining(node)) is not None:
            if re.search(r"\w", between):
                yield f"{{before}}{_escaped(between)}{{after}}"
        elif isinstance(node, ast.JoinedStr):
            told = _with_holes(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            told = _escaped(node.value)
        if _is_sentence(told):
            yield told


def _joining(node: ast.AST) -> str | None:
    """Return what stands between the members of a list that is joined here."""
    match node:
        case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant(value=str(between)))):
            return between
    return None


def _apart(tree: ast.AST) -> Iterator[int]:
    """Yield what nobody hears: docstrings, annotations, logs, and what stands inside a sentence."""
    for node in ast.walk(tree):
        inner: list[ast.AST] = []
        match node:
            case ast.Expr(value=ast.Constant()):
                inner = [node.value]
            case ast.Call(func=ast.Attribute(attr="join", value=ast.Constant() as between)):
                inner = [between]
            case ast.JoinedStr():
                inner = [each for part in node.values for each in _pieces(part)]
            case ast.Call(func=ast.Attribute(attr=name, value=ast.Name(id="_log"))) if (
                name in _LOGS
            ):
                inner = [*node.args, *(each.value for each in node.keywords)]
            case ast.FunctionDef(name="__repr__"):
                inner = [each for part in node.body for each in ast.walk(part)]
            case ast.AnnAssign():
                inner = list(ast.walk(node.annotation))
            case _ if hasattr(node, "returns") or hasattr(node, "annotation"):
                for given in (getattr(node, "returns", None), getattr(node, "annotation", None)):
                    inner += list(ast.walk(given)) if given is not None else []
        yield from map(id, inner)


def _pieces(part: ast.AST) -> Iterator[ast.AST]:
    """Yield what of a sentence's piece is no sentence of its own: all but what is chosen in it."""
    if isinstance(part, ast.Constant):
        yield part
    elif isinstance(part, ast.FormattedValue):
        for each in ast.walk(part):
            if isinstance(each, ast.Constant | ast.JoinedStr) and not _is_spoken(each):
                yield each
        if part.format_spec is not None:
            yield from ast.walk(part.format_spec)


def _is_spoken(node: ast.AST) -> bool:
    if isinstance(node, ast.JoinedStr):
        return True
    return isinstance(node, ast.Constant) and isinstance(node.value, str) and " " in node.value


def _with_holes(node: ast.JoinedStr) -> str:
    told = ""
    names: list[str] = []
    was_hole = False
    for part in node.values:
        if isinstance(part, ast.Constant):
            told += _escaped(str(part.value))
            was_hole = False
        elif not was_hole and isinstance(part, ast.FormattedValue):  # neighbours are one hole
            told += f"{{{_named(part.value, names)}}}"
            was_hole = True
    return told


def _named(value: ast.AST, names: list[str]) -> str:
    """Return the name of a hole: the last name of what fills it, or its first if it is called."""
    found = [each for each in ast.walk(value) if isinstance(each, ast.Name | ast.Attribute)]
    match value:
        case ast.Call(func=ast.Name(id="len")):
            name = "count"
        case ast.Name(id=name) | ast.Attribute(attr=name):
            pass
        case ast.Call(args=[ast.Name(id=name) | ast.Attribute(attr=name), *_]):
            pass
        case _ if found:
            last = found[-1]
            name = last.id if isinstance(last, ast.Name) else last.attr
        case _:
            name = "value"
    name = name.strip("_").lower()
    fresh = name
    while fresh in names:
        fresh = f"{name}_{len(names)}"
    names.append(fresh)
    return fresh


def _escaped(text: str) -> str:
    return text.replace("{", "{{").replace("}", "}}")


def _is_sentence(told: str) -> bool:
    literal = re.sub(r"\{\w+\}", " ", told)
    words = _LETTERS.findall(literal)
    if " " not in told.strip() or told in UNSAID:
        return False
    if "\n" in told or "%(" in told or literal.strip().startswith(("orchestrator ", "--")):
        return False
    return sum(map(len, words)) >= _FEWEST and any(word.islower() for word in words)
