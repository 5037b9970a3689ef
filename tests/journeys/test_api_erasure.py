"""One person is erased everywhere, and whoever takes part in a conversation is told."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from running import api, inside, wire

MARK = "MARK-OF-A-PERSON"


@pytest.fixture
async def there(town: wire.Town) -> AsyncIterator[api.Api]:
    """A key that may do everything, on the account of the town."""
    key = await api.key(town.server.data, town.account, "admin", "context", "decide")
    async with api.Api(town.server, town.account, key) as opened:
        yield opened


def _tables_with(data: Path, words: str) -> list[str]:
    """Return the tables in which some row holds these words, whatever the column."""
    found = set()
    with sqlite3.connect(data / "orchestrator.db") as database:
        names = database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        for (name,) in names:
            for row in database.execute(f"SELECT * FROM {name}"):  # noqa: S608 - its own tables
                for value in row:
                    text = value.decode("utf-8", "replace") if isinstance(value, bytes) else value
                    if words in str(text):
                        found.add(name)
    database.close()
    return sorted(found)


async def test_nothing_is_left_of_a_person(visit: wire.Visit, there: api.Api) -> None:
    """Profile, conversation, messages, a file, decisions, contexts, though somebody is talking."""
    anna = await visit.agent("anna")
    consumer = await visit.consumer()
    await consumer.ask("userprofile.SetUserProfile", {"firstName": MARK})
    conversation = await visit.opened(consumer)
    await visit.say(consumer, conversation, f"I am {MARK}")
    await _upload(visit, consumer, MARK.encode())
    await visit.accepted(anna, conversation)
    person = await _person(there, conversation)
    for session in (person, conversation):
        saved = await there.http.patch(
            f"/v1/account/{there.account}/crm/{session}/properties", json={"said": MARK}
        )
        assert saved.status_code == 204, saved.text
    await there.do(
        "POST", "/decisions", {"consumerId": person, "attributes": {"conversation": {"x": MARK}}}
    )
    data = _data_of(visit)
    assert {"consumers", "messages", "context_properties"} <= set(_tables_with(data, MARK))
    assert _files_with(data, MARK)

    erased = await there.do("DELETE", f"/consumers/{person}")
    assert erased["conversations"] == 1
    assert erased["messages"] >= 1
    assert erased["contexts"] == 2
    assert erased["profiles"] == 1
    assert erased["files"] == 1
    assert _files_with(data, MARK) == []
    assert _tables_with(data, MARK) == []
    assert _tables_with(data, person) == []
    assert _tables_with(data, conversation) == []
    closed = await wire.upserted(
        anna, conversation, kind="DELETE", matches=lambda details: details["state"] == "CLOSE"
    )
    assert closed["state"] == "CLOSE"
    await there.refused(404, "GET", f"/consumers/{person}")
    await there.refused(404, "DELETE", f"/consumers/{person}")


async def test_a_command_erases_too(visit: wire.Visit, there: api.Api) -> None:
    """Beside a running server, with a line in the change log that names nobody."""
    consumer = await visit.consumer()
    conversation = await visit.opened(consumer)
    person = await _person(there, conversation)
    data = _data_of(visit)
    orchestrator = inside.Inside(data, there.account)
    shown = await asyncio.to_thread(orchestrator, "consumers", "show", person)
    assert shown["conversations"] == [conversation]
    await asyncio.to_thread(orchestrator, "consumers", "forget", person)
    assert _tables_with(data, person) == []
    with sqlite3.connect(data / "orchestrator.db") as database:
        line = database.execute(
            "SELECT who, id, after FROM changes WHERE noun = 'consumers' AND account = ? "
            "ORDER BY sequence DESC",
            (there.account,),
        ).fetchone()
    database.close()
    assert line[:2] == ("operator", "erased")
    assert '"conversations":1' in str(line[2]).replace(" ", "")


async def _upload(visit: wire.Visit, peer: wire.Peer, content: bytes) -> None:
    """Put a file onto the shelf, as its owner."""
    asked = {"fileSize": len(content), "fileType": "PNG"}
    signed = (await peer.ask(".ams.ms.GenerateURLForUploadFile", asked))["body"]
    address = f"{visit.town.server.https}{signed['relativePath']}"
    put = await visit.http.put(address, params=signed["queryParams"], content=content)
    assert put.status_code == 201, put.text


def _files_with(data: Path, words: str) -> list[Path]:
    """Return the files beside the database that hold these words."""
    shelf = (data / "files").rglob("*")
    return [each for each in shelf if each.is_file() and words.encode() in each.read_bytes()]


async def _person(there: api.Api, conversation: str) -> str:
    """Return whose conversation it is."""
    for row in await there.get("/consumers?limit=1000"):
        held = await there.get(f"/consumers/{row['consumerId']}")
        if conversation in held["conversations"]:
            return held["consumerId"]
    raise AssertionError(conversation)


def _data_of(visit: wire.Visit) -> Path:
    """Return the data folder of the visited server."""
    return visit.town.server.data
