"""Both sides of the protocol against each other, in any order and over a slow network.

Hypothesis plays the cloud, the network and the people: requests are asked and answered in any
order, facts happen and arrive late, sockets break, and garbage is put between the frames. What
must hold on the way is said in ``fuzz.pairs.Observer``; what must hold in the end, here.
"""

import copy
import random

import hypothesis
import msgspec
from hypothesis import stateful
from hypothesis import strategies as st

from fuzz import mutating, pairs, truth
from orchestrator.core.model import times
from orchestrator.core.ums import asks, host_side
from running import amount

KEYS = st.sampled_from(truth.KEYS)
USERS = st.sampled_from(["1001", "1002"])
OPEN_OR_CLOSED = st.sampled_from(["OPEN", "CLOSE"])
AGENTS = st.sampled_from([(), ("12345678.1001",), (truth.BOT.pid,), ("12345678.1002",)])
AVAILABILITY = st.sampled_from(["ONLINE", "AWAY", "OFFLINE"])
HOW = st.sampled_from(["well", "well", "well", "refused", "error"])
PLACE = st.integers(0, 3)
SUBSCRIBING = st.fixed_dictionaries(
    {
        "states": st.sampled_from([(), ("OPEN",), ("CLOSE",), ("OPEN", "CLOSE")]),
        "agents": AGENTS,
        "since": st.sampled_from([None, 1_795_343_862_920, 1_795_343_862_930]),
    }
)
IDS = st.sampled_from(["x", 90007, 1.5, "x" * 64, "ü", '"', "\u0000"])
KINDS = st.sampled_from(
    [
        *("GetClock", ".GetClock", "KeepAlive", "Nonsense", "InitConnection", "ms.QueryMessages"),
        *(".ams.ms.PublishEvent", "cm.ConsumerRequestConversation", ".ams.routing.SetAgentState"),
    ]
)
BODIES = st.sampled_from([None, {}, [], "text", {"dialogId": "c-1"}, {"availability": "ONLINE"}])


