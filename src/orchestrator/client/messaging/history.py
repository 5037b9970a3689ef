"""What happened before, and who is there now: the history service (``msgHist``) over REST."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, Final

import httpx2
import msgspec

from orchestrator.client.messaging import discovery, login, web
from orchestrator.core.model import times

SOURCE: Final = "ConversationOrchestrator"
"""How the service's logs name us."""

_NONE: Final = frozenset({"", "null", "-1"})
"""How the service writes "nobody" and "no skill"."""


class Transfer(msgspec.Struct, frozen=True):
    """One hand-over. ``reason`` is Skill, Agent, back2Q or TakeOver; ids None for nobody."""

    at: datetime
    reason: str
    source_skill_id: str | None
    target_skill_id: str | None
    source_agent_id: str | None
    assigned_agent_id: str | None


class Participation(msgspec.Struct, frozen=True):
    """An agent took part from ``at`` on."""

    agent_id: str
    at: datetime
    role: str


class Record(msgspec.Struct, frozen=True):
    """What the history tells of one conversation, parts that were not asked for being empty."""

    conversation_id: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    latest_agent_id: str | None
    latest_skill_id: str | None
    transfers: tuple[Transfer, ...] = ()
    agents: tuple[Participation, ...] = ()


class AgentStatus(msgspec.Struct, frozen=True):
    """An agent now. ``state`` such as ONLINE; slots None where the service does not say."""

    agent_id: str
    state: str
    max_slots: int | None
    busy_slots: int | None
    connected: bool | None
    skill_ids: tuple[str, ...] = ()


Id = str | int


class _Wire(msgspec.Struct, rename="camel"):
    pass


class _Info(_Wire):
    conversation_id: str = ""
    status: str = ""
    start_time_l: int | None = None
    end_time_l: int | None = None
    latest_agent_id: Id | None = None
    latest_skill_id: Id | None = None


class _Transfer(_Wire):
    time_l: int = 0
    reason: str = ""
    source_skill_id: Id | None = None
    target_skill_id: Id | None = None
    source_agent_id: Id | None = None
    assigned_agent_id: Id | None = None


class _Participant(_Wire):
    agent_id: Id = ""
    time_l: int = 0
    role: str = ""


class _Record(_Wire):
    info: _Info
    transfers: list[_Transfer] = []
    agent_participants: list[_Participant] = []


class _Records(_Wire):
    conversation_history_records: list[_Record] = []


class _Skill(_Wire):
    skill_id: Id = ""


class _Status(_Wire):
    agent_id: Id
    current_status: str = ""
    configured_max_slots: int | None = None
    busy_slots: int | None = None
    current_connection_state: str | bool | None = None
    agent_skills: list[_Skill] = []


class _Statuses(_Wire):
    agent_status_records: list[_Status] = []


class History:
    """The history of one account, read with a session's bearer.

    Every call raises ``errors.Unauthenticated`` when the bearer has expired, and the other errors
    of ``web.send``.
    """

    def __init__(
        self, http: httpx2.AsyncClient, services: discovery.Services, *, session: login.Session
    ) -> None:
        self._http = http
        self._base = services.url("msgHist", f"/messaging_history/api/account/{services.account}")
        self._session = session

    async def of_consumer(
        self, consumer_id: str, *, states: Iterable[str] = ("OPEN", "CLOSE")
    ) -> list[Record]:
        """Return the consumer's conversations, with transfers and participants."""
        body = {
            "consumer": consumer_id,
            "status": list(states),
            "contentToRetrieve": ["transfers", "agentParticipants"],
        }
        return await self._records("/conversations/consumer/search", body)

    async def of_conversation(self, conversation_id: str) -> Record | None:
        """Return one conversation with transfers and participants; None when unknown."""
        body = {
            "conversationId": conversation_id,
            "contentToRetrieve": ["transfers", "agentParticipants"],
        }
        found = await self._records("/conversations/conversation/search", body)
        return found[0] if found else None

    async def agent_status(self, user_ids: Iterable[str]) -> list[AgentStatus]:
        """Return the present state of agents, those that the service knows."""
        body = {"agentIds": list(user_ids)}
        what = "the agents' status"
        response = await self._post("/agent-view/status", body, what=what)
        answer = web.read(response, _Statuses, what=what)
        return [_status(one) for one in answer.agent_status_records]

    async def _records(self, path: str, body: Mapping[str, Any]) -> list[Record]:
        what = "the search in the history"
        response = await self._post(path, body, what=what)
        answer = web.read(response, _Records, what=what)
        return [_record(one) for one in answer.conversation_history_records]

    async def _post(self, path: str, body: Mapping[str, Any], *, what: str) -> httpx2.Response:
        url = f"{self._base}{path}?source={SOURCE}"
        headers = self._session.authorization
        return await web.send(self._http, "POST", url=url, what=what, json=body, headers=headers)


def _record(wire: _Record) -> Record:
    info = wire.info
    return Record(
        conversation_id=info.conversation_id,
        status=info.status,
        started_at=_moment(info.start_time_l),
        ended_at=_moment(info.end_time_l),
        latest_agent_id=_id(info.latest_agent_id),
        latest_skill_id=_id(info.latest_skill_id),
        transfers=tuple(map(_transfer, wire.transfers)),
        agents=tuple(
            Participation(str(one.agent_id), times.moment(one.time_l), one.role)
            for one in wire.agent_participants
        ),
    )


def _transfer(wire: _Transfer) -> Transfer:
    return Transfer(
        at=times.moment(wire.time_l),
        reason=wire.reason,
        source_skill_id=_id(wire.source_skill_id),
        target_skill_id=_id(wire.target_skill_id),
        source_agent_id=_id(wire.source_agent_id),
        assigned_agent_id=_id(wire.assigned_agent_id),
    )


def _status(wire: _Status) -> AgentStatus:
    state = wire.current_connection_state
    connected = state if state is None or isinstance(state, bool) else state.upper() == "CONNECTED"
    return AgentStatus(
        agent_id=str(wire.agent_id),
        state=wire.current_status,
        max_slots=wire.configured_max_slots,
        busy_slots=wire.busy_slots,
        connected=connected,
        skill_ids=tuple(str(skill.skill_id) for skill in wire.agent_skills),
    )


def _id(value: Id | None) -> str | None:
    text = "" if value is None else str(value)
    return None if text in _NONE else text


def _moment(epoch_milliseconds: int | None) -> datetime | None:
    return None if epoch_milliseconds is None else times.moment(epoch_milliseconds)
