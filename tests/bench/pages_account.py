"""The account whose pages are measured: its people and policies, and days of traffic.

It is filled through the product's own services and stores, many records to a transaction.
"""

import asyncio
import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec

from bench import house, pages_rules, rules
from orchestrator.adapters.clock import SystemClock
from orchestrator.adapters.storage import cloud, contexts, routing
from orchestrator.adapters.storage import directory as directory_rows
from orchestrator.core.model import access, action, attributes
from orchestrator.core.model.arrival import Arrival
from orchestrator.core.model.conversation import Conversation, Dialog, Message, Participant
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.model.step import Outcome, SkillTarget, Step, Transfer
from orchestrator.core.policy import payload
from orchestrator.core.policy.document import Document, Policy
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from orchestrator.services.context.contexts import Contexts
from orchestrator.services.directory import users
from orchestrator.services.routing.decision_ids import Ids

CONVERSATIONS: Final = 4_000
USERS: Final = 500
FUNCTIONS: Final = 50
SESSIONS: Final = 2_000
EDITS: Final = 20
DAYS: Final = 8
CONSUMERS: Final = 1_500
_SHOWN: Final = CONSUMERS + 7
"""The conversation whose page is asked for: its consumer had another before."""

LOGIN: Final = "riley"
PASSWORD: Final = "a long walk by the sea"
NAMESPACE: Final = "shop"

_ACTOR: Final = access.operator("1")
_AT_ONCE: Final = 1_000
_NAMES: Final = ("Olga Petrova", "José Álvarez", "Ngọc Trần", "علي حسن", "Zoë Brontë-Whitfield")


class Filled(msgspec.Struct, frozen=True):
    """What the bench must know of the account: skills by name, and one id of each thing."""

    skills: dict[str, str]
    ids: dict[str, str]


async def fill(folder: Path, *, policies: int, decisions: int) -> Filled:
    """Set the account up in ``folder``, and let ``decisions`` have been made in it."""
    account = await house.furnish(folder, policies=rules.document())
    async with office.open(Settings(data=folder)) as desk:
        skills = dict(account.skills)
        await _people(desk)
        for number in range(pages_rules.SKILLS):
            name = pages_rules.skill(number)
            made = await desk.directory.skills.add(_ACTOR, name=name, description=f"No. {number}")
            skills[name] = made.id
            mates = [pages_rules.login((number * 7 + each) % 400) for each in range(8)]
            await desk.directory.skills.assign(_ACTOR, made.id, users=mates)
        await desk.policies.load(_ACTOR, pages_rules.document(policies), message="For the bench")
        for number in range(EDITS):
            await desk.policies.edit(_ACTOR, f"policy-{number:04d}", name=f"Renamed {number}")
        ids = await _things(desk, skills)
        past = await _Past.of(desk, skills, decisions=decisions)
        await past.conversations()
        await past.decisions()
    return Filled(skills, ids | past.ids())


async def _people(desk: office.Desk) -> None:
    def work(unit: Any) -> None:
        for number in range(USERS):
            wanted = users.checked(
                login=pages_rules.login(number),
                type="human",
                roles=("Agent",),
                max_chats=10,
                full_name=f"{_NAMES[number % len(_NAMES)]} {number}",
            )
            users.make(unit, "1", **wanted)

    store = directory_rows.DirectoryStore(desk.database)
    await store.write(_ACTOR, SystemClock().now(), work)
    roles = ("Administrator",)
    await desk.directory.users.add(
        _ACTOR, login=LOGIN, type="human", roles=roles, password=PASSWORD
    )


