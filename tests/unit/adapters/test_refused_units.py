"""What a refused unit of work leaves to the garbage collector: nothing."""

import gc
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from orchestrator.adapters.storage import engine
from orchestrator.core.model import errors


@pytest.fixture
async def database(place: Path | str) -> AsyncIterator[engine.Database]:
    """An open database, on each of the two."""
    opened = await engine.Database.open(place)
    yield opened
    await opened.close()


@pytest.fixture
def no_collector(database: engine.Database) -> Iterator[None]:  # noqa: ARG001 - opened before
    """What is in a circle stays where it is, until the test is over."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


REFUSED = 40
"""More than twice as many as there are threads, each of which has what it did last for a while."""


class Carried:
    """Something that a unit of work has in its hands."""


def carried() -> int:
    """Return how many are still there."""
    return sum(type(each) is Carried for each in gc.get_objects())


@pytest.mark.usefixtures("no_collector")
@pytest.mark.parametrize("way", ["transact", "jot", "read", "glance"])
async def test_a_refusal_goes_with_whatever_its_unit_had(
    database: engine.Database, way: str
) -> None:
    """Its traceback does not keep the caller's future, which keeps it: nobody comes for a while."""
    for _ in range(REFUSED):
        held = Carried()

        def refuse(_: object, held: Carried = held) -> None:
            raise errors.Conflict(f"There is a {type(held).__name__} already.")

        with pytest.raises(errors.Conflict, match="There is a Carried already"):
            await getattr(database, way)(refuse)
    del held, refuse
    assert carried() < REFUSED / 2


async def test_a_fault_still_says_where_it_was(database: engine.Database) -> None:
    """What is no refusal is a mistake of ours, and whoever mends it wants to see the line."""

    def fails(_: object) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError) as caught:
        await database.transact(fails)
    assert caught.traceback[-1].name == "fails"
