"""kill -9 while people edit: what was answered with 200 is there, and nothing is half of two."""

import asyncio
import itertools
import shutil
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest

from killing import house
from orchestrator.serve import office
from running import api

POLICIES = 1_000
HANDS = 4
"""So many edit at once, each things of its own: three are under way when one is answered."""

EDITED = [f"p{number}" for number in range(0, POLICIES, POLICIES // HANDS)]
LOGINS = [f"agent-{number}" for number in range(HANDS)]
SKILLS = [f"Skill {number}" for number in range(HANDS)]

Look = Callable[[api.Api, str], Awaitable[int]]
"""Reads the version of one thing; fails where it is part of one version and part of another."""


def policy(identity: str, version: int) -> dict[str, Any]:
    """A policy that says its version in each of its parts."""
    return {
        "id": identity,
        "name": f"{identity} in version {version}",
        "enabled": True,
        "conditions": [{"property": f"shop.{identity}", "type": "EQUAL", "value": version}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": f"{version}"}}],
    }


def document(version: int) -> dict[str, Any]:
    """All policies in one version."""
    return {"policies": [policy(f"p{number}", version) for number in range(POLICIES)]}


async def one_policy(there: api.Api, identity: str) -> int:
    found = await there.get(f"/policies/{identity}")
    return whole(found, identity)


def whole(found: dict[str, Any], identity: str) -> int:
    """Return the version of a policy that is of one version throughout."""
    version = int(found["actions"][0]["payload"]["message"])
    wanted = policy(identity, version)
    assert {key: found[key] for key in wanted} == wanted
    return version


async def one_user(there: api.Api, login: str) -> int:
    found = await there.get(f"/users/{login}")
    assert found["fullName"] == f"Version {found['maxChats']}"
    return int(found["maxChats"])


async def one_skill(there: api.Api, name: str) -> int:
    found = await there.get(f"/skills/{name}")
    version = int(found["description"])
    assert found["fallbackSkillId"] == (await there.get(f"/skills/{fallback(version)}"))["id"]
    return version


def fallback(version: int) -> str:
    """The fallback skill that goes with a version."""
    return f"Even {version % 2}"


EDITS: dict[str, tuple[list[str], Callable[[str, int], tuple[str, str, Any]], Look]] = {
    "a policy of a thousand": (
        EDITED,
        lambda name, version: ("PUT", f"/policies/{name}", policy(name, version)),
        one_policy,
    ),
    "users": (
        LOGINS,
        lambda name, version: (
            "PATCH",
            f"/users/{name}",
            {"maxChats": version, "fullName": f"Version {version}"},
        ),
        one_user,
    ),
    "skills": (
        SKILLS,
        lambda name, version: (
            "PATCH",
            f"/skills/{name}",
            {"description": f"{version}", "fallbackSkill": fallback(version)},
        ),
        one_skill,
    ),
}
"""Things that are edited: their names, the request that brings a version, and how it is read."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A folder with everything in version 0, to be copied; and an administrator's key."""
    folder = tmp_path_factory.mktemp("edits") / "prepared"
    return folder, asyncio.run(seed(folder))


async def seed(folder: Path) -> str:
    """Make people, skills and policies; return a key."""
    async with office.open(house.chosen(folder)) as desk:
        me, people = desk.actor, desk.directory
        for name in LOGINS:
            await people.users.add(
                me, login=name, type="human", roles=["Agent"], max_chats=0, full_name="Version 0"
            )
        for name in (fallback(0), fallback(1)):
            await people.skills.add(me, name=name)
        for name in SKILLS:
            await people.skills.add(me, name=name, description="0", fallback=fallback(0))
        await desk.policies.load(me, document(0))
    return await api.key(folder, "1")


class Town:
    """A copy of the prepared folder, and the servers that live on it one after another."""

    def __init__(self, data: Path, key: str) -> None:
        self.data = data
        self.key = key

    async def life(self) -> tuple[house.Life, api.Api]:
        """Start a server."""
        life = house.Life(self.data, None)
        assert await life.is_ready()
        assert life.note is not None
        return life, api.Api(life.note, "1", self.key)


@pytest.fixture
def town(prepared: tuple[Path, str], tmp_path: Path) -> Town:
    """A folder of one test."""
    folder, key = prepared
    copied = tmp_path / "data"
    shutil.copytree(folder, copied)
    return Town(copied, key)


@pytest.mark.parametrize(
    "kind", [pytest.param(next(iter(EDITS)), marks=pytest.mark.thorough), *list(EDITS)[1:]]
)
@pytest.mark.timeout(120)
async def test_killed_among_edits_each_is_there_whole_or_not_at_all(kind: str, town: Town) -> None:
    """Three lives: the last answer of each thing, or the edit that was under way, and no other."""
    names, request, look = EDITS[kind]
    accepted = dict.fromkeys(names, 0)
    sent = dict(accepted)
    numbers = itertools.count(1)
    for deaths in (HANDS, 9, 17):
        life, there = await town.life()
        answers = itertools.count(1)

        async def edit(name: str) -> None:
            while True:
                sent[name] = next(numbers)
                answer = await there.ask(*request(name, sent[name]))  # noqa: B023 - it ends within
                assert answer.status_code == 200, answer.text
                accepted[name] = sent[name]
                if next(answers) == deaths:  # noqa: B023 - as above
                    life.kill()  # noqa: B023 - as above

        async with there:
            await compare(there, look, accepted, sent)
            ends = await asyncio.gather(*map(edit, names), return_exceptions=True)
            assert all(isinstance(end, httpx2.TransportError) for end in ends), ends
        assert await life.end() == -signal.SIGKILL
    life, there = await town.life()
    async with there:
        await compare(there, look, accepted, sent)
    assert await life.stop() == 0


async def compare(
    there: api.Api, look: Look, accepted: dict[str, int], sent: dict[str, int]
) -> None:
    """Each thing is as it was answered last, or as it was sent last; note which."""
    for name, last in accepted.items():
        found = await look(there, name)
        assert found in (last, sent[name]), (name, found, accepted, sent)
        accepted[name] = sent[name] = found


@pytest.mark.thorough
@pytest.mark.timeout(180)
async def test_killed_while_a_thousand_policies_are_published(town: Town) -> None:
    """All are of the version that was answered last, or all of the one that was under way."""
    version = 0
    for share in (0.25, 0.5, 0.75):
        life, there = await town.life()
        async with there:
            began = time.monotonic()
            await there.do("PUT", "/policies", document(version + 1))
            takes = time.monotonic() - began
            publishing = asyncio.create_task(there.ask("PUT", "/policies", document(version + 2)))
            await asyncio.wait([publishing], timeout=takes * share)
            life.kill()
            (answer,) = await asyncio.gather(publishing, return_exceptions=True)
        assert await life.end() == -signal.SIGKILL
        allowed = {version + 2} | ({version + 1} if isinstance(answer, BaseException) else set())
        async with office.open(house.chosen(town.data)) as desk:
            found = (await desk.policies.export(desk.actor))["policies"]
        assert len(found) == POLICIES
        versions = {whole(each, each["id"]) for each in found}
        assert len(versions) == 1
        assert versions <= allowed
        version = versions.pop()
    life, there = await town.life()
    async with there:
        newest = (await there.get("/versions"))[0]["version"]
        shown = (await there.get(f"/versions/{newest}"))["document"]["policies"]
        assert {whole(each, each["id"]) for each in shown} == {version}
    assert await life.stop() == 0
