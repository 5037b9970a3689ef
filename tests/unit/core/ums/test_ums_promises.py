"""Whatever happens in whatever order, an agent's client is never surprised."""

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.ums import asks, events

PEOPLE = st.sampled_from(["nobody", "bot", "human", "bot suggested", "bot as manager", "both"])
FACTS = st.tuples(
    st.sampled_from(["changed", "said", "subscribed"]),
    st.sampled_from(["c-1", "c-2"]),
    PEOPLE,
    st.sampled_from(["OPEN", "CLOSE"]),
    st.integers(0, 2),
)


class Client:
    """What a client program keeps, and what it takes for granted."""

    def __init__(self):
        self.known = {}
        self.changed = {}

    def take(self, event):
        match event:
            case events.ConversationUpserted(conversation, name):
                key = (name, conversation.conversation_id)
                assert conversation.changed_at >= self.changed.get(key, conversation.changed_at)
                self.changed[key] = conversation.changed_at
                self.known[key] = self.names(conversation)
            case events.ConversationGone(conversation_id, _, name):
                assert (name, conversation_id) in self.known, "gone, but never told"
                del self.known[name, conversation_id]
            case events.MessageArrived(message):
                told = [named for (_, key), named in self.known.items() if key == message.dialog_id]
                assert any(told), "a message of a conversation that was not told"

    @staticmethod
    def names(conversation):
        return any(one.user_id == "1001" and not one.suggested for one in conversation.participants)


def people(world, which):
    return {
        "nobody": (),
        "bot": (world.bot,),
        "human": (world.human,),
        "bot suggested": (world.suggested(world.bot),),
        "bot as manager": (world.human, world.manager(world.bot)),
        "both": (world.suggested(world.human), world.bot),
    }[which]


@given(facts=st.lists(FACTS, max_size=25), manager=st.booleans(), mine=st.booleans())
@settings(max_examples=200, deadline=None)
def test_40_41_46_hold_in_any_order(new_world, facts, manager, mine):
    """40: messages only of told conversations; 41: DELETE after UPSERT; 46: time goes on."""
    world = new_world()
    pair, client = world.agent(manager=manager), Client()
    agents = ("12345678.1001",) if mine else ()
    for event in pair.heard(pair.subscribe(agents=agents)):
        client.take(event)
    snapshots = []
    for sequence, (kind, key, which, state, late) in enumerate(facts, 1):
        snapshot = world.conversation(*people(world, which), key=key, state=state)
        snapshots.append(snapshot)
        if kind == "subscribed":
            asked = pair.ask(asks.subscribe_conversations(agents=agents))
            for fact in snapshots[len(snapshots) - late :]:
                for event in pair.happened(world.changed(fact)):
                    client.take(event)
            frames = pair.host.subscribe_conversations(asked, current=[snapshot])
        elif kind == "said":
            said = world.message(world.consumer, sequence=sequence, key=key)
            frames = pair.host.happened(world.published(snapshot, said))
        else:
            frames = pair.host.happened(world.changed(snapshot))
        for event in pair.heard(frames):
            client.take(event)
