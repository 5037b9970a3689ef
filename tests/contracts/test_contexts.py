"""Contexts in memory and on both databases, promise by promise."""

import asyncio
import json

import hypothesis
import msgspec
import pytest
from hypothesis import strategies as st

from orchestrator.core.model import access, errors
from orchestrator.services.context import contexts, names, saving, values
from orchestrator.services.context.ports import Place, Property
from running import contexts as running
from running.contexts import ACTOR, NOW, plain

OTHER = access.operator("2")


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
async def house(request, tmp_path):
    """Contexts on every store that there is."""
    place = {"memory": None, "sqlite": tmp_path / "orchestrator.db"}.get(request.param)
    if request.param == "postgresql":
        place = request.getfixturevalue("postgres_url")
    made = await running.house(place)
    yield made
    await made.close()


async def test_two_writers_on_one_session_lose_nothing(house):
    """Each saves its own properties, a hundred times at once."""
    await asyncio.gather(*(house.save("crm", "c1", **{f"p{each}": each}) for each in range(100)))
    assert await house.read("crm", "c1") == {f"p{each}": each for each in range(100)}


@pytest.mark.parametrize("size", [0, 1, 50, 51, 300])
async def test_small_and_large_sessions_are_read_whole(house, size):
    """Whichever way they are read, by name, and in both versions."""
    members = {f"p{each:03}": each for each in range(size)}
    await house.save("crm", "c1", **members)
    found = await house.read("crm", "c1")
    assert list(found.items()) == list(members.items())
    if members:
        document = await house.documents.read("1", "crm", "c1")
        assert plain(document.payload) == members


async def test_a_document_has_so_many_characters_and_no_more(house):
    """800,000 of compact JSON, counted as Unicode; what is refused changes nothing."""
    room = saving.LARGEST_DOCUMENT - len('{"a":"","b":1}')
    await house.save("crm", "c1", a="x" * 10, b=1)
    await house.contexts.save(ACTOR, "crm", "c1", {"a": f'"{"é" * room}"'})
    with pytest.raises(saving.DocumentTooLarge):
        await house.save("crm", "c1", b=12)
    with pytest.raises(saving.DocumentTooLarge):
        await house.documents.save(ACTOR, "crm", "c1", {"c": "1"})
    found = await house.read("crm", "c1")
    assert (len(found["a"]), found["b"], len(found)) == (room, 1, 2)
    await house.save("crm", "c1", a="")
    await house.save("crm", "c1", b=12)
    await house.save("crm", "c2", a="x" * room, b=1)


async def test_what_has_expired_is_nowhere(house):
    """From its very moment on, whichever way it is asked for, and before the broom comes."""
    one, two = house.contexts, house.documents

    async def found() -> list[bool]:
        known = await one.lookup("1", ["crm.p"], session="c1")
        asked = (one.get("1", "crm", "c1", "p"), two.read("1", "crm", "c1"))
        answers = await asyncio.gather(*asked, return_exceptions=True)
        return [
            *(not isinstance(answer, errors.NotFound) for answer in answers),
            known["crm.p"].value is not None,
            bool(await house.read("crm", "c1")),
            bool(await one.sessions("1", "crm", page=contexts.Page())),
            bool(await one.with_properties("1", "crm", page=contexts.Page())),
        ]

    await one.set_lifetime(ACTOR, "crm", "c1", ttl_seconds=5)
    await house.save("crm", "c1", p=1)
    await house.pass_seconds(4)
    assert await found() == [True] * 6
    await house.pass_seconds(1)
    assert await found() == [False] * 6


async def test_a_sessions_lifetime_counts_before_the_namespaces(house):
    """Whichever is longer, and 0 is for ever."""
    await house.contexts.register(ACTOR, "crm", ttl_seconds=5)
    for session, seconds in (("short", 1), ("long", 60), ("ever", 0)):
        await house.contexts.set_lifetime(ACTOR, "crm", session, ttl_seconds=seconds)
    sessions = ("ever", "long", "other", "short")
    for session in sessions:
        await house.save("crm", session, p=1)
    left = []
    for seconds in (1, 4, 55):
        await house.pass_seconds(seconds)
        left.append([each for each in sessions if await house.read("crm", each)])
    assert left == [["ever", "long", "other"], ["ever", "long"], ["ever"]]


