"""Recorded decisions made once more: what would have changed, what not, and what nobody can say."""

import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import msgspec
import pytest
from sqlalchemy import insert

from orchestrator.adapters import calendar, passwords, seal
from orchestrator.adapters.storage import admin, directory, engine, routing, seen, tables
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.action import TransferToAgent, TransferToSkill
from orchestrator.core.model.conversation import Conversation, Message
from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.model.step import Outcome, SkillTarget
from orchestrator.services.admin.drafts import Drafts
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.ports import Decided
from orchestrator.services.admin.replaying import Replaying
from orchestrator.services.admin.replays import Replay
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.directory import Directory
from orchestrator.testing.clock import START, TurnedClock

OPERATOR = access.operator("1")
EDITOR = Actor("1", "editor", access.ROLES["Policy editor"])
BOT = "the bot"
TIER = "sde.visitorinfo.customerinfo.ctype"


def to(skill: str) -> list[dict[str, Any]]:
    """A transfer, by the name that people know."""
    return [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": skill}}]


def policy(identity: str, attribute: str, value: Any, *, skill: str, **more: Any) -> dict[str, Any]:
    """One policy of one condition."""
    condition = {"property": attribute, "type": "EQUAL", "value": value}
    made = {"id": identity, "name": identity, "enabled": True, "conditions": [condition]}
    return made | {"actions": to(skill)} | more


class Store:
    """The real rows; conversations, first messages and customers are what a test says."""

    def __init__(self, rows: Any, house: "House") -> None:
        self._rows = rows
        self._house = house

    def __getattr__(self, name: str) -> Any:
        return getattr(self._rows, name)

    def conversation(self, _account: str, conversation_id: str) -> Conversation | None:
        """Return one that is still stored."""
        return self._house.conversations.get(conversation_id)

    def messages(self, _account: str, conversation_id: str, *, limit: int) -> list[Message]:
        """Return what was said."""
        return self._house.said.get(conversation_id, [])[:limit]

    def decided(self, account: str, decision_id: str) -> Decided | None:
        """Return a decision with what a test says became of it."""
        found = self._rows.decided(account, decision_id)
        return Decided(found.receipt, tuple(self._house.outcomes))

    def profile(self, _account: str, consumer_id: str) -> dict[str, Any]:
        """Return what is known of a customer today."""
        tier = self._house.tiers.get(consumer_id)
        info = {"type": "ctmrinfo", "info": {"ctype": tier}}
        return {"authenticatedData": {"lp_sdes": [info]}} if tier else {}


class House:
    """An account with skills and a bot, and decisions as it pleases a test."""

    def __init__(self, database: engine.Database, people: Directory) -> None:
        self.clock = TurnedClock()
        self.database = database
        self.people = people
        self.conversations: dict[str, Conversation] = {}
        self.said: dict[str, list[Message]] = {}
        self.tiers: dict[str, str] = {}
        self.outcomes: list[Outcome] = []
        self.skills: dict[str, str] = {}
        self._decided = 0
        self._store = admin.AdminStore(database)
        observed = seen.SeenValues(database)
        self.policies = Policies(self._store, self.clock, calendar=calendar.holidays)
        self.drafts = Drafts(
            self._store, observed, policies=self.policies, calendar=calendar.holidays
        )
        self.replaying = Replaying(
            cast("Any", self),
            observed,
            rulesets=Rulesets(),
            calendar=calendar.holidays,
            clock=self.clock,
        )

    async def read(self, work: Callable[[Any], Any]) -> Any:
        """Run ``work`` on one snapshot; who replays asks for nothing else."""
        return await self._store.read(lambda rows: work(Store(rows, self)))

    async def decided(
        self, *readings: Reading, by: str | None = None, skill: str = "maven:Billing", **more: Any
    ) -> None:
        """Record a decision of the version that decides now, about a conversation on ``skill``."""
        self._decided += 1
        version, document = await self.policies.current(OPERATOR)
        assert version is not None
        target: Any = next((each for each in document.policies if each.id == by), None)
        actions: Any = ()
        if target is not None:
            actions = (TransferToSkill(target.root.actions[0].skill_id),)
        at = self.clock.now() - timedelta(hours=1) + timedelta(seconds=self._decided)
        given: dict[str, Any] = {
            "decision_id": f"d-{self._decided}",
            "account": "1",
            "conversation_id": f"c-{self._decided}",
            "at": at,
            "version": version.hash,
            "number": version.number,
            "readings": readings,
            "policy_id": by,
            "policy_name": by,
            "no_match_reason": None if by else "NO_MATCHED_RULES",
            "actions": actions,
            "skill_id": self.skills[skill],
        }
        await routing.Records(self.database).keep([Receipt(**(given | more))], now=at)

    def stored(self, number: int, **more: Any) -> None:
        """Let the conversation of a decision be stored still."""
        key = f"c-{number}"
        began = self.clock.now() - timedelta(hours=2)
        skill = self.skills["maven:Billing"]
        made = Conversation("1", key, f"consumer-{number}", skill, skill, began, began, ())
        self.conversations[key] = msgspec.structs.replace(made, **more)

    async def tried(self, draft: dict[str, Any], *, actor: Actor = OPERATOR, **more: Any) -> Replay:
        """Replay a draft."""
        replaces = more.pop("replaces", None)
        candidate = await self.drafts.candidate(
            actor, json.dumps(draft), replaces=replaces, switch="kept"
        )
        return await self.replaying.candidate(actor, candidate, **more)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """Billing, Cards and Gold, ``maven:Billing``; gold customers go to Gold."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    hashing = passwords.Argon2Passwords()
    clock = TurnedClock()
    people = Directory(
        directory.DirectoryStore(database), clock, passwords=hashing, seal=seal.Seal(bytes(32))
    )
    await people.accounts.opened("1")
    made = House(database, people)
    for name in ("Billing", "maven:Billing", "Cards", "Gold", "Sales"):
        made.skills[name] = (await people.skills.add(OPERATOR, name=name)).id
    await made.policies.load(
        OPERATOR, {"policies": [policy("p-gold", TIER, "gold", skill="Gold")], "custom": {}}
    )
    yield made
    hashing.close()
    await database.close()


def counts(found: Replay) -> tuple[int, int, int, int]:
    """Same, differently, elsewhere, untold."""
    return found.same, found.differently, found.elsewhere, found.untold


async def test_what_decides_now_changes_nothing(house: House) -> None:
    """Every decision is the same by the policies that made it, whatever they read."""
    await house.decided(Reading(TIER, "gold", "profile"), by="p-gold")
    await house.decided(Reading(TIER, "silver", "profile"))
    await house.decided(Reading(TIER, error="no answer in time"))
    current = await house.policies.export(OPERATOR)
    found = await house.replaying.document(OPERATOR, current)
    assert (found.decisions, counts(found)) == (3, (3, 0, 0, 0))
    assert (found.shifts, found.moved, found.assumed, found.has_older) == ((), (), 0, False)


async def test_who_would_have_gone_elsewhere_is_told_with_both_places(house: House) -> None:
    """A policy behind the others takes what fell back; the fallback's place is that of the skill
    that ``maven:`` names. Somebody who may not read conversations is told of none."""
    await house.decided(Reading(TIER, "gold", "profile"), by="p-gold")
    for tier in ("silver", "silver", "lead"):
        await house.decided(Reading(TIER, tier, "profile"))
    draft = policy("", TIER, "silver", skill="Cards", name="Silver", enabled=False)
    del draft["id"]
    found = await house.tried(draft)
    assert (found.decisions, counts(found)) == (4, (2, 0, 2, 0))
    assert found.is_switched_on
    (shift,) = found.shifts
    assert shift.decisions == 2
    assert (shift.before.policy, shift.before.target_name) == (None, "Billing")
    after = (shift.after.policy_id, shift.after.policy, shift.after.target_name)
    assert after == (None, "Silver", "Cards")
    assert [each.conversation_id for each in found.moved] == ["c-3", "c-2"]
    seen = await house.tried(draft, actor=EDITOR)
    assert (seen.shifts, seen.moved) == (found.shifts, ())


async def test_switching_off_what_decides_is_tried_as_it_is_meant(house: House) -> None:
    """A draft that is off counts as on, but not in the place of a policy that is on."""
    await house.decided(Reading(TIER, "gold", "profile"), by="p-gold")
    off = policy("p-gold", TIER, "gold", skill="Gold", enabled=False)
    found = await house.tried(off, replaces="p-gold")
    assert (counts(found), found.is_switched_on) == ((0, 0, 1, 0), False)
    assert found.shifts[0].after.policy is None
    assert found.shifts[0].after.target_name == "Billing"


async def test_the_same_place_by_another_policy_is_no_other_place(house: House) -> None:
    """Who ends where they ended is not counted as gone elsewhere, by whatever they get there."""
    await house.decided(Reading(TIER, "silver", "profile"))
    found = await house.tried(policy("p-new", TIER, "silver", skill="Billing"))
    assert counts(found) == (0, 1, 0, 0)


async def test_what_nobody_asked_for_is_named_and_nothing_is_guessed(house: House) -> None:
    """An attribute that was never read and would matter: there is no telling, and that is said."""
    await house.decided(Reading(TIER, "silver", "profile"))
    await house.decided(Reading(TIER, "gold", "profile"), by="p-gold")
    draft = policy("p-new", "shop.basket", 5, skill="Cards")
    found = await house.tried(draft)
    assert counts(found) == (1, 0, 0, 1), "what matched before it stays as it was"
    assert [(each.name, each.decisions) for each in found.unrecorded] == [("shop.basket", 1)]


async def test_what_cannot_have_changed_since_is_known(house: House) -> None:
    """The conversation, its first message and its skill are asked while they are stored; a custom
    value that nobody gives is missing, as it was."""
    for _ in range(3):
        await house.decided(Reading(TIER, "silver", "profile"))
    house.stored(1, context={"type": "SharkContext"})
    said = {"type": "ContentEvent", "message": "My card is gone"}
    early = house.clock.now() - timedelta(hours=2)
    message = Message("c-2", "c-2", 1, "u", "u", "CONSUMER", early, said)
    house.said = {"c-2": [message], "c-3": [msgspec.structs.replace(message, at=START)]}
    by_channel = await house.tried(policy("p-new", "conversation.channel", "web", skill="Cards"))
    assert counts(by_channel) == (0, 0, 1, 2)
    by_message = await house.tried(
        policy("p-new", "conversation.firstMessage", "My card is gone", skill="Cards")
    )
    assert counts(by_message) == (0, 0, 1, 2), "one message came too late, one is not stored"
    by_skill = await house.tried(
        policy("p-new", "conversation.currentSkillId", house.skills["Sales"], skill="Cards")
    )
    assert counts(by_skill) == (3, 0, 0, 0)
    by_custom = await house.tried(policy("p-new", "custom.nobody", 1, skill="Cards"))
    assert counts(by_custom) == (3, 0, 0, 0)


@pytest.mark.parametrize(
    ("had", "previous"),
    [
        ([], None),
        ([("c-1", 0, BOT)], None),
        ([("c-1", 0, BOT), ("c-1", 5, "ann")], None),
        ([("c-1", -9, "ann"), ("c-1", -8, BOT), ("c-0", -99, "bob")], "ann"),
        ([("c-1", 0, BOT), ("c-0", -99, BOT), ("c-0", -98, "bob"), ("c-0", -97, "cleo")], "cleo"),
        ([("c-0", -99, "bob"), ("c-00", -199, "cleo"), ("c-00", -50, "dan")], "bob"),
        ([("c-0", -99, BOT), ("c-00", -199, "cleo")], "cleo"),
        ([("c-2", -1, "ann"), ("c-0", -99, "bob")], "bob"),
        ([("c-0", -second, BOT) for second in range(4000, 4100)], "nobody knows"),
    ],
)
async def test_who_had_served_a_customer_is_known_as_it_was(
    house: House, had: list[tuple[str, int, str]], previous: str | None
) -> None:
    """The last in this conversation, else in the newest begun before it; later ones and the bot
    do not count, and of very many hands the first are not made up."""
    added = await house.people.users.add(OPERATOR, login="bot", type="bot", roles=["Agent"])
    await house.policies.load(OPERATOR, {"policies": [], "custom": {}})
    await house.decided()
    decided = house.clock.now() - timedelta(hours=1) + timedelta(seconds=1)
    house.stored(1, started_at=decided - timedelta(seconds=60))
    for key, seconds, who in had:
        row = {"account": "1", "conversation_id": key, "consumer_id": "consumer-1", "skill_id": "s"}
        row |= {"user_id": added.user.id if who == BOT else who}
        row |= {"from_at": decided + timedelta(seconds=seconds)}
        statement = insert(tables.assignments).values(row)
        await house.database.transact(lambda rows, made=statement: rows.execute(made))
    draft = policy("p-new", "conversation.previousAgentId", previous, skill="Cards")
    if previous is None:
        draft["conditions"] = [{"property": "conversation.previousAgentId", "type": "IS_NOT_SET"}]
    found = await house.tried(draft)
    assert counts(found) == ((0, 0, 0, 1) if previous == "nobody knows" else (0, 0, 1, 0))


async def test_customers_are_taken_as_they_are_today_only_where_nothing_else_helps(
    house: House,
) -> None:
    """What was read then counts, whatever the customer has become; what was not is assumed, said so
    and only asked of who is stored still."""
    await house.policies.load(OPERATOR, {"policies": [], "custom": {}})
    for _ in range(2):
        await house.decided()
    await house.decided(Reading(TIER, "silver", "profile"))
    house.stored(1)
    house.stored(3)
    house.tiers = {"consumer-1": "gold", "consumer-3": "gold"}
    found = await house.tried(policy("p-new", TIER, "gold", skill="Gold"))
    assert (counts(found), found.assumed) == ((1, 0, 1, 1), 1)
    assert [each.conversation_id for each in found.moved] == ["c-1"]


async def test_where_an_agent_refused_it_what_became_of_it_counts(house: House) -> None:
    """A policy asks for an agent who could not take it: it went to the queue behind, and a change
    that sends it to that queue sends it nowhere else."""
    agent = {"type": "TRANSFER_TO_AGENT", "payload": {"userId": "1001", "skillName": "Cards"}}
    asks = policy("p-gold", TIER, "gold", skill="Gold") | {"actions": [agent]}
    await house.policies.load(OPERATOR, {"policies": [asks], "custom": {}})
    asked = (TransferToAgent("1001", house.skills["Cards"]),)
    await house.decided(Reading(TIER, "gold", "profile"), policy_id="p-gold", actions=asked)
    draft = policy("p-gold", TIER, "gold", skill="Cards")
    (moved,) = (await house.tried(draft, replaces="p-gold")).moved
    assert (moved.before.way, moved.before.target_id) == ("agent", "1001")
    end = SkillTarget(house.skills["Cards"], "actionFallback")
    house.outcomes = [Outcome("TRANSFERRED_TO_SKILL", house.clock.now(), end)]
    assert counts(await house.tried(draft, replaces="p-gold")) == (1, 0, 0, 0)
    other = policy("p-gold", TIER, "gold", skill="Sales")
    (moved,) = (await house.tried(other, replaces="p-gold")).moved
    assert (moved.before.way, moved.before.target_name) == ("skill", "Cards")


async def test_decisions_of_older_versions_are_compared_with_the_policies_of_now(
    house: House,
) -> None:
    """What policies have changed since is no change of the draft's."""
    await house.decided(Reading(TIER, "gold", "profile"), by="p-gold")
    await house.policies.load(
        OPERATOR, {"policies": [policy("p-gold", TIER, "gold", skill="Sales")]}
    )
    same = await house.replaying.document(OPERATOR, await house.policies.export(OPERATOR))
    assert counts(same) == (1, 0, 0, 0)
    found = await house.tried(policy("p-gold", TIER, "gold", skill="Cards"), replaces="p-gold")
    (moved,) = found.moved
    assert (moved.before.target_name, moved.after.target_name) == ("Sales", "Cards")


async def test_decisions_in_which_the_policies_had_no_say_are_passed_over(house: House) -> None:
    """One that had come back too often, and one that asked a single policy."""
    await house.decided(Reading(TIER, "silver", "profile"), hop_limited=True)
    await house.decided(Reading(TIER, "silver", "profile"), only_policy="p-gold")
    await house.decided(Reading(TIER, "silver", "profile"), asked_by="shop", skill_id=None)
    found = await house.tried(policy("p-new", TIER, "silver", skill="Cards"))
    assert (found.decisions, counts(found)) == (1, (0, 0, 1, 0))
    assert found.moved[0].before.way == "nowhere"
    other = await house.tried(policy("p-new", "shop.basket", 5, skill="Cards"))
    assert counts(other) == (0, 0, 0, 1)


async def test_the_newest_are_looked_at_and_the_rest_is_said_to_be_there(house: House) -> None:
    """A bound, a period, and plain words for what makes no sense."""
    for _ in range(5):
        await house.decided(Reading(TIER, "silver", "profile"))
    draft = policy("p-new", TIER, "silver", skill="Cards")
    some = await house.tried(draft, most=2)
    assert (some.decisions, some.has_older) == (2, True)
    assert [each.conversation_id for each in some.moved] == ["c-5", "c-4"]
    assert some.since == some.moved[-1].at
    late = await house.tried(draft, since=house.clock.now() - timedelta(minutes=59, seconds=56))
    assert (late.decisions, late.has_older) == (2, False)
    future: dict[str, Any] = {"since": datetime(2999, 1, 1, tzinfo=UTC)}
    for wrong in ({"most": 0}, {"most": 20_001}, future):
        with pytest.raises(errors.BadInput):
            await house.tried(draft, **wrong)


async def test_who_may_not_read_policies_is_refused(house: House) -> None:
    """An agent replays nothing."""
    agent = Actor("1", "agent", access.ROLES["Agent"])
    with pytest.raises(errors.Forbidden):
        await house.replaying.document(agent, {"policies": []})
    with pytest.raises(errors.Forbidden):
        await house.tried(policy("p-new", TIER, "silver", skill="Cards"), actor=agent)
