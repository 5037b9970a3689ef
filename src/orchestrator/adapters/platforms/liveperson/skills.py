"""The account's skills by id and by name, believed for half a minute."""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from orchestrator.adapters.platforms.liveperson import boundary, translate
from orchestrator.core.model.ids import AccountId, SkillId
from orchestrator.services.clock import Clock


class Skills:
    """What the administration interface says about skills.

    An unknown id or name is looked up at once, so that a skill made a moment ago is found; a call
    that is under way already is shared.
    """

    def __init__(
        self,
        account: AccountId,
        login: Callable[[], boundary.Login],
        *,
        clock: Clock,
        seconds: float,
    ) -> None:
        self._account = account
        self._login = login
        self._clock = clock
        self._age = timedelta(seconds=seconds)
        self._names: dict[SkillId, str] = {}
        self._read_at: datetime | None = None
        self._own: frozenset[SkillId] = frozenset()
        self._own_read_at: datetime | None = None
        self._reading = asyncio.Lock()
        self._reads = 0

    async def name(self, skill_id: SkillId) -> str | None:
        """Return the skill's name, None when there is no such skill."""
        await self._read(lambda: skill_id in self._names)
        return self._names.get(skill_id)

    async def names(self) -> Mapping[SkillId, str]:
        """Return every skill's name by id, as of half a minute ago at most."""
        await self._read(lambda: True)
        return self._names

    async def id(self, name: str) -> SkillId | None:
        """Return the id of the skill with exactly this name; the lowest when several have it."""
        await self._read(lambda: name in self._names.values())
        found = [skill for skill, known in self._names.items() if known == name]
        return min(found, key=lambda skill: (len(skill), skill), default=None)

    async def own(self) -> frozenset[SkillId]:
        """Return the skills that the bot serves."""
        async with self._reading:
            if not self._is_fresh(self._own_read_at):
                items = await self._login().own_skills()
                known = (translate.identifier(item, self._account) for item in items)
                self._own = frozenset(skill for skill in known if skill is not None)
                self._own_read_at = self._clock.now()
        return self._own

    async def _read(self, is_known: Callable[[], bool]) -> None:
        before = self._reads
        async with self._reading:
            if self._is_fresh(self._read_at) and is_known():
                return
            if self._reads > before:
                return  # somebody read them while we waited
            self._names = translate.skill_names(await self._login().skills())
            self._reads += 1
            self._read_at = self._clock.now()

    def _is_fresh(self, read_at: datetime | None) -> bool:
        # A clock that was set back must not make old knowledge fresh for hours.
        return read_at is not None and timedelta() <= self._clock.now() - read_at < self._age
