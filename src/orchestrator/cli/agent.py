"""``orchestrator agent``: a human agent in the terminal, over the real protocol."""

import asyncio
import contextlib
import functools
import signal
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from orchestrator.cli import options, patience, wire
from orchestrator.cli.options import Place
from orchestrator.core.model import errors

if TYPE_CHECKING:
    from orchestrator.cli.agent_seat import Seat
    from orchestrator.client.messaging.login import Credentials
    from orchestrator.serve.office import Desk

Accepting = Literal["asked", "at-once"]


@options.at_place
def agent(
    place: Place,
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="Who you are: a login, or an id.")],
    *,
    auto_accept: Annotated[
        bool, typer.Option("--auto-accept", help="Accept every ring at once.")
    ] = False,
    password_stdin: Annotated[
        bool,
        typer.Option(
            "--password-stdin",
            help="Sign in with the password on stdin's first line; without it, with a login key "
            "made for this session and revoked after it.",
        ),
    ] = False,
    ca: wire.Ca = None,
) -> None:
    """Be a human agent: take rings, answer, transfer, close. Needs a running server.

    Type /help for the commands. With --json every event is one object a line.
    """
    wire.demand_server(place)
    password = options.secret_from_stdin("--password-stdin") if password_stdin else None
    accepting: Accepting = "at-once" if auto_accept else "asked"
    with contextlib.suppress(asyncio.CancelledError):  # SIGTERM: leave as after /quit
        asyncio.run(_serve(place, login, password=password, accepting=accepting, ca=ca))


async def _serve(
    place: Place, login: str, *, password: str | None, accepting: Accepting, ca: Path | None
) -> None:
    from orchestrator.cli import agent_seat, agent_words
    from orchestrator.serve import office

    working = asyncio.current_task()
    if working is not None:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    async with office.open(place.settings) as desk:
        user = await desk.directory.users.show(desk.actor, login)

        async def look_up() -> agent_words.Names:
            skills = await desk.directory.skills.all(desk.actor)
            users = await desk.directory.users.all(desk.actor)
            return agent_words.Names(
                {skill.id: skill.name for skill in skills}, {each.id: each.login for each in users}
            )

        seat = agent_seat.Seat(user.id, look_up=look_up, style=place.style, accepting=accepting)
        async with _credentials(desk, user.login, password) as credentials:
            await _sit(place, seat, credentials, ca=ca)


async def _sit(place: Place, seat: "Seat", credentials: "Credentials", *, ca: Path | None) -> None:
    """Keep the seat connected until its agent leaves; a server that restarts is found again."""
    from orchestrator.client.messaging import login as signing_in
    from orchestrator.client.messaging.agent import AgentConnection

    waiting = patience.Patience(place.style)
    while True:
        try:
            async with wire.connected(place, ca=ca) as server:
                http, services = server.http, server.services
                session = await signing_in.log_in(http, services, credentials=credentials)
                refresh = functools.partial(signing_in.refresh, http, services, session=session)
                async with AgentConnection(services, session, tls=server.tls) as connection:
                    await seat.serve(connection, refresh=refresh, settled=waiting.settled)
                    return
        except errors.Unavailable as error:
            await waiting.wait(error)


@contextlib.asynccontextmanager
async def _credentials(
    desk: "Desk", login: str, password: str | None
) -> AsyncIterator["Credentials"]:
    """Yield what to sign in with; a key that is made for it is revoked in the end."""
    from orchestrator.client.messaging import login as signing_in

    if password is not None:
        yield signing_in.Password(login, password)
        return
    made = await desk.directory.keys.generate(desk.actor, login)
    try:
        yield signing_in.ApiKey(
            made.username, made.app_key, made.secret, made.access_token, made.access_token_secret
        )
    finally:
        await desk.directory.keys.revoke(desk.actor, login, app_key=made.app_key)
