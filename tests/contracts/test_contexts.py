"""Contexts on both databases: against a model of dictionaries, and promise by promise."""

import asyncio
import json
from datetime import UTC, datetime, timedelta

import hypothesis
import msgspec
import pytest
from hypothesis import stateful
from hypothesis import strategies as st
from sqlalchemy import func, select

from orchestrator.adapters.storage import contexts as rows
from orchestrator.adapters.storage import dialect, engine, tables
from orchestrator.core.model import access, errors
from orchestrator.services.context import contexts, documents, names, saving, values
from orchestrator.services.context.ports import Place, Property
from orchestrator.testing import clock as clocks

ACTOR, OTHER = access.operator("1"), access.operator("2")
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
LONGEST = 396 * 86_400


class House:
    """Contexts on a database, with a clock that is turned by hand."""

    def __init__(self, database):
        self.clock = clocks.TurnedClock(NOW)
        self.database = database
        self.store = rows.ContextStore(database)
        self.contexts = contexts.Contexts(self.store, self.clock)
        self.documents = documents.Documents(self.store, self.clock)

    async def pass_seconds(self, seconds):
        await self.clock.advance(timedelta(seconds=seconds))

    async def save(self, namespace, session, actor=ACTOR, /, **members):
        texts = {name: json.dumps(value) for name, value in members.items()}
        await self.contexts.save(actor, namespace, session, texts)

    async def read(self, namespace, session=None, account="1"):
        return plain(await self.contexts.read(account, namespace, session))

    async def counted(self):
        def count(look):
            kept = (tables.context_properties, tables.context_documents, tables.context_scopes)
            counted = (select(func.count()).select_from(table) for table in kept)
            return sum(look.connection.scalar(statement) for statement in counted)

        return await self.store.read(count)


def plain(payload):
    return {name: json.loads(bytes(raw)) for name, raw in payload.items()}


@pytest.fixture
async def house(place):
    database = await engine.Database.open(place)
    yield House(database)
    await database.close()


# -- the model ------------------------------------------------------------------------------------

NAMESPACES = st.sampled_from(["crm", "web", "sales_2"])
SESSIONS = st.sampled_from(["", "__default__", "c1", "c2"])
NAMES = st.sampled_from(["tier", "mood", "a b", "ü"])
VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5), st.just([1, {}]))
MEMBERS = st.dictionaries(NAMES, VALUES, max_size=3)
TTLS = st.sampled_from([0, 1, 5, 60])


class Model:
    """The same, as anybody would write it who has one thread and endless memory."""

    def __init__(self):
        self.now = 0
        self.kept = {}  # (namespace, session) -> {name: (value, end or None)}
        self.documents = {}  # (namespace, session) -> end
        self.lifetimes = {}  # (namespace, session or "") -> seconds

    def live(self, at):
        found = self.kept.get(at, {})
        return {name: kept for name, kept in found.items() if kept[1] is None or kept[1] > self.now}

    def save_v1(self, at, members):
        seconds = self.lifetimes.get(at, self.lifetimes.get((at[0], ""), 0))
        end = self.now + seconds if seconds else None
        self.kept.setdefault(at, {}).update({name: (it, end) for name, it in members.items()})

    def save_v2(self, at, members, seconds):
        end = self.now + (min(seconds or LONGEST, LONGEST))
        there = {name: (value, end) for name, (value, _) in self.live(at).items()}
        self.kept[at] = there | {name: (value, end) for name, value in members.items()}
        self.documents[at] = end

    def document(self, at):
        live, saved = self.live(at), self.documents.get(at, 0)
        saved = saved if saved > self.now else None
        if saved is None and not live:
            return None
        ends = [end for _, end in live.values()]
        latest = None if None in ends else max([*ends, saved or 0])
        return {name: value for name, (value, _) in live.items()}, latest

    def clear(self, at):
        self.kept.pop(at, None)
        self.documents.pop(at, None)

    def drop(self, namespace):
        for each in (self.kept, self.documents, self.lifetimes):
            for at in [at for at in each if at[0] == namespace]:
                del each[at]


