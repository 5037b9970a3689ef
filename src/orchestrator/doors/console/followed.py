"""What a figure asked of the policy logs besides what people type, in words they can take back."""

from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlencode

from orchestrator.core.model import aim, latency
from orchestrator.doors.console import boards, sought
from orchestrator.doors.console.visits import Visit
from orchestrator.doors.console.words import _

CALLS: Final[Mapping[str, str]] = {
    "answered": "The function %(name)s answered",
    "cached": "The function %(name)s had answered before",
    "failed": "The function %(name)s failed",
    "refused": "The function %(name)s was not tried",
}
"""THE table of how uses of a function ended, in words."""
ANY: Final[Mapping[str, str]] = {
    "answered": "A function answered",
    "cached": "A function had answered before",
    "failed": "A function failed",
    "refused": "A function was not tried",
}
"""The same of any function."""


async def told(visit: Visit, asked: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return each thing that was asked for in words, with the address of the list without it."""
    kept = {name: text for name, text in asked.items() if text and name != "after"}
    found = [
        *[(words, ("skill",)) for words in await _skill(visit, asked["skill"])],
        *[(words, ("target",)) for words in await _target(visit, asked["target"])],
        *[(words, ("took",)) for words in _took(asked["took"])],
        *[(words, ("function", "call")) for words in _call(asked["function"], asked["call"])],
    ]
    return [
        (words, _address({name: text for name, text in kept.items() if name not in names}))
        for words, names in found
    ]


def _address(kept: Mapping[str, str]) -> str:
    return f"{sought.PATH}?{urlencode(kept)}" if kept else sought.PATH


async def _skill(visit: Visit, skill: str) -> list[str]:
    if skill == sought.PROGRAMS:
        return [_("A program asked")]
    return [_("Came in on %(name)s", name=await _skill_name(visit, skill))] if skill else []


async def _target(visit: Visit, target: str) -> list[str]:
    if not target:
        return []
    if target.startswith(aim.SKILL):
        name = await _skill_name(visit, target.removeprefix(aim.SKILL))
        words = boards.target("skill", name)
    elif target.startswith(aim.AGENT):
        words = boards.target("agent", await _login(visit, target.removeprefix(aim.AGENT)))
    else:
        words = boards.target("message" if target == aim.MESSAGE else "fallback", None)
    return [_("Went to: %(name)s", name=words)]


def _took(took: str) -> Iterator[str]:
    if took in map(str, latency.BINS):
        bins = latency.BINS
        place = bins.index(int(took))
        least = boards.milliseconds(bins[place - 1], 1) if place else boards.milliseconds(0, 1)
        if int(took) == latency.LONGER:
            yield _("Took more than %(time)s", time=least)
        else:
            most = boards.milliseconds(int(took), 1)
            yield _("Took more than %(least)s and up to %(most)s", least=least, most=most)


def _call(function: str, call: str) -> Iterator[str]:
    if function and call in CALLS:
        yield _(CALLS[call], name=function)
    elif function:
        yield _("Used the function %(name)s", name=function)
    elif call in ANY:
        yield _(ANY[call])


async def _skill_name(visit: Visit, skill: str) -> str:
    known = await visit.rooms.directory.skills.all(visit.actor)
    return next((each.name for each in known if each.id == skill), skill)


async def _login(visit: Visit, user: str) -> str:
    known = await visit.rooms.directory.users.all(visit.actor)
    return next((each.login for each in known if each.id == user), user)
