"""Files of the original product: found, read, turned into a document, and the report for people."""

import itertools
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, Literal

import msgspec

from orchestrator.cli import why
from orchestrator.core.model import errors
from orchestrator.core.policy import mistakes, original_notes, originals, reasons, text

_DIGITS: Final = re.compile(r"(\d+)")


def convert(path: str, *, contains: str, unsaid: Literal["off", "on"]) -> originals.Imported:
    """Read a file, or all JSON files of a folder, as `originals.read` does.

    Raises `errors.OrchestratorError` for what cannot be read, everything at once.
    """
    if contains not in ("CONTAINS", "IS_PART_OF"):
        raise errors.BadInput("CONTAINS or IS_PART_OF", path="--contains")
    found, others = _files(Path(path))
    problems: list[errors.Problem] = []
    sources: list[originals.Source] = []
    for name, file in found:
        try:
            sources.append(originals.Source(name, text.parse(_content(file))))
        except mistakes.PolicyErrors as refused:
            problems += [_in_file(name, problem) for problem in refused]
    try:
        made = originals.read(sources, original_notes.Choices(contains, unsaid))
    except mistakes.PolicyErrors as refused:
        raise errors.Problems([*problems, *(refused if sources else ())]) from None
    if problems:
        raise errors.Problems(problems)
    return msgspec.structs.replace(made, report=(*others, *made.report))


def _files(path: Path) -> tuple[list[tuple[str, Path]], list[original_notes.Chosen]]:
    """Return the files to read with their names for people, and a note for each of the others."""
    if not path.is_dir():
        return [(path.name, path)], []
    found = [
        (each.relative_to(path).as_posix(), each)
        for each in path.rglob("*")
        if each.is_file() and not each.name.startswith(".")
    ]
    found.sort(key=lambda file: _natural(file[0]))
    wanted = [file for file in found if file[1].suffix.lower() == ".json"]
    if not wanted:
        raise errors.BadInput(f"there is no .json file in {path}", path="PATH")
    others = [
        original_notes.Chosen(None, name, None, None, "not a .json file: left out")
        for name, file in found
        if (name, file) not in wanted
    ]
    return wanted, others


def _natural(name: str) -> list[tuple[int, str]]:
    """Order names as people do: 2 before 10."""
    parts = _DIGITS.split(name.casefold())
    return [(int(part), "") if part.isdecimal() else (0, part) for part in parts]


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise errors.BadInput(f"cannot read {file}: {reason}", path="PATH") from None


def _in_file(name: str, problem: errors.Problem) -> errors.Problem:
    where = f"{name}: {problem.path}" if problem.path else name
    return errors.Problem(problem.code, where, problem.message)


def write(output: str, document: dict[str, Any]) -> None:
    """Write a document for people to read and to load. Raises `errors.BadInput`."""
    try:
        Path(output).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "utf-8")
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise errors.BadInput(f"cannot write {output}: {reason}", path="--output") from None


def told(found: originals.Imported) -> Iterator[why.Line]:
    """Yield the report: how many policies, then per policy each reading that was chosen."""
    policies = found.document["policies"]
    enabled = sum(policy["enabled"] for policy in policies)
    many = "1 policy" if len(policies) == 1 else f"{len(policies)} policies"
    yield 0, f"Read {many}, {enabled} enabled. Readings that were chosen: {len(found.report)}"
    names = [None, *(policy["name"] for policy in policies)]
    ordered = sorted(found.report, key=lambda chosen: names.index(chosen.policy))
    for policy, readings in itertools.groupby(ordered, key=lambda chosen: chosen.policy):
        yield 0, policy or "Files"
        for chosen in readings:
            yield 1, f"{chosen.path}: {_reading(chosen)}{chosen.reason}"


def _reading(chosen: original_notes.Chosen) -> str:
    match chosen.given, chosen.read:
        case None, None:
            return ""
        case None, read:
            return f"read as {_short(read)}: "
        case given, None:
            return f"{_short(given)}: "
        case given, read if given == read and type(given) is type(read):
            return f"{_short(given)}: "
        case given, read:
            return f"{_short(given)} read as {_short(read)}: "
    return ""


def _short(value: Any) -> str:
    return reasons.quoted(value)
