"""Contexts, wherever they are kept, do what a model of dictionaries does."""

import asyncio
import json

import hypothesis
import pytest
from hypothesis import stateful
from hypothesis import strategies as st

from orchestrator.core.model import errors
from orchestrator.services.context import contexts
from running import contexts as running
from running.contexts import ACTOR, NOW, plain

LONGEST = 396 * 86_400

EVERY = ["crm", "sales_2"]  # few, so that calls meet
NAMESPACES = st.sampled_from(EVERY)
SESSIONS = st.sampled_from(["", "__default__", "c1", "c2"])
ALL = ["tier", "a ü"]
NAMES = st.sampled_from(ALL)
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
    """Whatever is done in whatever order, store and model answer alike."""

    where = None

    def __init__(self):
        super().__init__()
        self.runner = asyncio.Runner()
        self.house = self.run(running.house(self.where))
        self.model = Model()
        self.run(self.erase())

    def run(self, work):
        return self.runner.run(work)

    async def erase(self):
        for namespace in await self.house.store.read(lambda look: look.used("1")):
            await self.house.contexts.drop(ACTOR, namespace)

    def teardown(self):
        self.run(self.house.close())
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
        for namespace in EVERY:
            for session in (None, "c1", "c2"):
                self.look(namespace, session)

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

    def look(self, namespace, session):
        """Look up every name, as policies do, and get each by itself."""
        places = [session or "c2", "__default__", ""]
        live = [self.model.live((namespace, each)) for each in places]
        wanted = {
            f"{namespace}.{name}": next((found[name][0] for found in live if name in found), None)
            for name in ALL
        }
        asked = self.house.contexts.lookup("1", wanted, session=session, conversation="c2")
        assert {full: known.value for full, known in self.run(asked).items()} == wanted

        live = self.model.live((namespace, session or "__default__"))
        for name in ALL:
            asked = self.house.contexts.get("1", namespace, session, name)
            if name in live:
                assert json.loads(bytes(self.run(asked))) == live[name][0]
            else:
                with pytest.raises(errors.NotFound):
                    self.run(asked)

    @stateful.rule(namespace=NAMESPACES, session=st.sampled_from([None, "c1", "c2"]))
    def look_up(self, namespace, session):
        self.look(namespace, session)

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


@pytest.mark.parametrize("store", ["memory", "sqlite", "postgresql"])
def test_any_sequence_of_calls_does_what_the_model_does(request, tmp_path, store):
    """Saves, reads, deletions, lifetimes and sweeps of both versions, with a turned clock."""
    place = {"memory": None, "sqlite": tmp_path / "orchestrator.db"}.get(store)
    if store == "postgresql":
        place = request.getfixturevalue("postgres_url")

    class Here(Contexts):
        where = place

    examples = {"memory": 40, "sqlite": 15, "postgresql": 10}  # each opens its store anew
    stateful.run_state_machine_as_test(
        Here,
        settings=hypothesis.settings(
            max_examples=examples[store],
            stateful_step_count=30,
            deadline=None,
            suppress_health_check=list(hypothesis.HealthCheck),
        ),
    )
