"""Files of conversations (section 4.14): signed addresses, their limits, and who may read."""

import asyncio

import pytest

from running.wire import upserted

UPLOAD = ".ams.ms.GenerateURLForUploadFile"
DOWNLOAD = ".ams.ms.GenerateURLForDownloadFile"
EVENT = ".ams.ms.OnlineEventDistribution"
PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40


@pytest.fixture
async def served(visit):
    """A conversation that anna has: her socket, the consumer's, its id."""
    anna, consumer = await visit.agent("anna"), await visit.consumer()
    conversation = await visit.opened(consumer)
    await visit.accepted(anna, conversation)
    return anna, consumer, conversation


def address(visit, signed, **changed):
    """The address of an answer, as clients put it together."""
    query = {**signed["queryParams"], **changed}
    joined = "&".join(f"{key}={value}" for key, value in query.items())
    return f"{visit.town.server.https}{signed['relativePath']}?{joined}"


async def uploaded(visit, peer, content=PICTURE, **more):
    """Upload a picture; its path."""
    asked = {"fileSize": len(content), "fileType": "PNG", **more}
    answer = await peer.ask(UPLOAD, asked)
    assert (answer["code"], answer["type"]) == (200, "ms.GenerateURLResponse"), answer
    signed = answer["body"]
    put = await visit.http.put(address(visit, signed), content=content)
    assert put.status_code == 201, put.text
    return signed["relativePath"]


async def sent(peer, conversation, path):
    """Send a file that was uploaded; the answer."""
    message = {"caption": "", "relativePath": path, "fileType": "PNG"}
    event = {"type": "ContentEvent", "contentType": "hosted/file", "message": message}
    return await peer.ask("ms.PublishEvent", {"dialogId": conversation, "event": event})


@pytest.mark.parametrize("by", ["agent", "consumer"])
async def test_files_go_both_ways(visit, served, by):
    """Put, sent, told with its path, and got by the other side, byte for byte."""
    anna, consumer, conversation = served
    writer, reader = (anna, consumer) if by == "agent" else (consumer, anna)
    path = await uploaded(visit, writer, fileSize=str(len(PICTURE)))
    assert (await sent(writer, conversation, path))["code"] == 200
    told = await anna.told(EVENT, lambda event: event["event"].get("contentType") == "hosted/file")
    assert told["event"]["message"]["relativePath"] == path
    answer = await reader.ask(DOWNLOAD, {"relativePath": path})
    got = await visit.http.get(address(visit, answer["body"]))
    assert (got.status_code, got.content) == (200, PICTURE)
    assert got.headers["content-type"] == "image/png"
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["access-control-allow-origin"] == "*"


async def test_files_of_others_are_not_there(visit, served):
    """Before it was sent it is its owner's; then the conversation's; never a stranger's."""
    anna, consumer, conversation = served
    ben, stranger = await visit.agent("ben", state=None), await visit.consumer()
    path = await uploaded(visit, anna)
    asked = {"relativePath": path}
    assert (await anna.ask(DOWNLOAD, asked))["code"] == 200
    assert (await consumer.ask(DOWNLOAD, asked))["code"] == 404
    assert (await sent(consumer, conversation, path))["code"] == 200
    assert (await consumer.ask(DOWNLOAD, asked))["code"] == 404, "to name a file is not to own it"
    await sent(anna, conversation, path)
    assert (await consumer.ask(DOWNLOAD, asked))["code"] == 200
    other = await visit.opened(stranger)
    assert (await sent(stranger, other, path))["code"] == 200, "words are passed on as they are"
    for peer in (ben, stranger):
        answer = await peer.ask(DOWNLOAD, asked)
        assert (answer["code"], answer["type"]) == (404, ".ReqBody$StringResp")
    may = await visit.agent("may", state=None)
    assert (await may.ask(DOWNLOAD, asked))["code"] == 200, "a manager reads every conversation"


@pytest.mark.parametrize(
    "asked",
    [
        {"fileSize": (20 << 20) + 1, "fileType": "PNG"},
        {"fileSize": 0, "fileType": "PNG"},
        {"fileSize": "many", "fileType": "PNG"},
        {"fileSize": 10, "fileType": "exe"},
        {"fileSize": 10, "fileType": "text/html"},
        {"fileSize": 10, "fileType": "../png"},
        {"fileSize": 10},
    ],
)
async def test_files_of_wrong_kinds_and_sizes(visit, asked):
    """400 with a sentence."""
    peer = await visit.consumer()
    answer = await peer.ask("ms.GenerateURLForUploadFile", asked)
    assert (answer["code"], answer["type"]) == (400, ".ReqBody$StringResp")


@pytest.mark.parametrize(
    "path", ["", "/", "/v1/AUTH_1/../../etc/passwd", "/v1/AUTH_x/00", "/v1/AUTH_1/" + "0" * 32]
)
async def test_files_by_paths_that_are_not_ours(visit, path):
    """404, whatever they look like."""
    peer = await visit.agent("anna", state=None)
    assert (await peer.ask(DOWNLOAD, {"relativePath": path}))["code"] == 404


async def test_files_need_their_signature(visit):
    """Forged, moved to another file or method, later or without: 401, and nothing is stored."""
    peer = await visit.agent("anna", state=None)
    asked = {"fileSize": 10, "fileType": "txt"}
    first, second = [(await peer.ask(UPLOAD, asked))["body"] for _ in range(2)]
    expires = first["queryParams"]["temp_url_expires"]
    for wrong in (
        address(visit, first, temp_url_sig="0" * 64),
        address(visit, first, temp_url_sig="ä"),
        address(visit, first, temp_url_expires=str(int(expires) + 1)),
        address(visit, first, temp_url_expires="9" * 40),
        address(visit, first, temp_url_sig=second["queryParams"]["temp_url_sig"]),
        address(visit, first).partition("?")[0],
    ):
        refused = await visit.http.put(wrong, content=b"0123456789")
        assert refused.status_code == 401, wrong
        assert refused.json()["error"]["internalCode"] == 10
    assert (await visit.http.get(address(visit, first))).status_code == 401, "not for reading"


