"""A number that no version can have is the number of none, on either database."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.adapters import calendar
from orchestrator.adapters.storage import admin, engine
from orchestrator.core.model import access, errors
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.policies import Policies
from orchestrator.testing.clock import TurnedClock

ACTOR = access.operator("1")


@pytest.fixture
async def policies(place: Path | str) -> AsyncIterator[Policies]:
    """The policies of an account that has none."""
    database = await engine.Database.open(place)
    yield Policies(admin.AdminStore(database), TurnedClock(), calendar=calendar.holidays)
    await database.close()


@pytest.mark.parametrize("number", [-1, 0, 1, 2**31, 2**63, 10**40])
async def test_there_is_no_such_version(policies: Policies, number: int) -> None:
    """To look at, to compare, to go back to, or to export."""
    with pytest.raises(errors.NotFound):
        await policies.version(ACTOR, number)
    with pytest.raises(errors.NotFound):
        await policies.export(ACTOR, number=number)
    arranging = Arranging(policies)
    with pytest.raises(errors.NotFound):
        await arranging.between(ACTOR, number - 1, number)
    with pytest.raises(errors.NotFound):
        await arranging.restore(ACTOR, number)


@pytest.mark.parametrize("before", [-(2**63) - 1, 0, 2**31, 10**40])
async def test_a_list_begins_wherever_it_is_told_to(policies: Policies, before: int) -> None:
    """Even where nothing can be."""
    assert await policies.versions(ACTOR, before=before) == []
    assert (await policies.history(ACTOR, before=before)).versions == ()
