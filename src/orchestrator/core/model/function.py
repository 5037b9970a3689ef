"""Functions behind ``custom.*`` attributes: what is called, its contract, and what calls cost."""

from datetime import datetime
from typing import Final, Literal

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import Json
from orchestrator.core.model.ids import AccountId

OnFailure = Literal["skipPolicy", "unknown", "default"]
Ended = Literal["answered", "cached", "failed", "refused"]

Fault = Literal["temporary", "own", "request", "forbidden", "late"]
"""Why a call failed: it may go better at once; the function says so or answers nonsense; what was
sent is wrong; the call may not go there; the time was up."""

DISCOVERY: Final = "api.liveperson.net"
"""Where the services of LivePerson accounts are looked up (protocol reference, section 1)."""

BUCKETS: Final = (10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000)
"""Upper ends in milliseconds of what durations are counted by; one more bucket has the rest."""


class Breaker(msgspec.Struct, frozen=True, rename="camel"):
    """After ``failures`` within the window nobody is called, until one try succeeds.

    The first try comes ``open_seconds`` after the last failure.
    """

    failures: int = 5
    window_seconds: int = 60
    open_seconds: int = 30


class Definition(msgspec.Struct, frozen=True, rename="camel"):
    """What is called, with what, and the contract. Exactly one of ``url`` and ``lambda_id``.

    ``payload`` is what is sent, with ``{{ref}}`` in its texts; where it is unset, the object of
    ``parameters`` is. ``domain`` and ``account_id`` are the LivePerson account's; None means
    `DISCOVERY`, and the account's own id. ``timeout_ms`` is for everything together: waiting for a
    turn, attempts, pauses and redirects. No retry is the original's way (its reading 40).
    """

    url: str | None = None
    lambda_id: str | None = None
    domain: str | None = None
    account_id: str | None = None
    parameters: dict[str, Json] = {}
    payload: Json | msgspec.UnsetType = msgspec.UNSET
    timeout_ms: int = 10_000
    retries: int = 0
    on_failure: OnFailure = "skipPolicy"
    default_value: Json = None
    cache_seconds: int = 0
    concurrency: int = 10
    breaker: Breaker = Breaker()

    @property
    def sent(self) -> Json:
        """What is sent, before its references are resolved."""
        return self.parameters if self.payload is msgspec.UNSET else self.payload


class Secrets(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    """In clear: a webhook's signing secret, or the client that calls a lambda."""

    secret: str | None = None
    client_id: str | None = None
    client_secret: str | None = None

    def __repr__(self) -> str:
        """Tell nothing: a repr ends up in logs and tracebacks."""
        return "Secrets(…)"


class Function(msgspec.Struct, frozen=True):
    """One account's ``custom.NAME``. ``secrets`` is sealed `Secrets` as JSON, or None."""

    account: AccountId
    name: str
    definition: Definition
    changed_at: datetime
    secrets: bytes | None = None

    @property
    def row(self) -> str:
        """The place to which the seal binds its secrets."""
        return f"functions/{self.account}/{self.name}/secrets"

    def __repr__(self) -> str:
        """Name it alone."""
        return f"Function(account={self.account!r}, name={self.name!r}, …)"


class Host(msgspec.Struct, frozen=True, rename="camel"):
    """A host that functions may reach although it is inside, allowed by an administrator.

    ``host`` is in lower case, an address in its shortest form; ``port`` None is every port.
    ``scheme`` "http" allows both. ``authority`` is PEM to trust there instead of the machine's own.
    """

    host: str
    port: int | None = None
    scheme: Literal["https", "http"] = "https"
    authority: str | None = None


class Defined(msgspec.Struct, frozen=True):
    """An account's functions, and the hosts inside that they may reach."""

    functions: tuple[Function, ...] = ()
    hosts: tuple[Host, ...] = ()


class FunctionFailed(errors.Unavailable):
    """A function gave no value. ``after_seconds`` is when it wants to be asked again, if it says.

    The message is for people, and holds nothing that was sent or that is secret.
    """

    code = "function-failed"

    def __init__(
        self, message: str, *, fault: Fault = "temporary", after_seconds: float = 0.0
    ) -> None:
        super().__init__(message)
        self.fault: Fault = fault
        self.after_seconds = after_seconds


class Call(msgspec.Struct, frozen=True, omit_defaults=True):
    """One use of a function in a decision; ``reason`` and ``fault`` say why it failed."""

    name: str
    ended: Ended
    milliseconds: int
    attempts: int = 0
    reason: str | None = None
    fault: Fault | None = None


class Cost(msgspec.Struct, frozen=True, rename="camel"):
    """What calls of a function cost so far; ``durations`` are counts by `BUCKETS`.

    ``calls`` went out, ``cached`` answers did not, ``refused`` ones were not tried since the
    breaker was open.
    """

    calls: int = 0
    failures: int = 0
    cached: int = 0
    refused: int = 0
    milliseconds: int = 0
    durations: tuple[int, ...] = (0,) * (len(BUCKETS) + 1)
    last_error: str | None = None
    last_error_at: datetime | None = None
    last_called_at: datetime | None = None

    def after(self, call: Call, *, at: datetime) -> "Cost":
        """Return the cost with one more use."""
        if call.ended == "cached":
            return msgspec.structs.replace(self, cached=self.cached + 1)
        if call.ended == "refused":
            return msgspec.structs.replace(self, refused=self.refused + 1)
        failed = call.ended == "failed"
        durations = list(self.durations)
        durations[_bucket(call.milliseconds)] += 1
        return msgspec.structs.replace(
            self,
            calls=self.calls + 1,
            failures=self.failures + failed,
            milliseconds=self.milliseconds + call.milliseconds,
            durations=tuple(durations),
            last_error=call.reason if failed else self.last_error,
            last_error_at=at if failed else self.last_error_at,
            last_called_at=at,
        )

    def plus(self, other: "Cost") -> "Cost":
        """Return both together; what is last is taken from ``other`` where it says anything."""
        return Cost(
            self.calls + other.calls,
            self.failures + other.failures,
            self.cached + other.cached,
            self.refused + other.refused,
            self.milliseconds + other.milliseconds,
            tuple(map(sum, zip(self.durations, other.durations, strict=True))),
            other.last_error or self.last_error,
            other.last_error_at or self.last_error_at,
            other.last_called_at or self.last_called_at,
        )

    def percentile(self, share: float) -> int | None:
        """Return milliseconds that ``share`` (0 to 1) of the calls did not exceed.

        It is a bucket's upper end; None without calls, and where only the open bucket has it.
        """
        counted = 0
        for end, count in zip(BUCKETS, self.durations, strict=False):
            counted += count
            if counted and counted >= share * self.calls:
                return end
        return None


Costs = dict[tuple[AccountId, str], Cost]
"""By account and name of the function, without ``custom.``."""


def _bucket(milliseconds: int) -> int:
    return next((at for at, end in enumerate(BUCKETS) if milliseconds <= end), len(BUCKETS))
