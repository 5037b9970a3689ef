"""Every acknowledged conversation, held against the oracle, by the rows of both servers."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import sqlalchemy
from sqlalchemy import select

from chaos import house
from chaos.people import Written
from orchestrator.adapters.storage import engine, tables
from orchestrator.core.model.receipt import Receipt
from orchestrator.simulator import expected, rules, seed

_UNDER: Final = {"margaret.osei": "Private Banking"}
"""Under which skill a conversation waits that is suggested to an agent."""


class Found(msgspec.Struct, frozen=True):
    """One conversation as the cloud's rows and the bot's tell it."""

    skill: str
    holder: str | None
    said: tuple[str, ...]
    heard: tuple[str, ...]
    heard_at: datetime | None
    """When the cloud took the consumer's first words."""
    transfers: int
    receipts: tuple[Receipt, ...]


class Verdict(msgspec.Struct, frozen=True, rename="camel"):
    """How many conversations went wrong.

    ``speechless`` did not: their consumers' first words reached the cloud after the time that the
    account gives them, and they went where such conversations belong.
    """

    lost: int
    duplicated: int
    misrouted: int
    speechless: int
    wrong: tuple[str, ...]


class Ledger:
    """The rows of both folders, read beside the servers that run on them."""

    def __init__(self, cloud: engine.Database, bot: engine.Database) -> None:
        self._cloud = cloud
        self._bot = bot

    @classmethod
    @asynccontextmanager
    async def open(cls, cloud: Path, bot: Path) -> AsyncIterator["Ledger"]:
        """Open both databases."""
        first = await engine.Database.open(cloud / "orchestrator.db")
        try:
            second = await engine.Database.open(bot / "orchestrator.db")
            try:
                yield cls(first, second)
            finally:
                await second.close()
        finally:
            await first.close()

    async def unsettled(self) -> dict[str, int]:
        """Return what is still under way: conversations with the bot or on their way to it."""
        at_cloud = await self._cloud.read(_under_way)
        at_bot = await self._bot.read(_unfinished)
        return {key: count for key, count in {**at_cloud, **at_bot}.items() if count}

    async def outcomes(self) -> list[dict[str, Any]]:
        """Return the outcomes of the transfers, by decision."""
        steps = tables.steps
        statement = (
            select(steps.c.outcome)
            .where(steps.c.kind == "transfer")
            .order_by(steps.c.decision_id, steps.c.position)
        )
        rows = await self._bot.read(lambda connection: connection.execute(statement).all())
        return [msgspec.json.decode(row.outcome) for row in rows if row.outcome]

    async def read(self) -> dict[str, Found]:
        """Return every conversation by its id."""
        receipts = await self._bot.read(_receipts)
        return await self._cloud.read(lambda connection: _found(connection, receipts))


def judge(written: Sequence[Written], found: Mapping[str, Found]) -> Verdict:
    """Compare what was acknowledged with what became of it."""
    counts: Counter[str] = Counter()
    wrong: list[str] = []
    for each in written:
        here = found.get(each.conversation_id)
        mistakes = _mistakes(each, here)
        counts.update({kind for kind, _ in mistakes})
        counts["speechless"] += here is not None and _is_speechless(here)
        wrong += [f"{each.conversation_id} {kind}: {text}" for kind, text in mistakes]
    return Verdict(
        lost=counts["lost"],
        duplicated=counts["duplicated"],
        misrouted=counts["misrouted"],
        speechless=counts["speechless"],
        wrong=tuple(wrong),
    )


def _mistakes(written: Written, found: Found | None) -> list[tuple[str, str]]:
    if found is None:
        return [("lost", "it was acknowledged, and is not there")]
    mistakes: list[tuple[str, str]] = []
    words = written.errand.first_message
    heard = found.heard.count(words)
    if heard != 1:
        mistakes.append(("duplicated" if heard else "lost", f"{words!r} is there {heard} times"))
    if found.transfers != 1:
        kind = "duplicated" if found.transfers else "lost"
        mistakes.append((kind, f"the bot transferred it {found.transfers} times"))
    if len(found.receipts) != 1:
        kind = "duplicated" if found.receipts else "lost"
        mistakes.append((kind, f"it was decided {len(found.receipts)} times"))
        return mistakes
    facts = written.facts
    if _is_speechless(found):
        facts = msgspec.structs.replace(facts, first_message="")
    wanted = expected.of(facts).target
    if found.skill != _UNDER.get(wanted, wanted):
        blind = {each.name: each.error for each in found.receipts[0].readings if each.error}
        why = f", not knowing {blind}" if blind else ""
        mistakes.append(("misrouted", f"went to {found.skill} instead of {wanted}{why}"))
    said = Counter(found.said)
    if any(count > 1 for count in said.values()):
        mistakes.append(("duplicated", f"the bot said {dict(said)}"))
    asked = _messages(written, found.receipts[0].policy_name)
    if len(said) < asked:
        mistakes.append(("lost", f"the bot said {len(said)} of {asked} messages"))
    return mistakes


