"""What is left of a gatherer when its decision is made: nothing that a collector must find."""

import gc
import weakref
from collections.abc import Iterator

import pytest

from orchestrator.core.model.attributes import AttributeValue, Known
from orchestrator.services.routing.gather import Gatherer
from orchestrator.services.routing.ports import Fetch, Note
from orchestrator.services.routing.sources.functions import OfFunctions


class Doubled:
    """``custom.NAME`` is what ``shop.NAME`` is, twice."""

    async def value(
        self,
        account: str,  # noqa: ARG002 - the port's
        name: str,
        fetch: Fetch,
        *,
        note: Note | None = None,  # noqa: ARG002 - the port's
    ) -> AttributeValue:
        other = f"shop.{name.removeprefix('custom.')}"
        found = (await fetch([other]))[other]
        assert isinstance(found, Known)
        return Known([found.value] * 2, "function")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What is in a circle stays where it is, until the test is over."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("no_collector")
async def test_a_gatherer_goes_with_its_decision() -> None:
    """Its functions ask it for their parameters, and do not keep it, nor all that was fetched."""
    gatherer = Gatherer([], OfFunctions("1", Doubled()))
    found = await gatherer.fetch(["custom.size", "shop.other"])
    assert found["custom.size"] == Known([None, None], "function")
    left = weakref.ref(gatherer)
    del gatherer
    assert left() is None
