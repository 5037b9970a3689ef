"""Settings of how passwords are hashed."""

from typing import Final

import pydantic


class PasswordSettings(pydantic.BaseModel):
    """What a guess at a stolen hash costs, and so what each sign-in does: Argon2id's parameters.

    They are of this server: people whose password was hashed with others go on signing in. The
    defaults are RFC 9106's second recommendation, the least is OWASP's minimum.
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    memory_kib: int = pydantic.Field(default=65_536, ge=19_456, le=4_194_304)
    """How much memory a hash takes, in KiB."""
    passes: int = pydantic.Field(default=3, ge=2, le=100)
    """How often it goes over that memory."""
    lanes: int = pydantic.Field(default=4, ge=1, le=64)
    """How many threads share the work."""


LEAST: Final = PasswordSettings(memory_kib=19_456, passes=2, lanes=1)
"""A tenth of the work: for passwords that are long and random, which nobody guesses."""
