"""Attributes: what policies read, as values with an origin, and the catalogue of known names."""

from datetime import datetime
from typing import Any, Final

import msgspec

Json = Any
"""None, bool, int, float, str, list or dict of the same."""


class Known(msgspec.Struct, frozen=True):
    """A value as one source gave it; ``value`` None means the attribute is missing there.

    ``source`` is a word for people ("conversation", "profile", "custom", "history", "context",
    "staffing", "function", "caller");
    ``as_of`` is when the source learned it, where that is known.
    """

    value: Json
    source: str = ""
    as_of: datetime | None = None


class LastSeen(msgspec.Struct, frozen=True):
    """The value that an attribute had in the newest decision that was looked at."""

    name: str
    value: Any
    at: datetime


class Unfetched(msgspec.Struct, frozen=True):
    """An attribute that could not be fetched; ``reason`` is a sentence for the trace."""

    reason: str
    source: str = ""


AttributeValue = Known | Unfetched


class Attribute(msgspec.Struct, frozen=True):
    """One entry of the registry. ``cost`` orders fetching: 0 at hand, 1 a call, 2 a function.

    ``name`` may have one part in angle brackets, such as ``skills.<id>.waiting``: then it stands
    for every attribute of that shape. ``personal`` values say who somebody is: where values are
    only looked at in passing (the last seen one), they are left out, as sensitive ones are.
    """

    name: str
    type: str
    source: str
    description: str
    example: Json
    sensitive: bool = False
    cost: int = 0
    personal: bool = False


_PERSONAL: Final = frozenset(
    {"conversationId", "groupId", "consumerId"}
    | {"customerinfo.customerid", "customerinfo.socialid", "customerinfo.imei"}
    | {"customerinfo.username", "customerinfo.accountname", "personalinfo.age.day"}
)


def _conversation(
    name: str, kind: str, description: str, example: Json, *, cost: int = 0, sensitive: bool = False
) -> Attribute:
    return Attribute(
        f"conversation.{name}",
        kind,
        "conversation",
        description,
        example,
        sensitive,
        cost,
        name in _PERSONAL,
    )


def _sde(path: str, kind: str, description: str, example: Json) -> Attribute:
    return Attribute(
        f"sde.visitorinfo.{path}",
        kind,
        "profile",
        description,
        example,
        cost=1,
        personal=path in _PERSONAL,
    )


def _context(
    name: str, description: str, example: Json, *, kind: str = "text", sensitive: bool = False
) -> Attribute:
    return Attribute(name, kind, "context", description, example, sensitive, 1)


def _staffing(path: str, kind: str, description: str, example: Json) -> Attribute:
    return Attribute(path, kind, "staffing", description, example, cost=1)


