"""HEAD over a real connection: headers of GET, no body, and the connection goes on."""

from collections.abc import Iterator

from running import api, server


async def test_head_is_served_wherever_get_is(
    shared_server: server.Server, account_ids: Iterator[int]
) -> None:
    """On hot routes, on those of the nouns, on a stream, and with refusals, on one connection."""
    account = str(next(account_ids))
    key = await api.settled(shared_server.data, account)
    async with api.Api(shared_server, account, key) as there:
        for path in ("/skills", "/keys", "/nothing"):
            got, head = await there.ask("GET", path), await there.ask("HEAD", path)
            assert head.status_code == got.status_code, path
            assert head.headers["content-length"] == got.headers["content-length"]
            assert head.content == b""
        stream = await there.ask("HEAD", "/events")
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        assert (await there.ask("HEAD", "/keys/x/rotate")).status_code == 405
        assert (await there.get("/skills")) is not None