async def test_files_are_put_once_and_not_larger_than_announced(visit):
    """More bytes are 400 and leave nothing; the right ones 201; again is 409."""
    peer = await visit.agent("anna", state=None)
    signed = (await peer.ask(UPLOAD, {"fileSize": 10, "fileType": "txt"}))["body"]
    path = {"relativePath": signed["relativePath"]}
    assert (await visit.http.put(address(visit, signed), content=b"x" * 11)).status_code == 400
    assert (await peer.ask(DOWNLOAD, path))["code"] == 404
    assert (await visit.http.put(address(visit, signed), content=b"x" * 9)).status_code == 201
    assert (await visit.http.put(address(visit, signed), content=b"y" * 9)).status_code == 409
    got = await visit.http.get(address(visit, (await peer.ask(DOWNLOAD, path))["body"]))
    assert (got.content, got.headers["content-disposition"]) == (b"x" * 9, "attachment")


@pytest.mark.parametrize(
    ("name", "caption", "disposition"),
    [
        ("Statement.pdf", "my bill", 'attachment; filename="Statement.pdf"'),
        (None, "bill 2026.pdf", 'attachment; filename="bill 2026.pdf"'),
        (None, "my bill", 'attachment; filename="my bill.pdf"'),
        (
            "Übersicht “Q3” 50%.PDF",
            "",
            (
                "attachment; filename=\"_bersicht _Q3_ 50_.PDF\"; filename*=UTF-8''"
                "%C3%9Cbersicht%20%E2%80%9CQ3%E2%80%9D%2050%25.PDF"
            ),
        ),
        ("../../etc/x\r\nSet-Cookie: a=b.pdf", "", 'attachment; filename="x Set-Cookie: a=b.pdf"'),
    ],
)
async def test_files_are_saved_under_the_name_they_had(visit, served, name, caption, disposition):
    """That of the upload, else the caption; in any script, and nothing of it is a header."""
    anna, consumer, conversation = served
    more = {} if name is None else {"fileName": name}
    path = await uploaded(visit, consumer, b"%PDF", fileType="PDF", **more)
    message = {"caption": caption, "relativePath": path, "fileType": "PDF"}
    event = {"type": "ContentEvent", "contentType": "hosted/file", "message": message}
    await consumer.ask("ms.PublishEvent", {"dialogId": conversation, "event": event})
    answer = await anna.ask(DOWNLOAD, {"relativePath": path})
    got = await visit.http.get(address(visit, answer["body"]))
    assert got.headers["content-disposition"] == disposition
    assert got.headers["content-type"] == "application/pdf"
    assert "set-cookie" not in got.headers


async def test_files_whose_bytes_are_gone(visit):
    """404, rather than an answer that breaks off: another server's folder is not this one's."""
    peer = await visit.agent("anna", state=None)
    path = await uploaded(visit, peer)
    answer = await peer.ask(DOWNLOAD, {"relativePath": path})
    (kept,) = (visit.town.server.data / "files").rglob(path.rpartition("/")[2])
    kept.unlink()
    got = await visit.http.get(address(visit, answer["body"]))
    assert got.status_code == 404


async def test_files_that_stop_halfway_leave_nothing(visit):
    """The client goes away in the middle; the address is still good."""
    peer = await visit.agent("anna", state=None)
    signed = (await peer.ask(UPLOAD, {"fileSize": 10, "fileType": "txt"}))["body"]
    host, _, port = visit.town.server.domain.rpartition(":")
    _, writer = await asyncio.open_connection(host, int(port), ssl=visit.town.tls)
    target = address(visit, signed).removeprefix(visit.town.server.https)
    head = f"PUT {target} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 10\r\n\r\nhalf"
    writer.write(head.encode())
    await writer.drain()
    writer.close()
    assert (await visit.http.put(address(visit, signed), content=b"0123456789")).status_code == 201


async def test_files_are_asked_for_by_browsers(visit):
    """A page of any origin may ask before it puts."""
    asked = await visit.http.options(f"{visit.town.server.https}/v1/AUTH_1/{'0' * 32}")
    assert asked.status_code == 204
    assert "PUT" in asked.headers["access-control-allow-methods"]


async def test_files_that_nobody_sends_are_limited(visit):
    """Who uploads and never sends is stopped at twenty; sending one makes room for the next."""
    consumer = await visit.consumer()
    conversation = await visit.opened(consumer)
    path = await uploaded(visit, consumer)
    asked = {"fileSize": 10, "fileType": "txt"}
    codes = [(await consumer.ask(UPLOAD, asked))["code"] for _ in range(20)]
    assert codes == [200] * 19 + [409]
    await sent(consumer, conversation, path)
    assert (await consumer.ask(UPLOAD, asked))["code"] == 200


async def test_files_of_an_agent_who_left(visit, served):
    """Who had the conversation may still read what was sent in it, as they may its words."""
    anna, consumer, conversation = served
    path = await uploaded(visit, consumer)
    await sent(consumer, conversation, path)
    leave = {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"}
    await visit.change(anna, conversation, leave)
    await upserted(anna, conversation, kind="DELETE")
    assert (await anna.ask(DOWNLOAD, {"relativePath": path}))["code"] == 200
