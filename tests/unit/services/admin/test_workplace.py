"""What agents see beside a conversation: who may look, who the customer is, who is there."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import msgspec
import pytest

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.conversation import Conversation, Dialog, Participant, Presence
from orchestrator.core.model.directory import Skill, SkillAssignment, User
from orchestrator.services.admin import customers, workplace
from orchestrator.services.admin.explaining import Explaining
from orchestrator.services.admin.ports import Load
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.admin.workplace import EARLIER, MOST, Workplace
from orchestrator.services.directory.ports import Sheet

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
PROFILE = {
    "firstName": "Renée",
    "authenticatedData": {
        "lp_sdes": [
            {"type": "ctmrinfo", "info": {"ctype": "page", "balance": 0, "imei": ""}},
            {
                "type": "personal",
                "personal": {"lastname": "Roux", "contacts": [{"email": "r@example.org"}]},
            },
            "no SDE",
        ]
    },
    "claims": {
        "lp_sdes": [{"type": "ctmrinfo", "auth": {"iss": "x"}, "info": {"ctype": "vip"}}],
    },
}


def participant(user_id: str, role: Any = "ASSIGNED_AGENT", **more: Any) -> Participant:
    """Somebody in a dialog."""
    return Participant(user_id, f"pid-{user_id}", role, **more)


def user(user_id: str, login: str, **more: Any) -> User:
    """Somebody of the account."""
    given: dict[str, Any] = {"type": "human", "roles": ("Agent",), **more}
    return User("1", user_id, f"pid-{user_id}", login, created_at=AT, **given)


class Rows:
    """One conversation on Billing: ann has it, bob had it, it is offered to carl."""

    def __init__(self) -> None:
        people = (
            participant("c", "CONSUMER"),
            participant("1001"),
            participant("1003", suggested=True),
        )
        dialog = Dialog("conv", people, AT, AT)
        self.found = Conversation("1", "conv", "c", "1", "1", AT, AT, (dialog,))
        self.skills = [
            Skill("1", "1", "Billing", AT),
            Skill("1", "2", "Claims", AT),
            Skill("1", "3", "Archive", AT),
        ]
        self.past = [
            msgspec.structs.replace(
                self.found,
                conversation_id=f"old-{day}",
                started_at=AT - timedelta(days=day),
                state="CLOSE",
                consumer_id="c" if day != 3 else "another",
            )
            for day in range(1, EARLIER + 4)
        ]
        self.users = [
            user("1001", "ann"),
            user("1002", "bob", max_chats=1),
            user("1003", "carl", full_name="Carl C."),
            user("1004", "bot", type="bot"),
            user("1005", "root", roles=("Administrator",)),
            user("1006", "away"),
        ]

    def find(self, kind: type, **equal: Any) -> list[Any]:
        """Return records of the directory."""
        stored = {
            Skill: self.skills,
            User: self.users,
            SkillAssignment: [SkillAssignment("1", "2", "1002"), SkillAssignment("1", "1", "1001")],
        }[kind]
        wanted = {name: value for name, value in equal.items() if name != "account"}
        return [each for each in stored if all(getattr(each, n) == v for n, v in wanted.items())]

    def sheet(self, kind: type, _account: str, *, search: str, skip: int, limit: int) -> Sheet[Any]:
        """Return skills by name."""
        assert kind is Skill
        found = [each for each in self.skills if search.casefold() in each.name.casefold()]
        found.sort(key=lambda each: each.name)
        return Sheet(tuple(found[skip : skip + limit]), len(found), len(self.skills))

    def conversation(self, account: str, conversation_id: str) -> Conversation | None:
        """Return this one, or one that was before."""
        there = {each.conversation_id: each for each in (self.found, *self.past)}
        return there.get(conversation_id) if account == "1" else None

    def conversations(
        self, account: str, *, limit: int, after: Any, wanted: Any
    ) -> list[Conversation]:
        """Return the consumer's, the newest first."""
        return [
            each
            for each in (self.found, *self.past)
            if (each.account, each.consumer_id) == (account, wanted.consumer)
            and each.started_at < after.at
        ][:limit]

    def messages(self, *_given: Any, **_more: Any) -> list[Any]:
        """Return that nothing was said."""
        return []

    def ringing(self, _account: str) -> frozenset[str]:
        """Return that nothing rings."""
        return frozenset()

    def last_agents(self, _account: str, conversations: Sequence[str]) -> dict[str, str]:
        """Return that bob had them."""
        return dict.fromkeys(conversations, "1002")

    def last_policies(self, _account: str, conversations: Sequence[str]) -> dict[str, str]:
        """Return that one policy decided."""
        return dict.fromkeys(conversations, "VIPs")

    def had_by(self, _account: str, _conversation_id: str) -> frozenset[str]:
        """Return who had it."""
        return frozenset({"1001", "1002"})

    def profile(self, _account: str, _consumer_id: str) -> dict[str, Any]:
        """Return what is known."""
        return PROFILE

    def decisions(self, _account: str, _conversation_id: str) -> list[Any]:
        """Return that nothing was decided."""
        return []

    def presences(self, _account: str) -> dict[str, Presence]:
        """Return that all are there but one."""
        said = {each.id: Presence(each.id, "ONLINE", connected=True) for each in self.users}
        away = Presence("1006", "AWAY", connected=True)
        return said | {"1003": Presence("1003", "OCCUPIED", connected=True), "1006": away}

    def loads(self, _account: str) -> list[Any]:
        """Return that bob has one conversation."""
        return [Load("1002", 1)]

    async def read(self, work: Callable[[Any], Any]) -> Any:
        """Run ``work`` on these rows."""
        return work(self)


