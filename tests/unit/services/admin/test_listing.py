"""The list of policies: windows, words, states, searches, and matches by the hour."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters import calendar, clock, passwords, seal
from orchestrator.adapters.storage import admin, directory, engine, routing, seen
from orchestrator.core.model import access, errors
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.policy import document, editions
from orchestrator.core.policy.analysis import Edit, Facts, Finding
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.library import Library
from orchestrator.services.admin import inspecting
from orchestrator.services.admin.listing import HOURS, Listed, Listing
from orchestrator.services.admin.policies import Policies
from orchestrator.services.directory import Directory

OPERATOR = access.operator("1")


class Desk:
    """An account with a skill and services."""

    def __init__(self, database: engine.Database, people: Directory) -> None:
        self.library = library = Library()
        store = admin.AdminStore(database)
        self.database = database
        self._decided = 0
        self.people = people
        self.policies = Policies(
            store, clock.SystemClock(), calendar=calendar.holidays, library=library
        )
        self.listing = Listing(
            store, clock.SystemClock(), observed=seen.SeenValues(database), library=library
        )

    async def load(self, *policies: dict[str, Any]) -> None:
        """Publish policies."""
        await self.policies.load(OPERATOR, {"policies": list(policies)})

    async def decided(self, policy: str | None, *, at: datetime) -> None:
        """Let a policy have matched."""
        self._decided += 1
        receipt = Receipt(
            decision_id=f"d-{self._decided}",
            account="1",
            conversation_id="",
            at=at,
            version="v",
            number=1,
            readings=(),
            policy_id=policy,
            policy_name=policy,
            no_match_reason=None,
            actions=(),
            asked_by="somebody",
        )
        await routing.Records(self.database).keep([receipt], now=at)

    async def page(self, **more: Any) -> Listed:
        """Return a window of what has been looked at."""
        while True:
            found = await self.listing.page(OPERATOR, **more)
            if found.is_settled:
                return found


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """An account with the skill Billing."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    hashing = passwords.Argon2Passwords()
    people = Directory(
        directory.DirectoryStore(database),
        clock.SystemClock(),
        passwords=hashing,
        seal=seal.Seal(bytes(32)),
    )
    await people.accounts.opened("1")
    await people.skills.add(OPERATOR, name="Billing")
    yield Desk(database, people)
    hashing.close()
    await database.close()


def policy(name: str, colour: str = "red", **more: Any) -> dict[str, Any]:
    """A policy that sends one colour to Billing."""
    return {
        "id": name,
        "name": name,
        "enabled": True,
        "conditions": [{"property": "custom.colour", "type": "EQUAL", "value": colour}],
        "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
    } | more


async def test_nothing_is_there_before_the_first_version(desk: Desk) -> None:
    """No rows, no version, and nothing to wait for."""
    found = await desk.page()
    assert (found.version, found.rows, found.total, found.is_settled) == (None, (), 0, True)


async def test_each_policy_has_its_state_and_its_sentence(desk: Desk) -> None:
    """Live once it has matched; unreachable names who is in the way."""
    await desk.load(
        policy("one"),
        policy("two"),
        policy("three", "blue"),
        policy("four", "green", enabled=False),
    )
    await desk.decided("one", at=datetime.now(UTC) - timedelta(days=3))
    rows = {row.name: row for row in (await desk.page()).rows}
    assert {name: row.state for name, row in rows.items()} == {
        "one": "live",
        "two": "unreachable",
        "three": "never-matched",
        "four": "disabled",
    }
    assert rows["one"].sentence == "IF custom.colour equals 'red' THEN transfer to “Billing”"
    assert "one" in rows["two"].notes[0]


async def test_each_policy_stands_as_the_list_says(desk: Desk) -> None:
    """All five states, decided once for lists and for programs; what was refused later is invalid.

    Whoever may not read policies is told nothing.
    """
    await desk.load(policy("one"))
    stored = [policy("one"), policy("two"), policy("three", "blue")]
    stored += [policy("four", "green", enabled=False), policy("five", conditions="gone")]
    edition = editions.of(document.load_stored({"policies": stored}).policy_set)
    store = admin.AdminStore(desk.database)
    now = datetime.now(UTC)
    await store.write(OPERATOR, now, lambda unit: unit.publish("1", edition, message=""))
    await desk.decided("one", at=now)
    rows = (await desk.page()).rows
    _, current = await desk.policies.current(OPERATOR)
    found = await desk.listing.standings(OPERATOR, current.policies)
    assert [(name, each.state, each.is_settled) for name, each in found.items()] == [
        ("one", "live", True),
        ("two", "unreachable", True),
        ("three", "never-matched", True),
        ("four", "disabled", True),
        ("five", "invalid", True),
    ]
    assert [row.state for row in rows] == [each.state for each in found.values()]
    assert sum(found["one"].traffic.matches) == 1
    with pytest.raises(errors.Forbidden):
        await desk.listing.standings(access.Actor("1", "nobody", frozenset()), current.policies)


