"""Next actions as the original has them: v1 answers with a rule, v2 with its bare actions.

Source: conversation-orchestrator 6.1 to 6.4 and 14, rows 2, 3, 6 and 23. Programs written for
either version read the payloads in either spelling, so v1 has both; v2 has the newer one alone, as
its samples do. Nothing is carried out here.
"""

from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import errors
from orchestrator.core.policy import answer
from orchestrator.doors.api import context_wire, wire
from orchestrator.doors.api.decisions import SCOPE
from orchestrator.doors.api.plain import Parameter, Plain
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.routing.decisions import Answer, Question

V1: Final = "/v1/account/{account}/next-actions"
V2: Final = "/v2/policy/nextaction"

_QUERY: Final = (
    Parameter("conversationId", str, "The conversation that it is about."),
    Parameter("consumerId", str, "The consumer; also called `userId`."),
    Parameter("userId", str, "The consumer, as the oldest documents call them."),
    Parameter("groupId", str, "Where context was saved; without it, the conversation."),
)

_OLDER: Final[dict[str, dict[str, str]]] = {
    "SEND_MESSAGE": {"message": "text"},
    "TRANSFER_TO_AGENT": {"userId": "agentId", "skillId": "fallbackSkillId"},
}
"""Action → field of its payload → the name that the oldest documents have for it."""


class Rule(msgspec.Struct, frozen=True):
    """The policy that matched."""

    id: str
    name: str
    actions: list[dict[str, Any]]


class NextActions(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """The answer of v1; ``noMatchReason`` only where ``rule`` is null."""

    next_action_id: str
    rule: Rule | None
    no_match_reason: str | msgspec.UnsetType = msgspec.UNSET


class NextActionAsked(msgspec.Struct, frozen=True, rename="camel"):
    """The question of v2. ``policyId`` asks that policy alone; ``lpToken`` is not needed here."""

    account_id: str | int
    conversation_id: str | None = None
    customer_id: str | None = None
    visitor_id: str | None = None
    session_id: str | None = None
    lp_token: str | None = None
    policy_id: str | None = None


_ASKED: Final = msgspec.json.Decoder(NextActionAsked)


class Next:
    """The endpoints."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def rows(self) -> tuple[Plain, ...]:
        """Return the table of routes."""
        return (
            Plain(
                method="GET",
                path=V1,
                endpoint=self.v1,
                summary="Next actions, first version",
                tag="next actions",
                answers={200: NextActions},
                parameters=_QUERY,
                security=("mavenApiKey", "apiKey"),
            ),
            Plain(
                method="POST",
                path=V2,
                endpoint=self.v2,
                summary="Next actions, second version",
                tag="next actions",
                body=NextActionAsked,
                answers={200: list[dict[str, Any]]},
                parameters=(Parameter("access_token", str, "A token from the login."),),
                security=("accessToken", "apiKey"),
            ),
        )

    async def v1(self, request: Request) -> Response:
        """Answer with the policy that matches, and its actions in both spellings."""
        account = request.path_params["account"]
        actor = await context_wire.asker(self._rooms, request, account=account, scope=SCOPE)
        given = request.query_params
        question = Question(
            conversation_id=given.get("conversationId") or None,
            consumer_id=given.get("consumerId") or given.get("userId") or None,
            session_id=given.get("groupId") or None,
        )
        found = await self._rooms.deciding.decide(actor, question)
        return wire.json(_v1(found))

    async def v2(self, request: Request) -> Response:
        """Answer with the actions of the policy that matches; an empty array when none does."""
        actor = await context_wire.asker(self._rooms, request, account=None, scope=SCOPE)
        asked = _asked(await request.body())
        if str(asked.account_id) != actor.account:
            raise errors.Unauthenticated("The API key or token is not valid for this account.")
        question = Question(
            conversation_id=asked.conversation_id or None,
            # Who is signed in is known by one id, who is not by the other: both are consumers.
            consumer_id=asked.customer_id or asked.visitor_id or None,
            session_id=asked.session_id or None,
            policy_id=asked.policy_id or None,
        )
        found = await self._rooms.deciding.decide(actor, question)
        actions = answer.Decision(found.decision).actions
        return wire.json(actions)


def _asked(sent: bytes) -> NextActionAsked:
    if rb"\u0000" in sent:
        wire.decoded(sent)  # refuses NUL: it could not be kept
    try:
        return _ASKED.decode(sent)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"The body is not as it should be: {error}.", path="body") from error


def _v1(found: Answer) -> NextActions:
    made = answer.Decision(found.decision)
    identity = found.decision_id or ""
    if made.policy_id is None:
        return NextActions(identity, None, made.no_match_reason or msgspec.UNSET)
    actions = [_both_spellings(each) for each in made.actions]
    return NextActions(identity, Rule(made.policy_id, made.policy_name or "", actions))


def _both_spellings(action: dict[str, Any]) -> dict[str, Any]:
    older = _OLDER.get(action["type"], {})
    payload = action["payload"]
    both = {older[field]: value for field, value in payload.items() if field in older}
    return {"type": action["type"], "payload": {**payload, **both}}