@pytest.fixture
def rows() -> Rows:
    """The rows of the test."""
    return Rows()


@pytest.fixture
def place(rows: Rows) -> Workplace:
    """The service over them; nothing is decided, so no rules are asked."""
    return Workplace(cast("Any", rows), Explaining(cast("Any", rows), Rulesets()))


def actor(user_id: str, role: Any = "Agent") -> Actor:
    """Somebody who asks."""
    return Actor("1", user_id, access.permissions((role,)), user_id)


@pytest.mark.parametrize(
    "who",
    [actor("1001"), actor("1002"), actor("1006", "Agent Manager")],
    ids=["has it", "had it", "a manager"],
)
async def test_agents_see_beside_their_own_conversations(place: Workplace, who: Actor) -> None:
    """Now or before; managers see all."""
    assert (await place.beside(who, "conv")).name == "Renée"
    assert (await place.places(who, "conv")).skill_id == "1"


@pytest.mark.parametrize("who", [actor("1003"), actor("1006")], ids=["is offered it", "stranger"])
async def test_to_others_a_conversation_is_not_there(place: Workplace, who: Actor) -> None:
    """Neither who it is with, nor where it can go."""
    for ask in (place.beside, place.places):
        with pytest.raises(errors.NotFound):
            await ask(who, "conv")


async def test_viewers_serve_nobody(place: Workplace) -> None:
    """Reading conversations is another permission, with other pages."""
    for asking in (
        place.beside(actor("1001", "Viewer"), "conv"),
        place.places(actor("1001", "Viewer"), "conv"),
        place.skills(actor("1001", "Viewer")),
        place.serving(actor("1001", "Viewer")),
    ):
        with pytest.raises(errors.Forbidden):
            await asking


async def test_another_account_has_no_such_conversation(place: Workplace) -> None:
    """Even for somebody who may read everything there."""
    stranger = msgspec.structs.replace(actor("1001", "Administrator"), account="2")
    with pytest.raises(errors.NotFound):
        await place.beside(stranger, "conv")


async def test_what_is_known_is_flat_and_once_and_what_is_vouched_for_goes_first(
    place: Workplace,
) -> None:
    """Empty values say nothing, zero does."""
    told = await place.beside(actor("1001"), "conv")
    assert [(each.name, each.value, each.signed) for each in told.known] == [
        ("info.ctype", "vip", True),
        ("info.balance", 0, False),
        ("personal.lastname", "Roux", False),
        ("personal.contacts.email", "r@example.org", False),
    ]


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ({}, ""),
        ({"firstName": " ", "lastName": 5}, ""),
        ({"firstName": "Ann", "lastName": "Lee"}, "Ann Lee"),
        ({"claims": {"lp_sdes": [{"type": "personal", "personal": {"lastname": "Roux"}}]}}, "Roux"),
        ({"claims": {"lp_sdes": [{"type": "ctmrinfo", "info": {"userName": " Jo "}}]}}, "Jo"),
        (
            {
                "firstName": "Ann",
                "claims": {"lp_sdes": [{"type": "ctmrinfo", "info": {"userName": "Jo"}}]},
            },
            "Ann",
        ),
        ({"claims": {"lp_sdes": [{"type": "ctmrinfo", "info": {"userName": 5}}]}}, ""),
        ({"claims": "broken", "authenticatedData": {"lp_sdes": {"no": "list"}}}, ""),
    ],
)
def test_customers_are_called_as_they_said(profile: dict[str, Any], name: str) -> None:
    """By the profile, else by an SDE; whatever is malformed says nothing."""
    assert customers.name_of(profile) == name


