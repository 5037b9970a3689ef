"""The account's settings, and which inner hosts its functions may reach."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import Account
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import choosing, faults, meanwhile
from orchestrator.doors.console.faults import NOTHING, Fault
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory.accounts import LIMITS, Settings

NUMBERS: Final[Mapping[str, tuple[str, str, type[int] | type[float]]]] = {
    "ring_seconds": (
        "Ring time, in seconds",
        "How long a conversation rings at one agent before it rings at the next.",
        int,
    ),
    "suggestion_seconds": (
        "Wait for a suggested agent, in seconds",
        "How long a conversation waits for the agent that a policy named; then its skill has it.",
        int,
    ),
    "first_message_seconds": (
        "Wait for the first message, in seconds",
        "How long a decision waits for it, where a policy reads it.",
        float,
    ),
    "session_hours": (
        "Length of a session, in hours",
        "How long somebody stays signed in without doing anything.",
        float,
    ),
    "retention_days": (
        "Retention, in days",
        "How long decisions and ended conversations are kept.",
        int,
    ),
}
"""The numbers of an account: what each is called, what it does, and what kind it is."""

ACCOUNT: Final = ("fallback_skill", *NUMBERS)
HOST: Final = ("host", "scheme", "authority")


async def account(visit: Visit) -> Response:
    """Show the account's settings."""
    access.demand(visit.actor, "directory.read")
    found = await visit.rooms.directory.accounts.opened(visit.account)
    return await _account(visit, found, values=_of_account(found))


async def edit_account(visit: Visit) -> Response:
    """Change the account's settings."""
    access.demand(visit.actor, "directory.write")
    accounts = visit.rooms.directory.accounts
    found = await accounts.opened(visit.account)
    now, values = _of_account(found), {field: visit.text(field) for field in ACCOUNT}
    values["fallback_skill"] = await choosing.meant(visit, "skills", values["fallback_skill"])
    before = [now["fallback_skill"]] if now["fallback_skill"] else []
    skills = await visit.rooms.directory.choosing.named(visit.actor, "skills", before)
    told = {"fallback_skill": skills[0].name if skills else None}
    fault = meanwhile.contradiction(visit.text(meanwhile.FIELD), now, values, words=told)
    if fault is not NOTHING:
        return await _account(visit, found, values=values, fault=fault, status=412)
    try:
        numbers: dict[str, Any] = {field: _number(field, values[field]) for field in NUMBERS}
        settings = Settings(fallback_skill=values["fallback_skill"] or None, **numbers)
        await accounts.edit(visit.actor, settings=settings)
    except OrchestratorError as error:
        fault = faults.of(error, *ACCOUNT)
        return await _account(visit, found, values=values, fault=fault)
    return visit.go("/account", notice=_("The settings are saved."))


async def hosts(visit: Visit) -> Response:
    """List the inner hosts that functions may reach."""
    return await _hosts(visit)


async def allow(visit: Visit) -> Response:
    """Let functions reach a host although it is inside."""
    values = {field: visit.text(field) for field in HOST}
    try:
        made = await visit.rooms.functions.allow_host(
            visit.actor,
            values["host"],
            scheme=values["scheme"] or "https",
            authority=values["authority"] or None,
        )
    except OrchestratorError as error:
        return await _hosts(visit, values=values, fault=faults.of(error, *HOST))
    return visit.go("/function-hosts", notice=_("Functions may reach %(host)s.", host=made.host))


async def disallow(visit: Visit) -> Response:
    """Take a permission back."""
    gone = await visit.rooms.functions.disallow_host(visit.actor, visit.text("host"))
    return visit.go(
        "/function-hosts", notice=_("Functions may no longer reach %(host)s.", host=gone.host)
    )


def _of_account(found: Account) -> dict[str, str]:
    numbers = {field: f"{getattr(found, field):g}" for field in NUMBERS}
    return {"fallback_skill": found.fallback_skill_id or "", **numbers}


def _number(field: str, text: str) -> float:
    """Return the number that was typed. Raises `errors.BadInput`; its range is the service's."""
    kind = NUMBERS[field][2]
    try:
        return kind(text)
    except ValueError as error:
        is_whole = kind is int
        said = _("This must be a whole number.") if is_whole else _("This must be a number.")
        raise errors.BadInput(said, path=field) from error


async def _account(
    visit: Visit,
    found: Account,
    *,
    values: Mapping[str, str],
    fault: Fault = NOTHING,
    status: int = 422,
) -> Response:
    none = _("None: conversations stay with the bot")
    return visit.page(
        "account.html",
        status=200 if fault is NOTHING else status,
        found=found,
        values=values,
        fault=fault,
        seen=meanwhile.marks(_of_account(found)),
        numbers=NUMBERS,
        limits=LIMITS,
        fallback=await choosing.one(visit, "skills", values["fallback_skill"], none=none),
    )


async def _hosts(
    visit: Visit, *, values: Mapping[str, str] | None = None, fault: Fault = NOTHING
) -> Response:
    return visit.page(
        "function_hosts.html",
        status=200 if fault is NOTHING else 422,
        hosts=await visit.rooms.functions.hosts(visit.actor),
        values=values or {"host": "", "scheme": "https", "authority": ""},
        fault=fault,
        schemes=(
            ("https", "HTTPS", _("Encrypted, with a certificate that is checked.")),
            ("http", _("HTTP as well"), _("In clear: anybody on the way can read it.")),
        ),
    )


ROWS: Final = (
    Row("GET", "/account", account),
    Row("POST", "/account", edit_account),
    Row("GET", "/function-hosts", hosts),
    Row("POST", "/function-hosts", allow),
    Row("POST", "/function-hosts/remove", disallow),
)
