"""What forms offer: little at once, and by name what is looked for."""

from typing import Any

import pytest

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.services.directory import Directory
from orchestrator.testing import clock as clocks
from orchestrator.testing import directory as memory

OPERATOR = access.operator("1")


@pytest.fixture
def rooms() -> Directory:
    """An empty directory in memory, which hashes and seals nothing."""
    passwords: Any = Plain()
    seal: Any = None
    store = memory.MemoryDirectory()
    return Directory(store, clocks.TurnedClock(), passwords=passwords, seal=seal)


class Plain:
    """Passwords that nobody has to hash."""

    async def hash(self, password: str) -> str:
        """Return it as it is."""
        return password


async def test_what_is_offered_is_looked_for_by_name(rooms: Directory) -> None:
    """Some of a kind, and how many there are; people say who they are, ways in by which word."""
    await rooms.accounts.opened("1")
    for name in ("Sales", "Billing", "Bills"):
        await rooms.skills.add(OPERATOR, name=name)
    await rooms.users.add(
        OPERATOR, login="ann", type="human", roles=["Agent"], full_name="Ann B.", password="x" * 9
    )
    await rooms.users.add(OPERATOR, login="bo", type="bot", roles=["Agent"])
    made = await rooms.engagements.add(
        OPERATOR, name="Contact", skill="Billing", campaign="Web", entry_point="bills"
    )
    choosing = rooms.choosing
    found = await choosing.found(OPERATOR, "skills", search="bill", limit=1)
    assert [each.name for each in found.rows] == ["Billing"]
    assert (found.found, found.total) == (2, 3)
    people = await choosing.found(OPERATOR, "users", limit=9)
    assert [(each.name, each.about) for each in people.rows] == [("ann", "Ann B."), ("bo", "bot")]
    ways = await choosing.found(OPERATOR, "engagements", search="BILLS", limit=9)
    assert [(each.id, each.name, each.about) for each in ways.rows] == [
        (made.id, "Contact", "bills")
    ]
    assert [each.name for each in (await choosing.found(OPERATOR, "campaigns", limit=9)).rows] == [
        "Web"
    ]


async def test_what_is_meant_is_found_by_id_or_exact_name(rooms: Directory) -> None:
    """The id counts first; what is not there is passed over."""
    await rooms.accounts.opened("1")
    skill = await rooms.skills.add(OPERATOR, name="Billing")
    named_like_it = await rooms.skills.add(OPERATOR, name=skill.id)
    choosing = rooms.choosing
    assert await choosing.meant(OPERATOR, "skills", "Billing") == skill.id
    assert await choosing.meant(OPERATOR, "skills", skill.id) == skill.id
    assert await choosing.meant(OPERATOR, "skills", "billing") is None
    found = await choosing.named(OPERATOR, "skills", [skill.id, "gone", named_like_it.id])
    assert [each.id for each in found] == [named_like_it.id, skill.id]


async def test_a_way_in_is_entered_by_id_name_or_word(rooms: Directory) -> None:
    """In this order."""
    await rooms.accounts.opened("1")
    await rooms.skills.add(OPERATOR, name="Billing")
    first = await rooms.engagements.add(OPERATOR, name="b", skill="Billing", entry_point="a")
    other = await rooms.engagements.add(OPERATOR, name="a", skill="Billing")
    for word, wanted in ((first.id, first), ("b", first), ("a", other), ("c", None)):
        assert await rooms.engagements.entered(OPERATOR, word) == wanted


async def test_who_may_not_read_the_directory_is_offered_nothing(rooms: Directory) -> None:
    """The permission is the service's."""
    agent = Actor("1", "ada", access.permissions(("Agent",)))
    with pytest.raises(errors.Forbidden):
        await rooms.choosing.found(agent, "users", limit=9)
    with pytest.raises(errors.Forbidden):
        await rooms.choosing.named(agent, "users", ["1"])
    with pytest.raises(errors.Forbidden):
        await rooms.choosing.meant(agent, "users", "ann")


async def test_ways_in_are_listed_by_page_with_the_skills_they_lead_to(rooms: Directory) -> None:
    """A page behind the end is the last one; a campaign without engagements is there as well."""
    await rooms.accounts.opened("1")
    skill = await rooms.skills.add(OPERATOR, name="Billing")
    await rooms.campaigns.add(OPERATOR, name="Empty")
    for name in ("a", "b"):
        await rooms.engagements.add(OPERATOR, name=name, skill="Billing", campaign="Web")
    listed = await rooms.engagements.listed(OPERATOR, skip=9, limit=2)
    assert [way.engagement and way.engagement.name for way in listed.page.rows] == ["b"]
    assert listed.skills == {skill.id: skill}
    assert (listed.page.found, listed.page.total) == (3, 3)
    empty = await rooms.engagements.listed(OPERATOR, search="emp", limit=2)
    assert [way.engagement for way in empty.page.rows] == [None]
    agent = Actor("1", "ada", access.permissions(("Agent",)))
    with pytest.raises(errors.Forbidden):
        await rooms.engagements.listed(agent, limit=9)
