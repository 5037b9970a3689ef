"""Templates and what they can say: times, numbers, addresses of files, and words."""

import functools
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import jinja2
import msgspec
from markupsafe import Markup, escape

from orchestrator.doors.console import language, repeats, retold, stories, words

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
WANTED: Final = ("head.js", "console.js", "console.css")
LASTING: Final = (
    (86_400, ("%(num)s day", "%(num)s days")),
    (3_600, ("%(num)s hour", "%(num)s hours")),
    (60, ("%(num)s minute", "%(num)s minutes")),
)
"""Seconds of a unit, and what one and several of it are called."""
_SENTENCES: Final = 4_096
"""So many sentences are kept as HTML: more than all templates have."""


def rendered(template: str, shown: Mapping[str, Any]) -> str:
    """Return a page or a part of one."""
    return "".join(pieces(template, shown))


def pieces(template: str, shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield a page or a part of one as it is drawn."""
    return _environment().get_template(template).generate(shown)


def block(template: str, name: str, shown: Mapping[str, Any]) -> Iterator[str]:
    """Yield one block of a template as it is drawn: what an htmx request asks for."""
    environment = _environment()
    found = environment.get_template(template)
    given = dict(shown)
    # What a page imports is not run for a block of it alone; every block may use the kit.
    given["kit"] = environment.get_template("kit.html").make_module(given)
    return found.blocks[name](found.new_context(given))


@functools.cache
def is_built() -> bool:
    """Whether the browser's part is there: a server that began without it says so on every page."""
    return all((STATIC / name).is_file() for name in WANTED)


@functools.cache
def _environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,  # else every page asks the disk for each of its templates
        extensions=["jinja2.ext.do"],
    )
    made.globals |= {  # pyrefly: ignore
        "_": said,
        "gettext": said,
        "ngettext": counted,
        "asset": asset,
        "drawn_chip": repeats.chip,
        "drawn_row": repeats.row,
        "is_built": is_built,
        "spoken": words.language,
        "direction": words.direction,
        "languages_known": words.LANGUAGES,
        "words_address": language.address,
    }
    made.policies["json.dumps_function"] = _json  # the filter makes it safe in HTML
    filters: dict[str, Any] = {
        "moment": moment,
        "lasting": lasting,
        "count": words.number,
        "decimal": words.decimal,
        "coded": stories.coded,
        "retold": retold.of,
        "translated": words.gettext,
        "dotted": dotted,
        "drawn": drawn,
        "as_options": repeats.options,
        "as_boxes": repeats.boxes,
        "tuple": tuple,
    }
    made.filters.update(filters)
    return made


def said(text: str, /, **named: object) -> Markup:
    """Return a sentence for people, with what has a name put in its place; both hold no HTML.

    What the extension of the library does for the same took a quarter of the time of a page.
    """
    sentence = words.gettext(text)
    return _filled(sentence, named) if named else _plain(sentence)


def counted(one: str, many: str, number: int, /, **named: object) -> Markup:
    """Return a sentence as the reader's language counts; ``num`` in it is the number."""
    return _filled(words.ngettext(one, many, number), {"num": words.number(number), **named})


@functools.lru_cache(_SENTENCES)
def _plain(sentence: str) -> Markup:
    return escape(sentence) % {}


@functools.lru_cache(_SENTENCES)
def _pattern(sentence: str) -> str:
    return str(escape(sentence))


def _json(value: object, **_asked: object) -> str:
    return msgspec.json.encode(value).decode()


def _filled(sentence: str, named: Mapping[str, object]) -> Markup:
    given = {
        name: value if isinstance(value, int | float) else escape(words.isolated(value))
        for name, value in named.items()
    }
    return Markup(_pattern(sentence) % given)  # noqa: S704 - all parts of it are escaped


def drawn(numbers: Sequence[int], height: int = 24) -> str:
    """Return a line through numbers as the points of a polyline, one unit from each to the next.

    It stands in a box of that height, in whole units: they are pixels where it is shown.
    """
    top = max(numbers, default=0) or 1
    return " ".join(
        f"{at},{height - round((height - 2) * number / top)}" for at, number in enumerate(numbers)
    )


def asset(name: str) -> str:
    """Return the address of a built file, which changes with its content."""
    return f"/console/static/{name}?v={_version(name)}"


@functools.cache
def _version(name: str) -> str:
    try:
        return hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    except OSError:
        return "unbuilt"


def moment(at: datetime | None, style: str = "brief") -> Markup:
    """Return a time that the browser tells in its own zone; ``style``: brief, ago, for, clock."""
    if at is None:
        return Markup("–")
    text = at.strftime("%Y-%m-%d %H:%M UTC")
    return Markup('<time datetime="{}" data-as="{}">{}</time>').format(
        at.isoformat(), escape(style), text
    )


def dotted(name: str) -> Markup:
    """Return an attribute's name that breaks behind its dots, where it must."""
    return Markup(".<wbr>").join(name.split("."))


def lasting(seconds: int) -> str:
    """Return how long something lasts, in the largest unit that says it exactly."""
    number, (one, many) = seconds, ("%(num)s second", "%(num)s seconds")
    for size, named in LASTING:
        if seconds and seconds % size == 0:
            number, (one, many) = seconds // size, named
            break
    return words.ngettext(one, many, number) % {"num": words.number(number)}