async def _things(desk: office.Desk, skills: dict[str, str]) -> dict[str, str]:
    """Add what else there are pages of, and return one id of each."""
    directory = desk.directory
    for number in range(FUNCTIONS):
        document = {"url": f"https://crm.example/score/{number}", "onFailure": "unknown"}
        await desk.functions.add(_ACTOR, f"crm{number:02d}", document=document)
    await desk.functions.allow_host(_ACTOR, "crm.inside.example")
    campaign = await directory.campaigns.add(_ACTOR, name="Bench")
    for number in range(20):
        engagement = await directory.engagements.add(
            _ACTOR, name=f"Engagement {number}", skill=rules.WAY_IN, campaign=campaign.id
        )
        key = await directory.api_keys.add(_ACTOR, name=f"program {number}")
    sessions = Contexts(contexts.ContextStore(desk.database), SystemClock())
    for number in range(SESSIONS):
        members = {"tier": '"gold"', "total": str(number), "city": '"Paris"'}
        await sessions.save(_ACTOR, NAMESPACE, f"s-{number:05d}", members)
    user = await directory.users.show(_ACTOR, pages_rules.login(7))
    return {
        "campaign": campaign.id,
        "engagement": engagement.id,
        "key": key.prefix,
        "user": user.id,
        "skill": skills[pages_rules.skill(3)],
        "policy": "policy-0003",
        "number": str(EDITS),
        "namespace": NAMESPACE,
        "session": "s-00007",
        "attribute": "list000",
        "function": "crm01",
        "schedule": "Desk",
    }