async def test_policies_look_into_the_session_then_the_default_then_the_document(house):
    """Each is found where the ones before have nothing of that name."""
    await house.documents.save(ACTOR, "crm", "", {"a": '"doc"', "b": '"doc"', "c": '"doc"'})
    await house.save("crm", None, a="default", b="default")
    await house.save("crm", "c1", a="conversation")
    await house.save("crm", "g1", a="group")
    wanted = ["crm.a", "crm.b", "crm.c", "crm.d"]
    for session, first in ((None, "conversation"), ("g1", "group"), ("g2", "default")):
        found = await house.contexts.lookup("1", wanted, session=session, conversation="c1")
        assert [found[name].value for name in wanted] == [first, "default", "doc", None]


async def test_what_has_expired_makes_room(house):
    """Also before the broom comes."""
    await house.contexts.register(ACTOR, "crm", ttl_seconds=5)
    await house.save("crm", "c1", a="x" * 799_000)
    with pytest.raises(saving.DocumentTooLarge):
        await house.save("crm", "c1", b="x" * 799_000)
    await house.pass_seconds(5)
    await house.save("crm", "c1", b="x" * 799_000)


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        (b"123456789012345678901234567890", "123456789012345678901234567890"),
        (b"1.10", "1.10"),
        (b"1E+5", "1E+5"),
        (b' { "z" : [ 1 , 2 ] , "a" : null } ', '{"z":[1,2],"a":null}'),
        (rb'"\u00e9\ud83d\ude00 \\u0041 \"\/"', '"é😀 \\\\u0041 \\"/"'),
        (b'"\\b\\u001f"', '"\\b\\u001f"'),
        ('"é😀"'.encode(), '"é😀"'),
        (rb'"http:\/\/a\\/b"', '"http://a\\\\/b"'),
        (b'"x  y"', '"x  y"'),
    ],
)
async def test_json_is_kept_as_it_was_sent(house, sent, kept):
    """Digits, order and characters; only blanks and needless escapes go."""
    await house.contexts.save(ACTOR, "crm", None, {"p": values.value(sent)})
    assert bytes(await house.contexts.get("1", "crm", None, "p")).decode() == kept


@hypothesis.given(st.text())
def test_escapes_say_what_they_said(text):
    """However a text is written, the same is kept, and it is as short as JSON has it."""
    hypothesis.assume("\0" not in text)
    plain = json.dumps(text, ensure_ascii=False)
    for sent in (json.dumps(text), plain, json.dumps(text).replace("/", r"\/")):
        assert values.value(sent.encode()) == plain


@pytest.mark.parametrize(
    "sent",
    [b"", b"{", b"nul", b"[1,]", b'"\xff"', rb'"\ud800"', rb'"a\u0000b"', b"[" * 5_000, b"1e999"],
)
def test_what_is_no_json_that_everybody_reads_is_refused(sent):
    """Also NUL, half a character, and depth without end."""
    with pytest.raises(errors.BadInput):
        values.value(sent)
    with pytest.raises(errors.BadInput):
        values.members(b'{"p":' + sent + b"}")


async def test_pages_are_whole_and_without_overlap(house):
    """Ten thousand sessions, and their properties."""
    place = [Place("1", "crm", f"s{number:05}") for number in range(10_000)]
    kept = [Property("p", "1", 6, NOW)]

    def fill(unit):
        for each in place:
            unit.put(each, kept)

    await house.store.write(ACTOR, NOW, fill)
    found = []
    for number in range(11):
        page = contexts.Page(number, 1_000)
        found.append(await house.contexts.sessions("1", "crm", page=page))
    assert [len(page) for page in found] == [1_000] * 10 + [0]
    assert sorted(each for page in found for each in page) == [each.session for each in place]
    whole = await house.contexts.with_properties("1", "crm", page=contexts.Page(9, 1_000))
    assert [session for session, _ in whole] == found[9]
    assert all(plain(payload) == {"p": 1} for _, payload in whole)


async def test_a_page_is_bounded(house, monkeypatch):
    """Sessions that are too large for one answer are asked for in smaller pages."""
    monkeypatch.setattr(contexts, "LARGEST_PAGE", 100)
    for session in ("c1", "c2"):
        await house.save("crm", session, p="x" * 60)
    with pytest.raises(errors.BadInput) as refused:
        await house.contexts.with_properties("1", "crm", page=contexts.Page())
    assert refused.value.path == "perPage"
    assert len(await house.contexts.with_properties("1", "crm", page=contexts.Page(0, 1))) == 1


async def test_accounts_share_nothing(house):
    """Same names, other data; deleting one leaves the other."""
    await house.save("crm", "c1", p=1)
    await house.save("crm", "c1", OTHER, p=2)
    await house.contexts.drop(ACTOR, "crm")
    assert await house.read("crm", "c1") == {}
    assert await house.read("crm", "c1", "2") == {"p": 2}
    assert (await house.contexts.lookup("1", ["crm.p"], session="c1"))["crm.p"].value is None


