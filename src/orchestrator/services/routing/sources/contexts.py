"""Context variables of the account's own namespaces."""

from collections.abc import Mapping, Sequence

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.core.policy import memory
from orchestrator.services.routing.ports import ContextVariables
from orchestrator.services.routing.sources.conversation import Subject


class OfContexts:
    """Knows ``<namespace>.<property>``, and parts of a property that is an object."""

    def __init__(self, subject: Subject, contexts: ContextVariables) -> None:
        self._subject = subject
        self._contexts = contexts

    def knows(self, name: str) -> bool:
        """Whether the attribute is a context variable."""
        return attributes.namespaced(name) is not None

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name, by one question. Raises `errors.Unavailable`.

        ``shop.cart.total`` is the property ``cart.total``, else ``total`` inside ``cart``.
        """
        whole = {name: ".".join(name.split(".")[:2]) for name in names}
        found = await self._contexts.lookup(
            self._subject.account,
            dict.fromkeys([*whole, *whole.values()]),
            session=self._subject.session,
            conversation=self._subject.conversation_id,
        )
        return {name: self._value(found, name, outer) for name, outer in whole.items()}

    @staticmethod
    def _value(found: Mapping[str, Known], name: str, outer: str) -> AttributeValue:
        own, around = found.get(name), found.get(outer)
        if own is not None and own.value is not None:
            return own
        if name == outer or around is None or around.value is None:
            return own or Known(None, "context")
        if not isinstance(around.value, Mapping):
            return own or Known(None, "context")
        inner = memory.find(around.value, name.removeprefix(f"{outer}."))
        return Known(inner[0] if inner else None, around.source, around.as_of)
