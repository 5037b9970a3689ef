"""A client and a host with a slow network between them, and an observer of what passes.

Both directions are queues of bytes, and so are the facts on their way from the cloud to the host:
a state machine decides when the next of each arrives. The observer reads the bytes that reach the
client without any code of the client, and holds every promise about their order.
"""

import json
from collections import Counter, deque

from fuzz.truth import ACCOUNT, BOT, ME, Truth
from orchestrator.core.model import errors, happening, times
from orchestrator.core.ums import agent_side, consumer_side, host_side

CONVERSATIONS = {
    ".ams.aam.ExConversationChangeNotification",
    "cqm.ExConversationChangeNotification",
}
EVENT = ".ams.ms.OnlineEventDistribution"
DIALOG = "ms.MessagingEventNotification"


class Observer:
    """What a client program keeps of one socket, and what it takes for granted."""

    def __init__(self, side):
        self.side = side
        self.asked = {}
        self.answers = Counter()
        self.filters = {}
        self.known = {}
        self.changed = {}
        self.dialogs = {}
        self.states = {}
        self.rings = {}

    def sent(self, request_id, ask):
        """The client sent a request with an id of its own."""
        self.asked[request_id] = ask

    def see(self, frame):
        """A frame reached the client: hold the promises, and remember."""
        if frame["kind"] == "resp":
            self._answer(frame)
            return
        assert frame["kind"] == "notification"
        body = frame["body"]
        if "subscriptionId" in body:
            assert body["subscriptionId"] in self.filters, "a notification before its answer"
        if frame["type"] in CONVERSATIONS:
            for change in body["changes"]:
                self._conversation(body["subscriptionId"], change)
        elif frame["type"] == EVENT:
            self._event(body)
        elif frame["type"] == DIALOG:
            self._dialog(body)
        else:
            for change in body["changes"]:
                self._other(body["subscriptionId"], change["result"])

    def _answer(self, frame):
        assert isinstance(frame["reqId"], str)
        assert isinstance(frame["code"], int)
        assert frame["code"] < 400 or isinstance(frame["body"], str)
        self.answers[frame["reqId"]] += 1
        ask = self.asked.pop(frame["reqId"], None)
        if ask is None or frame["code"] >= 400:
            return
        if ask.name == "SubscribeMessagingEvents":
            # Subscribing again begins again.
            self.dialogs[ask.body.dialog_id] = (ask.body.from_seq or 0) - 1
        elif ask.name.startswith("Subscribe"):
            name = frame["body"]["subscriptionId"]
            assert name not in self.filters, "an id of a subscription is used twice"
            self.filters[name] = ask
        elif ask.name == "UnsubscribeExConversations":
            gone = self.filters.pop(ask.body.subscription_id)
            assert gone.name == "SubscribeExConversations"
            self.known.pop(ask.body.subscription_id, None)

    def _conversation(self, name, change):
        result = change["result"]
        key, changed = result["convId"], result["conversationDetails"]["metaDataLastUpdateTs"]
        told = self.known.setdefault(name, {})
        assert changed >= self.changed.get((name, key), 0), "46: time went back"
        self.changed[name, key] = changed
        if change["type"] == "DELETE":
            assert key in told, "41: gone, but never told"
            del told[key]
        else:
            told[key] = result["conversationDetails"]

    def _event(self, body):
        about_me = [
            name
            for name, ask in self.filters.items()
            if ask.name == "SubscribeExConversations" and _is_about_me(ask)
        ]
        if not about_me:
            return
        told = [
            known[body["dialogId"]] for known in self.known.values() if body["dialogId"] in known
        ]
        assert any(map(_names_me, told)), "40: a message of a conversation that was not told"

    def _dialog(self, body):
        key = body["dialogId"]
        assert key in self.dialogs, "events of a dialog that was not subscribed to"
        for event in body["changes"]:
            assert event.get("messageAudience", "ALL") == "ALL", "private words"
            assert "originatorPId" not in event
            sequence = event.get("sequence")
            if sequence is not None:
                assert sequence > self.dialogs[key], "told twice, or out of order"
                self.dialogs[key] = sequence

    def _other(self, name, result):
        if "availability" in result:
            self.states[name] = result["availability"]
        else:
            for ring in result["ringsDetails"]:
                self.rings.setdefault(name, {})[ring["ringId"]] = ring["ringState"]


def _is_about_me(ask):
    agents = ask.body.agents
    return not agents or bool(agents & {ME, BOT.pid, f"{ACCOUNT}.{ME}"})


def _names_me(details):
    return any(f"{ACCOUNT}.{ME}" in who for who in details["participants"].values())


def takes_part(snapshot):
    """Whether this agent is in it, rather than being suggested."""
    return any(one.user_id == ME and not one.suggested for one in snapshot.participants)


def asked_for(body, snapshot):
    """The filters again, in the words of the protocol (§4.7)."""
    if body.states and snapshot.state not in body.states:
        return False
    if times.milliseconds(snapshot.changed_at) < (body.min_last_updated_time or 0):
        return False
    taking_part = {
        name
        for one in snapshot.participants
        if one.role != "CONSUMER" and not one.suggested
        for name in (one.pid, one.user_id, f"{ACCOUNT}.{one.user_id}")
    }
    return not body.agents or bool(body.agents & taking_part)


