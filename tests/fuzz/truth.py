"""A small cloud for two peers to talk about: what is true, and what was told of it, in order."""

import msgspec

from orchestrator.core.model import conversation as model
from orchestrator.core.model import happening, times

ACCOUNT = "12345678"
KEYS = ("c-1", "c-2")
ME = "1001"

BOT = model.Participant(ME, "574a9683-5069-55c3-b38f-197cca6e207f", "ASSIGNED_AGENT")
HUMAN = model.Participant("1002", "9f0a0000-0000-4000-8000-000000001002", "ASSIGNED_AGENT")
CONSUMERS = {"c-1": "jo", "c-2": "ann"}


def suggested(who):
    return msgspec.structs.replace(who, suggested=True)


PEOPLE = {
    "nobody": (),
    "me": (BOT,),
    "another": (HUMAN,),
    "me suggested": (suggested(BOT),),
    "another, me as manager": (HUMAN, msgspec.structs.replace(BOT, role="MANAGER")),
    "me, another suggested": (BOT, suggested(HUMAN)),
}


class Truth:
    """Conversations, rings, messages and availability; each change returns what happened."""

    def __init__(self):
        self._milliseconds = 1_795_343_862_912
        self.conversations = {key: self._opened(key) for key in KEYS}
        self.messages = {key: [] for key in KEYS}
        self.rings = {}
        self.availability = {ME: "OFFLINE", "1002": "OFFLINE"}

    def now(self):
        self._milliseconds += 1
        return times.moment(self._milliseconds)

    def _opened(self, key):
        at, who = self.now(), CONSUMERS[key]
        people = (model.Participant(who, who, "CONSUMER"),)
        return model.Conversation(
            account=ACCOUNT,
            conversation_id=key,
            consumer_id=who,
            skill_id="3001",
            entry_skill_id="3001",
            started_at=at,
            changed_at=at,
            dialogs=(model.Dialog(key, people, at, at),),
        )

    def change(self, key, *, people, state):
        """The conversation has these people now, and this state."""
        was, at = self.conversations[key], self.now()
        everybody = (was.dialogs[0].participants[0], *PEOPLE[people])
        dialog = msgspec.structs.replace(
            was.dialogs[0], participants=everybody, state=state, changed_at=at
        )
        changed = msgspec.structs.replace(was, dialogs=(dialog,), state=state, changed_at=at)
        self.conversations[key] = msgspec.structs.replace(changed, stage=state)
        return happening.ConversationChanged(ACCOUNT, self.conversations[key])

    def say(self, key, *, audience, stored):
        """Somebody in the conversation says something, or is only typing."""
        snapshot = self.conversations[key]
        who = snapshot.dialogs[0].participants[0 if audience == "ALL" else -1]
        kept = self.messages[key]
        event = {"type": "ContentEvent", "contentType": "text/plain", "message": "hi"}
        said = model.Message(
            conversation_id=key,
            dialog_id=key,
            sequence=len(kept) + 1 if stored else 0,
            originator=who.user_id,
            originator_pid=who.pid,
            role=who.role,
            at=self.now(),
            event=event if stored else {"type": "ChatStateEvent", "chatState": "COMPOSING"},
            audience=audience,
        )
        if stored:
            kept.append(said)
        return happening.MessagePublished(ACCOUNT, snapshot, said)

    def ring(self, key, *, user_id, state):
        """A ring of the conversation is in this state now."""
        at = self.now()
        made = model.Ring(
            *(f"{key}_{user_id}", ACCOUNT, key, CONSUMERS[key], "3001", user_id, state, at, at)
        )
        self.rings[made.ring_id] = made
        return happening.RingChanged(ACCOUNT, made)

    def be(self, user_id, availability):
        """An agent's availability."""
        self.availability[user_id] = availability
        return happening.AvailabilityChanged(ACCOUNT, user_id, availability)
