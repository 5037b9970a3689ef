"""A small, faithful messaging platform in memory: implements routing's `Platform`."""

from uuid import uuid4

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import Conversation, Dialog, Message
from orchestrator.services.routing.ports import AgentStatus, Departure, Past

BOT, BILLING, SALES, MAVEN, ORPHAN, VIP = "3000", "3001", "3002", "3003", "3004", "3005"
SKILLS = {
    BOT: "Bot",
    BILLING: "Billing",
    SALES: "Sales",
    MAVEN: "maven:Billing",
    ORPHAN: "maven:Nobody",
    VIP: "VIP",
}


class World:
    """The platform's side of things: rings, assignments, dialogs, agents, refusals, history."""

    account = "1"

    def __init__(self, clock):
        self.clock = clock
        self.skills = dict(SKILLS)
        self.own = {BOT, MAVEN, ORPHAN}
        self.agents = {}
        self.profiles = {}
        self.pasts = {}
        self.refused = {}
        self.held = {}
        self.rings = {}
        self.said_texts = []
        self.went = []
        self.departures = {}
        self.dialogs = {}
        self.first_waits = []

    # What happens there

    def ring(self, skill=BOT, **fields):
        """A new conversation rings at the bot; returns the arrival."""
        conversation = self.conversation(skill, **fields)
        self.held[conversation.conversation_id] = conversation
        return self.ring_again(conversation.conversation_id)

    def ring_again(self, conversation_id):
        ring_id = f"ring-{uuid4()}"
        self.rings[ring_id] = conversation_id
        skill = self.held[conversation_id].skill_id
        return Arrival("1", conversation_id, skill, self.clock.now(), ring_id)

    def assign(self, skill=BOT, **fields):
        """Somebody gives a new conversation to the bot by hand; returns the arrival."""
        conversation = self.conversation(skill, **fields)
        self.held[conversation.conversation_id] = conversation
        self.give(conversation.conversation_id)
        return self.told(conversation.conversation_id)

    def give(self, conversation_id):
        """The bot has it from now on."""
        self.departures.pop(conversation_id, None)
        now = self.clock.now()
        self._change(conversation_id, holder=True, changed_at=now)
        past = self.pasts.get(conversation_id, Past())
        self.pasts[conversation_id] = msgspec.structs.replace(past, assigned_at=now)

    def told(self, conversation_id):
        """What a socket tells after a reconnect."""
        conversation = self.held[conversation_id]
        return Arrival("1", conversation_id, conversation.skill_id, self.clock.now())

    def arrivals(self):
        """Everything that a new socket would tell."""
        found = [
            Arrival("1", key, self.held[key].skill_id, self.clock.now(), ring)
            for ring, key in self.rings.items()
        ]
        return found + [self.told(key) for key in self.held if self._is_mine(key)]

    def conversation(self, skill, **fields):
        now = self.clock.now()
        conversation_id = f"conversation-{uuid4()}"
        dialog = Dialog(conversation_id, (), now, now)
        given = {"entry_skill_id": skill, **fields}
        return Conversation(
            account="1",
            conversation_id=conversation_id,
            consumer_id="jo",
            skill_id=skill,
            started_at=given.pop("started_at", now),
            changed_at=now,
            dialogs=(dialog,),
            **given,
        )

    def _change(self, conversation_id, *, holder, **fields):
        conversation = msgspec.structs.replace(self.held[conversation_id], **fields)
        main = msgspec.structs.replace(conversation.main, metadata={"bot": holder})
        self.held[conversation_id] = msgspec.structs.replace(conversation, dialogs=(main,))

    def _is_mine(self, conversation_id):
        conversation = self.held.get(conversation_id)
        return bool(conversation and (conversation.main.metadata or {}).get("bot"))

    def staff(self, user_id, availability="ONLINE", *, free=1):
        """An agent is there, and how."""
        self.agents[user_id] = AgentStatus(availability, free)

    def hear(self, conversation_id, text):
        """The consumer says something."""
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": text}
        key, now = conversation_id, self.clock.now()
        message = Message(key, key, 1, "jo", "jo", "CONSUMER", now, event)
        self.dialogs.setdefault(key, []).append(message)

    def texts(self, conversation_id):
        return [text for key, text, _ in self.said_texts if key == conversation_id]

    # services.routing.ports.Platform

    async def take(self, arrival):
        if arrival.ring_id in self.rings:
            del self.rings[arrival.ring_id]
            self.give(arrival.conversation_id)
        if not self._is_mine(arrival.conversation_id):
            raise errors.Conflict("The ring is over, or somebody else has it.")
        return self.held[arrival.conversation_id]

    async def mine(self, conversation_id):
        return self.held[conversation_id] if self._is_mine(conversation_id) else None

    async def departure(self, conversation_id):
        return self.departures.get(conversation_id)

    async def profile(self, consumer_id):
        return self.profiles.get(consumer_id, {})

    async def messages(self, conversation_id):
        return self.dialogs.get(conversation_id, [])

    async def first_message(self, conversation_id, *, wait):
        self.first_waits.append(wait)
        return next(iter(self.dialogs.get(conversation_id, [])), None)

    async def past(self, conversation):
        found = self.pasts.get(conversation.conversation_id, Past())
        if found.entry_skill_id is None:
            found = msgspec.structs.replace(found, entry_skill_id=conversation.entry_skill_id)
        return found

    async def skill_name(self, skill_id):
        return self.skills.get(skill_id)

    async def skill_id(self, name):
        return next((skill for skill, known in self.skills.items() if known == name), None)

    async def own_skills(self):
        return frozenset(self.own)

    async def agent_status(self, user_id):
        return self.agents.get(user_id)

    async def say(self, conversation_id, text, *, step_id):
        self._check_mine(conversation_id)
        self.said_texts.append((conversation_id, text, step_id))

    async def said(self, conversation_id, *, step_id):
        return any(key == conversation_id and step == step_id for key, _, step in self.said_texts)

    async def to_skill(self, conversation_id, skill_id):
        self._check_mine(conversation_id)
        self._refuse(skill_id)
        if skill_id not in self.skills:
            raise errors.BadInput(f"There is no skill {skill_id}.")
        self._change(conversation_id, holder=False, skill_id=skill_id, changed_at=self.clock.now())
        self.went.append((conversation_id, skill_id))
        self.departures[conversation_id] = Departure(skill_id, at=self.clock.now())

    async def to_agent(self, conversation_id, user_id, *, skill_id):
        self._check_mine(conversation_id)
        self._refuse(user_id)
        self._change(conversation_id, holder=False, skill_id=skill_id, changed_at=self.clock.now())
        self.went.append((conversation_id, f"agent {user_id} under {skill_id}"))
        self.departures[conversation_id] = Departure(skill_id, user_id, at=self.clock.now())

    def _check_mine(self, conversation_id):
        if not self._is_mine(conversation_id):
            raise errors.BadInput("Agent does not exist in conversation")

    def _refuse(self, target):
        if target in self.refused:
            raise self.refused[target]
