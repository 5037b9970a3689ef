"""Context variables that policies read: one question for all, parts of objects included."""

from orchestrator.core.model.attributes import Known
from orchestrator.services.routing.sources.contexts import OfContexts
from orchestrator.services.routing.sources.conversation import Subject


class Kept:
    """What a session holds, and what was asked of it."""

    def __init__(self, **properties):
        self.properties = {f"shop.{name}": value for name, value in properties.items()}
        self.asked = []

    async def lookup(self, account, wanted, *, session=None, conversation=None):
        self.asked.append((account, session, conversation))
        return {name: Known(self.properties.get(name), "context") for name in wanted}


async def test_a_batch_is_one_question_in_the_session_that_was_named():
    """The property itself, a property with a dot, and a part of one that is an object."""
    kept = Kept(tier="gold", cart={"total": 3, "owner": {"age": 41}}, note="x")
    kept.properties["shop.a.b"] = "dotted"
    source = OfContexts(Subject("1", "c", None, "crm-7"), kept)
    expected = {
        "shop.tier": "gold",
        "shop.a.b": "dotted",
        "shop.cart.total": 3,
        "shop.cart.owner.age": 41,
        "shop.cart.nothing": None,
        "shop.note.inside": None,
        "shop.nothing": None,
    }
    found = await source.fetch(list(expected))
    assert {name: value.value for name, value in found.items()} == expected
    assert kept.asked == [("1", "crm-7", "c")]


def test_names_of_others_are_not_context():
    """Reserved first parts never reach the context service, older namespaces or not."""
    source = OfContexts(Subject("1"), Kept())
    assert source.knows("orchestrator.intent")
    for name in ("conversation.x", "custom.x", "sde.x", "faas.x", "skills.1.waiting", "skills.x"):
        assert not source.knows(name)
