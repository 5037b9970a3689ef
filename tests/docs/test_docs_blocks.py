"""Every command, document and program in the README and in docs does what the page says.

A page's blocks are used from top to bottom, in a folder of the page's own: a block with a title is
a file there, commands are run, and a block of text behind them is what they print (``…`` stands
for anything). What is not run stands in the table of asides, with its reason.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from handbook import asides, blocks, shell
from handbook.blocks import Block
from orchestrator import PolicySet
from orchestrator.core.policy import text as policy_text
from orchestrator.testing.clock import START
from running import inside, patience, program, server

LANGUAGES = ("sh", "text", "json", "yaml", "python", "expression", "http")
TUTORIAL = tuple(blocks.name(page) for page in sorted((blocks.ROOT / "docs/tutorial").glob("*.md")))
SERVED = {"README.md", "docs/howto/supervise.md", *TUTORIAL}
"""Pages whose commands speak to a running server."""

GO_ON = {
    f"docs/howto/{wish}.md"
    for wish in ("vip", "intent", "holidays", "previous-agent", "overflow", "percentage", "outage")
}
"""Pages that go on with the account of the README: mavenBot, ann, Billing."""

CHAPTERS = [
    TUTORIAL,
    *((name,) for name in map(blocks.name, blocks.pages()) if name not in TUTORIAL),
]
MESSAGE = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
ANYBODY = {"name": "Any", "enabled": True, "conditions": [{"all": []}], "actions": [MESSAGE]}
SOMETHING = {"document": {"policies": [ANYBODY]}, "moment": START}
"""What the examples in Python speak of without saying what it is."""

HOURS = {"Support hours": {"zone": "Europe/Paris", "weekly": {"MON": [["08:30:00", "17:30:00"]]}}}


@pytest.fixture(scope="session")
def set_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder on which the README's set-up was pasted, for copies."""
    folder = tmp_path_factory.mktemp("set-up")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(os, "environ", program.environment({}))
        commands = next(
            block
            for block in blocks.of(blocks.ROOT / "README.md")
            if "orchestrator users add mavenBot" in block.text
        )
        for line, document in shell.lines(commands.text):
            shell.run(line, document=document)
    return folder / "data"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a reader works, with an environment that nothing was set in."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "environ", program.environment({}))
    return tmp_path


@pytest.mark.parametrize("names", CHAPTERS, ids=lambda names: names[0])
def test_every_block_does_what_the_page_says(
    names: tuple[str, ...], folder: Path, request: pytest.FixtureRequest
) -> None:
    """Commands succeed and print what is shown, documents load, programs run."""
    if names[0] in SERVED:
        running: server.Server = request.getfixturevalue("shared_server")
        account = str(next(request.getfixturevalue("account_ids")))
        os.environ |= {"ORCHESTRATOR_DATA": str(running.data), "ORCHESTRATOR_ACCOUNT": account}
        inside.run(["accounts", "add", account])
    elif names[0] in GO_ON:
        shutil.copytree(request.getfixturevalue("set_up"), folder / "data")
    for name in names:
        printed: str | None = None
        for block in blocks.of(blocks.ROOT / name):
            assert block.language in LANGUAGES, f"{block.place}: a block says what it is"
            printed = _used(block, printed)


def _used(block: Block, printed: str | None) -> str | None:
    """Do what a block is for; returns what commands printed, for a block of text behind them."""
    if block.title:
        Path(block.title).parent.mkdir(parents=True, exist_ok=True)
        Path(block.title).write_text(block.text, "utf-8")
    match block.language:
        case "sh":
            return _pasted(block)
        case _ if asides.of(block.page, block.text):
            return None
        case "text":
            assert printed is not None, f"{block.place}: no command stands before it"
            assert _like(block.text).fullmatch(printed.strip()), f"{block.place}:\n{printed}"
        case "json":
            _loaded(json.loads(block.text), block)
        case "yaml":
            _loaded(policy_text.parse(block.text.encode(), "yaml"), block)
        case "expression":
            for line in block.text.splitlines():
                _set({"policies": [_policy(expression=line)], "schedules": HOURS}, block)
        case "python":
            code = compile(block.text, block.place, "exec")
            exec(code, dict(SOMETHING))  # noqa: S102 - the page's own words are what is tested
        case _:
            pytest.fail(f"{block.place}: it is neither run nor an aside")
    return None


