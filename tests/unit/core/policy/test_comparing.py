"""What changed between two policy sets is told as people would tell it."""

from typing import Any

from orchestrator.core.policy import comparing, document
from orchestrator.core.policy.document import Document

ALWAYS: list[Any] = [{"all": []}]


def policy(name: str, /, **more: Any) -> dict[str, Any]:
    """A policy as documents have it, its id after its name."""
    action = {"type": "SEND_MESSAGE", "payload": {"message": "Hello"}}
    made = {"id": name, "name": name, "enabled": True, "conditions": ALWAYS, "actions": [action]}
    return made | more


def read(*policies: Any, **more: Any) -> Document:
    """A document of policies, or of names of policies."""
    given = [policy(each) if isinstance(each, str) else each for each in policies]
    return document.load({"policies": given, **more}).policy_set


def told(before: Document, after: Document) -> list[str]:
    """What is said of the way from one to the other."""
    return [found.words for found in comparing.compare(before, after)]


def test_nothing_is_said_of_what_is_the_same() -> None:
    """Neither of the same objects nor of equal ones."""
    assert told(read("a", "b"), read("a", "b")) == []


def test_what_came_and_went_is_named() -> None:
    """New ones in their order, then those that are gone."""
    found = comparing.compare(read("a", "b", "c"), read("a", "n", "c", "m"))
    assert [each.words for each in found] == ["Added “n”", "Added “m”", "Removed “b”"]
    assert [each.kind for each in found] == ["added", "added", "removed"]


def test_only_what_really_moved_is_said_to_have_moved() -> None:
    """The others only made room, however many they are."""
    assert told(read("a", "b", "c", "d"), read("d", "a", "b", "c")) == ["Moved “d” from 4 to 1"]
    assert told(read("a", "b", "c"), read("a", "c")) == ["Removed “b”"]


def test_the_parts_of_a_policy_are_told_apart() -> None:
    """Name, state, conditions, actions and exception; several in one sentence."""
    other = [{"property": "custom.a", "type": "IS_SET"}]
    exception = {"conditions": other, "actions": policy("x")["actions"]}
    before = read("a")
    assert told(before, read(policy("a", enabled=False))) == ["Disabled “a”"]
    assert told(before, read(policy("a", name="z"))) == ["Renamed “a” to “z”"]
    changed = policy("a", enabled=False, conditions=other, exception=exception)
    assert told(before, read(changed)) == [
        "Disabled “a” and changed the conditions and the exception of “a”"
    ]


def test_an_expression_is_what_a_policy_asks() -> None:
    """Going over from conditions to an expression changes the conditions."""
    written = policy("a", expression="isSet(custom.a)")
    del written["conditions"]
    assert told(read("a"), read(written)) == ["Changed the conditions of “a”"]


def test_values_and_schedules_are_told_after_the_policies() -> None:
    """Each by its name."""
    before = read("a", custom={"top": [1], "old": 1})
    office = {"zone": "UTC", "weekly": {"MON": [["08:00:00", "17:00:00"]]}}
    after = read("b", custom={"top": [1, 2], "new": 1}, schedules={"office": office})
    assert told(before, after) == [
        "Added “b”",
        "Removed “a”",
        "Changed custom.top",
        "Added custom.new",
        "Removed custom.old",
        "Added the schedule office",
    ]
