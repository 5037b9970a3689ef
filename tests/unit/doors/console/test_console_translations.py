"""The console's languages: complete catalogues, and every request in the language of its reader."""

import asyncio
import json
import re

import msgspec
import pytest
from starlette.requests import Request

from orchestrator.core.ums import received
from orchestrator.doors.console import language, rendering, retold, words
from orchestrator.services.cloud import files
from translating import catalogues

TRANSLATED = [tag for tag in words.LANGUAGES if tag != words.SOURCE]
PAIRS = [(tag, domain) for tag in TRANSLATED for domain in catalogues.DOMAINS]


@pytest.mark.parametrize(("tag", "domain"), PAIRS)
def test_a_catalogue_says_all_that_the_console_says(tag: str, domain: str) -> None:
    """Nothing is missing, empty, fuzzy or left over, and what varies stands in both languages.

    `make translations` collects what is said, and names what has no translation yet.
    """
    assert catalogues.missing(tag, domain) == []


@pytest.mark.parametrize(("tag", "domain"), PAIRS)
def test_what_is_built_is_what_the_catalogue_says(tag: str, domain: str) -> None:
    """The built files are those of the catalogue, so that nobody reads an older one."""
    suffix = "mo" if domain == "console" else "json"
    built = catalogues.path(tag, domain, suffix).read_bytes()
    assert built == catalogues.compiled(tag, domain)


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        ("", "en"),
        ("de-AT,de;q=0.9,en;q=0.8", "de"),
        ("fr, en;q=0.5, de;q=0.7", "de"),
        ("de;q=0", "en"),
        ("*", "en"),
        ("de;q=much, en", "en"),
    ],
)
def test_the_browser_says_what_it_prefers(header: str, tag: str) -> None:
    """The best language that there is a catalogue for, English without one."""
    assert words.wanted(header) == tag


def test_a_choice_counts_before_the_browser() -> None:
    """What somebody chose is kept in a cookie; one that names no language counts for nothing."""
    assert language.of(_request("de", chosen="en")) == "en"
    assert language.of(_request("de", chosen="tlh")) == "de"


async def test_two_readers_at_once_have_each_their_own_language() -> None:
    """A request that waits in the middle goes on in its own language, whatever came meanwhile."""
    turns = {"de": asyncio.Event(), "en": asyncio.Event()}

    async def read(tag: str, other: str) -> list[str]:
        with words.speaking(tag):
            first = words.gettext("Sign in")
            turns[tag].set()
            await turns[other].wait()
            return [first, words.gettext("Sign in"), words.language()]

    german, english = await asyncio.gather(read("de", "en"), read("en", "de"))
    assert german == ["Anmelden", "Anmelden", "de"]
    assert english == ["Sign in", "Sign in", "en"]
    assert words.language() == "en"


def test_a_page_says_its_language_and_brings_the_words_of_the_browsers_part() -> None:
    """English needs no words; another language comes as a file whose address is its content."""
    shown = {"fault": rendering.words, "heading": "Not there", "message": "", "elsewhere": False}
    english = rendering.rendered("stranger_fault.html", shown)
    assert '<html lang="en" dir="ltr">' in english
    assert "/console/words/" not in english
    with words.speaking("de"):
        german = rendering.rendered("stranger_fault.html", shown)
    assert '<html lang="de" dir="ltr">' in german
    assert "/console/words/de.js?v=" in german
    assert "Nicht vorhanden" in german


def test_the_browsers_words_are_json() -> None:
    """The browser's part is handed a table: English sentence, sentence in its language."""
    assert json.loads(words.browser("de"))["Choose a skill"] == "Skill wählen"
    assert words.browser("en") == b"{}"


def test_numbers_of_things_are_said_as_the_language_counts() -> None:
    """One and several have words of their own in every language."""
    with words.speaking("de"):
        assert [rendering.lasting(60), rendering.lasting(7_200)] == ["1 Minute", "2 Stunden"]


def test_a_name_cannot_turn_the_sentence_around_it() -> None:
    """A name from right to left is isolated, and loses its overrides; others stay as they are."""
    name = "\u202eelif"
    assert words._("“%(name)s” is saved.", name=name) == "“\u2068elif\u2069” is saved."
    assert words._("“%(name)s” is saved.", name="Žofie") == "“Žofie” is saved."
    page = rendering._environment().from_string('{{ _("“%(name)s” is saved.", name=name) }}')
    assert page.render(name="<נועה>") == "“\u2068&lt;נועה&gt;\u2069” is saved."


def test_styles_have_no_left_and_no_right() -> None:
    """Looks are said by where lines begin and end, so that they turn with the language."""
    sided = re.compile(
        r"(?:margin|padding|border|inset)-(?:left|right)|(?<![\w-])(?:left|right)\s*:|"
        r"text-align:\s*(?:left|right)|float:\s*(?:left|right)"
    )
    found = {path.name: sided.findall(path.read_text()) for path in catalogues.WEB.rglob("*.css")}
    assert {name: sided for name, sided in found.items() if sided} == {}


def _request(header: str, *, chosen: str) -> Request:
    cookie = f"orchestrator_language_default={chosen}"
    headers = [(b"accept-language", header.encode()), (b"cookie", cookie.encode())]
    scope = {"type": "http", "method": "GET", "path": "/console", "query_string": b""}
    return Request(scope | {"headers": headers, "server": ("here", 80), "scheme": "http"})


@pytest.mark.parametrize(
    "told",
    [
        f"A request has at most {received.MOST_ASKED} bytes.",
        "Bad body of PublishEvent: Expected `object`, got `int` - at `$.event`.",
        "This socket has too many subscriptions.",
        f"A file has {files.MOST_BYTES} bytes at most.",
    ],
)
@pytest.mark.parametrize("tag", TRANSLATED)
def test_what_a_socket_refuses_is_known_to_the_browser(tag: str, told: str) -> None:
    """Whoever sits at the desk or writes in a chat is told it in their language."""
    table = retold.table(msgspec.json.decode(words.browser(tag), type=dict[str, str]))
    assert told in table.whole or any(each.pattern.fullmatch(told) for each in table.strong)


def test_a_chat_on_another_site_knows_in_which_languages_refusals_are_told() -> None:
    """Its list is that of the console, without the language in which the server speaks."""
    source = (catalogues.WEB / "parts/chat/words.js").read_text()
    listed = re.findall(r"TOLD_ON_SOCKETS = new Set\((\[.*?\])\)", source)
    assert [json.loads(each) for each in listed] == [TRANSLATED]
