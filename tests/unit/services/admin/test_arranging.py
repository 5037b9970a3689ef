"""Reordering, switching, copying, undoing and merging: each a version, none at others' cost."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.adapters import calendar, clock, passwords, seal
from orchestrator.adapters.storage import admin, directory, engine
from orchestrator.core.model import access, errors
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.policies import Policies
from orchestrator.services.directory import Directory

OPERATOR = access.operator("1")
VIEWER = access.Actor("1", "vera", access.permissions(("Viewer",)))


def policy(name: str, message: str = "Hello", **more: Any) -> dict[str, Any]:
    """A policy that says something, its id after its name."""
    action = {"type": "SEND_MESSAGE", "payload": {"message": message}}
    always: list[Any] = []
    made = {"id": name, "name": name, "enabled": True, "conditions": [{"all": always}]}
    return made | {"actions": [action]} | more


class Desk:
    """An account with the policies a, b, c and d as version 1."""

    def __init__(self, policies: Policies) -> None:
        self.policies = policies
        self.arranging = Arranging(policies)

    async def order(self) -> str:
        """Return the ids in order, in capitals where enabled."""
        _, found = await self.policies.current(OPERATOR)
        return "".join(
            each.name.upper() if each.enabled else each.name.lower() for each in found.policies
        )

    async def said(self) -> str:
        """Return what the newest version says of itself."""
        (newest,) = await self.policies.versions(OPERATOR, limit=1)
        return newest.message


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    """Four policies."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    hashing = passwords.Argon2Passwords()
    people = Directory(
        directory.DirectoryStore(database),
        clock.SystemClock(),
        passwords=hashing,
        seal=seal.Seal(bytes(32)),
    )
    await people.accounts.opened("1")
    made = Policies(admin.AdminStore(database), clock.SystemClock(), calendar=calendar.holidays)
    await made.load(OPERATOR, {"policies": [policy(name) for name in "abcd"]})
    yield Desk(made)
    hashing.close()
    await database.close()


@pytest.mark.parametrize(
    ("which", "to", "wanted"),
    [
        ("c", "top", "CABD"),
        ("b", "up", "BACD"),
        ("b", "down", "ACBD"),
        ("b", "bottom", "ACDB"),
        ("a", "3", "BCAD"),
        ("d", "before:b", "ADBC"),
        ("a", "after:c", "BCAD"),
    ],
)
async def test_a_policy_goes_where_it_is_sent(desk: Desk, which: str, to: str, wanted: str) -> None:
    """By word, by number, by its neighbour; the version says so."""
    saved = await desk.arranging.move(OPERATOR, which, to=to)
    assert saved is not None
    assert saved.version == 2
    assert await desk.order() == wanted
    assert await desk.said() == f"Moved “{which}” to {wanted.index(which.upper()) + 1}"


@pytest.mark.parametrize(("which", "to"), [("a", "top"), ("a", "up"), ("d", "down"), ("b", "2")])
async def test_what_is_there_already_makes_no_version(desk: Desk, which: str, to: str) -> None:
    """Nothing is published."""
    assert await desk.arranging.move(OPERATOR, which, to=to) is None
    assert await desk.policies.at(OPERATOR) == 1


async def test_a_policy_is_not_switched_to_what_it_is(desk: Desk) -> None:
    """A second click makes no second version, which would have nothing to take back."""
    saved = await desk.arranging.switch(OPERATOR, "b", state="disabled")
    assert saved is not None
    assert await desk.arranging.switch(OPERATOR, "b", state="disabled") is None
    await desk.arranging.undo(OPERATOR, saved.version)
    assert await desk.order() == "ABCD"


@pytest.mark.parametrize("to", ["0", "5", "-1", "", "left", "99999999999", "²"])
async def test_a_place_that_is_none_is_refused(desk: Desk, to: str) -> None:
    """With the range that there is."""
    with pytest.raises(errors.BadInput, match="1 to 4"):
        await desk.arranging.move(OPERATOR, "a", to=to)


async def test_what_is_gone_cannot_be_moved_nor_moved_beside(desk: Desk) -> None:
    """Somebody removed it while the list was looked at."""
    await desk.arranging.remove(OPERATOR, "b")
    for which, to in (("b", "top"), ("a", "after:b")):
        with pytest.raises(errors.NotFound):
            await desk.arranging.move(OPERATOR, which, to=to)


async def test_switching_and_removing_are_taken_back(desk: Desk) -> None:
    """Undo restores what was there before, as a version of its own."""
    saved = await desk.arranging.switch(OPERATOR, "b", state="disabled")
    assert saved is not None
    assert await desk.order() == "AbCD"
    await desk.arranging.undo(OPERATOR, saved.version)
    assert await desk.order() == "ABCD"
    gone = await desk.arranging.remove(OPERATOR, "c")
    assert await desk.order() == "ABD"
    await desk.arranging.undo(OPERATOR, gone.version)
    assert await desk.order() == "ABCD"
    assert await desk.policies.at(OPERATOR) == 5