def _messages(written: Written, policy: str | None) -> int:
    """Return how many messages the winning policy has for this person."""
    chosen = next((one for one in rules.document()["policies"] if one["name"] == policy), None)
    if chosen is None:
        return 0
    actions = chosen["actions"]
    if "exception" in chosen and written.errand.channel == "app":
        actions = chosen["exception"]["actions"]
    return sum(action["type"] == "SEND_MESSAGE" for action in actions)


def _is_speechless(found: Found) -> bool:
    """Whether the bot decided without a word, and rightly: it waited as long as it must.

    When the words came, the rows of the cloud say; a bot that did not hear them in time is wrong.
    """
    if len(found.receipts) != 1 or found.heard_at is None:
        return False
    receipt = found.receipts[0]
    waited = timedelta(seconds=house.FIRST_MESSAGE_SECONDS)
    return found.heard_at > receipt.at + waited and any(
        each.name == "conversation.firstMessage" and each.value is None and each.error is None
        for each in receipt.readings
    )


def _under_way(connection: sqlalchemy.Connection) -> dict[str, int]:
    skills, found = tables.skills, tables.conversations
    mine = [
        row.id for row in connection.execute(select(skills)).all() if row.name in seed.BOT_SKILLS
    ]
    rows = connection.execute(
        select(found).where(found.c.state == "OPEN", found.c.skill_id.in_(mine))
    ).all()
    held = sum(row.assigned_user is not None for row in rows)
    return {"waiting": len(rows) - held, "with the bot": held}


def _unfinished(connection: sqlalchemy.Connection) -> dict[str, int]:
    claims, steps = tables.claims, tables.steps
    count = sqlalchemy.func.count()
    return {
        "claims": connection.scalar(select(count).where(claims.c.finished_at.is_(None))) or 0,
        "steps": connection.scalar(select(count).where(steps.c.state == "pending")) or 0,
    }


def _receipts(connection: sqlalchemy.Connection) -> dict[str, list[Receipt]]:
    found: dict[str, list[Receipt]] = defaultdict(list)
    for row in connection.execute(select(tables.decisions)).all():
        found[row.conversation_id].append(msgspec.json.decode(row.receipt, type=Receipt))
    return found


def _found(
    connection: sqlalchemy.Connection, receipts: Mapping[str, Sequence[Receipt]]
) -> dict[str, Found]:
    names = {row.id: row.name for row in connection.execute(select(tables.skills)).all()}
    users, messages = tables.users, tables.messages
    bot = connection.scalar(select(users.c.id).where(users.c.login == seed.BOT))
    transfers = Counter(
        row.conversation_id
        for row in connection.execute(select(tables.transfers)).all()
        if row.by == bot
    )
    said: dict[str, list[str]] = defaultdict(list)
    heard: dict[str, list[str]] = defaultdict(list)
    heard_at: dict[str, datetime] = {}
    for row in connection.execute(select(messages).order_by(messages.c.at)).all():
        body = msgspec.json.decode(row.body)
        if body["event"].get("type") == "ContentEvent":
            place = heard if body["role"] == "CONSUMER" else said
            place[row.conversation_id].append(body["event"]["message"])
            if place is heard:
                heard_at.setdefault(row.conversation_id, row.at)
    return {
        row.id: Found(
            skill=names[row.skill_id],
            holder=row.assigned_user,
            said=tuple(said[row.id]),
            heard=tuple(heard[row.id]),
            heard_at=heard_at.get(row.id),
            transfers=transfers[row.id],
            receipts=tuple(receipts.get(row.id, ())),
        )
        for row in connection.execute(select(tables.conversations)).all()
    }