CATALOGUE: Final[tuple[Attribute, ...]] = (
    _conversation("conversationId", "text", "Id of the conversation.", "45c36881-…"),
    _conversation("consumerId", "text", "Id of the consumer.", "f18437ba-…"),
    _conversation("groupId", "text", "Session under which context is looked up.", "45c36881-…"),
    _conversation("currentSkillId", "text", "Skill on which it rang.", "3001"),
    _conversation(
        "previousSkillId", "text", "Skill that handled it, or the consumer, before.", "3002", cost=1
    ),
    _conversation("previousAgentId", "text", "Agent who last served the consumer.", "1002", cost=1),
    _conversation(
        "minutesSinceStartConversation", "number", "Minutes since the conversation began.", 1.5
    ),
    _conversation(
        "minutesSincePreviousMessage",
        "number",
        "Minutes since the consumer's newest message before this arrival.",
        12.25,
        cost=1,
    ),
    _conversation("entrySkill", "text", "Name of the skill it first came in on.", "maven:Billing"),
    _conversation("engagementId", "text", "Engagement that started it.", "888888"),
    _conversation("campaignId", "text", "Campaign of that engagement.", "99999"),
    _conversation("channel", "text", "Channel: web, app, or a connector's name.", "web"),
    _conversation("language", "text", "Language of the consumer's page.", "en-US"),
    _conversation("device", "text", "Device family: DESKTOP, MOBILE, TABLET.", "DESKTOP"),
    _conversation(
        "firstMessage",
        "text",
        "The consumer's first message.",
        "Where is my parcel?",
        cost=1,
        sensitive=True,
    ),
    _conversation("isFirst", "boolean", "Whether it is this consumer's first conversation.", True),
    _sde("customerinfo.ctype", "text", "Customer type, compared without case.", "vip"),
    _sde("customerinfo.cstatus", "text", "Customer status, compared without case.", "active"),
    _sde("customerinfo.balance", "number", "Account balance.", 480.5),
    _sde("customerinfo.customerid", "text", "Your id of the customer.", "C-1042"),
    _sde("customerinfo.socialid", "text", "Id in a social network.", "@jo"),
    _sde("customerinfo.imei", "text", "Device number.", "490154203237518"),
    _sde("customerinfo.username", "text", "User name.", "jo.doe"),
    _sde("customerinfo.companysize", "number", "Employees of the customer's company.", 250),
    _sde("customerinfo.companybranch", "text", "Branch of the customer's company.", "Retail"),
    _sde("customerinfo.accountname", "text", "Name of the customer's account.", "Acme"),
    _sde("customerinfo.role", "text", "Role of the customer.", "broker"),
    _sde("customerinfo.loginstatus", "number", "Whether the customer is logged in.", 1),
    _sde("customerinfo.lastpaymentdate.day", "number", "Day of the last payment.", 4),
    _sde("customerinfo.lastpaymentdate.month", "number", "Month of the last payment.", 11),
    _sde("customerinfo.lastpaymentdate.year", "number", "Year of the last payment.", 2026),
    _sde("customerinfo.registrationdate.day", "number", "Day of registration.", 2),
    _sde("customerinfo.registrationdate.month", "number", "Month of registration.", 3),
    _sde("customerinfo.registrationdate.year", "number", "Year of registration.", 2021),
    _sde("personalinfo.age.age", "number", "Age in years.", 41),
    _sde("personalinfo.age.day", "number", "Day of birth.", 1),
    _sde("personalinfo.age.month", "number", "Month of birth.", 5),
    _sde("personalinfo.age.year", "number", "Year of birth.", 1985),
    _sde("personalinfo.gender", "text", "MALE, FEMALE or OTHER.", "OTHER"),
    _sde("personalinfo.language", "text", "Language of the customer.", "en-US"),
    _sde("personalinfo.company", "text", "Company of the customer.", "Acme"),
    _context("orchestrator.intent", "Intent that a bot found, by name.", "track parcel"),
    _context("orchestrator.channel", "Channel, as a bot told it.", "WEB"),
    _context(
        "orchestrator.userMessage", "The consumer's last message to a bot.", "Hello", sensitive=True
    ),
    _staffing("skills.<id>.onlineAgents", "number", "Agents of the skill who are online.", 4),
    _staffing(
        "skills.<id>.slots",
        "number",
        "Conversations that they can have at a time; missing if one of them is unlimited.",
        12,
    ),
    _staffing(
        "skills.<id>.freeSlots", "number", "How many more they can take; missing as slots is.", 3
    ),
    _staffing(
        "skills.<id>.busyPercent",
        "number",
        "Share of the slots that are taken: 0 with an unlimited agent, 100 without any slot.",
        75.0,
    ),
    _staffing("skills.<id>.waiting", "number", "Conversations that wait in its queue.", 2),
    _staffing(
        "skills.<id>.longestWaitSeconds", "number", "How long the oldest of them has waited.", 41.5
    ),
    _staffing("skills.<id>.isOpen", "boolean", "Whether its opening hours say so.", True),
    _staffing(
        "agents.<id>.available", "boolean", "Whether the agent is online with a free slot.", True
    ),
    _context("<namespace>.<property>", "A context variable of your own.", "a1b2", kind="any"),
)
"""THE registry: what policies can read. An account's own ``custom.*`` values come on top."""

BY_NAME: Final[dict[str, Attribute]] = {
    attribute.name: attribute for attribute in CATALOGUE if "<" not in attribute.name
}

RESERVED: Final[frozenset[str]] = frozenset(
    {"conversation", "sde", "custom", "consumer", "operational", "faas", "customerinfo"}
    | {"personalinfo", "skills", "agents"}
)
"""First parts of names that are never a namespace of somebody's own: a namespace called ``skills``
that is older than staffing works over the API, and policies do not see it."""

