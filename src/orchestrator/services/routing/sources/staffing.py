"""Who serves a skill and how busy they are: ``skills.<id>.*`` and ``agents.<id>.available``."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Final

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.policy import schedule
from orchestrator.core.policy.schedule import Timetable
from orchestrator.services.routing.ports import AgentStatus, SkillStaff
from orchestrator.services.routing.staffing import Staffings

SOURCE: Final = "staffing"


def _wait(staff: SkillStaff, now: datetime) -> float | None:
    if staff.waiting is None:
        return None
    if staff.oldest is None:
        return 0.0
    return round(max(0.0, (now - staff.oldest).total_seconds()), 1)


_OF_SKILL: Final[Mapping[str, Callable[[SkillStaff, datetime], Json]]] = {
    "onlineAgents": lambda staff, _: staff.online_agents,
    "slots": lambda staff, _: staff.slots,
    "freeSlots": lambda staff, _: staff.free_slots,
    "busyPercent": lambda staff, _: busy_percent(staff),
    "waiting": lambda staff, _: staff.waiting,
    "longestWaitSeconds": _wait,
}


class OfStaffing:
    """Knows the staffing; all of a decision's questions of one batch are one query."""

    def __init__(
        self,
        account: str,
        staffings: Staffings,
        *,
        schedules: Mapping[str, Timetable],
        at: datetime,
    ) -> None:
        self._account = account
        self._staffings = staffings
        self._schedules = schedules
        self._at = at

    def knows(self, name: str) -> bool:
        """Whether the attribute is one of the staffing's."""
        return attributes.staffed(name) is not None

    async def fetch(self, names: Sequence[str]) -> Mapping[str, AttributeValue]:
        """Return a value for every name; of an unknown skill or agent it is missing.

        Raises `errors.Unavailable` when the cloud does not say.
        """
        asked = {name: found for name in names if (found := attributes.staffed(name)) is not None}
        found = await self._staffings.of(
            self._account,
            skills=frozenset(each.id for each in asked.values() if each.kind == "skills"),
            agents=frozenset(each.id for each in asked.values() if each.kind == "agents"),
        )
        values: dict[str, AttributeValue] = {}
        for name, each in asked.items():
            if each.kind == "agents":
                values[name] = Known(is_available(found.agents.get(each.id)), SOURCE, found.at)
            elif (staff := found.skills.get(each.id)) is None:
                values[name] = Known(None, SOURCE, found.at)
            elif each.field == "isOpen":
                values[name] = self._is_open(staff, found.at)
            else:
                values[name] = Known(_OF_SKILL[each.field](staff, found.at), SOURCE, found.at)
        return values

    def _is_open(self, staff: SkillStaff, as_of: datetime) -> AttributeValue:
        if staff.schedule is None:
            return Known(True, SOURCE, as_of)
        timetable = self._schedules.get(staff.schedule)
        if timetable is None:  # removed together with the policies between two looks
            return Unfetched(f"There is no schedule “{staff.schedule}”.", SOURCE)
        return Known(schedule.is_open(timetable, self._at), SOURCE, as_of)


def busy_percent(staff: SkillStaff) -> float | None:
    """Return the share of taken slots, 0 to 100; None where the cloud does not say.

    With an agent who is unlimited nothing is ever full: 0. Without any slot nobody can take
    anything: 100.
    """
    if staff.is_unlimited:
        return 0.0
    if staff.slots is None or staff.free_slots is None:
        return None
    if staff.slots <= 0:
        return 100.0
    return round(100 * (staff.slots - staff.free_slots) / staff.slots, 1)


def is_available(status: AgentStatus | None) -> bool | None:
    """Whether an agent is ONLINE with a free slot; None for an unknown one."""
    if status is None:
        return None
    return status.availability == "ONLINE" and (status.free is None or status.free > 0)
