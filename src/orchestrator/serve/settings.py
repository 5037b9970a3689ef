"""Settings of a process: one frozen tree, read once from environment and command line."""

import contextlib
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, Literal

import pydantic
import pydantic_settings

from orchestrator.core.model import errors
from orchestrator.serve.bounds import Bounds
from orchestrator.serve.openid_settings import OpenIdSettings
from orchestrator.serve.password_settings import PasswordSettings

LogLevel = Literal["debug", "info", "warning", "error"]
Port = pydantic.NonNegativeInt


class Durations(pydantic.BaseModel):
    """How long things take that belong to the process and to no account. Written as seconds."""

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    consumer_token: timedelta = timedelta(hours=24)
    """How long a consumer's token is good."""
    drain: timedelta = timedelta(seconds=10)
    """How long SIGTERM waits for what is under way."""
    farewell: timedelta = timedelta(seconds=3)
    """How long a stopping server waits for clients to answer its good-bye."""
    changes: timedelta = timedelta(milliseconds=250)
    """How often changes by other processes are looked for."""
    beat: timedelta = timedelta(seconds=1)
    """How often one of several servers says that it lives; after four that are missing, others
    take over what it held."""
    sweep: timedelta = timedelta(seconds=1)
    """How long a ring or a suggestion may outlive its end at most."""
    pause: timedelta = timedelta(seconds=30)
    """How long an agent who refused a conversation is left alone with it."""
    prune: timedelta = timedelta(minutes=1)
    """How often what is past its retention is deleted, a bounded batch at a time."""
    answer: timedelta = timedelta(seconds=10)
    """How long a bot waits for an answer of its platform before it asks again."""
    audit: timedelta = timedelta(seconds=30)
    """How often a bot asks its platform, and its own records, for what it was not told."""
    ready: timedelta = timedelta(seconds=20)
    """How long a start waits for the bots' first sign-in attempts."""

    @pydantic.field_validator("*", mode="before")
    @classmethod
    def _seconds(cls, given: Any) -> Any:
        """Read a number as seconds: from the environment it comes as text."""
        if isinstance(given, str):
            with contextlib.suppress(ValueError):
                return float(given)
        return given


class Settings(pydantic_settings.BaseSettings):
    """Everything that can be set from outside, as ``ORCHESTRATOR_DATA``, ``…_TLS_PORT`` and so on.

    Durations are ``ORCHESTRATOR_DURATIONS__DRAIN=5``. Port 0 takes any free one.
    """

    model_config = pydantic_settings.SettingsConfigDict(
        env_prefix="ORCHESTRATOR_",
        env_nested_delimiter="__",
        env_ignore_empty=True,
        frozen=True,
        extra="forbid",
    )

    data: Path = Path("data")
    """The data folder."""
    account: str = "1"
    """The account that commands are about."""
    hosts: tuple[str, ...] = ("127.0.0.1",)
    """Addresses to listen on, as a JSON list."""
    port: Port = pydantic.Field(default=8080, le=65535)
    """The plain port; 0 takes a free one."""
    tls_port: Port = pydantic.Field(default=8443, le=65535)
    """The TLS port; 0 takes a free one."""
    log_level: LogLevel = "info"
    """The least grave lines that are logged: debug, info, warning or error."""
    key: pydantic.SecretStr | None = None
    """The master key; without it, the folder's ``master.key``."""
    durations: Durations = Durations()
    bounds: Bounds = Bounds()
    """What strangers may cost, as ``ORCHESTRATOR_BOUNDS__CONNECTIONS`` and so on."""

    openid: OpenIdSettings = OpenIdSettings()
    """Who else signs people in to the console, as ``ORCHESTRATOR_OPENID__ISSUER`` and so on; step
    by step in [sign in with OpenID Connect](../howto/sign-in-with-openid-connect.md)."""

    passwords: PasswordSettings = PasswordSettings()
    """What a sign-in costs, as ``ORCHESTRATOR_PASSWORDS__MEMORY_KIB`` and so on."""

    database: pydantic.SecretStr | None = None
    """A ``postgresql://`` URL, which may hold a password; without it, the folder's own database."""

    @property
    def database_file(self) -> Path:
        """The folder's own database, a file."""
        return self.data / "orchestrator.db"

    @property
    def stored_at(self) -> Path | str:
        """Where everything is stored: the file, or a URL that must never be shown."""
        return self.database.get_secret_value() if self.database else self.database_file

    @property
    def server_file(self) -> Path:
        """Where a running server says how it is reached."""
        return self.data / "server.json"


def read(given: Mapping[str, Any]) -> Settings:
    """Return the settings: what was ``given`` (None is not), else the environment, else defaults.

    Raises `errors.Problems` that names each wrong variable or option.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except pydantic_settings.SettingsError as error:
        raise errors.BadInput(f"The environment cannot be read: {error}.") from error
    except pydantic.ValidationError as error:
        raise errors.Problems(
            [
                errors.Problem(
                    errors.BadInput.code,
                    _path(given, detail["loc"]),
                    f"{detail['msg']}.",
                )
                for detail in error.errors(include_input=False, include_url=False)
            ]
        ) from error


def _path(given: Mapping[str, Any], place: tuple[int | str, ...]) -> str:
    """Return the option that was wrong, or the variable of the environment."""
    name = str(place[0])
    if given.get(name) is not None:
        return "--host" if name == "hosts" else f"--{name.replace('_', '-')}"
    return f"ORCHESTRATOR_{'__'.join(str(part) for part in place)}".upper()
