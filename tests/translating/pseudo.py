"""Two languages that nobody speaks: every sentence of ours in brackets, so that others stand out.

``xx`` runs from left to right in accented letters, ``yy`` from right to left in Hebrew ones. Run
as a module it is the command line, with those two languages beside the real ones.
"""

import io
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from babel.messages import mofile
from babel.messages.catalog import Catalog

from orchestrator.cli import main
from orchestrator.core.policy import phrases
from orchestrator.doors.console import words
from translating import catalogues

COMMAND: Final = (sys.executable, "-m", "translating.pseudo")
ENVIRONMENT: Final = {"PYTHONPATH": str(Path(__file__).parents[1])}
OPEN, CLOSE = "⟦", "⟧"

_ACCENTS: Final = str.maketrans("AEIOUaeiouCNScnsyz", "ÀÈÌÒÙàèìòùÇÑŠçñšýž")
_HEBREW: Final = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "אבגדהוזחטיכלמנסעפצקרשתאבגד" * 2
)
LANGUAGES: Final[Mapping[str, tuple[words.Language, dict[int, int]]]] = {
    "xx": (words.Language("⟦xx⟧"), _ACCENTS),
    "yy": (words.Language("⟦yy⟧", "rtl"), _HEBREW),
}

_HOLES: Final = {
    "console": re.compile(r"(%(?:\(\w+\))?[sd%])"),
    "browser": re.compile(r"(\{\w+\})"),
    "services": re.compile(r"(\{\{|\}\}|\{\w*\})"),
}
_SHELL: Final = re.compile(r"(`[^`]*`)")
"""What a sentence quotes as code is the same in every language."""


def told(sentence: str, language: str, holes: re.Pattern[str] = _HOLES["console"]) -> str:
    """Return a sentence in a language: its pieces between holes, in its letters and brackets."""
    letters = LANGUAGES[language][1]
    pieces: list[str] = []
    for each in _SHELL.split(sentence):
        pieces += [each] if _SHELL.fullmatch(each) else holes.split(each)
    return "".join(
        f"{OPEN}{piece.translate(letters)}{CLOSE}"
        if re.search(r"\w", piece) and not holes.fullmatch(piece) and not _SHELL.fullmatch(piece)
        else piece
        for piece in pieces
    )


def install(folder: Path) -> None:
    """Write the catalogues of both into ``folder``, and let the console know the languages."""
    shutil.copytree(words.HERE, folder, dirs_exist_ok=True)
    languages = dict(words.LANGUAGES)
    for language, (known, _letters) in LANGUAGES.items():
        target = folder / language / "LC_MESSAGES"
        target.mkdir(parents=True)
        for domain in catalogues.DOMAINS:
            _write(target, domain, language)
        languages[language] = known
        phrases.BY_LANGUAGE[language] = _phrases(language)  # type: ignore[index] # a dict
    words.LANGUAGES = languages  # type: ignore[misc] # for this process alone
    words.HERE = folder  # type: ignore[misc] # for this process alone


def _write(target: Path, domain: str, language: str) -> None:
    """Write a catalogue with all that the first real one has: a test holds those complete."""
    real = next(each for each in words.LANGUAGES if each != words.SOURCE)
    given = catalogues.path(real, domain, "mo" if domain == "console" else "json").read_bytes()
    if domain != "console":
        found = {each: told(each, language, _HOLES[domain]) for each in json.loads(given)}
        (target / f"{domain}.json").write_text(json.dumps(found, ensure_ascii=False))
        return
    made = Catalog(locale="en", charset="utf-8", fuzzy=False)
    for each in mofile.read_mo(io.BytesIO(given)):
        if isinstance(each.id, str) and each.id:
            made.add(each.id, told(each.id, language))
        elif each.id:
            made.add(each.id, tuple(told(one, language) for one in each.id))
    file = io.BytesIO()
    mofile.write_mo(file, made)
    (target / "console.mo").write_bytes(file.getvalue())


def _phrases(language: str) -> phrases.Phrases:
    """Return the phrases of policies; IF and THEN as the console's pages call them."""

    def say(phrase: str) -> str:
        pieces = re.split(r"(\{\w*\})", phrase)
        return "".join(
            re.sub(r"[A-Za-z].*[A-Za-z]|[A-Za-z]", lambda found: told(found[0], language), piece)
            if not piece.startswith("{")
            else piece
            for piece in pieces
        )

    said = {
        name: say(value)
        if isinstance(value, str)
        else {key: say(each) for key, each in value.items()}
        for name, value in msgspec.structs.asdict(phrases.ENGLISH).items()
    }
    return msgspec.convert(said, phrases.Phrases)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="pseudo-") as name:
        install(Path(name))
        main()