class _Past:
    """Decisions of the last days, some of them about conversations that are kept."""

    def __init__(
        self,
        desk: office.Desk,
        skills: dict[str, str],
        version: Any,
        document: Document,
        *,
        count: int,
    ) -> None:
        self._records = routing.Records(desk.database)
        self._cloud = cloud.CloudStore(
            desk.database, announce=lambda _: None, pause=timedelta(seconds=30)
        )
        self._skills = [skills[pages_rules.skill(n)] for n in range(pages_rules.SKILLS)]
        self._way_in = skills[rules.WAY_IN]
        self._version = version
        self._policies = [
            each for each in document.policies if isinstance(each, Policy) and each.enabled
        ]
        self._count = count
        self._now = SystemClock().now()
        self._chance = random.Random(7)  # noqa: S311  a seed is wanted
        self._ids = Ids()
        self._last = ""

    @classmethod
    async def of(cls, desk: office.Desk, skills: dict[str, str], *, decisions: int) -> "_Past":
        """Return the past of an account with the policies that it has now."""
        version, document = await desk.policies.current(_ACTOR)
        return cls(desk, skills, version, document, count=decisions)

    def ids(self) -> dict[str, str]:
        """Return the ids of a conversation, one that its consumer had before, and its decision."""
        return {
            "conversation": _conversation_id(_SHOWN),
            "earlier": _conversation_id(_SHOWN - CONSUMERS),
            "decision": self._last,
            "consumer": f"c-{_SHOWN % CONSUMERS:05d}",
        }

    async def conversations(self) -> None:
        """Write conversations as they are kept, with what was decided of each."""
        for start in range(0, CONVERSATIONS, _AT_ONCE // 4):
            numbers = range(start, min(CONVERSATIONS, start + _AT_ONCE // 4))

            def work(transaction: Any, numbers: Sequence[int] = numbers) -> None:
                for number in numbers:
                    self._said(transaction, number)

            await self._cloud.transact("1", work)
            for number in numbers:
                await self._decided(number)

    async def decisions(self) -> None:
        """Write decisions that were made of conversations which are gone, or asked for."""
        rest = self._count - CONVERSATIONS
        for start in range(0, rest, _AT_ONCE):
            made = [
                self._receipt(number, about=None)
                for number in range(start, min(rest, start + _AT_ONCE))
            ]
            await asyncio.gather(*(self._records.keep([each], now=each.at) for each in made))

    def _at(self, share: float) -> Any:
        return self._now - timedelta(days=DAYS) * (1 - share) - timedelta(seconds=30)

    def _said(self, transaction: Any, number: int) -> None:
        key, consumer = _conversation_id(number), f"c-{number % CONSUMERS:05d}"
        at = self._at(number / CONVERSATIONS)
        skill = self._chance.choice(self._skills)
        transaction.add_consumer(consumer, "authenticated", at)
        is_open = number >= CONVERSATIONS - 150
        who = Participant(consumer, consumer, "CONSUMER")
        state: Any = "OPEN" if is_open else "CLOSE"
        ended = None if is_open else at + timedelta(minutes=9)
        dialog = Dialog(key, (who,), at, at, state=state, ended_at=ended)
        last = None
        for place in range(6):
            event = {
                "type": "ContentEvent",
                "contentType": "text/plain",
                "message": f"Message {place} of {number}: where is my invoice, please?",
            }
            last = Message(
                key,
                key,
                place + 1,
                consumer,
                consumer,
                "CONSUMER",
                at + timedelta(minutes=place),
                event,
            )
            transaction.append(last)
        transaction.save(
            Conversation(
                "1",
                key,
                consumer,
                skill,
                self._way_in,
                at,
                at,
                (dialog,),
                state=state,
                stage=state,
                ended_at=ended,
                last_message=last,
                queued_at=at if is_open else None,
            )
        )

    async def _decided(self, number: int) -> None:
        key, at = _conversation_id(number), self._at(number / CONVERSATIONS)
        arrival = Arrival("1", key, self._way_in, at, ring_id=f"ring-{number}")
        claim = await self._records.claim(arrival, now=at)
        assert claim is not None
        receipt = self._receipt(number, about=key)
        target = self._target(receipt)
        step = Step(
            f"{receipt.decision_id}:0",
            "1",
            key,
            receipt.decision_id,
            0,
            Transfer((target,), rang_on=self._way_in),
        )
        await self._records.record(claim, receipt, [step], assigned_at=at, now=at)
        await self._records.finish(step, Outcome("TRANSFERRED_TO_SKILL", at, target))
        if number == _SHOWN:
            self._last = receipt.decision_id

    def _target(self, receipt: Receipt) -> SkillTarget:
        """Return where a decision ended: an agent's queue, for nobody is there."""
        for asked in receipt.actions:
            if (
                isinstance(asked, action.TransferToSkill | action.TransferToAgent)
                and asked.skill_id
            ):
                return SkillTarget(asked.skill_id, "policy")
        return SkillTarget(self._chance.choice(self._skills), "accountFallback")

    def _receipt(self, number: int, *, about: str | None) -> Receipt:
        total = CONVERSATIONS if about else self._count - CONVERSATIONS
        at = self._at(number / total)
        # Few policies are frequent and most are rare, and a quarter of all fall back.
        place = int(len(self._policies) * self._chance.random() ** 4)
        policy = self._policies[place] if self._chance.random() < 0.75 else None
        wanted = int(policy.id[-4:]) if policy and policy.id.startswith("policy-") else 0
        asked = about is None and number % 3 == 0
        return Receipt(
            decision_id=self._ids.new(at),
            account="1",
            conversation_id=about or f"gone-{number:06d}",
            at=at,
            version=self._version.hash,
            number=self._version.number,
            readings=tuple(self._readings(wanted, at)),
            policy_id=policy.id if policy else None,
            policy_name=policy.name if policy else None,
            no_match_reason=None if policy else "NO_MATCHED_RULES",
            actions=tuple(map(_action, policy.root.actions)) if policy else (),
            skill_id=self._way_in,
            asked_by="key program 1" if asked else None,
            consumer_id=f"c-{number % CONSUMERS:05d}" if asked else None,
        )

    def _readings(self, wanted: int, at: Any) -> Iterator[Reading]:
        for name, value in (
            ("customerinfo.ctype", pages_rules.segment(wanted)),
            ("customerinfo.balance", 480.5 + wanted),
            ("customerinfo.customerId", f"C-{wanted}"),
            ("conversation.channel", "web"),
            ("conversation.language", "en-US"),
            ("conversation.firstMessage", "Good morning, where is my invoice?"),
            ("shop.tier", "gold"),
            ("shop.city", "Paris"),
            ("shop.total", 120.5),
        ):
            yield Reading(attributes.canonical(name), value, "bench", at)
        if wanted % 50 == 1:
            yield Reading("custom.crm01.score", error="It did not answer in time.")


def _action(asked: payload.Asked) -> action.Action:
    """Return what a policy of the bench does, which has no references."""
    match asked:
        case payload.ToSkill(skill_id):
            return action.TransferToSkill(skill_id or "")
        case payload.ToAgent(user_id, _, skill_id):
            return action.TransferToAgent(user_id, skill_id)
        case payload.Say(message):
            return action.SendMessage(message)


def _conversation_id(number: int) -> str:
    return f"bench-{number:08d}-5f3a-4c1e"
