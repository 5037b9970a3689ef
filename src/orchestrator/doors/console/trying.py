"""What somebody writes into the playground: fields or JSON, several values make combinations."""

import itertools
import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model import attributes, errors
from orchestrator.doors.console import retold, words
from orchestrator.doors.console.words import _
from orchestrator.services.admin import playground

LONGEST: Final = 200_000
"""Characters of JSON."""


class Given(msgspec.Struct, frozen=True):
    """An attribute and what is written for it, one value a line."""

    name: str
    text: str
    type: str = "any"


def kind(name: str) -> str:
    """Return the type of an attribute; ``any`` for one that the registry does not know."""
    found = attributes.described(attributes.canonical(name))
    return found.type if found else "any"


def rows(names: Sequence[str], texts: Sequence[str]) -> list[Given]:
    """Return the fields of a form, each attribute once."""
    found: dict[str, str] = {}
    for name, text in zip(names, texts, strict=False):
        if name.strip():
            found.setdefault(name.strip(), text.replace("\r\n", "\n"))
    return [Given(name, text, kind(name)) for name, text in found.items()]


def combinations(given: Sequence[Given]) -> list[dict[str, Any]]:
    """Return every combination of the values, in order; one without any value is empty.

    Raises `errors.BadInput` for more than the playground takes, before they are made.
    """
    axes = {each.name: values(each) for each in given}
    lists = {name: found for name, found in axes.items() if found}
    playground.refuse_many(math.prod(map(len, lists.values())))
    return [
        {name: value for name, value in zip(lists, chosen, strict=True) if value is not None}
        for chosen in itertools.product(*lists.values())
    ]


def values(given: Given) -> list[Any]:
    """Return the values that are written for an attribute; a line ``null`` is "missing"."""
    return [_value(line, given.type) for line in given.text.split("\n") if line.strip()]


def _value(line: str, type_: str) -> Any:
    text = line.strip()
    if type_ in {"text", "time"} and text != "null" and not text.startswith('"'):
        return text
    try:
        found = _json(text)
    except ValueError:
        return text
    if type_ == "text" and found is not None and not isinstance(found, str):
        return text
    return found


def parsed(text: str) -> list[dict[str, Any]]:
    """Return the questions that stand in JSON: one object of attributes, or a list of them.

    Raises `errors.BadInput` for ``json``.
    """
    if len(text) > LONGEST:
        raise errors.BadInput(
            _("At most %(most)s characters.", most=words.number(LONGEST)), path="json"
        )
    try:
        found = _json(text or "{}")
    except json.JSONDecodeError as error:
        said = _(
            "%(said)s in line %(line)s, column %(column)s.",
            said=retold.of(error.msg),
            line=error.lineno,
            column=error.colno,
        )
        raise errors.BadInput(said, path="json") from None
    except (ValueError, RecursionError) as error:
        said = _("This is no JSON: %(error)s.", error=retold.of(str(error)))
        raise errors.BadInput(said, path="json") from None
    listed = found if isinstance(found, list) else [found]
    if not all(isinstance(each, dict) for each in listed):
        raise errors.BadInput(
            _("Write an object of attributes, or a list of such objects."), path="json"
        )
    playground.refuse_many(len(listed))
    return listed or [{}]


def _json(text: str) -> Any:
    def refuse(word: str) -> Any:
        raise ValueError(f"{word} is no JSON")

    return json.loads(text, parse_constant=refuse)


def told(questions: Sequence[Mapping[str, Any]]) -> str:
    """Return questions as JSON: an object for one, else a list."""
    given = questions[0] if len(questions) == 1 else list(questions)
    return json.dumps(given, ensure_ascii=False, indent=2)


def fields(questions: Sequence[Mapping[str, Any]]) -> list[Given]:
    """Return questions as fields. Raises `errors.BadInput` for what fields cannot say."""
    all_ = [flat(each) for each in questions]
    names = list(dict.fromkeys(name for each in all_ for name in each))
    made = [_written(name, [each.get(name) for each in all_]) for name in names]
    if _order(combinations(made)) != _order(all_):
        raise errors.BadInput(
            _(
                "Fields cannot say this: these are not all combinations of some values, or a value "
                "has no place in a line. It stays as JSON."
            ),
            path="json",
        )
    return made


def _order(questions: Sequence[Mapping[str, Any]]) -> list[str]:
    return sorted(json.dumps(each, sort_keys=True) for each in questions)


def flat(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return attributes by dotted name; what is null is missing."""
    return dict(_flat(given, ""))


def _flat(given: Mapping[str, Any], before: str) -> Iterator[tuple[str, Any]]:
    """Walk attributes by dotted name; an object that has no known parts is a value."""
    for key, value in given.items():
        name = f"{before}{key}"
        is_namespace = attributes.described(attributes.canonical(name)) is None
        if isinstance(value, dict) and value and is_namespace and name.count(".") < _DEEPEST:
            yield from _flat(value, f"{name}.")
        elif value is not None:
            yield name, value


_DEEPEST: Final = 4


def _written(name: str, found: Sequence[Any]) -> Given:
    type_ = kind(name)
    lines: dict[str, None] = {}
    for value in found:
        lines.setdefault(_line(value, type_))
    return Given(name, "\n".join(lines), type_)


def _line(value: Any, type_: str) -> str:
    plain = value if isinstance(value, str) else None
    if plain is not None and plain == plain.strip() and plain and "\n" not in plain:
        try:
            if _value(plain, type_) == plain:
                return plain
        except ValueError:
            pass
    return json.dumps(value, ensure_ascii=False)