async def test_undoing_never_takes_back_what_others_did(desk: Desk) -> None:
    """Only the newest version can be undone."""
    saved = await desk.arranging.switch(OPERATOR, "b", state="disabled")
    assert saved is not None
    await desk.arranging.switch(OPERATOR, "d", state="disabled")
    with pytest.raises(errors.Stale):
        await desk.arranging.undo(OPERATOR, saved.version)
    assert await desk.order() == "AbCd"


async def test_a_copy_is_the_last_one_and_disabled(desk: Desk) -> None:
    """With a name of its own, however often."""
    for _ in range(2):
        await desk.arranging.duplicate(OPERATOR, "a")
    _, found = await desk.policies.current(OPERATOR)
    assert [(each.name, each.enabled) for each in found.policies[4:]] == [
        ("a (copy)", False),
        ("a (copy 2)", False),
    ]


async def test_an_old_version_decides_again(desk: Desk) -> None:
    """What changed on the way there is told."""
    await desk.arranging.move(OPERATOR, "d", to="top")
    await desk.arranging.remove(OPERATOR, "a")
    await desk.arranging.restore(OPERATOR, 1)
    assert await desk.order() == "ABCD"
    assert await desk.said() == "Restored version 1"
    version, told = await desk.arranging.between(OPERATOR, 3, 4)
    assert version.number == 4
    assert {each.words for each in told} == {"Added “a”", "Moved “d” from 1 to 4"}


async def test_history_tells_each_version_as_comparing_it_does(desk: Desk) -> None:
    """The newest first, in pieces; the first one came out of nothing."""
    await desk.arranging.move(OPERATOR, "d", to="top")
    await desk.arranging.remove(OPERATOR, "a")
    newest = await desk.policies.history(OPERATOR, limit=2)
    assert [each.version.number for each in newest.versions] == [3, 2]
    assert (newest.current, newest.has_more) == (3, True)
    rest = await desk.policies.history(OPERATOR, limit=2, before=2)
    assert (rest.current, rest.has_more) == (3, False)
    for told in (*newest.versions, *rest.versions):
        number = told.version.number
        _, found = await desk.arranging.between(OPERATOR, number - 1, number)
        assert told.changes == tuple(each.words for each in found)
    assert await desk.policies.history(VIEWER, limit=2) == newest


async def test_a_stale_save_shows_both_and_loses_neither(desk: Desk) -> None:
    """What only I changed is free; what we both changed is for me to decide."""
    mine = [policy("a", "mine"), policy("b", "mine"), policy("c", "mine")]
    await desk.policies.replace(OPERATOR, "b", given=policy("b", "theirs"))
    await desk.arranging.remove(OPERATOR, "c")
    number, contested = await desk.arranging.contested(OPERATOR, mine, since=1)
    assert number == 3
    assert [(each.id, each.is_free) for each in contested] == [
        ("a", True),
        ("b", False),
        ("c", False),
    ]
    assert contested[2].theirs is None
    await desk.arranging.settle(
        OPERATOR, mine, picks={"a": "mine", "b": "both", "c": "mine"}, since=number
    )
    _, found = await desk.policies.current(OPERATOR)
    said = {each.name: each.root.actions[0].message for each in found.policies}  # type: ignore[union-attr] - all are valid and say something
    assert said == {"a": "mine", "b": "theirs", "b (copy)": "mine", "c": "mine", "d": "Hello"}


async def test_theirs_alone_makes_no_version(desk: Desk) -> None:
    """Giving in publishes nothing."""
    picks = {"a": "theirs"}
    saved = await desk.arranging.settle(OPERATOR, [policy("a", "mine")], picks=picks, since=1)  # type: ignore[arg-type] - a literal
    assert saved is None


async def test_merging_onto_what_has_changed_again_is_refused(desk: Desk) -> None:
    """It is looked at once more."""
    await desk.arranging.remove(OPERATOR, "d")
    with pytest.raises(errors.Stale):
        await desk.arranging.settle(OPERATOR, [policy("a", "m")], picks={"a": "mine"}, since=1)


async def test_who_may_only_look_changes_nothing(desk: Desk) -> None:
    """The permission is the services'."""
    doing = desk.arranging
    for change in (
        doing.move(VIEWER, "a", to="bottom"),
        doing.switch(VIEWER, "a", state="disabled"),
        doing.duplicate(VIEWER, "a"),
        doing.remove(VIEWER, "a"),
        doing.undo(VIEWER, 1),
        doing.restore(VIEWER, 1),
        doing.settle(VIEWER, [policy("a", "m")], picks={"a": "mine"}, since=1),
    ):
        with pytest.raises(errors.Forbidden):
            await change
    assert await desk.policies.at(OPERATOR) == 1