@pytest.mark.parametrize("name", sorted(names.RESERVED))
async def test_reserved_names_are_refused_everywhere(house, name):
    """In both versions, for reading as for writing."""
    one, two = house.contexts, house.documents
    for call in (
        one.read("1", name),
        one.save(ACTOR, name, None, {"p": "1"}),
        one.register(ACTOR, name),
        one.drop(ACTOR, name),
        one.set_lifetime(ACTOR, name, "c1", ttl_seconds=1),
        one.sessions("1", name, page=contexts.Page()),
        two.save(ACTOR, name, "", {"p": "1"}),
        two.read("1", name, ""),
    ):
        with pytest.raises(errors.BadInput, match="reserved"):
            await call


@pytest.mark.parametrize("name", sorted(names.OURS))
async def test_names_of_our_attributes_are_for_namespaces_that_were_there(house, name):
    """A new one is refused; an older one works on."""
    one, two = house.contexts, house.documents
    for call in (
        one.save(ACTOR, name, None, {"p": "1"}),
        one.register(ACTOR, name),
        one.set_lifetime(ACTOR, name, "c1", ttl_seconds=1),
        two.save(ACTOR, name, "", {"p": "1"}),
    ):
        with pytest.raises(errors.BadInput, match="reserved"):
            await call
    older = [Property("p", "1", 6, NOW)]
    await house.store.write(ACTOR, NOW, lambda unit: unit.put(Place("1", name, "c1"), older))
    await house.save(name, None, q=2)
    await two.save(ACTOR, name, "", {"p": "1"})
    assert await house.read(name) == {"q": 2}


@pytest.mark.parametrize(
    ("namespace", "session", "name"),
    [
        ("", "c1", "p"),
        ("crm", "", "p"),
        ("crm", "c1", ""),
        ("c\0m", "c1", "p"),
        ("crm", "c\0", "p"),
        ("crm", "c1", "p\0"),
        ("crm", "c1", "\udcff"),
        ("é" * 129, "c1", "p"),
        ("crm", "é" * 501, "p"),
        ("crm", "c1", "é" * 501),
    ],
)
async def test_impossible_names_are_refused(house, namespace, session, name):
    """Empty, with control characters, no Unicode, or longer than an index takes."""
    with pytest.raises(errors.BadInput):
        await house.contexts.save(ACTOR, namespace, session, {name: "1"})
    with pytest.raises(errors.BadInput):
        await house.contexts.get("1", namespace, session, name)


async def test_the_longest_names_are_kept(house):
    """All three at once, on every database."""
    namespace, session, name = "n" * 256, "é" * 500, "ü" * 500
    await house.save(namespace, session, **{name: 1})
    assert await house.read(namespace, session) == {name: 1}


@pytest.mark.parametrize("name", ["a-b", "a.b", "é", "a b", ""])
async def test_namespaces_of_documents_are_plain(house, name):
    """Letters, digits and underscores (of ASCII)."""
    with pytest.raises(errors.BadInput):
        await house.documents.save(ACTOR, name, "", {"p": "1"})


async def test_the_broom_takes_what_has_expired_in_bounded_batches(house):
    """All of it in the end, and nothing else."""
    await house.contexts.set_lifetime(ACTOR, "crm", "c1", ttl_seconds=5)
    await house.save("crm", "c1", **{f"p{each}": each for each in range(25)})
    await house.documents.save(ACTOR, "crm", "", {"q": "1"}, ttl_seconds=5)
    await house.save("crm", "c2", stays=1)
    await house.pass_seconds(5)
    assert await house.read("crm", "c1") == {}
    if house.database is not None:
        assert await house.counted() == 25 + 2 + 1 + 1
    gone = [await house.contexts.prune(house.clock.now(), 10) for _ in range(4)]
    assert gone == [10, 10, 7, 0]
    assert await house.read("crm", "c2") == {"stays": 1}
    if house.database is not None:
        assert await house.counted() == 2


async def test_namespaces_leave_lines_in_the_log_values_do_not(house):
    """Who registered, changed and deleted it; what people saved is nobody's business."""
    await house.contexts.register(ACTOR, "crm")
    await house.contexts.register(ACTOR, "crm")
    await house.contexts.register(ACTOR, "crm", ttl_seconds=60)
    await house.save("crm", "c1", secret="Ann Example")
    await house.contexts.drop(ACTOR, "crm")
    if house.database is None:
        assert house.store.notes == [("namespaces", "crm")] * 3
        return
    found = await house.database.changes_since(0)
    assert [(change.noun, change.id) for change in found] == [("namespaces", "crm")] * 3
    assert b"Example" not in msgspec.json.encode(found)
