"""Which door a request comes in by: the API's, the console's, or else the gateway's."""

from pathlib import Path
from typing import Protocol

from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from orchestrator.adapters import calendar
from orchestrator.adapters.seal import Seal
from orchestrator.adapters.storage import admin, audit, contexts, engine, floor, seen
from orchestrator.adapters.storage import functions as function_rows
from orchestrator.doors.api import app as api
from orchestrator.doors.api.rooms import Rooms
from orchestrator.doors.console import app as console
from orchestrator.doors.console.rooms import Rooms as ConsoleRooms
from orchestrator.doors.console.rooms import SingleSignOn
from orchestrator.serve import erasing, examining, signing_in, trying
from orchestrator.serve.deciding import Deciding
from orchestrator.serve.signing_in import Own
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.attributes import Attributes
from orchestrator.services.admin.checking import Checking
from orchestrator.services.admin.decisions import Decisions
from orchestrator.services.admin.drafts import Drafts
from orchestrator.services.admin.explaining import Explaining
from orchestrator.services.admin.floor import Floor
from orchestrator.services.admin.functions import Functions
from orchestrator.services.admin.listing import Listing
from orchestrator.services.admin.playground import Playground
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.replaying import Replaying
from orchestrator.services.admin.reports import Reports
from orchestrator.services.admin.retelling import Retelling
from orchestrator.services.admin.rulesets import Rulesets
from orchestrator.services.admin.schedules import Schedules
from orchestrator.services.admin.usage_counting import Counting
from orchestrator.services.admin.workplace import Workplace
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.ports import CloudStore
from orchestrator.services.cloud.supervising import Supervising
from orchestrator.services.context.browsing import Browsing
from orchestrator.services.context.contexts import Contexts
from orchestrator.services.context.documents import Documents
from orchestrator.services.directory import Directory


class Front:
    """One application for both ports; addresses decide, so sockets and rings cost nothing more."""

    def __init__(self, gateway: ASGIApp, *, beside: ASGIApp, pages: ASGIApp) -> None:
        self._gateway = gateway
        self._api = beside
        self._console = pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand over to the door."""
        door = self._gateway
        if scope["type"] == "http":
            path = scope["path"]
            if path.startswith(api.PREFIXES):
                door = self._api
            elif path == console.PREFIX or path.startswith(f"{console.PREFIX}/"):
                door = self._console
            elif path == "/":
                door = RedirectResponse(console.PREFIX)
        await door(scope, receive, send)


class Parts(Protocol):
    """What the API is built on: some of what `serve.program` has built."""

    @property
    def database(self) -> engine.Database:
        """The open database."""
        ...

    @property
    def store(self) -> CloudStore:
        """The embedded cloud's rows."""
        ...

    @property
    def clock(self) -> Clock:
        """Real time."""
        ...

    @property
    def directory(self) -> Directory:
        """Who is who."""
        ...

    @property
    def deciding(self) -> Deciding:
        """What decisions are made of."""
        ...

    @property
    def seal(self) -> Seal:
        """What must be read in clear again."""
        ...

    @property
    def announcements(self) -> Announcements:
        """What happens in the embedded cloud."""
        ...


def application(
    gateway: ASGIApp,
    parts: Parts,
    *,
    data: Path,
    account: str,
    own: Own,
    single_sign_on: SingleSignOn | None,
) -> Front:
    """Return the application over all doors; ``data`` is the data folder.

    ``account`` is the one that the console's sign-in page offers, ``own`` this server's cloud.
    Without ``single_sign_on`` people sign in with passwords alone.
    """
    rulesets = Rulesets(parts.deciding.library)
    made = rooms(parts, rulesets, data=data, own=own)
    explaining = Explaining(admin.AdminStore(parts.database), rulesets)
    pages = console.application(
        ConsoleRooms(
            account=account,
            directory=made.directory,
            policies=made.policies,
            drafts=made.drafts,
            listing=made.listing,
            arranging=made.arranging,
            attributes=made.attributes,
            schedules=made.schedules,
            reports=made.reports,
            decisions=made.decisions,
            explaining=explaining,
            usage=made.usage,
            workplace=Workplace(admin.AdminStore(parts.database), explaining),
            floor=made.floor,
            supervising=made.supervising,
            playground=made.playground,
            replaying=made.replaying,
            contexts=made.contexts,
            browsing=made.browsing,
            functions=made.functions,
            try_function=made.try_function,
            breakers=parts.deciding.functions.breakers,
            try_bot=made.try_bot,
            log=made.log,
            announcements=made.announcements,
            clock=made.clock,
            single_sign_on=single_sign_on,
        )
    )
    return Front(gateway, beside=api.application(made), pages=pages)


def rooms(parts: Parts, rulesets: Rulesets, *, data: Path, own: Own) -> Rooms:
    """Return the services behind the API; the console's are the same, and some more."""
    store = admin.AdminStore(parts.database)
    kept = contexts.ContextStore(parts.database)
    held = Contexts(kept, parts.clock)
    retelling = Retelling(rulesets)
    rules = Policies(
        store,
        parts.clock,
        calendar=calendar.holidays,
        library=parts.deciding.library,
        taken=parts.deciding.rulebook.take,
    )
    return Rooms(
        directory=parts.directory,
        policies=rules,
        listing=Listing(
            store,
            parts.clock,
            observed=seen.SeenValues(parts.database),
            library=parts.deciding.library,
            examine=examining.examined,
        ),
        arranging=Arranging(rules),
        drafts=Drafts(
            store,
            seen.SeenValues(parts.database),
            policies=rules,
            calendar=calendar.holidays,
        ),
        playground=Playground(store, rulesets, seen.SeenValues(parts.database)),
        replaying=Replaying(
            store,
            seen.SeenValues(parts.database),
            rulesets=rulesets,
            calendar=calendar.holidays,
            clock=parts.clock,
        ),
        checking=Checking(store, seen.SeenValues(parts.database), calendar=calendar.holidays),
        attributes=Attributes(rules, seen.SeenValues(parts.database)),
        schedules=Schedules(store, parts.clock, policies=rules, calendar=calendar.holidays),
        reports=Reports(store, parts.clock, retelling=retelling),
        floor=Floor(floor.FloorStore(parts.database), parts.clock),
        supervising=Supervising(parts.store, parts.clock),
        decisions=Decisions(store, retelling=retelling),
        usage=Counting(store, parts.clock, library=parts.deciding.library),
        deciding=parts.deciding.decisions,
        contexts=held,
        browsing=Browsing(held),
        documents=Documents(kept, parts.clock),
        functions=Functions(
            function_rows.FunctionStore(parts.database),
            parts.clock,
            policies=rules,
            seal=parts.seal,
        ),
        try_function=lambda actor, name, attributes: trying.once(
            parts.deciding.functions, rules, actor, name=name, attributes=attributes
        ),
        try_bot=lambda actor, document: signing_in.once(
            parts.directory, actor, own=own, document=document
        ),
        erasure=erasing.of(
            parts.database,
            parts.clock,
            cloud=parts.store,
            data=data,
            forget_seen=parts.deciding.forget,
        ),
        log=audit.AuditLog(parts.database),
        announcements=parts.announcements,
        clock=parts.clock,
    )
