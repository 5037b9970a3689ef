"""Catalogues of the console: what they must hold, what they do, and bringing them up to date."""

import io
import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from babel.messages import extract, mofile, pofile
from babel.messages.catalog import Catalog, Message

from orchestrator.doors import console
from orchestrator.doors.console import retold, words
from translating import services, tables

ROOT: Final = Path(console.__file__).parent
WEB: Final = Path(__file__).parents[2] / "web" / "src"
DOMAINS: Final = ("services", "console", "browser")
"""What services say, in English; pages; and the browser's part, which hears services as well."""

_HOLE: Final = {
    "console": re.compile(r"%(?:\(\w+\))?[sd%]"),
    "browser": re.compile(r"\{\w+\}"),
}
_KEYWORDS: Final = {"_": None, "ngettext": (1, 2)}
_UNDATED: Final = datetime(2000, 1, 1, tzinfo=UTC)
_UNSAID: Final = (
    *('"POT-Creation-Date', '"PO-Revision-Date', '"Last-Translator', '"Generated-By'),
    *('"Language-Team', '"Report-Msgid-Bugs-To', '"Project-Id-Version'),
)
"""Lines of a header that change by themselves, or say nothing."""
_COMMENT: Final = "Translations of the console. Extracted by `make translations`."


def wanted(domain: str) -> Catalog:
    """Return a catalogue with everything that a domain says, and no translation."""
    made = Catalog(charset="utf-8", fuzzy=False)
    if domain == "services":
        for place, told in services.sentences():
            made.add(told, locations=[(place, 1)])
        return made
    if domain == "browser":
        for path in sorted(WEB.rglob("*.js")):
            _add(made, "javascript", path, f"web/src/{path.relative_to(WEB).as_posix()}")
        return made
    for path in sorted(ROOT.rglob("*.py")):
        _add(made, "python", path, path.relative_to(ROOT).as_posix())
    for path in sorted((ROOT / "templates").glob("*.html")):
        _add(made, "jinja2.ext:babel_extract", path, path.relative_to(ROOT).as_posix())
    for told in tables.words():
        if told:
            made.add(told, locations=[("tables", 1)])
    for pair in tables.counted():
        made.add(pair, locations=[("tables", 1)])
    return made


def path(language: str, domain: str, suffix: str) -> Path:
    """Return where a catalogue is; ``suffix``: po, mo, json."""
    return words.HERE / language / "LC_MESSAGES" / f"{domain}.{suffix}"


def kept(language: str, domain: str) -> Catalog:
    """Return the catalogue as translators left it; an empty one for a new language."""
    found = path(language, domain, "po")
    if not found.is_file():
        return Catalog(locale=language, domain=domain, charset="utf-8", fuzzy=False)
    with found.open("rb") as file:
        return pofile.read_po(file, locale=language, domain=domain)


def missing(language: str, domain: str) -> list[str]:
    """Return what is wrong with a catalogue, a sentence each; empty when it is complete."""
    held, asked = kept(language, domain), wanted(domain)
    wrong = [
        f"not translated: {message.id}"
        for message in asked
        if message.id and not _told(held, message)
    ]
    for message in held:
        if not message.id:
            continue
        if message.fuzzy:
            wrong.append(f"fuzzy: {message.id}")
        if message.id not in asked:
            wrong.append(f"nobody says it any more: {message.id}")
        wrong += [f"other placeholders: {message.id}" for text in _differing(domain, message)]
    return wrong


def renew(language: str) -> None:
    """Bring the catalogues of a language up to date, and build what the server reads."""
    for domain in DOMAINS:
        held = kept(language, domain)
        held.update(wanted(domain), no_fuzzy_matching=True)
        held.obsolete.clear()
        target = path(language, domain, "po")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(_po(held))
        built = path(language, domain, "mo" if domain == "console" else "json")
        built.write_bytes(compiled(language, domain))


def compiled(language: str, domain: str) -> bytes:
    """Return what is built from a catalogue: a .mo for pages, JSON for the others."""
    held = kept(language, domain)
    if domain != "console":
        told = {
            str(message.id): message.string for message in held if message.id and message.string
        }
        if domain == "browser":
            told |= _heard(language)
        return (json.dumps(told, ensure_ascii=False, indent=0, sort_keys=True) + "\n").encode()
    held.creation_date = held.revision_date = _UNDATED
    file = io.BytesIO()
    mofile.write_mo(file, held)
    return file.getvalue()


def _heard(language: str) -> dict[str, str]:
    """Return what the browser hears of services on a socket; holes and all."""
    held = kept(language, "services")
    return {
        told: str(message.string)
        for place, told in services.sentences()
        if place.startswith(services.SOCKET)
        if (message := held.get(told)) is not None and message.string
    }


def _po(held: Catalog) -> bytes:
    """Return a catalogue as text: without dates and line numbers, which change by themselves."""
    held.header_comment = f"# {_COMMENT}"
    file = io.BytesIO()
    pofile.write_po(
        file, held, width=100, omit_header=False, sort_output=True, include_lineno=False
    )
    lines = file.getvalue().decode().splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(_UNSAID)).encode()


def _add(made: Catalog, method: str, source: Path, name: str) -> None:
    with source.open("rb") as file:
        options = {"trimmed": "false", "silent": "false"} if "jinja2" in method else {}
        for _line, told, comments, _context in extract.extract(
            method, file, keywords=_KEYWORDS, options=options
        ):
            if told:
                made.add(told, locations=[(name, 1)], user_comments=comments)


def _told(held: Catalog, message: Message) -> bool:
    found = held.get(message.id)
    return found is not None and all(_strings(found.string))


def _strings(given: str | Sequence[str]) -> Sequence[str]:
    return (given,) if isinstance(given, str) else given


def _differing(domain: str, message: Message) -> Iterator[str]:
    if domain == "services":  # English endings, such as the s of a plural, need no place
        known = set(retold.holes(str(message.id)))
        if message.string and not known.issuperset(retold.holes(str(message.string))):
            yield str(message.string)
        return
    holes = _HOLE[domain]
    allowed = sorted(holes.findall(_strings(message.id)[-1]))
    for text in _strings(message.string):
        if text and sorted(holes.findall(text)) != allowed:
            yield text
