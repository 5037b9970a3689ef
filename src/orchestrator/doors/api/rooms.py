"""What the API's doors open onto, and how far they open."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import msgspec

from orchestrator.core.model.access import Actor
from orchestrator.services.admin.arranging import Arranging
from orchestrator.services.admin.attributes import Attributes
from orchestrator.services.admin.checking import Checking
from orchestrator.services.admin.decisions import Decisions
from orchestrator.services.admin.drafts import Drafts
from orchestrator.services.admin.erasure import Erasure
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
from orchestrator.services.clock import Clock
from orchestrator.services.cloud.announcements import Announcements
from orchestrator.services.cloud.supervising import Supervising
from orchestrator.services.context.browsing import Browsing
from orchestrator.services.context.contexts import Contexts
from orchestrator.services.context.documents import Documents
from orchestrator.services.directory import Directory
from orchestrator.services.routing import decisions as deciding


class Limits(msgspec.Struct, frozen=True):
    """Bounds that keep a bad peer's cost with the peer."""

    body_bytes: int = 8 << 20
    """The largest body: a list of 100,000 items is allowed as a value."""
    listeners: int = 200
    """Open streams of events, of all accounts together."""
    listeners_each: int = 50
    """Open streams of one account, so that none takes all of them."""
    waiting_events: int = 1_000
    """What may wait for one slow reader before its stream is closed; it resumes by the last id."""
    heartbeat: timedelta = timedelta(seconds=15)
    """How long a stream is silent at most, so that proxies keep it open."""


class Rooms(msgspec.Struct, frozen=True):
    """The services behind the API."""

    directory: Directory
    policies: Policies
    listing: Listing
    arranging: Arranging
    drafts: Drafts
    playground: Playground
    replaying: Replaying
    checking: Checking
    attributes: Attributes
    schedules: Schedules
    reports: Reports
    floor: Floor
    supervising: Supervising
    decisions: Decisions
    usage: Counting
    deciding: deciding.Decisions
    contexts: Contexts
    browsing: Browsing
    documents: Documents
    functions: Functions
    try_function: Callable[[Actor, str, Mapping[str, Any]], Awaitable[Any]]
    """Calls a function once, with these attributes; returns a struct of what came back."""
    try_bot: Callable[[Actor, Any], Awaitable[Sequence[Any]]]
    """Signs in once with a document of credentials, or with those kept (None); returns structs of
    what came of each step."""
    erasure: Erasure
    log: Log
    announcements: Announcements
    clock: Clock
    limits: Limits = Limits()
