"""What services say in English, told again in the language of whoever reads it.

Services, the API and the command line speak English, and records keep what was said. The catalogue
``services`` holds every sentence that they can make, with ``{holes}`` for what varies: a sentence
is recognised by the one it was made of, what filled its holes is told in turn, and both are put
together as the reader's language has it. What stands in quotation marks or between backticks is
somebody's own and stays as it is; so does a sentence that nothing in the catalogue fits.
"""

import functools
import re
import string
from collections.abc import Mapping, Sequence
from typing import Final

import msgspec
from markupsafe import Markup

from orchestrator.doors.console import words

LONGEST: Final = 1_500
"""Characters of a sentence that is told again; what is longer is somebody's own text."""
_BEFORE, _AFTER = "{before}", "{after}"
"""The holes of what stands between the members of a list: ``{before} and {after}``."""

_QUOTED: Final = re.compile(
    r"“[^”]*”|`[^`]*`|\"[^\"]*\"|(?<![\w’”])'(?:[^']|'(?=\w))*'(?!\w)", re.DOTALL
)
_FIRST_HIDDEN, _LAST_HIDDEN = 0xE000, 0xEFFF
_FIRST_HOLE, _LAST_HOLE = 0xF000, 0xF0FF
_PRIVATE: Final = re.compile(f"[{chr(_FIRST_HIDDEN)}-{chr(_LAST_HOLE)}]")
_HIDDEN: Final = f"[{chr(_FIRST_HIDDEN)}-{chr(_LAST_HIDDEN)}]"
_ALTERNATIVE: Final = " or "
"""What joins words within a sentence, as others join sentences."""
_WEAK: Final = 7
"""Letters and signs below which a sentence has so little of its own that a list comes first."""
_NUMBER: Final = re.compile(r"[0-9]{1,3}(?:,[0-9]{3})+")
_END: Final = ". "
_DEEPEST: Final = 12
_KEPT: Final = 8_192


class Template(msgspec.Struct, frozen=True):
    """A sentence of the catalogue: how it is recognised, and the one that it becomes.

    ``pattern`` finds it in a text whose quotations are hidden; the groups are ``parts``: the name
    of a hole, or the pattern of what stands in a quotation, with the names of its holes. ``needs``
    is its longest piece without a hole; it ``speaks`` when it becomes another.
    """

    pattern: re.Pattern[str]
    parts: tuple[str | tuple[re.Pattern[str], tuple[str, ...]], ...]
    needs: str
    weight: int
    speaks: bool
    becomes: str


Join = tuple[str, str]
"""What stands between two members of a list, and the sentence that it becomes."""


class Table(msgspec.Struct, frozen=True):
    """A language's sentences, in the order in which they are tried: most particular first.

    ``whole`` have no hole; ``weak`` have hardly anything else.
    """

    whole: Mapping[str, str]
    strong: Sequence[Template]
    joins: Sequence[Join]
    weak: Sequence[Template]
    alternatives: Sequence[Join]


def of(text: str) -> str:
    """Return a sentence of a service in the reader's language; as it is if nothing fits it."""
    language = words.language()
    if language == words.SOURCE or not text or len(text) > LONGEST:
        return text
    # A sentence of a template comes escaped; as text it would be escaped once more.
    return _told(language, text.unescape() if isinstance(text, Markup) else text)


@functools.lru_cache(_KEPT)
def _told(language: str, text: str) -> str:
    if _PRIVATE.search(text):
        return text
    masked, hidden = _masked(text)
    table = _table(language)
    found = _tell(table, masked, hidden, depth=0)
    return text if found is None else found


def _tell(table: Table, masked: str, hidden: Sequence[str], *, depth: int) -> str | None:
    """Return what a text becomes, None if nothing fits it."""
    if depth > _DEEPEST or not masked:
        return None
    whole = table.whole.get(_shown(masked, hidden))
    if whole is not None:
        return whole
    found = _matched(table, table.strong, masked, hidden=hidden, depth=depth)
    if found is None and masked[0].isupper():
        begun = masked[0].lower() + masked[1:]
        found = table.whole.get(_shown(begun, hidden))
        found = found or _matched(table, table.strong, begun, hidden=hidden, depth=depth)
        found = found and found[0].upper() + found[1:]
    found = found or _listed(table, table.joins, masked, hidden=hidden, depth=depth)
    found = found or _matched(table, table.weak, masked, hidden=hidden, depth=depth)
    return found or _listed(table, table.alternatives, masked, hidden=hidden, depth=depth)


def _matched(
    table: Table, templates: Sequence[Template], masked: str, *, hidden: Sequence[str], depth: int
) -> str | None:
    torn = not _is_balanced(masked)
    for template in templates:
        if template.needs not in masked:
            continue
        match = template.pattern.fullmatch(masked)
        if match is None or not (torn or all(map(_is_balanced, match.groups()))):
            continue
        filled = _filled(table, template, match, hidden, depth=depth)
        if filled is not None:
            return template.becomes.format_map(filled)
    return None


def _filled(
    table: Table, template: Template, match: re.Match[str], hidden: Sequence[str], *, depth: int
) -> dict[str, str] | None:
    """Return what stands in the holes; None where something else does than there should be."""
    found: dict[str, str] = {}
    speaks = template.speaks
    for part, text in zip(template.parts, match.groups(), strict=True):
        if isinstance(part, str):
            told = _tell(table, text, hidden, depth=depth + 1)
            speaks = speaks or (told is not None and not f" {text}".startswith(_ALTERNATIVE))
            if told is None and _END in text:
                return None  # the sentence ended earlier
            found[part] = _own(_shown(text, hidden)) if told is None else told
            continue
        pattern, names = part
        inside = pattern.fullmatch(hidden[ord(text) - _FIRST_HIDDEN])
        if inside is None:
            return None
        found |= zip(names, map(_own, inside.groups()), strict=True)
    return found if speaks else None