async def test_what_is_still_looked_at_is_not_called_unreachable(desk: Desk) -> None:
    """Not before the first look has ended, and not for what only an older version had."""
    looked = asyncio.Event()

    async def examine(policies: Document, facts: Facts, edit: Edit | None) -> tuple[Finding, ...]:
        await looked.wait()
        return inspecting.found(policies, facts, edit)

    listing = Listing(
        admin.AdminStore(desk.database),
        clock.SystemClock(),
        observed=seen.SeenValues(desk.database),
        library=desk.library,
        examine=examine,
    )

    async def stands() -> dict[str, tuple[str, bool]]:
        _, current = await desk.policies.current(OPERATOR)
        found = await listing.standings(OPERATOR, current.policies)
        return {name: (each.state, each.is_settled) for name, each in found.items()}

    await desk.load(policy("one"), policy("two"), policy("off", enabled=False))
    unsettled = ("never-matched", False)
    assert await stands() == {"one": unsettled, "two": unsettled, "off": ("disabled", True)}
    looked.set()
    while (await stands())["two"] != ("unreachable", True):
        pass
    looked.clear()
    await desk.load(policy("one", "blue"), policy("two"))
    assert await stands() == {"one": unsettled, "two": unsettled}


async def test_matches_are_those_of_the_last_day_by_the_hour(desk: Desk) -> None:
    """Newest at the end; what is older is no longer told; the fallback has its own."""
    await desk.load(policy("one"))
    now = datetime.now(UTC)
    for hours in (0, 0, 2, HOURS + 1):
        await desk.decided("one", at=now - timedelta(hours=hours))
    await desk.decided("one", at=now)
    await desk.decided(None, at=now)
    found = await desk.page()
    assert len(found.rows[0].matches) == HOURS
    assert sum(found.rows[0].matches) == 4
    assert sum(found.fallback_matches) == 1


async def test_traffic_of_some_policies_is_told_without_the_list(desk: Desk) -> None:
    """The hours, and the last one ever; whoever may not read policies is told nothing."""
    now = datetime.now(UTC)
    await desk.decided("one", at=now)
    await desk.decided("one", at=now - timedelta(hours=2))
    await desk.decided("old", at=now - timedelta(days=3))
    found = await desk.listing.traffic(OPERATOR, ["one", "old", "none"])
    assert {name: sum(each.matches) for name, each in found.items()} == {
        "one": 2,
        "old": 0,
        "none": 0,
    }
    assert all(len(each.matches) == HOURS for each in found.values())
    assert [bool(each.last) for each in found.values()] == [True, True, False]
    with pytest.raises(errors.Forbidden):
        await desk.listing.traffic(access.Actor("1", "nobody", frozenset()), ["one"])


@pytest.mark.parametrize(
    ("search", "wanted"),
    [
        ("TWO", ["two"]),
        ("custom.col", ["one", "two"]),
        ("billing", ["one", "two"]),
        ("isset", ["three"]),
        ("nothing", []),
    ],
)
async def test_policies_are_found_by_name_attribute_and_target(
    desk: Desk, search: str, wanted: list[str]
) -> None:
    """In any case, by the names that targets have now."""
    three: dict[str, Any] = policy("three", expression="isSet(custom.other)")
    del three["conditions"]
    three["actions"] = [{"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}]
    await desk.load(policy("one"), policy("two"), three)
    found = await desk.page(search=search)
    assert [row.name for row in found.rows] == wanted
    assert (found.found, found.total) == (len(wanted), 3)


async def test_a_renamed_target_is_found_by_its_new_name(desk: Desk) -> None:
    """And no longer by the old one."""
    await desk.load(policy("one"))
    await desk.people.skills.edit(OPERATOR, "Billing", name="Invoices")
    assert (await desk.page(search="invoices")).found == 1
    assert (await desk.page(search="billing")).found == 0


async def test_windows_have_the_numbers_of_the_whole_list(desk: Desk) -> None:
    """A start behind the end shows the last window."""
    await desk.load(*(policy(f"p{number}", str(number)) for number in range(1, 8)))
    assert [row.number for row in (await desk.page(start=4, limit=3)).rows] == [4, 5, 6]
    assert [row.number for row in (await desk.page(start=99, limit=3)).rows] == [7]
    assert [row.number for row in (await desk.page(start=-5, limit=3)).rows] == [1, 2, 3]


async def test_some_can_be_left_out(desk: Desk) -> None:
    """By whether they are enabled, and by whether there is something to look at."""
    await desk.load(policy("one"), policy("two"), policy("three", enabled=False))
    enabled = await desk.page(show="enabled")
    assert [row.name for row in enabled.rows] == ["one", "two"]
    assert [row.name for row in (await desk.page(show="disabled")).rows] == ["three"]
    assert "two" in [row.name for row in (await desk.page(show="findings")).rows]


async def test_who_may_not_read_policies_sees_none(desk: Desk) -> None:
    """The permission is the service's."""
    agent = access.Actor("1", "ada", access.permissions(("Agent",)))
    with pytest.raises(errors.Forbidden):
        await desk.listing.page(agent)
