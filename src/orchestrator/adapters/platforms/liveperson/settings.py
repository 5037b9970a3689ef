"""Where and as whom the bot signs in, and how long everything may take."""

import msgspec

from orchestrator.core.model.ids import AccountId


class Credentials(msgspec.Struct, frozen=True):
    """The four parts of a login key. Never shown: its text is the same whatever it holds."""

    app_key: str
    secret: str
    access_token: str
    access_token_secret: str

    def __repr__(self) -> str:
        return "Credentials(…)"


class Config(msgspec.Struct, frozen=True):
    """One account's bot.

    ``domain`` is the host (and ``:port``) that answers discovery: the only difference between the
    embedded cloud and the real one, but for ``ca_file``, a PEM file to trust instead of the
    machine's own authorities.
    """

    account: AccountId
    domain: str
    username: str
    credentials: Credentials
    ca_file: str | None = None


class Timing(msgspec.Struct, frozen=True):
    """All durations, in seconds of the clock port. The defaults are the documented ones.

    Sources: protocol reference §9.1 and §9.2 for back-off, keep-alive and refresh.
    """

    quick: tuple[float, ...] = (0.25, 0.5, 1.0, 2.0)
    """Pauses after a lost socket, before the documented ones: a server that restarts is back
    within a second or two, and rings wait meanwhile."""
    first: float = 5.0
    growth: float = 1.25
    tries: int = 35
    """The documented back-off: ``first``, each pause ``growth`` times longer, so often."""
    longest: float = 120.0
    """No pause of the growing kind is longer."""
    intervals: tuple[float, ...] = (120.0, 240.0, 480.0)
    """Afterwards; the last one for ever."""
    refused: tuple[float, ...] = (10.0, 30.0, 60.0, 120.0, 300.0)
    """Between attempts with credentials that were refused; the last one for ever. A platform in
    trouble refuses good ones too, for a while; bad ones do not mend by being sent often."""
    settled: float = 10.0
    """A socket that stood as long as this makes the next loss a first one again."""
    keep_alive: float = 30.0
    refresh: float = 240.0
    answer: float = 10.0
    """How long an answer may take, and a conversation to appear after its ring was accepted."""
    audit: float = 30.0
    """Between questions for what was not told, and how much earlier than the last one each of them
    looks, twice over: one that is lost itself leaves no gap."""
    settle: float = 1.0
    """How long the answer to such a question may take to be told."""
    names: float = 30.0
    """How long the account's skills are believed."""
