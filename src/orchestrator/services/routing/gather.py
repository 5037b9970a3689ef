"""What policies read, fetched for one decision: each name from the first source that knows it."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.model.conversation import Conversation
from orchestrator.core.model.function import Call
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.services.routing.ports import ContextVariables, Functions, Knowledge, Offline
from orchestrator.services.routing.sources.contexts import OfContexts
from orchestrator.services.routing.sources.conversation import Find, OfConversation, Subject
from orchestrator.services.routing.sources.functions import OfFunctions
from orchestrator.services.routing.sources.given import OfCaller, OfSet
from orchestrator.services.routing.sources.once import Once
from orchestrator.services.routing.sources.staffing import OfStaffing
from orchestrator.services.routing.staffing import Staffings


class Source(Protocol):
    """A place where some attributes come from."""

    def knows(self, name: str) -> bool:
        """Whether ``name`` is to be asked for here. Must be cheap."""
        ...

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return values; a name that is absent is missing.

        An error of ours counts as `Unfetched` for all of them, but for `ports.Offline`.
        """
        ...


class Beyond(msgspec.Struct, frozen=True):
    """What there is to ask beside the conversation's platform; None: nothing of the kind."""

    contexts: ContextVariables | None = None
    staffings: Staffings | None = None
    functions: Functions | None = None


ALONE = Beyond()


_FUNCTIONS: Final = -1
_NOWHERE: Final = -2


class Gatherer:
    """Fetches attributes for one decision. Sources run side by side; nothing is asked twice.

    ``functions`` are asked for what no source knows. They may ask for other attributes in turn, and
    are told whom only when they are called: one that knew its gatherer would be a circle, in which
    everything that was fetched stays until the collector comes.
    """

    def __init__(self, sources: Sequence[Source], functions: OfFunctions | None = None) -> None:
        self._sources = sources
        self._functions = functions
        self._found: dict[str, AttributeValue] = {}

    @property
    def calls(self) -> Sequence[Call]:
        """What functions cost so far."""
        return () if self._functions is None else self._functions.calls

    async def fetch(self, names: Iterable[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name: missing ones are `Known(None)`, failures `Unfetched`.

        Raises `ports.Offline` when the bot has lost its platform and is not back in a moment.
        """
        wanted = list(names)
        asked: dict[int, list[str]] = {}
        for name in wanted:
            if name not in self._found:
                asked.setdefault(self._place(name), []).append(name)
        if len(asked) == 1:  # the usual case needs no task
            for place, some in asked.items():
                await self._ask(place, some)
        elif asked:
            await asyncio.gather(*(self._ask(place, some) for place, some in asked.items()))
        return {name: self._found[name] for name in wanted}

    def _place(self, name: str) -> int:
        for place, source in enumerate(self._sources):
            if source.knows(name):
                return place
        return (
            _FUNCTIONS if self._functions is not None and self._functions.knows(name) else _NOWHERE
        )

    async def _ask(self, place: int, names: Sequence[str]) -> None:
        found: Mapping[str, AttributeValue] = {}
        try:
            if place >= 0:
                found = await self._sources[place].fetch(names)
            elif place == _FUNCTIONS and self._functions is not None:
                found = await self._functions.fetch(names, others=self.fetch)
        except Offline:
            raise
        except errors.OrchestratorError as error:
            found = {name: Unfetched(error.message, name.partition(".")[0]) for name in names}
        for name in names:
            self._found[name] = found.get(name) or Known(None, "nowhere")


def gatherer(
    subject: Subject,
    knowledge: Knowledge,
    find: Conversation | Find,
    *,
    rules: CompiledSet,
    asked: Once,
    now: datetime,
    first_message_wait: timedelta,
    beyond: Beyond = ALONE,
    given: Mapping[str, Json] | None = None,
) -> Gatherer:
    """Return what fetches for one decision about ``subject``: by the bot and by the API alike.

    ``given`` is what a caller says; it wins over everything but the set's own static values.
    """
    sources: list[Source] = [OfSet(rules.custom)]
    if given:
        sources.append(OfCaller(given))
    sources.append(
        OfConversation(
            subject,
            knowledge,
            find,
            asked=asked,
            now=now,
            first_message_wait=first_message_wait,
        )
    )
    if beyond.staffings is not None:
        sources.append(
            OfStaffing(subject.account, beyond.staffings, schedules=rules.schedules, at=now)
        )
    if beyond.contexts is not None:
        sources.append(OfContexts(subject, beyond.contexts))
    functions = None
    if beyond.functions is not None:
        functions = OfFunctions(subject.account, beyond.functions)
    return Gatherer(sources, functions)