async def test_a_conversation_can_go_to_other_skills_and_to_people_who_are_there(
    place: Workplace,
) -> None:
    """Not to oneself, to bots, to those who are away or are never rung."""
    found = await place.places(actor("1001"), "conv")
    assert [(each.name, each.online) for each in found.skills] == [("Archive", 0), ("Claims", 1)]
    assert [(each.name, each.availability, each.room) for each in found.agents] == [
        ("bob", "ONLINE", False),
        ("Carl C.", "OCCUPIED", True),
    ]


async def test_a_skill_that_keeps_its_conversations_offers_no_other(
    place: Workplace, rows: Rows
) -> None:
    """What would be refused is not offered."""
    rows.skills[0] = msgspec.structs.replace(rows.skills[0], transfer_list=("3",))
    assert [each.id for each in (await place.places(actor("1001"), "conv")).skills] == ["3"]
    rows.skills[0] = msgspec.structs.replace(rows.skills[0], can_transfer=False)
    found = await place.places(actor("1001"), "conv")
    assert (found.stays, found.skills) == (True, ())


async def test_of_many_skills_some_are_offered_and_others_looked_for(
    place: Workplace, rows: Rows
) -> None:
    """The conversation's own does not count; colleagues are found by either name."""
    rows.skills += [Skill("1", f"9{n}", f"Bill {n:03}", AT) for n in range(MOST + 5)]
    found = await place.places(actor("1001"), "conv")
    assert (len(found.skills), found.skills_found) == (MOST, MOST + 7)
    found = await place.places(actor("1001"), "conv", search="BILL 05")
    assert [each.name for each in found.skills] == [f"Bill {n:03}" for n in range(50, MOST + 5)]
    assert (found.skills_found, found.agents) == (5, ())
    found = await place.places(actor("1001"), "conv", search="l")
    assert "Billing" not in {each.name for each in found.skills}
    assert found.skills_found == MOST + 6
    assert [each.login for each in found.agents] == ["carl"]


async def test_administrators_are_told_that_nothing_rings_at_them(place: Workplace) -> None:
    """They may serve, but only agents and their managers are rung."""
    assert await place.serving(actor("1001")) == workplace.Serving(True, ["Billing"])
    assert not (await place.serving(actor("1005", "Administrator"))).is_rung


async def test_whoever_has_a_customer_now_reads_what_was_before(place: Workplace) -> None:
    """Page by page, the newest first, with who served them and why; of nobody else."""
    first = (await place.beside(actor("1001"), "conv")).earlier
    assert first is not None
    assert [each.conversation_id for each in first.rows] == [
        *("old-1", "old-2", "old-4", "old-5", "old-6")
    ]
    assert {(each.agent, each.policy, each.state) for each in first.rows} == {
        ("ann", "VIPs", "CLOSED")
    }
    further = await place.earlier(actor("1001"), "conv", after=first.after)
    assert [each.conversation_id for each in further.rows] == ["old-7", "old-8"]
    assert further.after is None
    told = await place.looked_back(actor("1001"), "conv", "old-2")
    assert (told.conversation.conversation_id, told.messages) == ("old-2", [])


@pytest.mark.parametrize("earlier", ["old-3", "conv", "none"], ids=["another's", "this", "none"])
async def test_by_a_conversation_only_its_customer_is_read(place: Workplace, earlier: str) -> None:
    """To have one conversation opens no other customer's."""
    with pytest.raises(errors.NotFound):
        await place.looked_back(actor("1001"), "conv", earlier)


async def test_earlier_conversations_are_for_as_long_as_one_has_the_customer(
    place: Workplace, rows: Rows
) -> None:
    """Whoever had it, or had it to the end, sees them no more; managers always may."""
    for state, who, may in [
        ("OPEN", actor("1002"), False),
        ("OPEN", actor("1006", "Agent Manager"), True),
        ("CLOSE", actor("1001"), False),
        ("CLOSE", actor("1006", "Agent Manager"), True),
    ]:
        rows.found = msgspec.structs.replace(rows.found, state=cast("Any", state))
        told = await place.beside(who, "conv")
        assert (told.earlier is not None) == may
        if may:
            assert (await place.looked_back(who, "conv", "old-1")).consumer_id == "c"
            continue
        for asking in (place.earlier(who, "conv"), place.looked_back(who, "conv", "old-1")):
            with pytest.raises(errors.NotFound):
                await asking
