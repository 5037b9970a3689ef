"""One fault between bot and cloud at a time: the conversation ends where it belongs, once."""

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from chaos import house, pair
from chaos.faults import CLOSE_CODES, Frame, Kind, Scripted, Treatment
from chaos.pair import answer_to, by_bot, told

RING = "RoutingTaskNotification"
CONVERSATION = "ExConversationChangeNotification"
ACCEPT, TRANSFER, SAY = "UpdateRingState", "UpdateConversationField", "PublishEvent"

Plan = Callable[[Scripted], tuple[Callable[[Frame], bool], ...]]
"""Says which frames meet the fault: one of each matcher."""


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> house.Folders:
    """The seeded folders, to be copied; a ring lasts no longer than it must."""
    return asyncio.run(house.prepare(tmp_path_factory.mktemp("chaos"), ring_seconds=2))


FRAMES: dict[str, Plan] = {
    "a ring": lambda _: (told(RING),),
    "the acceptance": lambda _: (by_bot(ACCEPT),),
    "the answer to the acceptance": lambda script: (answer_to(ACCEPT, script),),
    "the assignment": lambda _: (told(CONVERSATION, kind="UPSERT"),),
    "the answer to the acceptance and the assignment": lambda script: (
        answer_to(ACCEPT, script),
        told(CONVERSATION, kind="UPSERT"),
    ),
    "a question": lambda _: (by_bot("QueryMessages"),),
    "the profile": lambda script: (answer_to("GetUserProfile", script),),
    "a message": lambda _: (by_bot(SAY),),
    "the answer to a message": lambda script: (answer_to(SAY, script),),
    "a transfer": lambda _: (by_bot(TRANSFER),),
    "the answer to a transfer": lambda script: (answer_to(TRANSFER, script),),
    "the answer to a transfer and the departure": lambda script: (
        answer_to(TRANSFER, script),
        told(CONVERSATION, kind="DELETE"),
    ),
}

KINDS: tuple[Treatment, ...] = (
    Treatment("drop"),
    Treatment("truncate"),
    Treatment("late", seconds=0.7),  # later than the bot waits
    Treatment("reorder"),
    Treatment("duplicate"),
    Treatment("repeat", seconds=0.3),
)

ONCE: frozenset[Kind] = frozenset({"duplicate", "repeat"})
"""Not for messages of the bot: whoever doubles that frame has said it twice."""


@pytest.mark.parametrize(
    "treatment",
    [KINDS[0], *(pytest.param(kind, marks=pytest.mark.thorough) for kind in KINDS[1:])],
    ids=lambda treatment: treatment.kind,
)
async def test_every_frame_of_the_road_may_fail(
    treatment: Treatment, prepared: house.Folders, tmp_path: Path
) -> None:
    """Lost, halved, late, overtaken, doubled, repeated: one after the other, each is mended."""
    async with pair.open_pair(prepared, tmp_path) as both:
        for name, plan in FRAMES.items():
            if name == "a message" and treatment.kind in ONCE:
                continue
            for matches in plan(both.script):
                both.script.on_frame(matches, treatment)
            await both.write("Good morning." if name == "the profile" else pair.STOLEN)
            await both.settled()
            assert not both.script.missing, name
        await both.check()


@pytest.mark.parametrize(
    "name",
    [pytest.param("a message", marks=pytest.mark.thorough), "the answer to a transfer"],
)
async def test_a_socket_may_close_anywhere_with_any_code(
    name: str, prepared: house.Folders, tmp_path: Path
) -> None:
    """Nine close codes at one place of the road: the bot comes back and finishes, once."""
    async with pair.open_pair(prepared, tmp_path, bot=pair.Hurried) as both:
        (place,) = FRAMES[name](both.script)
        for code in CLOSE_CODES:
            both.script.on_frame(place, Treatment("cut", number=code))
            await both.write()
            await both.settled()
        await both.check()


async def test_a_silent_network_is_noticed(prepared: house.Folders, tmp_path: Path) -> None:
    """A socket on which nothing is answered any more is given up, and nothing is lost with it."""
    async with pair.open_pair(prepared, tmp_path) as both:
        both.script.on_frame(by_bot(ACCEPT), Treatment("stall"))
        await both.write()
        await both.check()


async def test_a_transfer_whose_answer_was_lost_is_known_by_its_target(
    prepared: house.Folders, tmp_path: Path
) -> None:
    """History says where it went, also when the socket never told that it had gone."""
    async with pair.open_pair(prepared, tmp_path) as both:
        both.script.on_frame(answer_to(TRANSFER, both.script), Treatment("drop"))
        both.script.on_frame(told(CONVERSATION, kind="DELETE"), Treatment("drop"))
        await both.write()
        await both.check()
        (outcome,) = await both.outcomes()
        assert outcome["result"] == "TRANSFERRED_TO_SKILL"
        assert outcome["target"]["skill_id"] == prepared.brand.skills["Fraud"]