class Peers(stateful.RuleBasedStateMachine):
    """One client on one host; the subclasses say which side it is."""

    side = "agent"

    @stateful.initialize(sees_all=st.booleans(), introduced=st.booleans())
    def begin(self, sees_all, introduced):
        self.truth = truth.Truth()
        introduced = introduced or self.side == "agent"
        self.pair = pairs.Pair(self.side, self.truth, sees_all=sees_all, introduced=introduced)
        if not introduced:
            self.pair.ask(asks.introduce("a token"))
        self.clock = 0.0

    def happens(self, fact):
        self.pair.facts.append(fact)

    # -- the cloud -----------------------------------------------------------------------------

    @stateful.rule(key=KEYS, people=st.sampled_from(sorted(truth.PEOPLE)), state=OPEN_OR_CLOSED)
    def a_conversation_changes(self, key, people, state):
        self.happens(self.truth.change(key, people=people, state=state))

    @stateful.rule(key=KEYS, audience=st.sampled_from(["ALL", "AGENTS_AND_MANAGERS"]))
    def somebody_speaks(self, key, audience):
        self.happens(self.truth.say(key, audience=audience, stored=True))

    @stateful.rule(key=KEYS)
    def somebody_types(self, key):
        self.happens(self.truth.say(key, audience="ALL", stored=False))

    # -- the network ---------------------------------------------------------------------------

    @stateful.precondition(lambda self: self.pair.up)
    @stateful.rule()
    def a_request_arrives(self):
        self.pair.reach_host()

    @stateful.precondition(lambda self: self.pair.down)
    @stateful.rule(many=st.integers(1, 3))
    def frames_arrive(self, many):
        for _ in range(min(many, len(self.pair.down))):
            self.pair.reach_client()

    @stateful.precondition(lambda self: self.pair.facts)
    @stateful.rule(many=st.integers(1, 3))
    def facts_arrive(self, many):
        for _ in range(min(many, len(self.pair.facts))):
            self.pair.hear()

    @stateful.precondition(lambda self: self.pair.open)
    @stateful.rule(place=PLACE)
    def a_service_looks(self, place):
        self.pair.look(place)

    @stateful.precondition(lambda self: self.pair.open)
    @stateful.rule(place=PLACE, how=HOW)
    def a_request_is_answered(self, place, how):
        self.pair.answer(place, how)

    @stateful.precondition(lambda self: self.pair.open)
    @stateful.rule(place=PLACE, key=KEYS, people=st.sampled_from(sorted(truth.PEOPLE)))
    def much_happens_while_a_request_is_answered(self, place, key, people):
        """What was true when the service looked is old news when the answer is written."""
        self.pair.look(place)
        self.happens(self.truth.change(key, people=people, state="OPEN"))
        self.happens(self.truth.say(key, audience="ALL", stored=True))
        self.happens(self.truth.be(truth.ME, "AWAY"))
        self.happens(self.truth.ring(key, user_id=truth.ME, state="WAITING"))
        while self.pair.facts:
            self.pair.hear()
        self.pair.answer(place, "well")

    @stateful.rule()
    def the_socket_breaks(self):
        self.pair.connect()

    @stateful.rule(seconds=st.sampled_from([1.0, 11.0]))
    def time_passes(self, seconds):
        self.clock += seconds
        for late in self.pair.client.expire(self.clock):
            self.pair.ended(late)

    # -- requests ------------------------------------------------------------------------------

    def asks(self, ask):
        self.pair.ask(ask, now=self.clock)

    @stateful.rule(filters=SUBSCRIBING)
    def subscribe_to_conversations(self, filters):
        self.asks(asks.subscribe_conversations(**filters))

    @stateful.rule(name=st.sampled_from(["ex-1", "ex-2", "state-1", "nonsense"]))
    def unsubscribe(self, name):
        self.asks(asks.unsubscribe_conversations(name))

    @stateful.rule(key=KEYS)
    def read_messages(self, key):
        self.asks(asks.query_messages(key))

    @stateful.rule()
    def ask_the_time(self):
        self.asks(asks.Ask("GetClock"))

    # -- malice --------------------------------------------------------------------------------

    @stateful.rule(
        request_id=IDS, kind=KINDS, body=BODIES, more=st.sampled_from([{}, {"kind": "req"}])
    )
    def an_odd_request(self, request_id, kind, body, more):
        """From no client of ours; its answer has the id as text."""
        frame = {"id": request_id, "type": kind, "body": body, **more}
        self.pair.up.append(msgspec.json.encode(frame))

    @stateful.precondition(lambda self: self.pair.up)
    @stateful.rule(seed=st.integers(0, 2**16))
    def garbage_for_the_host(self, seed):
        """Used or refused, by whatever it has become; never an exception."""
        chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
        data = mutating.mutated(chance, self.pair.up[0])
        other = host_side.HostSide(truth.ACCOUNT, self.side, caller=self.pair.caller)
        match other.receive(data):
            case host_side.Replied(frames):
                assert len(frames) == 1
            case host_side.Asked(_, request_id):
                assert 0 < len(request_id) <= 64

    @stateful.precondition(lambda self: self.pair.down)
    @stateful.rule(seed=st.integers(0, 2**16))
    def garbage_for_the_client(self, seed):
        """A copy hears it: a request ends at most once, and nothing is raised."""
        chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
        twin = copy.deepcopy(self.pair.client)
        before = twin.open_requests
        events = twin.receive(mutating.mutated(chance, self.pair.down[0]))
        ended = [one for one in events if type(one).__name__ in {"Answered", "Refused"}]
        assert before - twin.open_requests == len(ended)

    # -- in the end ----------------------------------------------------------------------------

    def teardown(self):
        if not hasattr(self, "pair"):
            return
        pair = self.pair
        pair.settle()
        assert pair.observer.answers == pair.owed, "one response for each request"
        for late in pair.client.lose():
            raise AssertionError(f"{late} was never answered")
        assert all(pair.endings[one] == 1 for one in pair.asked), "one ending for each request"
        for name, ask in pair.observer.filters.items():
            if ask.name == "SubscribeExConversations":
                self.agree(name, ask.body)
            elif ask.name == "SubscribeAgentsState":
                whom = ask.body.agent_id.partition(".")[2]
                assert pair.observer.states[name] == self.truth.availability[whom]
            elif ask.name == "SubscribeRoutingTasks":
                self.agree_on_rings(name)
        for key, last in pair.observer.dialogs.items():
            said = [one for one in self.truth.messages[key] if one.audience == "ALL"]
            if key == "c-1" and said:
                assert last >= said[-1].sequence, "a message was lost"

    def agree(self, name, body):
        """What the client knows is what is true, as far as it may know and asked for it."""
        told = self.pair.observer.known.get(name, {})
        true = {
            key: snapshot
            for key, snapshot in self.truth.conversations.items()
            if self.is_visible(snapshot) and pairs.asked_for(body, snapshot)
        }
        assert told.keys() == true.keys()
        for key, snapshot in true.items():
            assert told[key]["metaDataLastUpdateTs"] == times.milliseconds(snapshot.changed_at)
            assert told[key]["state"] == snapshot.state

    def agree_on_rings(self, name):
        told = self.pair.observer.rings.get(name, {})
        for ring in self.truth.rings.values():
            if ring.user_id == truth.ME and (ring.state == "WAITING" or ring.ring_id in told):
                assert told[ring.ring_id] == ring.state

    def is_visible(self, snapshot):
        if self.side == "consumer":
            return snapshot.consumer_id == "jo"
        return self.pair.sees_all or pairs.takes_part(snapshot)


class AgentAndHost(Peers):
    """With rings and agents' states."""

    @stateful.rule(key=KEYS, who=USERS, state=st.sampled_from(["WAITING", "ACCEPTED", "EXPIRED"]))
    def a_ring_changes(self, key, who, state):
        self.happens(self.truth.ring(key, user_id=who, state=state))

    @stateful.rule(who=USERS, state=AVAILABILITY)
    def an_agent_comes_or_goes(self, who, state):
        self.happens(self.truth.be(who, state))

    @stateful.rule()
    def subscribe_to_rings(self):
        self.asks(asks.subscribe_rings(truth.ACCOUNT, agent="12345678.1001"))

    @stateful.rule(who=USERS)
    def subscribe_to_a_state(self, who):
        self.asks(asks.subscribe_state(truth.ACCOUNT, agent=f"12345678.{who}"))


class ConsumerAndHost(Peers):
    """With dialogs."""

    side = "consumer"

    @stateful.rule(key=KEYS, first=st.sampled_from([0, 0, 2, 5]))
    def subscribe_to_a_dialog(self, key, first):
        self.asks(asks.subscribe_messages(key, from_sequence=first))


OFTEN = hypothesis.settings(
    max_examples=120 * amount.TIMES,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


def test_an_agent_and_the_host_agree():
    """40, 41, 46, one response a request, subscriptions answered before they tell."""
    stateful.run_state_machine_as_test(AgentAndHost, settings=OFTEN)


def test_a_consumer_and_the_host_agree():
    """The same for a consumer, who is told every public message once and no private one."""
    stateful.run_state_machine_as_test(ConsumerAndHost, settings=OFTEN)
