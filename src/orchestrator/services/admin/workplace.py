"""What an agent sees beside a conversation: who it is with, why it came, and where it can go."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Availability, Conversation
from orchestrator.core.model.directory import Skill, SkillAssignment, User
from orchestrator.core.model.wanted import ConversationsWanted
from orchestrator.services.admin import customers, reports, surveys
from orchestrator.services.admin.customers import Known
from orchestrator.services.admin.explaining import ConversationTold, Explained, Explaining
from orchestrator.services.admin.ports import Place, Reading, Store
from orchestrator.services.admin.reports import ConversationRow
from orchestrator.services.admin.surveys import Survey

MOST: Final = 50
"""So many skills and colleagues are told at once."""

EARLIER: Final = 5
"""So many earlier conversations of a customer are told at once."""


class Serving(msgspec.Struct, frozen=True):
    """What can ring at somebody: ``is_rung`` tells whether their role is one that is rung at all.

    ``skills`` are the names of those they serve.
    """

    is_rung: bool
    skills: list[str]


class Beside(msgspec.Struct, frozen=True):
    """What stands beside a conversation. Skills are names.

    ``decision`` is the bot's last one, None where it had none to make. ``moved`` says that somebody
    moved the conversation to another skill after it. ``earlier`` is None for whoever may not read
    the customer's earlier conversations.
    """

    conversation_id: str
    consumer_id: str
    name: str
    known: tuple[Known, ...]
    entry_skill: str
    skill: str
    started_at: datetime
    decision: Explained | None
    moved: bool
    survey: Survey | None
    earlier: "Earlier | None"


class Earlier(msgspec.Struct, frozen=True):
    """A customer's conversations before this one, the newest first; ``after`` is where more are."""

    rows: Sequence[ConversationRow]
    after: Place | None


class SkillPlace(msgspec.Struct, frozen=True):
    """A skill to which a conversation can go, and how many are there to take it."""

    id: str
    name: str
    online: int


class AgentPlace(msgspec.Struct, frozen=True):
    """A colleague to whom it can be offered; ``room`` says whether they take one more."""

    id: str
    login: str
    name: str
    availability: Availability
    room: bool


class Places(msgspec.Struct, frozen=True):
    """Where a conversation can go: skills by name, and whoever is there, by name.

    ``stays`` says that its skill keeps it: it may go to colleagues, but to no other skill. There
    are ``skills_found`` and ``agents_found`` in all, of which `MOST` are told.
    """

    skill_id: str
    stays: bool
    skills: tuple[SkillPlace, ...]
    agents: tuple[AgentPlace, ...]
    skills_found: int
    agents_found: int


