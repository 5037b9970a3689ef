"""Where and as whom the routing bot signs in."""

from typing import Final, Literal

from starlette.responses import Response

from orchestrator.doors.api import wire
from orchestrator.doors.api.asking import Configuring, Reading
from orchestrator.doors.api.calls import Call
from orchestrator.doors.api.shapes import Shape


class BotConfig(Shape):
    """As whom the bot signs in and how that is going; never a secret."""

    username: str | None
    domain: str | None
    state: Literal["not-configured", "connecting", "online", "refused"]
    reason: str
    ca_file: str | None = None


class BotCredentials(Shape):
    """A login key, as generating it answered. Without `domain`, this server's own cloud."""

    username: str
    app_key: str
    secret: str
    access_token: str
    access_token_secret: str
    domain: str | None = None


class SignInStep(Shape):
    """What came of one step of a sign-in; `ok` null: it was not reached."""

    stage: Literal["find", "sign-in", "connect", "look", "sign-out"]
    ok: bool | None
    said: str


async def show(asking: Reading) -> Response:
    """Show as whom the bot signs in, and how that is going."""
    headers = await asking.at_revision()
    return wire.json(wire.record(await asking.directory.bots.show(asking.actor)), headers=headers)


async def replace(asking: Configuring, body: BotCredentials) -> Response:
    """Let the bot sign in with these credentials."""
    given = body.model_dump(by_alias=True, exclude_none=True)
    shown = await asking.directory.bots.configure(asking.actor, document=given)
    return await asking.configured(wire.record(shown))


async def remove(asking: Configuring) -> Response:
    """Forget the credentials: the bot signs out."""
    return await asking.configured(wire.record(await asking.directory.bots.forget(asking.actor)))


async def try_(asking: Configuring, body: BotCredentials | None = None) -> Response:
    """Sign in once, look around and sign out: with these credentials, or with those kept."""
    given = None if body is None else body.model_dump(by_alias=True, exclude_none=True)
    steps = await asking.rooms.try_bot(asking.actor, given)
    return wire.json([wire.record(step) for step in steps])


CALLS: Final = (
    Call("GET", "/bot-config", show, BotConfig),
    Call("PUT", "/bot-config", replace, BotConfig),
    Call("DELETE", "/bot-config", remove, BotConfig),
    Call("POST", "/bot-config/try", try_, list[SignInStep]),
)