def _pasted(block: Block) -> str:
    printed = ""
    for line, document in shell.lines(block.text):
        if asides.of(block.page, line):
            continue
        if line.startswith("sleep "):
            patience.until(_bot_is_online, what="what a person would wait for")
            continue
        try:
            printed += shell.run(line, document=document)
        except (shell.Failed, shell.Unknown) as error:
            pytest.fail(f"{block.place}: {type(error).__name__}: {error}")
    return printed


def _bot_is_online() -> bool:
    _, out, _ = inside.run(["bot-config", "show", "--json"])
    return json.loads(out)["state"] == "online"


def _like(shown: str) -> re.Pattern[str]:
    return re.compile(".*".join(map(re.escape, shown.strip().split("…"))), re.DOTALL)


def _loaded(document: Any, block: Block) -> None:
    """Load what is a set of policies, or a part of one; anything else was read, which is enough."""
    match document:
        case {"policies": list()} if set(document) <= {"policies", "custom", "schedules"}:
            _set(document, block)
        case {"actions": list(), "name": _}:
            _set([document], block)
        case {"property": _, "type": _, **rest} if "state" not in rest:
            _set([_policy(conditions=[document])], block)
        case dict() if document and all("weekly" in _fields(each) for each in document.values()):
            _set({"policies": [_policy(conditions=[{"all": []}])], "schedules": document}, block)


def _fields(value: Any) -> Any:
    return value if isinstance(value, dict) else ()


def _policy(**conditions: Any) -> dict[str, Any]:
    return {"name": "Example", "enabled": True, "actions": [MESSAGE], **conditions}


def _set(document: Any, block: Block) -> None:
    try:
        PolicySet.from_document(document)
    except Exception as error:  # noqa: BLE001 - whatever it is, the page is wrong
        pytest.fail(f"{block.place}: {error}")


def test_every_aside_is_needed() -> None:
    """No row of the table is without a line or a block."""
    texts: dict[str, list[str]] = {}
    for block in (block for page in blocks.pages() for block in blocks.of(page)):
        commands = shell.lines(block.text) if block.language == "sh" else ()
        texts.setdefault(block.page, []).extend([block.text, *(line for line, _ in commands)])
    for row in asides.ROWS:
        assert any(text.startswith(row.begins) for text in texts.get(row.page, [])), row


@pytest.mark.parametrize(
    "wish",
    [*sorted(GO_ON), "docs/howto/external-bot.md", "docs/howto/real-cloud.md"],
    ids=lambda wish: Path(wish).stem,
)
def test_every_wish_is_shown_where_it_matches_and_where_it_does_not(wish: str) -> None:
    """Its page has both answers, of commands that were run above."""
    [shown] = [block for block in blocks.of(blocks.ROOT / wish) if block.language == "text"]
    assert "policy: " in shown.text
    assert "no decision: no policy matched" in shown.text


@pytest.mark.parametrize("wish", sorted(GO_ON), ids=lambda wish: Path(wish).stem)
def test_every_wish_is_a_document_without_a_finding(wish: str) -> None:
    """The product's own checker has nothing grave to say of it."""
    document, *others = [block for block in _documents(wish) if "policies" in block.text]
    assert not others
    found = PolicySet.from_document(policy_text.parse(document.text.encode(), "any"))
    assert not found.warnings
    assert [each for each in found.check() if each.severity != "may"] == []


def _documents(page: str) -> Iterator[Block]:
    return (each for each in blocks.of(blocks.ROOT / page) if each.language in {"json", "yaml"})
