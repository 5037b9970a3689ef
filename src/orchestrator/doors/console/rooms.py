"""What the console's doors open onto."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Literal

import msgspec

from orchestrator.core.model.access import Actor
from orchestrator.doors.console.streams import Streams
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.attributes import Attributes
from orchestrator.services.admin.decisions import Decisions
from orchestrator.services.admin.drafts import Drafts
from orchestrator.services.admin.explaining import Explaining
from orchestrator.services.admin.floor import Floor
from orchestrator.services.admin.functions import Functions
from orchestrator.services.admin.listing import Listing
from orchestrator.services.admin.playground import Playground
from orchestrator.services.admin.policies import Policies
from orchestrator.services.admin.ports import Log
from orchestrator.services.admin.replaying import Replaying
from orchestrator.services.admin.reports import Reports
from orchestrator.services.admin.schedules import Schedules
from orchestrator.services.admin.usage_counting import Counting
from orchestrator.services.admin.workplace import Workplace
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.supervising import Supervising
from orchestrator.services.context.browsing import Browsing
from orchestrator.services.context.contexts import Contexts
from orchestrator.services.directory import Directory
from orchestrator.services.directory.openid import OpenId


class SingleSignOn(msgspec.Struct, frozen=True):
    """Signing in by a provider of OpenID Connect, and what the sign-in page says of it."""

    service: OpenId
    label: str
    """What the button says; empty: the console's own words."""
    address: str | None
    """Where browsers reach this server; None: as each of them asks for it."""
    passwords: Literal["allowed", "refused"]


class Rooms(msgspec.Struct, frozen=True):
    """The services behind the console; ``account`` is the one that the sign-in page offers."""

    account: str
    directory: Directory
    policies: Policies
    drafts: Drafts
    listing: Listing
    arranging: Arranging
    attributes: Attributes
    schedules: Schedules
    reports: Reports
    decisions: Decisions
    explaining: Explaining
    workplace: Workplace
    usage: Counting
    floor: Floor
    supervising: Supervising
    playground: Playground
    replaying: Replaying
    contexts: Contexts
    browsing: Browsing
    functions: Functions
    try_function: Callable[[Actor, str, Mapping[str, Any]], Awaitable[Any]]
    """Calls a function once, with these attributes; returns a struct of what came back."""
    try_bot: Callable[[Actor, Any], Awaitable[Sequence[Any]]]
    """Signs in once with a document of credentials, or with those kept (None); returns structs of
    what came of each step: ``stage``, ``ok`` (None: not reached) and ``said``."""
    breakers: Callable[[str], Mapping[str, str]]
    """How the breakers of an account's functions stand here, by name: closed, open, half-open."""
    log: Log
    announcements: Announcements
    clock: Clock
    streams: Streams = msgspec.field(default_factory=Streams)
    single_sign_on: SingleSignOn | None = None
