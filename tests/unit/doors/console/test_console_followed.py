"""What a figure asked for besides: told in words, each with the list without it."""

from types import SimpleNamespace
from typing import Any

import pytest

from orchestrator.doors.console import followed, sought

NOTHING = dict.fromkeys((*sought.TYPED, *sought.FOLLOWED, "zone", "after"), "")


class Visitor:
    """Somebody in an account with one skill and one agent."""

    def __init__(self) -> None:
        async def skills(_actor: object) -> list[Any]:
            return [SimpleNamespace(id="12", name="Billing")]

        async def users(_actor: object) -> list[Any]:
            return [SimpleNamespace(id="34", login="ada")]

        self.actor = None
        self.rooms = SimpleNamespace(
            directory=SimpleNamespace(
                skills=SimpleNamespace(all=skills), users=SimpleNamespace(all=users)
            )
        )


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, []),
        ({"skill": "12"}, ["Came in on Billing"]),
        ({"skill": "gone"}, ["Came in on gone"]),
        ({"skill": "-"}, ["A program asked"]),
        ({"target": "skill:12"}, ["Went to: Billing"]),
        ({"target": "skill:"}, ["Went to: A skill that is not there"]),
        ({"target": "agent:34"}, ["Went to: Agent ada"]),
        ({"target": "agent:"}, ["Went to: An agent who is not there"]),
        ({"target": "message"}, ["Went to: A message, then the fallback"]),
        ({"target": "fallback"}, ["Went to: The fallback"]),
        ({"took": "1"}, ["Took more than 0 ms and up to 1 ms"]),
        ({"took": "1000"}, ["Took more than 500 ms and up to 1 s"]),
        ({"took": "0"}, ["Took more than 60 s"]),
        ({"took": "odd"}, []),
        ({"function": "tier"}, ["Used the function tier"]),
        ({"function": "tier", "call": "failed"}, ["The function tier failed"]),
        ({"call": "failed"}, ["A function failed"]),
        ({"call": "odd"}, []),
    ],
)
async def test_it_is_told_in_words(asked: dict[str, str], words: list[str]) -> None:
    """By the names of now, by ids where there is none; what makes no sense is not told."""
    visitor: Any = Visitor()
    told = await followed.told(visitor, NOTHING | asked)
    assert [each.replace("\u00a0", " ") for each, _without in told] == words


async def test_each_can_be_taken_back() -> None:
    """The rest stays asked for, from the first page on; of nothing else it is the whole list."""
    visitor: Any = Visitor()
    asked = NOTHING | {"skill": "-", "function": "tier", "call": "failed", "after": "x"}
    (_, without_skill), (_, without_call) = await followed.told(visitor, asked)
    assert without_skill == "/policy-logs?function=tier&call=failed"
    assert without_call == "/policy-logs?skill=-"
    ((_, alone),) = await followed.told(visitor, NOTHING | {"took": "50"})
    assert alone == "/policy-logs"