STAFFING: Final = ("skills", "agents")
"""First parts of the names of staffing attributes, which hide namespaces of these names."""

_STAFFED: Final[dict[str, frozenset[str]]] = {
    kind: frozenset(
        each.name.rpartition(".")[2]
        for each in CATALOGUE
        if each.source == "staffing" and each.name.startswith(f"{kind}.")
    )
    for kind in STAFFING
}


class Staffed(msgspec.Struct, frozen=True):
    """What a staffing attribute asks: of which skill or agent, and what."""

    kind: str
    id: str
    field: str


def staffed(name: str) -> Staffed | None:
    """Return what ``name`` asks of the staffing; None where it is no staffing attribute."""
    kind, _, rest = name.partition(".")
    fields = _STAFFED.get(kind)
    if fields is None:
        return None
    identity, _, field = rest.rpartition(".")
    return Staffed(kind, identity, field) if identity and field in fields else None


def namespaced(name: str) -> tuple[str, str] | None:
    """Return namespace and property where ``name`` is a context variable, else None."""
    namespace, _, rest = name.partition(".")
    if not rest or namespace in RESERVED:
        return None
    return namespace, rest


def described(name: str) -> Attribute | None:
    """Return the registry's entry for a canonical name, by its shape if need be."""
    known = BY_NAME.get(name)
    if known is not None:
        return known
    asked = staffed(name)
    if asked is not None:
        return _BY_SHAPE[f"{asked.kind}.<id>.{asked.field}"]
    return _BY_SHAPE["<namespace>.<property>"] if namespaced(name) is not None else None


_BY_SHAPE: Final = {each.name: each for each in CATALOGUE if "<" in each.name}

FOLDED: Final[frozenset[str]] = frozenset(
    {"sde.visitorinfo.customerinfo.ctype", "sde.visitorinfo.customerinfo.cstatus"}
)
"""Attributes compared without regard to case (LivePerson's engagement attribute types)."""

_ALIASES: Final[dict[str, str]] = {
    "conversation.minutesSinceLastMessage": "conversation.minutesSincePreviousMessage",
    "sde.visitorinfo.customerinfo.age": "sde.visitorinfo.personalinfo.age",
}
_PREFIXES: Final[tuple[tuple[str, str], ...]] = (
    ("customerinfo.", "sde.visitorinfo.customerinfo."),
    ("personalinfo.", "sde.visitorinfo.personalinfo."),
    ("sde.visitorinfo.customerinfo.age.", "sde.visitorinfo.personalinfo.age."),
)


def canonical(name: str) -> str:
    """Resolve the aliases of old documents and samples; any other name comes back unchanged."""
    if name in _ALIASES:
        return _ALIASES[name]
    for prefix, full in _PREFIXES:
        if name.startswith(prefix):
            return canonical(full + name.removeprefix(prefix))
    return name


def spellings(name: str) -> tuple[str, ...]:
    """Return the canonical ``name`` and then every alias that means it, so that either is found."""
    found = [name]
    for spelling in found:  # grows while it is walked: an alias may have one of its own
        found += [alias for alias, full in _ALIASES.items() if full == spelling]
        for prefix, full in _PREFIXES:
            if spelling.startswith(full):
                found.append(prefix + spelling.removeprefix(full))
    return tuple(found)


def cost(name: str) -> int:
    """Return how dear it is to fetch ``name``: unknown names count as one call.

    A ``custom.*`` that somebody is asked for is no static value of the set, so it is a function.
    """
    attribute = BY_NAME.get(name)
    if attribute is not None:
        return attribute.cost
    return 2 if name.startswith("custom.") else 1


def is_sensitive(name: str) -> bool:
    """Whether values of ``name`` are masked wherever they are shown."""
    attribute = BY_NAME.get(name)
    return attribute is not None and attribute.sensitive


def may_be_kept_aside(name: str) -> bool:
    """Whether a value of ``name`` may be shown as the last one seen: nothing of a person's.

    Of what the registry does not describe nobody knows: a function's answer is often about a
    person, and so are profile fields that a caller made up.
    """
    attribute = described(name)
    return attribute is not None and not (attribute.sensitive or attribute.personal)
