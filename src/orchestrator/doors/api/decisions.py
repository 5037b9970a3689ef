"""What the policies would do, asked once or many times: ``POST …/decisions`` and ``…/batch``."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.doors.api import credentials, problems, wire
from orchestrator.doors.api.plain import Plain
from orchestrator.doors.api.rooms import Rooms
from orchestrator.services.routing.decisions import MOST_AT_ONCE, Answer, Question

SCOPE: Final = "decide"

ONE: Final = "/v3/accounts/{account}/decisions"
MANY: Final = f"{ONE}/batch"


class DecisionAsked(msgspec.Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A question; everything may be left out. ``at`` is the clock that the rules see."""

    attributes: dict[str, Any] | None = None
    conversation_id: str | None = None
    consumer_id: str | None = None
    session_id: str | None = None
    at: datetime | None = None
    trace: bool = False
    record: bool = True


class Decided(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """An answer, as ``decide`` prints it. ``decisionId`` is null where nothing was kept."""

    policy_id: str | None
    policy_name: str | None
    actions: list[dict[str, Any]]
    no_match_reason: str | None
    decision_id: str | None
    trace: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET


class Mistake(msgspec.Struct, frozen=True):
    """What is wrong with a question of a batch."""

    code: str
    path: str
    message: str


class Tried(msgspec.Struct, frozen=True, rename="camel"):
    """An answer in a batch; or ``errors`` alone, in the place of one whose question is wrong."""

    policy_id: str | msgspec.UnsetType | None = msgspec.UNSET
    policy_name: str | msgspec.UnsetType | None = msgspec.UNSET
    actions: list[dict[str, Any]] | msgspec.UnsetType = msgspec.UNSET
    no_match_reason: str | msgspec.UnsetType | None = msgspec.UNSET
    decision_id: str | msgspec.UnsetType | None = msgspec.UNSET
    trace: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    errors: list[Mistake] | msgspec.UnsetType = msgspec.UNSET


_ONE: Final = msgspec.json.Decoder(DecisionAsked)
_MANY: Final = msgspec.json.Decoder(list[msgspec.Raw])


class DecisionApi:
    """The endpoints."""

    def __init__(self, rooms: Rooms) -> None:
        self._rooms = rooms

    def rows(self) -> tuple[Plain, ...]:
        """Return the table of routes."""
        return (
            Plain(
                method="POST",
                path=ONE,
                endpoint=self.decide,
                summary="Decide",
                about=(
                    "Asks the policies what they would do, and carries nothing out. Attributes "
                    "that are not given are fetched as for the bot; those of the conversation by "
                    "its id. With `record` false nothing is kept."
                ),
                tag="decisions",
                body=DecisionAsked,
                answers={200: Decided},
            ),
            Plain(
                method="POST",
                path=MANY,
                endpoint=self.decide_all,
                summary=f"Decide many, at most {MOST_AT_ONCE:,}",
                about="The answers are in the order of the questions, mistakes in their places.",
                tag="decisions",
                body=list[DecisionAsked],
                answers={200: list[Tried]},
            ),
        )

    async def decide(self, request: Request) -> Response:
        """Answer one question."""
        actor = await self._asker(request)
        question = _question(await request.body())
        found = await self._rooms.deciding.decide(actor, question)
        return wire.json(found.document())

    async def decide_all(self, request: Request) -> Response:
        """Answer each question of an array, or say what is wrong with it."""
        actor = await self._asker(request)
        sent = await request.body()
        try:
            items = _MANY.decode(sent)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            raise errors.BadInput(f"The body is not an array of questions: {error}.") from error
        if len(items) > MOST_AT_ONCE:
            raise errors.BadInput(f"A batch has at most {MOST_AT_ONCE:,} questions.")
        found = await self._rooms.deciding.decide_all(actor, [_tried(bytes(one)) for one in items])
        return wire.json([_shown(each) for each in found])

    async def _asker(self, request: Request) -> Actor:
        """Return who asks: a key with the scope, or somebody who may read the policies."""
        account = request.path_params["account"]
        actor = await credentials.asker(self._rooms, request, account=account, scope=SCOPE)
        if actor.user_id is not None:
            access.demand(actor, "policies.read")
        return actor


def _question(sent: bytes) -> Question:
    """Read a question; no body at all asks with nothing given. Raises `errors.BadInput`."""
    if rb"\u0000" in sent:
        wire.decoded(sent)  # refuses NUL: it could not be kept
    try:
        asked = _ONE.decode(sent or b"{}")
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise errors.BadInput(f"The question is not as it should be: {error}.") from error
    return Question(
        attributes=asked.attributes or {},
        conversation_id=asked.conversation_id or None,
        consumer_id=asked.consumer_id or None,
        session_id=asked.session_id or None,
        at=asked.at,
        tracing="on" if asked.trace else "off",
        recording="on" if asked.record else "off",
    )


def _tried(sent: bytes) -> Question | errors.OrchestratorError:
    try:
        return _question(sent)
    except errors.OrchestratorError as error:
        return error


def _shown(each: Answer | errors.OrchestratorError) -> dict[str, Any]:
    if isinstance(each, Answer):
        return each.document()
    found: Sequence[errors.Problem] = each.problems
    return {
        "errors": [
            {"code": one.code, "path": problems.field(one.path), "message": one.message}
            for one in found
        ]
    }
