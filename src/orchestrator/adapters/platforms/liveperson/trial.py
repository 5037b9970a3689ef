"""Signing in once to see whether it works: every step with what came of it, and out again."""

import asyncio
import contextlib
from typing import Final, Literal

import msgspec

from orchestrator.adapters.platforms.liveperson.settings import Config
from orchestrator.client.messaging import agent, discovery, login, socket, trust, web
from orchestrator.core.model import errors

Stage = Literal["find", "sign-in", "connect", "look", "sign-out"]

STAGES: Final[tuple[Stage, ...]] = ("find", "sign-in", "connect", "look", "sign-out")
"""THE order of the steps."""


class Step(msgspec.Struct, frozen=True):
    """One step. ``ok`` None: not reached. ``said`` is a sentence, or empty; never a secret."""

    stage: Stage
    ok: bool | None
    said: str = ""


async def sign_in(config: Config, *, seconds: float = web.TIMEOUT_SECONDS) -> list[Step]:
    """Sign in with ``config``, look around, sign out, and return all `STAGES`.

    Each answer may take ``seconds``. Nothing is raised for what the platform says or fails to say,
    and nothing is changed there: the bot's availability stays what its own session set.
    """
    done: list[Step] = []
    try:
        await _walk(config, done, seconds=seconds)
    except errors.OrchestratorError as error:
        stage, said = STAGES[len(done)], error.message
        if stage == "sign-in" and isinstance(error, errors.Unauthenticated):
            said = f"It does not let {config.username} in: check the login and all four parts."
        done.append(Step(stage, ok=False, said=said))
    return done + [Step(stage, ok=None) for stage in STAGES[len(done) :]]


async def _walk(config: Config, done: list[Step], *, seconds: float) -> None:
    tls = await asyncio.to_thread(trust.context, config.ca_file)
    async with web.client(tls, timeout_seconds=seconds) as http:
        services = await discovery.find(http, domain=config.domain, account=config.account)
        done.append(Step("find", ok=True, said=f"{len(services.hosts)} services"))
        key = config.credentials
        session = await login.log_in(
            http,
            services,
            credentials=login.ApiKey(
                username=config.username,
                app_key=key.app_key,
                secret=key.secret,
                access_token=key.access_token,
                access_token_secret=key.access_token_secret,
            ),
        )
        done.append(Step("sign-in", ok=True, said=f"user {session.user_id}"))
        try:
            options = socket.Options(open_seconds=seconds, request_seconds=seconds)
            async with agent.AgentConnection(services, session, tls=tls, options=options) as line:
                at = await line.clock()
            done.append(Step("connect", ok=True, said=f"its clock says {at:%H:%M:%S} UTC"))
            done.append(await _look(http, services, session))
        except errors.OrchestratorError:
            with contextlib.suppress(errors.OrchestratorError):  # the first trouble is the one
                await login.log_out(http, services, session=session)
            raise
        await login.log_out(http, services, session=session)
        done.append(Step("sign-out", ok=True))


async def _look(http: web.Client, services: discovery.Services, session: login.Session) -> Step:
    """Ask which skills the bot serves: without one nothing ever rings."""
    path = f"/api/account/{session.account}/configuration/le-users/users/{session.user_id}?v=4.0"
    response = await web.send(
        http,
        "GET",
        url=services.url("accountConfigReadOnly", path),
        what="the bot's user",
        headers=session.authorization,
    )
    skills = web.read(response, dict[str, object], what="the bot's user").get("skillIds")
    number = len(skills) if isinstance(skills, list) else 0
    if not number:
        return Step("look", ok=False, said="It serves no skill, so nothing will ring at it.")
    return Step("look", ok=True, said=f"it serves {number} skill{'s' if number > 1 else ''}")