class Pair:
    """One client, its host, and what is under way between them and from the cloud."""

    def __init__(self, side, truth: Truth, *, sees_all=False, introduced=True):
        self.side = side
        self.truth = truth
        self.sees_all = sees_all
        self.introduced = introduced
        self.asked, self.endings = set(), Counter()
        self.client = None
        self.connect()

    @property
    def caller(self):
        if self.side == "agent":
            return host_side.Caller(BOT.user_id, BOT.pid, sees_all=self.sees_all)
        return host_side.Caller("jo", "jo")

    def connect(self):
        """Open a new socket; what was under way on the old one is lost."""
        standing = () if self.client is None else self.client.standing
        for lost in () if self.client is None else self.client.lose():
            self.endings[self._life, lost.request_id] += 1
        self._life = 0 if self.client is None else self._life + 1
        made = agent_side.AgentSide(ACCOUNT, ME) if self.side == "agent" else None
        self.client = made or consumer_side.ConsumerSide(ACCOUNT)
        caller = self.caller if self.introduced else None
        self.host = host_side.HostSide(ACCOUNT, self.side, caller=caller)
        self.observer = Observer(self.side)
        self.up, self.down, self.facts = deque(), deque(), deque()
        self.open, self.owed = [], Counter()
        self.granted = {}
        for one in standing:
            self.ask(one.ask)

    def ask(self, ask, *, now=0.0):
        out = self.client.ask(ask, now=now)
        self.asked.add((self._life, out.request_id))
        self.observer.sent(out.request_id, ask)
        self.up.append(out.text.encode())

    def reach_host(self):
        """The next bytes of the client arrive."""
        self.take(self.host.receive(self.up.popleft()))

    def take(self, received):
        """Remember what the host made of something."""
        match received:
            case host_side.Asked() as asked:
                self.owed[asked.request_id] += 1
                self.open.append([asked, None])
            case host_side.Replied(frames):
                (frame,) = frames
                self.owed[json.loads(frame)["reqId"]] += 1
                self.send(frames)
        assert self.host.open_requests == len(self.open)

    def send(self, frames):
        self.down.extend(frame.encode() for frame in frames)

    def reach_client(self):
        """The next bytes of the host arrive."""
        data = self.down.popleft()
        self.observer.see(json.loads(data))
        for event in self.client.receive(data):
            assert type(event).__name__ != "Malformed", event
            self.ended(event)

    def ended(self, event):
        request_id = getattr(event, "request_id", None)
        if request_id is not None:
            self.endings[self._life, request_id] += 1

    def hear(self):
        """The next fact arrives; words are not lost to who takes part and is up to date."""
        fact = self.facts.popleft()
        frames = self.host.happened(fact)
        if isinstance(fact, happening.MessagePublished) and self._must_hear(fact.conversation):
            assert sum(json.loads(frame)["type"] == EVENT for frame in frames) == 1
        self.send(frames)

    def _must_hear(self, snapshot):
        newest = self.truth.conversations[snapshot.conversation_id]
        if self.side != "agent" or snapshot is not newest or not takes_part(snapshot):
            return False
        return any(asked_for(one, snapshot) for one in self.granted.values())

    def look(self, place):
        """A service reads the current state for a request; the answer is written later."""
        self.open[place % len(self.open)][1] = self._current()

    def _current(self):
        truth = self.truth
        return {
            "conversations": list(truth.conversations.values()),
            "rings": list(truth.rings.values()),
            "messages": {key: list(kept) for key, kept in truth.messages.items()},
            "availability": dict(truth.availability),
        }

    def answer(self, place, how):
        """A request is answered: well, with a sentence, or as an error."""
        asked, seen = self.open.pop(place % len(self.open))
        if how == "refused":
            self.send(self.host.refuse(asked, "No."))
        elif how == "error":
            self.send(self.host.refuse_error(asked, errors.NotFound("There is none.")))
        else:
            self.send(self._well(asked, seen or self._current()))
        try:
            self.host.answer(asked, {})
        except errors.Conflict:
            pass
        else:
            raise AssertionError("answered twice")

    def _well(self, asked, seen):
        host, body = self.host, asked.body
        match asked.name:
            case "InitConnection":
                host.introduce(self.caller)
                self.introduced = True
                return host.answer(asked, {})
            case "SubscribeExConversations":
                frames = host.subscribe_conversations(asked, current=seen["conversations"])
                self.granted[json.loads(frames[0])["body"]["subscriptionId"]] = body
                return frames
            case "UnsubscribeExConversations":
                self.granted.pop(body.subscription_id, None)
                return host.unsubscribe_conversations(asked)
            case "SubscribeRoutingTasks":
                return host.subscribe_routing(asked, rings=seen["rings"])
            case "SubscribeAgentsState":
                whom = "1002" if str(body.agent_id or ME).endswith("1002") else ME
                state = seen["availability"][whom]
                return host.subscribe_agent_state(asked, user_id=whom, availability=state)
            case "SubscribeMessagingEvents":
                kept = seen["messages"].get(body.dialog_id, [])
                return host.subscribe_messages(asked, messages=kept)
            case "QueryMessages":
                kept = self.truth.messages.get(body.dialog_id, [])
                return host.answer_messages(asked, kept)
            case _:
                return host.answer(asked, {})

    def settle(self):
        """Let everything arrive and be answered, in whatever order is simplest."""
        while self.up or self.open or self.facts or self.down:
            while self.up:
                self.reach_host()
            while self.open:
                self.answer(0, "well")
            while self.facts:
                self.hear()
            while self.down:
                self.reach_client()
