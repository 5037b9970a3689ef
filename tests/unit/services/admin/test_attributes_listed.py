"""Attributes page by page: found by every name and by what they are, values for one page only."""

from collections.abc import AsyncIterator, Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.adapters import calendar, clock, passwords, seal
from orchestrator.adapters.storage import admin, directory, engine, seen
from orchestrator.core.model import access, errors
from orchestrator.core.model.attributes import LastSeen
from orchestrator.services.admin.attributes import Attributes
from orchestrator.services.admin.policies import Policies
from orchestrator.services.directory import Directory
from orchestrator.services.routing.ports import SeenValue

OPERATOR = access.operator("1")
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)


class Noticing(seen.SeenValues):
    """Notes of which attributes values were asked for."""

    def __init__(self, database: engine.Database) -> None:
        super().__init__(database)
        self.database = database
        self.asked: Collection[str] | None = None

    async def seen(
        self, account: str, *, names: Collection[str] | None = None
    ) -> Sequence[LastSeen]:
        """Return the values, and note the names."""
        self.asked = names
        return await super().seen(account, names=names)


@pytest.fixture
async def observed(tmp_path: Path) -> AsyncIterator[Noticing]:
    """What an account's decisions have read: two values of a namespace, one of a skill."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    hashing = passwords.Argon2Passwords()
    people = Directory(
        directory.DirectoryStore(database),
        clock.SystemClock(),
        passwords=hashing,
        seal=seal.Seal(bytes(32)),
    )
    await people.accounts.opened("1")
    opened = Noticing(database)
    names = ("shop.tier", "shop.visits", "conversation.language")
    await opened.put([SeenValue("1", name, "x", "context", AT) for name in names])
    yield opened
    hashing.close()
    await database.close()


@pytest.fixture
async def attributes(observed: Noticing) -> Attributes:
    """The same account with thirty values of its own."""
    policies = Policies(
        admin.AdminStore(observed.database), clock.SystemClock(), calendar=calendar.holidays
    )
    values = {f"colour{number:02}": number for number in range(30)}
    await policies.load(OPERATOR, {"policies": [], "custom": values})
    return Attributes(policies, observed)


async def test_a_page_has_what_the_whole_list_has_there(
    attributes: Attributes, observed: Noticing
) -> None:
    """In the same order and with the same values; values of others are not read."""
    everything = await attributes.all(OPERATOR)
    custom = [each for each in everything if each.source == "custom"]
    page = await attributes.listed(OPERATOR, {"custom", "function"}, skip=10, limit=10)
    assert list(page.rows) == custom[10:20]
    assert (page.found, page.total) == (30, 30)
    assert set(observed.asked or ()) == {each.name for each in page.rows}
    assert sum(page.sources.values()) == len(everything)
    context = await attributes.listed(OPERATOR, {"context"}, limit=100)
    assert list(context.rows) == [each for each in everything if each.source == "context"]
    assert {"shop.tier", "shop.visits"} <= {each.name for each in context.rows if each.last_seen}


async def test_attributes_are_found_by_names_and_descriptions(attributes: Attributes) -> None:
    """In any case, also by other spellings, and as the description is told; behind the end too."""
    found = await attributes.listed(OPERATOR, {"custom"}, search="COLOUR2", skip=90, limit=4)
    assert [each.name for each in found.rows] == ["custom.colour28", "custom.colour29"]
    assert (found.found, found.total) == (10, 30)
    known = await attributes.listed(OPERATOR, {"conversation", "profile"}, limit=200)
    spelled = next(each for each in known.rows if each.aliases)
    alias = await attributes.listed(
        OPERATOR, {spelled.source}, search=spelled.aliases[0].upper(), limit=200
    )
    assert spelled.name in {each.name for each in alias.rows}
    told = await attributes.listed(
        OPERATOR, {"custom"}, search="hier", limit=1, told=lambda said: f"{said} Hier."
    )
    assert told.found == 30
    assert (await attributes.listed(OPERATOR, {"custom"}, search="hier", limit=1)).rows == ()


async def test_who_may_not_read_policies_is_listed_none(attributes: Attributes) -> None:
    """The permission is the service's."""
    agent = access.Actor("1", "ada", access.permissions(("Agent",)))
    with pytest.raises(errors.Forbidden):
        await attributes.listed(agent, {"custom"}, limit=1)