class Workplace:
    """Reads for people who serve conversations.

    Of others' conversations they see nothing, but for one rule: as long as somebody has a
    conversation, they may read that customer's earlier ones, so that nobody has to tell everything
    again. With its end, or when it moves on, that is over.
    """

    def __init__(self, store: Store, explaining: Explaining) -> None:
        self._store = store
        self._explaining = explaining

    async def skills(self, actor: Actor) -> Mapping[str, str]:
        """Return what the skills are called, by id."""
        access.demand(actor, "conversations.serve")

        def work(rows: Reading) -> Mapping[str, str]:
            return {skill.id: skill.name for skill in rows.find(Skill, account=actor.account)}

        return await self._store.read(work)

    async def serving(self, actor: Actor) -> Serving:
        """Return what can ring at the actor."""
        access.demand(actor, "conversations.serve")

        def work(rows: Reading) -> Serving:
            me = rows.find(User, account=actor.account, id=actor.user_id)
            mine = rows.find(SkillAssignment, account=actor.account, user_id=actor.user_id)
            names = reports.names_of(rows, actor.account)
            skills = sorted((names.skill(one.skill_id) for one in mine), key=str.casefold)
            return Serving(any(not access.RUNG.isdisjoint(user.roles) for user in me), skills)

        return await self._store.read(work)

    async def beside(self, actor: Actor, conversation_id: str) -> Beside:
        """Return who the customer is and why the conversation came.

        Raises `errors.NotFound`, also for a conversation that is not, and never was, the actor's,
        unless they may read all of them.
        """

        def work(rows: Reading) -> Beside:
            found = _own(rows, actor, conversation_id)
            names = reports.names_of(rows, actor.account)
            profile = rows.profile(actor.account, found.consumer_id)
            decided = [
                each
                for each in rows.decisions(actor.account, found.conversation_id)
                if each.receipt.asked_by is None
            ]
            last = self._explaining.told(rows, actor.account, decided[-1]) if decided else None
            skill = names.skill(found.skill_id)
            may_look_back = _may_look_back(actor, found)
            earlier = _earlier(rows, found, None) if may_look_back else None
            return Beside(
                found.conversation_id,
                found.consumer_id,
                customers.name_of(profile),
                tuple(customers.known(profile)),
                names.skill(found.entry_skill_id),
                skill,
                found.started_at,
                last,
                last is not None and _target_skill(last) not in {None, skill},
                _survey(rows, found),
                earlier,
            )

        return await self._store.read(work)

    async def earlier(
        self, actor: Actor, conversation_id: str, *, after: Place | None = None
    ) -> Earlier:
        """Return some of the customer's conversations before this one, those behind ``after``.

        Raises `errors.NotFound` for a conversation that the actor has not got now, unless they may
        read all.
        """

        def work(rows: Reading) -> Earlier:
            return _earlier(rows, _having(rows, actor, conversation_id), after)

        return await self._store.read(work)

    async def looked_back(
        self, actor: Actor, conversation_id: str, earlier_id: str
    ) -> ConversationTold:
        """Return one of the customer's conversations before this one in full.

        Raises as `earlier`, and for a conversation that is not an earlier one of this customer.
        """

        def work(rows: Reading) -> ConversationTold:
            now = _having(rows, actor, conversation_id)
            found = rows.conversation(actor.account, earlier_id)
            if (
                found is None
                or found.consumer_id != now.consumer_id
                or found.conversation_id == now.conversation_id
                or found.started_at > now.started_at
            ):
                raise errors.NotFound("There is no such conversation of this customer.")
            return self._explaining.whole(rows, found)

        return await self._store.read(work)

    async def places(self, actor: Actor, conversation_id: str, *, search: str = "") -> Places:
        """Return where the conversation can go from here. Raises as `beside`.

        ``search`` is in the names of those that are told.
        """
        wanted = search.casefold()

        def work(rows: Reading) -> Places:
            found = _own(rows, actor, conversation_id)
            staff = _present(rows, actor.account)
            serving: dict[str, int] = {}
            for one in rows.find(SkillAssignment, account=actor.account):
                here = staff.get(one.user_id)
                if here is not None and here[1] == "ONLINE":
                    serving[one.skill_id] = serving.get(one.skill_id, 0) + 1
            own = rows.find(Skill, account=actor.account, id=found.skill_id)
            stays = bool(own) and not own[0].can_transfer
            skills, skills_found = _targets(rows, own, actor.account, search=search)
            agents = sorted(
                (
                    (user, said)
                    for user, said in staff.values()
                    if user.type == "human"
                    and user.id != actor.user_id
                    and (wanted in user.login.casefold() or wanted in user.full_name.casefold())
                ),
                key=lambda each: each[0].login,
            )
            loads = {each.user_id: each.conversations for each in rows.loads(actor.account)}
            return Places(
                found.skill_id,
                stays,
                tuple(
                    SkillPlace(skill.id, skill.name, serving.get(skill.id, 0)) for skill in skills
                ),
                tuple(
                    AgentPlace(
                        user.id,
                        user.login,
                        user.full_name or user.login,
                        said,
                        _has_room(user, loads),
                    )
                    for user, said in agents[:MOST]
                ),
                skills_found,
                len(agents),
            )

        return await self._store.read(work)