class Contexts(stateful.RuleBasedStateMachine):
    """Whatever is done in whatever order, database and model answer alike."""

    where = None

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = House(self.run(engine.Database.open(self.where)))
        self.model = Model()
        self.run(self.erase())

    def run(self, work):
        return self.runner.run(work)

    async def erase(self):
        for namespace in await self.house.store.read(lambda look: look.used("1")):
            await self.house.contexts.drop(ACTOR, namespace)

    def teardown(self):
        self.run(self.house.database.close())
        self.runner.close()

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS, members=MEMBERS)
    def save(self, namespace, session, members):
        session = session or "__default__"
        self.run(self.house.save(namespace, session, **members))
        self.model.save_v1((namespace, session), members)

    @stateful.rule(
        namespace=NAMESPACES,
        session=SESSIONS,
        members=MEMBERS,
        ttl=st.one_of(TTLS, st.none(), st.just(LONGEST + 9)),
    )
    def save_document(self, namespace, session, members, ttl):
        texts = {name: json.dumps(value) for name, value in members.items()}
        saved = self.house.documents.save(ACTOR, namespace, session, texts, ttl_seconds=ttl)
        self.run(saved)
        self.model.save_v2((namespace, session), members, ttl)

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS, ttl=TTLS)
    def set_lifetime(self, namespace, session, ttl):
        desk = self.house.contexts
        if session:
            self.run(desk.set_lifetime(ACTOR, namespace, session, ttl_seconds=ttl))
        else:
            self.run(desk.register(ACTOR, namespace, ttl_seconds=ttl))
        self.model.lifetimes[namespace, session] = ttl

    @stateful.rule(seconds=st.sampled_from([1, 4, 30, LONGEST]))
    def wait(self, seconds):
        self.run(self.house.pass_seconds(seconds))
        self.model.now += seconds

    @stateful.rule(limit=st.integers(1, 50))
    def sweep(self, limit):
        assert self.run(self.house.contexts.prune(self.house.clock.now(), limit)) <= limit

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS, name=NAMES)
    def remove(self, namespace, session, name):
        session = session or "__default__"
        self.run(self.house.contexts.remove(ACTOR, namespace, session, [name]))
        self.model.kept.get((namespace, session), {}).pop(name, None)

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS, those=st.lists(NAMES, max_size=2))
    def remove_from_document(self, namespace, session, those):
        at = (namespace, session)
        work = self.house.documents.remove(ACTOR, namespace, session, those)
        if self.model.document(at) is None:
            with pytest.raises(errors.NotFound):
                self.run(work)
            return
        self.run(work)
        for name in those:
            self.model.kept.get(at, {}).pop(name, None)

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS)
    def clear(self, namespace, session):
        session = session or "__default__"
        self.run(self.house.contexts.clear(ACTOR, namespace, session))
        self.model.clear((namespace, session))

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS)
    def drop_session(self, namespace, session):
        session = session or "__default__"
        self.run(self.house.contexts.drop_session(ACTOR, namespace, session))
        self.model.clear((namespace, session))
        self.model.lifetimes.pop((namespace, session), None)

    @stateful.rule(namespace=NAMESPACES)
    def drop(self, namespace):
        self.run(self.house.contexts.drop(ACTOR, namespace))
        self.model.drop(namespace)

    @stateful.rule(session=st.sampled_from(["c1", "c2"]))
    def forget(self, session):
        self.run(self.house.contexts.forget(ACTOR, [session]))
        for namespace in ("crm", "web", "sales_2"):
            self.model.clear((namespace, session))
            self.model.lifetimes.pop((namespace, session), None)

    @stateful.rule(namespace=NAMESPACES, name=NAMES, session=st.sampled_from([None, "c1", "c2"]))
    def look_up(self, namespace, name, session):
        full = f"{namespace}.{name}"
        places = [session or "c2", "__default__", ""]
        live = [self.model.live((namespace, each)) for each in places]
        wanted = next((found[name][0] for found in live if name in found), None)
        asked = self.house.contexts.lookup("1", [full], session=session, conversation="c2")
        assert self.run(asked)[full].value == wanted

    @stateful.rule(namespace=NAMESPACES, session=SESSIONS)
    def read(self, namespace, session):
        at = (namespace, session)
        if session:
            wanted = {name: value for name, (value, _) in self.model.live(at).items()}
            assert self.run(self.house.read(namespace, session)) == wanted
        expected = self.model.document(at)
        if expected is None:
            with pytest.raises(errors.NotFound):
                self.run(self.house.documents.read("1", namespace, session))
            return
        found = self.run(self.house.documents.read("1", namespace, session))
        end = None if found.ends_at is None else round((found.ends_at - NOW).total_seconds())
        assert (plain(found.payload), end) == expected

    @stateful.rule(namespace=NAMESPACES)
    def list_sessions(self, namespace):
        found = self.run(self.house.contexts.with_properties("1", namespace, page=contexts.Page()))
        wanted = {
            session: {name: value for name, (value, _) in self.model.live(at).items()}
            for at in self.model.kept
            for session in [at[1]]
            if at[0] == namespace and session and self.model.live(at)
        }
        assert {session: plain(payload) for session, payload in found} == wanted
        ids = self.run(self.house.contexts.sessions("1", namespace, page=contexts.Page()))
        assert ids == [session for session, _ in found]
        lifetimes = self.run(self.house.contexts.lifetimes("1", namespace))
        assert {scope.session: scope.ttl_seconds for scope in lifetimes} == {
            session: ttl
            for (of, session), ttl in self.model.lifetimes.items()
            if of == namespace and session
        }


