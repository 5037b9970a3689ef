"""Conversations, messages and rings to talk about, and two peers joined back to back."""

from datetime import timedelta

import msgspec
import pytest

from orchestrator.core.model import conversation as model
from orchestrator.core.model import happening, times
from orchestrator.core.ums import agent_side, asks, consumer_side, host_side

ACCOUNT = "12345678"
START = times.moment(1_795_343_862_912)


class World:
    """Builders with one clock, which ticks a millisecond for every snapshot."""

    account = ACCOUNT
    start = START
    consumer = model.Participant("jo", "jo", "CONSUMER")
    bot = model.Participant("1001", "574a9683-5069-55c3-b38f-197cca6e207f", "ASSIGNED_AGENT")
    human = model.Participant("1002", "9f0a0000-0000-4000-8000-000000001002", "ASSIGNED_AGENT")

    def __init__(self):
        self.ticks = 0

    def now(self):
        self.ticks += 1
        return START + timedelta(milliseconds=self.ticks)

    def conversation(self, *people, key="c-1", **fields):
        at = self.now()
        state = fields.get("state", "OPEN")
        dialog = model.Dialog(key, (self.consumer, *people), START, at, state=state)
        defaults = {
            "account": ACCOUNT,
            "conversation_id": key,
            "consumer_id": "jo",
            "skill_id": "3001",
            "entry_skill_id": "3001",
            "started_at": START,
            "changed_at": at,
            "dialogs": (dialog,),
        }
        return model.Conversation(**(defaults | fields))

    def message(self, who, text="hi", *, sequence=1, key="c-1", **fields):
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": text}
        defaults = {
            "conversation_id": key,
            "dialog_id": key,
            "sequence": sequence,
            "originator": who.user_id,
            "originator_pid": who.pid,
            "role": who.role,
            "at": self.now(),
            "event": event,
        }
        return model.Message(**(defaults | fields))

    def suggested(self, who):
        return msgspec.structs.replace(who, suggested=True)

    def manager(self, who):
        return msgspec.structs.replace(who, role="MANAGER")

    def ring(self, user_id="1001", state="WAITING"):
        until = START + timedelta(seconds=72)
        return model.Ring("r-1", ACCOUNT, "c-1", "jo", "3001", user_id, state, START, until)

    def changed(self, conversation):
        return happening.ConversationChanged(ACCOUNT, conversation)

    def published(self, conversation, message):
        return happening.MessagePublished(ACCOUNT, conversation, message)

    def agent(self, *, who=None, manager=False):
        who = who or self.bot
        caller = host_side.Caller(who.user_id, who.pid, sees_all=manager)
        host = host_side.HostSide(ACCOUNT, "agent", caller=caller)
        return Joined(agent_side.AgentSide(ACCOUNT, who.user_id), host)

    def visitor(self):
        host = host_side.HostSide(ACCOUNT, "consumer", caller=host_side.Caller("jo", "jo"))
        return Joined(consumer_side.ConsumerSide(ACCOUNT), host)


class Joined:
    """A client and a host without a network between them."""

    def __init__(self, client, host):
        self.client = client
        self.host = host

    def ask(self, ask):
        """Send a request; returns what the host made of it."""
        return self.host.receive(self.client.ask(ask, now=0.0).text)

    def heard(self, frames):
        """Return what the client makes of frames."""
        return [event for frame in frames for event in self.client.receive(frame)]

    def raw(self, frames):
        return [msgspec.json.decode(frame) for frame in frames]

    def subscribe(self, *, current=(), **filters):
        asked = self.ask(asks.subscribe_conversations(**filters))
        return self.host.subscribe_conversations(asked, current=current)

    def happened(self, fact):
        return self.heard(self.host.happened(fact))


@pytest.fixture
def world():
    return World()


@pytest.fixture(scope="session")
def new_world():
    """A maker of worlds, for tests that need one an example."""
    return World
