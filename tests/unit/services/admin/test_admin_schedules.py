"""Schedules of an account, on a real database: dates that stay, changes that meet."""

from datetime import UTC, date, datetime

import pytest

from orchestrator.adapters.storage import admin, engine
from orchestrator.adapters.storage import directory as rows
from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import Account
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.services.admin import policies, schedules
from orchestrator.testing import clock

NOW = datetime(2026, 7, 14, 10, 0, tzinfo=UTC)
OPERATOR = access.operator("1")
DESK = {
    "zone": "Etc/UTC",
    "weekly": {"TUE": [["09:00:00", "17:00:00"]]},
    "holidays": {"country": "FR"},
}
ASKS = {
    "name": "closed",
    "enabled": True,
    "expression": "not isOpen('Desk')",
    "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "We are closed."}}],
}


class Calendar:
    """One holiday a year, on a day that can be moved; counts how often it was asked."""

    def __init__(self):
        self.month = 7
        self.asked = 0

    def __call__(self, _country, _subdivision, /, *, first, last):
        self.asked += 1
        return tuple(date(year, self.month, 14) for year in range(first, last + 1))


class Site:
    """An account with policies and schedules on one database."""

    def __init__(self, database):
        self.calendar = Calendar()
        self.store = admin.AdminStore(database)
        time = clock.TurnedClock(NOW)
        self.policies = policies.Policies(self.store, time, calendar=self.calendar)
        self.schedules = schedules.Schedules(
            self.store, time, policies=self.policies, calendar=self.calendar
        )


@pytest.fixture
async def site(place):
    database = await engine.Database.open(place)
    directory = rows.DirectoryStore(database)
    await directory.write(OPERATOR, NOW, lambda unit: unit.add(Account("1", NOW)))
    yield Site(database)
    await database.close()


async def test_a_holiday_stays_where_it_was_until_the_schedule_is_saved_again(site):
    """What a calendar says later changes no version, not even one made later by another change."""
    await site.schedules.add(OPERATOR, "Desk", given=DESK)
    assert not (await site.schedules.show(OPERATOR, "Desk")).open
    site.calendar.month = 8
    await site.policies.set_custom(OPERATOR, "custom.tier", value=1)
    await site.policies.load(OPERATOR, [ASKS])
    assert not (await site.schedules.show(OPERATOR, "Desk")).open
    assert site.calendar.asked == 1
    await site.schedules.edit(OPERATOR, "Desk", given=DESK)
    assert (await site.schedules.show(OPERATOR, "Desk")).open


async def test_who_may_only_read_changes_nothing(site):
    """And the calendar is not even asked."""
    viewer = access.Actor("1", "viewer", access.ROLES["Viewer"])
    for verb in (site.schedules.add, site.schedules.edit):
        with pytest.raises(errors.Forbidden):
            await verb(viewer, "Desk", given=DESK)
    with pytest.raises(errors.Forbidden):
        await site.schedules.remove(viewer, "Desk")
    assert await site.schedules.all(viewer) == []
    assert site.calendar.asked == 0


async def test_an_expression_names_a_schedule_of_the_account_or_of_the_document(site):
    """With neither it is refused with its place."""
    with pytest.raises(PolicyErrors, match=r"line 1, column 12: there is no schedule"):
        await site.policies.load(OPERATOR, [ASKS])
    await site.policies.load(OPERATOR, {"policies": [ASKS], "schedules": {"Desk": DESK}})
    await site.policies.load(OPERATOR, [ASKS])
    with pytest.raises(PolicyErrors, match="no schedule"):
        await site.policies.load(OPERATOR, {"policies": [ASKS], "schedules": {}})


async def test_a_schedule_that_goes_while_a_document_is_read_is_noticed(site, monkeypatch):
    """The document was checked against what is no longer there, so it is not saved."""
    await site.schedules.add(OPERATOR, "Desk", given=DESK)
    read = site.store.read

    async def slowly(work):
        seen = await read(work)
        monkeypatch.setattr(site.store, "read", read)
        await site.schedules.remove(OPERATOR, "Desk")
        return seen

    monkeypatch.setattr(site.store, "read", slowly)
    with pytest.raises(errors.Conflict, match="changed meanwhile"):
        await site.policies.load(OPERATOR, [ASKS])


async def test_removal_names_every_policy_that_asks(site):
    """By their names, in order, exceptions included."""
    asking = {"expression": ASKS["expression"], "actions": ASKS["actions"]}
    never = {**ASKS, "name": "never", "expression": "1 == 2", "exception": asking}
    document = {"policies": [ASKS, never], "schedules": {"Desk": DESK, "Other": DESK}}
    await site.policies.load(OPERATOR, document)
    with pytest.raises(errors.Conflict, match="the policy “closed”, the policy “never”"):
        await site.schedules.remove(OPERATOR, "Desk")
    await site.schedules.remove(OPERATOR, "Other")