def test_any_sequence_of_calls_does_what_the_model_does(place):
    """Saves, reads, deletions, lifetimes and sweeps of both versions, with a turned clock."""
    dialect.of(place).prepare()

    class Here(Contexts):
        where = place

    examples = 25 if isinstance(place, str) else 40  # a connection costs PostgreSQL its time
    stateful.run_state_machine_as_test(
        Here,
        settings=hypothesis.settings(
            max_examples=examples,
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )


# -- promise by promise ---------------------------------------------------------------------------


async def test_two_writers_on_one_session_lose_nothing(house):
    """Each saves its own properties, a hundred times at once."""
    await asyncio.gather(*(house.save("crm", "c1", **{f"p{each}": each}) for each in range(100)))
    assert await house.read("crm", "c1") == {f"p{each}": each for each in range(100)}


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
        (b'"x  y"', '"x  y"'),
    ],
)
async def test_json_is_kept_as_it_was_sent(house, sent, kept):
    """Digits, order and characters; only blanks and needless escapes go."""
    await house.contexts.save(ACTOR, "crm", None, {"p": values.value(sent)})
    assert bytes(await house.contexts.get("1", "crm", None, "p")).decode() == kept


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
    """A new one is refused; an older one works on and is named."""
    one, two = house.contexts, house.documents
    for call in (
        one.save(ACTOR, name, None, {"p": "1"}),
        one.register(ACTOR, name),
        one.set_lifetime(ACTOR, name, "c1", ttl_seconds=1),
        two.save(ACTOR, name, "", {"p": "1"}),
    ):
        with pytest.raises(errors.BadInput, match="reserved"):
            await call
    assert await one.shadowed("1") == []
    older = [Property("p", "1", 6, NOW)]
    await house.store.write(ACTOR, NOW, lambda unit: unit.put(Place("1", name, "c1"), older))
    await house.save(name, None, q=2)
    await two.save(ACTOR, name, "", {"p": "1"})
    assert await one.shadowed("1") == [name]
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
    assert await house.counted() == 25 + 2 + 1 + 1
    gone = [await house.contexts.prune(house.clock.now(), 10) for _ in range(4)]
    assert gone == [10, 10, 7, 0]
    assert await house.read("crm", "c2") == {"stays": 1}
    assert await house.counted() == 2


async def test_namespaces_leave_lines_in_the_log_values_do_not(house):
    """Who registered, changed and deleted it; what people saved is nobody's business."""
    await house.contexts.register(ACTOR, "crm")
    await house.contexts.register(ACTOR, "crm")
    await house.contexts.register(ACTOR, "crm", ttl_seconds=60)
    await house.save("crm", "c1", secret="Ann Example")
    await house.contexts.drop(ACTOR, "crm")
    found = await house.database.changes_since(0)
    assert [(change.noun, change.id) for change in found] == [("namespaces", "crm")] * 3
    assert b"Example" not in msgspec.json.encode(found)
