"""``orchestrator chat``: a consumer in the terminal, over the real protocol."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
import typer

from orchestrator.cli import grid, lines, options, patience, report, show, wire
from orchestrator.cli.options import Place
from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.client.messaging.consumer import ConsumerConnection
    from orchestrator.core.model.conversation import Message
    from orchestrator.serve.office import Desk

COMMANDS: Final[Mapping[str, str]] = {
    "/quit": "leaves the conversation open",
    "/close": "ends it",
    "/help": "shows this",
}
"""What is not said but done, a line that has nothing else on it."""

HELP: Final = (
    f"Type a message and Enter. {', '.join(map(' '.join, COMMANDS.items()))}; //text says /text."
)

SHOWN: Final = 80
"""Columns of a text that was not sent."""


class Entry(msgspec.Struct, frozen=True):
    """Where and as whom a conversation begins, in ids; ``logins`` maps ids and PIDs of users."""

    skill_id: str | None
    campaign_id: str | None
    engagement_id: str | None
    token: str | None
    logins: Mapping[str, str]


@options.at_place
def chat(
    place: Place,
    *,
    skill: Annotated[
        str | None, typer.Option(metavar="SKILL", help="Begin on this skill, by name or id.")
    ] = None,
    engagement: Annotated[
        str | None,
        typer.Option(
            metavar="ENGAGEMENT",
            help="Begin at this engagement, by name or id; without --skill, the only one there is.",
        ),
    ] = None,
    consumer: Annotated[
        str | None,
        typer.Option(metavar="ID", help="Be this consumer; without it, somebody new."),
    ] = None,
    profile: Annotated[
        str | None,
        typer.Option(metavar="JSON", help='A list of SDEs, such as [{"type":"ctmrinfo",…}].'),
    ] = None,
    message: Annotated[
        list[str] | None,
        typer.Option(metavar="TEXT", help="Say this instead of being interactive; repeatable."),
    ] = None,
    wait: Annotated[
        float, typer.Option(min=0, metavar="SECONDS", help="How long to wait for replies.")
    ] = 5.0,
    ca: wire.Ca = None,
) -> None:
    """Be a consumer: open a conversation and talk. Needs a running server.

    With --json the first line is {"conversationId"}, then one object a message: at, from, text.
    """
    sdes = _sdes(profile)
    wire.demand_server(place)
    asyncio.run(
        _chat(
            place,
            skill=skill,
            engagement=engagement,
            consumer=consumer,
            sdes=sdes,
            messages=message or (),
            wait=wait,
            ca=ca,
        )
    )


def _sdes(profile: str | None) -> list[dict[str, Any]]:
    if profile is None:
        return []
    given = options.parse_json(profile, path="--profile")
    if isinstance(given, dict):
        given = [given]
    if not isinstance(given, list) or not all(isinstance(sde, dict) for sde in given):
        raise errors.BadInput("--profile is a JSON list of SDEs.", path="--profile")
    return given


async def _chat(
    place: Place,
    *,
    skill: str | None,
    engagement: str | None,
    consumer: str | None,
    sdes: list[dict[str, Any]],
    messages: Sequence[str],
    wait: float,
    ca: Path | None,
) -> None:
    from orchestrator.client.messaging import login
    from orchestrator.client.messaging.consumer import ConsumerConnection
    from orchestrator.core.ums import bodies
    from orchestrator.serve import office

    async with office.open(place.settings) as desk:
        entry = await _entry(desk, skill=skill, engagement=engagement, consumer=consumer)
    async with wire.connected(place, ca=ca) as server:
        token = entry.token or await login.sign_up(server.http, server.services)
        async with ConsumerConnection(server.services, token, tls=server.tls) as connection:
            if sdes:
                await connection.set_profile(sdes=sdes)
            campaign = None
            if entry.campaign_id is not None:
                campaign = bodies.CampaignInfo(
                    campaign_id=entry.campaign_id, engagement_id=entry.engagement_id
                )
            conversation = await connection.open_conversation(
                skill_id=entry.skill_id, campaign=campaign
            )
            _begin(place.style, conversation, help_text="" if messages else HELP)
            talk = Talk(conversation, messages, wait=wait, style=place.style, logins=entry.logins)
            try:
                await talk.run(connection)
            except errors.Unavailable as lost:
                if messages:
                    raise
                error = lost
            else:
                return
    await _go_on(place, talk, token, error=error, ca=ca)


async def _go_on(
    place: Place, talk: "Talk", token: str, *, error: errors.Unavailable, ca: Path | None
) -> None:
    """Find the server again after a lost connection, as often as it takes."""
    from orchestrator.client.messaging.consumer import ConsumerConnection

    waiting = patience.Patience(place.style)
    waiting.settled()
    while True:
        await waiting.wait(error)
        try:
            async with (
                wire.connected(place, ca=ca) as server,
                ConsumerConnection(server.services, token, tls=server.tls) as connection,
            ):
                waiting.settled()
                await talk.run(connection)
                return
        except errors.Unavailable as lost:
            error = lost


async def _entry(
    desk: "Desk", *, skill: str | None, engagement: str | None, consumer: str | None
) -> Entry:
    if skill is not None and engagement is not None:
        raise errors.BadInput("Either --skill or --engagement, not both.", path="--engagement")
    directory, actor = desk.directory, desk.actor
    skill_id = campaign_id = engagement_id = None
    if skill is not None:
        skill_id = (await directory.skills.show(actor, skill)).skill.id
    else:
        found = await directory.engagements.show(actor, engagement or await _only(desk))
        campaign_id, engagement_id = found.campaign_id, found.id
    if consumer is not None and not consumer.strip():
        raise errors.BadInput("--consumer must not be empty.", path="--consumer")
    users = await directory.users.all(actor)
    logins = {key: user.login for user in users for key in (user.id, user.pid)}
    token = None if consumer is None else await desk.consumer_token(consumer)
    return Entry(skill_id, campaign_id, engagement_id, token, logins)


async def _only(desk: "Desk") -> str:
    """Return the id of the only engagement, or say what to choose from."""
    known = await desk.directory.engagements.all(desk.actor)
    if len(known) == 1:
        return known[0].id
    if not known:
        raise errors.NotFound(
            "There is no engagement yet: say --skill, or add one with "
            "`orchestrator engagements add`.",
            path="--engagement",
        )
    names = ", ".join(f"“{engagement.name}”" for engagement in known)
    raise errors.BadInput(f"Say --engagement: {names}; or --skill.", path="--engagement")


def _begin(style: report.Style, conversation: str, *, help_text: str) -> None:
    if style == "json":
        show.json_line({"conversationId": conversation})
    else:
        typer.echo(f"Conversation {conversation}\n{help_text}".rstrip())


def message(line: str) -> str:
    """Return what a typed line says. Raises `errors.BadInput` for a command that there is not."""
    typed = line.lstrip()
    if typed.startswith("//"):
        return typed.removeprefix("/")
    if typed.startswith("/"):
        known = ", ".join(COMMANDS)
        raise errors.BadInput(
            f"There is no command “{grid.cut(typed.rstrip(), SHOWN)}”, only {known}. "
            "Nothing was sent; to say a text that begins with “/”, begin with “//”."
        )
    return line


class Talk:
    """One conversation; prints what is said by anybody. It outlives connections."""

    def __init__(
        self,
        conversation: str,
        messages: Sequence[str],
        *,
        wait: float,
        style: report.Style,
        logins: Mapping[str, str],
    ) -> None:
        self._conversation = conversation
        self._messages = messages
        self._wait = wait
        self._style: report.Style = style
        self._logins = logins
        self._typed: lines.Typed | None = None
        self._heard: set[int] = set()

    async def run(self, connection: "ConsumerConnection") -> None:
        """Say the messages and wait; without any, talk until somebody ends it.

        Raises `errors.Unavailable` when the connection is lost.
        """
        self._connection = connection
        await connection.subscribe_conversations()
        await connection.subscribe_messages(self._conversation)
        listening = asyncio.create_task(self._listen())
        saying = asyncio.create_task(self._say_all() if self._messages else self._converse())
        try:
            await asyncio.wait({listening, saying}, return_when=asyncio.FIRST_COMPLETED)
            for finished in (listening, saying):
                if finished.done():
                    finished.result()  # what went wrong there goes wrong here
        finally:
            for task in (listening, saying):
                task.cancel()
            await asyncio.gather(listening, saying, return_exceptions=True)

    async def _say_all(self) -> None:
        for text in self._messages:
            await self._connection.say(self._conversation, text)
        await asyncio.sleep(self._wait)

    async def _converse(self) -> None:
        self._typed = self._typed or lines.Typed()
        while (line := await self._typed.next()) is not None:
            text = line.strip()
            if text == "/quit":
                return
            try:
                if text == "/close":
                    await self._connection.close_conversation(self._conversation)
                    return
                if text == "/help":
                    self._help()
                elif text:
                    await self._connection.say(self._conversation, message(line))
            except errors.Unavailable:
                lost = errors.Unavailable(f"Not sent: {grid.cut(text, SHOWN)}")
                report.problems(lost, self._style)
                raise
            except errors.OrchestratorError as error:
                report.problems(error, self._style)
        await asyncio.sleep(self._wait)  # stdin was closed, such as a pipe: replies may still come

    def _help(self) -> None:
        if self._style == "json":
            show.json_line({"event": "help", "text": HELP})
        else:
            typer.echo(HELP)

    async def _listen(self) -> None:
        from orchestrator.core.ums import events

        async for event in self._connection.events():
            if isinstance(event, events.MessageArrived):
                self._print(event.message)
            elif (
                isinstance(event, events.ConversationUpserted | events.ConversationGone)
                and event.conversation.conversation_id == self._conversation
                and event.conversation.state == "CLOSE"
            ):
                if self._style == "text":
                    typer.echo("The conversation was closed.")
                return
        closed = self._connection.closed
        raise errors.Unavailable(
            f"The server closed the connection ({closed.code if closed else 'unknown'})."
        )

    def _print(self, message: "Message") -> None:
        if message.text is None or message.conversation_id != self._conversation:
            return
        if message.sequence in self._heard:
            return  # told again on a new connection
        self._heard.add(message.sequence)
        speaker = "consumer"
        if message.role != "CONSUMER":
            originator = message.originator
            speaker = self._logins.get(originator) or self._logins.get(
                message.originator_pid, originator
            )
        if self._style == "json":
            show.json_line({"at": message.at, "from": speaker, "text": message.text})
        else:
            at = show.moment(message.at, to="second")
            typer.echo(f"{at}  {speaker}: {grid.printable(message.text)}")