def _own(text: str) -> str:
    """Return what nobody tells: a number as the language writes it, anything else as it is."""
    if _NUMBER.fullmatch(text):
        return words.number(int(text.replace(",", "")))
    return str(words.isolated(text))


def _listed(
    table: Table, joins: Sequence[Join], masked: str, *, hidden: Sequence[str], depth: int
) -> str | None:
    """Return a list whose members are told each; None where none of them is."""
    for between, becomes in joins:
        before, found, after = masked.partition(between)
        if not found or not before or not after:
            continue
        told = [_tell(table, each, hidden, depth=depth + 1) for each in (before, after)]
        if any(each is not None for each in told) or (_is_own(before) and _is_own(after)):
            shown = [
                _shown(text, hidden) if each is None else each
                for text, each in zip((before, after), told, strict=True)
            ]
            return becomes.format(before=shown[0], after=shown[1])
    return None


def _is_balanced(text: str) -> bool:
    """Whether no bracket was torn from its other half: then the sentence ends elsewhere."""
    depth = 0
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth < 0:
            return False
    return depth == 0


def _is_own(masked: str) -> bool:
    """Whether a member of a list is a quotation: the word between two of them is ours."""
    return bool(_PRIVATE.search(masked))


def _masked(text: str) -> tuple[str, list[str]]:
    """Return a text with one sign in the place of what each quotation holds, and those."""
    hidden: list[str] = []

    def hide(match: re.Match[str]) -> str:
        if _FIRST_HIDDEN + len(hidden) > _LAST_HIDDEN:
            return match[0]
        hidden.append(match[0][1:-1])
        return f"{match[0][0]}{chr(_FIRST_HIDDEN + len(hidden) - 1)}{match[0][-1]}"

    return _QUOTED.sub(hide, text), hidden


def _shown(masked: str, hidden: Sequence[str]) -> str:
    return re.sub(_HIDDEN, lambda match: hidden[ord(match[0]) - _FIRST_HIDDEN], masked)


@functools.cache
def _table(language: str) -> Table:
    path = words.HERE / language / "LC_MESSAGES" / "services.json"
    if not path.is_file():
        return table({})
    return table(msgspec.json.decode(path.read_bytes(), type=dict[str, str]))


def table(told: Mapping[str, str]) -> Table:
    """Return the table of a catalogue: English sentence → translated, with ``{holes}``."""
    whole = {one.format(): other.format() for one, other in told.items() if not holes(one)}
    joins = {one: other for one, other in told.items() if is_join(one)}
    made = sorted(
        (template(one, other) for one, other in told.items() if holes(one) and one not in joins),
        key=lambda each: -each.weight,
    )
    between = [(_between(one), joins[one]) for one in sorted(joins, key=_tightness)]
    return Table(
        whole,
        [each for each in made if each.weight >= _WEAK],
        [each for each in between if each[0] != _ALTERNATIVE],
        [each for each in made if each.weight < _WEAK],
        [each for each in between if each[0] == _ALTERNATIVE],
    )


def is_join(sentence: str) -> bool:
    """Whether a sentence is what stands between two members of a list."""
    return sentence.startswith(_BEFORE) and sentence.endswith(_AFTER)


def _between(join: str) -> str:
    return join.removeprefix(_BEFORE).removesuffix(_AFTER)


def _tightness(join: str) -> tuple[bool, bool, int]:
    """Order what joins lists: a semicolon holds least, then a comma, then a word."""
    between = _between(join)
    return ";" not in between, "," not in between, -len(between)


def holes(sentence: str) -> list[str]:
    """Return the names of a sentence's holes, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(sentence) if name is not None]


def template(sentence: str, becomes: str) -> Template:
    """Return a sentence of the catalogue, ready to be found."""
    names: list[str] = []
    text = ""
    for literal, name, _spec, _conversion in string.Formatter().parse(sentence):
        text += literal
        if name is not None:
            text += chr(_FIRST_HOLE + len(names))
            names.append(name)
    masked, hidden = _masked(text)
    parts: list[str | tuple[re.Pattern[str], tuple[str, ...]]] = []
    written = ""
    for sign in masked:
        place = ord(sign)
        if _FIRST_HIDDEN <= place <= _LAST_HIDDEN:
            inside, inner = _open(hidden[place - _FIRST_HIDDEN], names)
            parts.append((re.compile(inside, re.DOTALL), inner))
            written += f"({_HIDDEN})"
        elif place >= _FIRST_HOLE:
            parts.append(names[place - _FIRST_HOLE])
            written += _filling(names[place - _FIRST_HOLE])
        else:
            written += re.escape(sign)
    pieces = _PRIVATE.split(masked)
    return Template(
        re.compile(written, re.DOTALL),
        tuple(parts),
        max(pieces, key=len),
        sum(map(len, pieces)),
        becomes != sentence,
        becomes,
    )


def _open(text: str, names: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    """Return the pattern of what stands in a quotation, and the names of its holes."""
    inner = tuple(names[ord(sign) - _FIRST_HOLE] for sign in text if ord(sign) >= _FIRST_HOLE)
    written = "".join("(.*?)" if ord(sign) >= _FIRST_HOLE else re.escape(sign) for sign in text)
    return written, inner


def _filling(name: str) -> str:
    """Return what may fill a hole: numbers alone where something is counted."""
    return r"([\d.,]+)" if name.startswith("count") else "(.*?)"
