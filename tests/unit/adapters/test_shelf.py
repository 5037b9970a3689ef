"""The folder of files: all or nothing, and never outside."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import pytest

from orchestrator.adapters import shelf
from orchestrator.core.model import errors

NAME = "0123456789abcdef" * 2


async def pieces(*content):
    for piece in content:
        yield piece


async def test_what_is_put_can_be_got_and_removed(tmp_path):
    """In pieces, with the size counted; removing twice is as good as once."""
    folder = shelf.Folder(tmp_path / "files")
    assert await folder.put("1", NAME, chunks=pieces(b"ab", b"", b"c"), most=3) == 3
    assert b"".join([piece async for piece in folder.get("1", NAME)]) == b"abc"
    await folder.remove("1", NAME)
    await folder.remove("1", NAME)
    with pytest.raises(errors.NotFound):
        [piece async for piece in folder.get("1", NAME)]
    with pytest.raises(errors.NotFound):
        await folder.size("1", NAME)


async def test_too_much_or_broken_off_leaves_nothing(tmp_path):
    """No file, and no half of one under another name."""

    async def breaking():
        yield b"ab"
        raise errors.BadInput("The client left.")

    folder = shelf.Folder(tmp_path)
    for chunks in (pieces(b"ab", b"cd"), breaking()):
        with pytest.raises(errors.BadInput):
            await folder.put("1", NAME, chunks=chunks, most=3)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


async def test_what_never_came_to_its_end_is_tidied_away(tmp_path):
    """Half of a file that a crash left; not one that may still be coming, and no whole one."""
    folder = shelf.Folder(tmp_path)
    begun, going_on = asyncio.Event(), asyncio.Event()

    async def slowly():
        begun.set()
        yield b"a"
        await going_on.wait()

    await folder.put("1", NAME, chunks=pieces(b"whole"), most=9)
    upload = asyncio.create_task(folder.put("1", NAME[::-1], chunks=slowly(), most=9))
    await begun.wait()
    halves = list(tmp_path.glob("coming/*"))
    (tmp_path / "coming" / "left").write_bytes(b"half")
    os.utime(tmp_path / "coming" / "left", (0, 0))
    await folder.tidy(datetime.now(UTC) - timedelta(days=1))
    assert list(tmp_path.glob("coming/*")) == halves != []
    going_on.set()
    assert await upload == 1
    assert await folder.size("1", NAME) == 5


async def test_nothing_is_tidied_where_nothing_ever_came(tmp_path):
    """A server without files has no folder of them."""
    await shelf.Folder(tmp_path / "files").tidy(datetime.now(UTC))
    assert not (tmp_path / "files").exists()


async def test_a_disk_that_does_not_take_it_is_unavailable(tmp_path):
    """Said as our own error, with the system's reason."""
    (tmp_path / "1").write_text("in the way")
    with pytest.raises(errors.Unavailable):
        await shelf.Folder(tmp_path).put("1", NAME, chunks=pieces(b"a"), most=3)


@pytest.mark.parametrize("account", ["", "..", "1/2", "x"])
@pytest.mark.parametrize("name", [NAME, "../" + NAME[3:], NAME.upper(), ""])
async def test_nothing_leads_out_of_the_folder(tmp_path, account, name):
    """Whatever a name looks like, it is no file."""
    with pytest.raises(errors.NotFound):
        await shelf.Folder(tmp_path).remove(account, name)
