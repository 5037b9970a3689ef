"""What stands on page after page the same: rows of lists, chips and options, drawn once.

What a row shows is its key, whole; so nothing is ever out of date, and nothing can be seen that was
drawn for somebody who sees something else.
"""

import functools
from collections import OrderedDict
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Any, Final

from markupsafe import Markup, escape

from orchestrator.doors.console import words

ROWS: Final = 4_096
"""Rows kept, of one to four kB each, those used last."""

_PARTS: Final = 8_192
_rows: OrderedDict[Hashable, Markup] = OrderedDict()


def row(key: Hashable, draw: Callable[..., str], *shown: Any) -> Markup:
    """Return what ``draw`` makes of ``shown``, drawn once for all who read the same language.

    ``key`` names the list and holds all that ``draw`` looks at but the language: a template's macro
    that asks for anything else, a permission or the token of a session, must have that in its key.
    """
    whole = (words.language(), key)
    found = _rows.get(whole)
    if found is None:
        found = _rows[whole] = Markup(draw(*shown))  # noqa: S704 - a macro has escaped it
        if len(_rows) > ROWS:
            _rows.popitem(last=False)
    else:
        _rows.move_to_end(whole)
    return found


# Equal texts may differ in whether they are HTML already, so that their types are told apart.
@functools.lru_cache(_PARTS, typed=True)
def chip(said: str, sort: str = "", title: str = "") -> Markup:
    """Return a state in one word; ``sort``: good, warn, bad, brand or nothing."""
    more = Markup(' title="{}"').format(title) if title else ""
    return Markup('<span class="chip {}"{}>{}</span>').format(sort, more, said)


def options(given: Iterable[tuple[str, str]], value: str) -> Markup:
    """Return the options of a select: pairs of value and words, that of ``value`` chosen."""
    return Markup("").join((_chosen if key == value else _option)(key, said) for key, said in given)


def boxes(
    given: Iterable[tuple[str, str, str]], values: Collection[str], name: str, sort: str
) -> Markup:
    """Return boxes to tick, or of ``sort`` radio one of several: triples of value, words, hint."""
    return Markup("").join(
        _box(key, said, about, name, sort, "ticked" if key in values else "free")
        for key, said, about in given
    )


@functools.lru_cache(_PARTS, typed=True)
def _option(key: str, said: str) -> Markup:
    return Markup('<option value="{}">{}</option>').format(key, said)


def _chosen(key: str, said: str) -> Markup:
    return Markup('<option value="{}" selected>{}</option>').format(key, said)


@functools.lru_cache(_PARTS, typed=True)
def _box(key: str, said: str, about: str, name: str, sort: str, state: str) -> Markup:
    checked = Markup(" checked") if state == "ticked" else ""
    hint = Markup(' <span class="hint soft small">{}</span>').format(about) if about else ""
    return Markup(
        '<label class="choice"><input type="{}" name="{}" value="{}"{}>'
        '<span><span class="break">{}</span>{}</span></label>\n'
    ).format(escape(sort), name, key, checked, said, hint)