def _targets(
    rows: Reading, own: Sequence[Skill], account: str, *, search: str
) -> tuple[Sequence[Skill], int]:
    """Return the first skills to which one of ``own`` lets go, by name, and how many there are."""
    if own and not own[0].can_transfer:
        return (), 0
    listed = own[0].transfer_list if own else None
    if listed is not None:
        allowed = [
            skill
            for key in listed
            for skill in rows.find(Skill, account=account, id=key)
            if skill.id != own[0].id and search.casefold() in skill.name.casefold()
        ]
        return sorted(allowed, key=lambda skill: skill.name.casefold())[:MOST], len(allowed)
    sheet = rows.sheet(Skill, account, search=search, skip=0, limit=MOST + 1)
    here = bool(own) and search.casefold() in own[0].name.casefold()
    others = [skill for skill in sheet.rows if not own or skill.id != own[0].id]
    return others[:MOST], sheet.found - here


def _own(rows: Reading, actor: Actor, conversation_id: str) -> Conversation:
    access.demand(actor, "conversations.serve")
    found = rows.conversation(actor.account, conversation_id)
    if found is not None and not actor.may("conversations.read"):
        here = {
            each.user_id
            for dialog in found.dialogs
            for each in dialog.participants
            if not each.suggested and each.role != "CONSUMER"
        }
        if actor.user_id not in here | rows.had_by(actor.account, conversation_id):
            found = None
    if found is None:
        raise errors.NotFound("There is no such conversation of yours.", path="conversation")
    return found


def _may_look_back(actor: Actor, now: Conversation) -> bool:
    """Whether the actor may read earlier conversations of this one's customer."""
    if actor.may("conversations.read"):
        return True
    assigned = now.assigned
    has_it = assigned is not None and assigned.user_id == actor.user_id
    return has_it and now.state == "OPEN"


def _having(rows: Reading, actor: Actor, conversation_id: str) -> Conversation:
    found = _own(rows, actor, conversation_id)
    if not _may_look_back(actor, found):
        raise errors.NotFound("You have not got this conversation now.", path="conversation")
    return found


def _earlier(rows: Reading, now: Conversation, after: Place | None) -> Earlier:
    found = rows.conversations(
        now.account,
        limit=EARLIER + 1,
        after=after or Place(now.started_at, now.conversation_id),
        wanted=ConversationsWanted(consumer=now.consumer_id),
    )
    told = found[:EARLIER]
    last = told[-1] if len(found) > EARLIER else None
    return Earlier(
        reports.rows_of(rows, now.account, told),
        Place(last.started_at, last.conversation_id) if last else None,
    )


def _survey(rows: Reading, found: Conversation) -> Survey | None:
    """Return the survey after it; what was said is read only where there is one."""
    if found.state == "OPEN":
        return None
    has_dialog = any(each.type == "POST_SURVEY" for each in found.dialogs)
    said = (
        rows.messages(found.account, found.conversation_id, limit=reports.MESSAGES_SHOWN)
        if has_dialog
        else ()
    )
    return surveys.of(found, said)


def _present(rows: Reading, account: str) -> dict[str, tuple[User, Availability]]:
    """Return who may serve and is there for transfers: ONLINE or OCCUPIED, by id."""
    said: dict[str, Availability] = {
        user_id: presence.availability
        for user_id, presence in rows.presences(account).items()
        if presence.connected and presence.availability in {"ONLINE", "OCCUPIED"}
    }
    return {
        user.id: (user, said[user.id])
        for user in rows.find(User, account=account, enabled=True)
        if user.id in said and not access.RUNG.isdisjoint(user.roles)
    }


def _has_room(user: User, loads: Mapping[str, int]) -> bool:
    return user.max_chats is None or loads.get(user.id, 0) < user.max_chats


def _target_skill(told: Explained) -> str | None:
    """Return the skill to which the decision sent it, where that worked."""
    for outcome in reversed(told.outcomes):
        if outcome["target"] is not None and outcome["result"].startswith("TRANSFERRED"):
            return outcome["target"].get("skill")
    return None
