"""What can be asked of the API, a function for each: they return an `asking.Ask` and send nothing.

Names of skills, users and policies are ids or exact names. Bodies of changes are the JSON of the
document at ``/v3/docs``; where only some fields are sent, the others stay.
"""

import types
from collections.abc import Mapping, Sequence
from typing import Any, Final, Generic, Literal, TypeVar
from urllib.parse import quote

import msgspec

from orchestrator.client.api import shapes, used
from orchestrator.client.api.asking import Ask

S = TypeVar("S")
A = TypeVar("A")

_ACCOUNT: Final = "/v3/accounts/{account}"
_CONTEXT: Final = "/v1/account/{account}"

Change = Mapping[str, Any]


def decide(
    *,
    attributes: Mapping[str, Any] | None = None,
    conversation: str | None = None,
    consumer: str | None = None,
    session: str | None = None,
    at: str | None = None,
    record: Literal["kept", "not kept"] = "kept",
    trace: Literal["on", "off"] = "off",
) -> Ask[shapes.Decision]:
    """Ask what the policies would do. Needs the scope ``decide``.

    ``session`` is where context was saved, by default the conversation; ``at`` is ISO 8601.
    """
    return Ask(
        method="POST",
        path=f"{_ACCOUNT}/decisions",
        answer=shapes.Decision,
        body=question(
            attributes=attributes,
            conversation=conversation,
            consumer=consumer,
            session=session,
            at=at,
            record=record,
            trace=trace,
        ),
    )


def question(
    *,
    attributes: Mapping[str, Any] | None = None,
    conversation: str | None = None,
    consumer: str | None = None,
    session: str | None = None,
    at: str | None = None,
    record: Literal["kept", "not kept"] = "kept",
    trace: Literal["on", "off"] = "off",
) -> dict[str, Any]:
    """Return one question of a batch, as `decide` asks it."""
    wanted = {
        "attributes": attributes,
        "conversationId": conversation,
        "consumerId": consumer,
        "sessionId": session,
        "at": at,
    }
    found = {field: value for field, value in wanted.items() if value is not None}
    return {**found, "record": record == "kept", "trace": trace == "on"}


def decide_all(questions: Sequence[Change]) -> Ask[list[shapes.BatchItem]]:
    """Ask up to 1,000 questions (`question`); a wrong one has ``errors`` in its place."""
    path = f"{_ACCOUNT}/decisions/batch"
    return Ask(method="POST", path=path, answer=list[shapes.BatchItem], body=list(questions))


def next_actions(
    *, conversation: str, consumer: str | None = None, group: str | None = None
) -> Ask[shapes.NextActions]:
    """Ask as programs of the original do. Needs the scope ``decide``."""
    query = {"conversationId": conversation, "consumerId": consumer, "groupId": group}
    return Ask(
        method="GET",
        path=f"{_CONTEXT}/next-actions",
        answer=shapes.NextActions,
        query={name: value for name, value in query.items() if value is not None},
    )


def save_context(namespace: str, values: Change, *, session: str | None = None) -> Ask[None]:
    """Save properties in a session, or the namespace; others stay. Needs the scope ``context``."""
    path = f"{_place(namespace, session)}/properties"
    return Ask(method="PATCH", path=path, answer=type(None), body=dict(values))


def context(namespace: str, *, session: str | None = None) -> Ask[dict[str, Any]]:
    """Read all properties of a session, or the namespace."""
    path = f"{_place(namespace, session)}/properties"
    return Ask(method="GET", path=path, answer=dict[str, Any])


def remove_context(namespace: str, name: str, *, session: str | None = None) -> Ask[None]:
    """Delete a property; one that is not there is nobody's concern."""
    path = f"{_place(namespace, session)}/properties/{_part(name)}"
    return Ask(method="DELETE", path=path, answer=type(None))


def namespaces() -> Ask[list[shapes.Namespace]]:
    """List the registered namespaces of the context service."""
    return Ask(method="GET", path=_CONTEXT, answer=list[shapes.Namespace])


def account() -> Ask[shapes.Account]:
    """Show the account's settings."""
    return Ask(method="GET", path=_ACCOUNT, answer=shapes.Account)


def edit_account(change: Change) -> Ask[shapes.Account]:
    """Change settings of the account."""
    return Ask(method="PATCH", path=_ACCOUNT, answer=shapes.Account, body=dict(change))


class Noun(msgspec.Struct, Generic[S, A], frozen=True):
    """A noun whose entries are listed, shown, added, changed and removed."""

    path: str
    shape: type[S]
    added: type[A]

    def all(self, *, limit: int = 100) -> Ask[list[S]]:
        """List the entries; `clients.Client.pages` goes on to the next page."""
        return _list(self.path, self.shape, limit)

    def show(self, reference: str) -> Ask[S]:
        """Show one entry."""
        return Ask(method="GET", path=self._one(reference), answer=self.shape)

    def add(self, body: Change) -> Ask[A]:
        """Add an entry."""
        path = f"{_ACCOUNT}{self.path}"
        return Ask(method="POST", path=path, answer=self.added, body=dict(body))

    def edit(self, reference: str, change: Change) -> Ask[S]:
        """Change what is sent of an entry."""
        path = self._one(reference)
        return Ask(method="PATCH", path=path, answer=self.shape, body=dict(change))

    def remove(self, reference: str) -> Ask[S]:
        """Remove an entry."""
        return Ask(method="DELETE", path=self._one(reference), answer=self.shape)

    def _one(self, reference: str) -> str:
        return f"{_ACCOUNT}{self.path}/{_part(reference)}"


USERS: Final = Noun("/users", shapes.User, shapes.User)
SKILLS: Final = Noun("/skills", shapes.Skill, shapes.Skill)
CAMPAIGNS: Final = Noun("/campaigns", shapes.Campaign, shapes.Campaign)
ENGAGEMENTS: Final = Noun("/engagements", shapes.Engagement, shapes.Engagement)
KEYS: Final = Noun("/keys", shapes.Key, shapes.Issued)
"""Keys are not edited: they are rotated (`rotate_key`) and, by removing, revoked."""


FUNCTIONS: Final = Noun("/functions", shapes.Function, shapes.Function)
"""To change one only as it was seen, use `Ask.at` with the state of ``show``."""


def try_function(name: str, attributes: Mapping[str, Any]) -> Ask[shapes.Tried]:
    """Call a function once, with these attributes as its parameters' values."""
    path = f"{_ACCOUNT}/functions/{_part(name)}/try"
    body = {"attributes": dict(attributes)}
    return Ask(method="POST", path=path, answer=shapes.Tried, body=body)


def rotate_key(key: str, *, overlap_seconds: int = 0) -> Ask[shapes.Issued]:
    """Put a new key in the place of one, which stays good for so long."""
    path = f"{_ACCOUNT}/keys/{_part(key)}/rotate"
    body = {"overlapSeconds": overlap_seconds}
    return Ask(method="POST", path=path, answer=shapes.Issued, body=body)


def generate_login_key(login: str) -> Ask[shapes.LoginKey]:
    """Make a login key of a user."""
    path = f"{_ACCOUNT}/users/{_part(login)}/keys"
    return Ask(method="POST", path=path, answer=shapes.LoginKey)


def assign(skill: str, login: str) -> Ask[shapes.Skill]:
    """Let a user serve a skill."""
    return Ask(method="PUT", path=_serving(skill, login), answer=shapes.Skill)


def unassign(skill: str, login: str) -> Ask[shapes.Skill]:
    """Let a user no longer serve a skill."""
    return Ask(method="DELETE", path=_serving(skill, login), answer=shapes.Skill)


def bot_config() -> Ask[shapes.BotConfig]:
    """Show as whom the bot signs in."""
    return Ask(method="GET", path=f"{_ACCOUNT}/bot-config", answer=shapes.BotConfig)


def configure_bot(credentials: Change) -> Ask[shapes.BotConfig]:
    """Let the bot sign in with a login key."""
    path, body = f"{_ACCOUNT}/bot-config", dict(credentials)
    return Ask(method="PUT", path=path, answer=shapes.BotConfig, body=body)


def forget_bot() -> Ask[shapes.BotConfig]:
    """Forget the bot's credentials: it signs out."""
    return Ask(method="DELETE", path=f"{_ACCOUNT}/bot-config", answer=shapes.BotConfig)


def policies(*, limit: int = 100) -> Ask[list[shapes.Policy]]:
    """List the policies in the order in which they are evaluated."""
    return _list("/policies", shapes.Policy, limit)


def policy(reference: str) -> Ask[dict[str, Any]]:
    """Show one policy as documents have it, with its ``state`` and whether it ``isSettled``."""
    return Ask(method="GET", path=_policy(reference), answer=dict[str, Any])


def policy_matches(reference: str) -> Ask[shapes.PolicyTraffic]:
    """Say how often one policy matched in the last 24 hours, and when last."""
    return Ask(method="GET", path=f"{_policy(reference)}/matches", answer=shapes.PolicyTraffic)


def load_policies(document: Change, *, message: str = "") -> Ask[shapes.Saved]:
    """Replace all policies by those of a document, as one new version."""
    return Ask(
        method="PUT",
        path=f"{_ACCOUNT}/policies",
        answer=shapes.Saved,
        body=dict(document),
        query={"message": message} if message else {},
    )


def add_policy(body: Change) -> Ask[shapes.Saved]:
    """Add one policy behind the others."""
    path = f"{_ACCOUNT}/policies"
    return Ask(method="POST", path=path, answer=shapes.Saved, body=dict(body))


def replace_policy(reference: str, body: Change) -> Ask[shapes.Saved]:
    """Put another policy in the place of one."""
    path = _policy(reference)
    return Ask(method="PUT", path=path, answer=shapes.Saved, body=dict(body))


def edit_policy(reference: str, change: Change) -> Ask[shapes.Saved]:
    """Enable, disable, move or rename a policy."""
    path = _policy(reference)
    return Ask(method="PATCH", path=path, answer=shapes.Saved, body=dict(change))


def remove_policy(reference: str) -> Ask[shapes.Saved]:
    """Remove a policy."""
    return Ask(method="DELETE", path=_policy(reference), answer=shapes.Saved)


def versions(*, limit: int = 100) -> Ask[list[shapes.Version]]:
    """List the versions of the policy set, newest first."""
    return _list("/versions", shapes.Version, limit)


def version(number: int | Literal["current"]) -> Ask[shapes.Version]:
    """Show a version with its document."""
    return Ask(method="GET", path=f"{_ACCOUNT}/versions/{number}", answer=shapes.Version)


def attributes(*, limit: int = 1000) -> Ask[list[shapes.Attribute]]:
    """List the attributes that policies can read."""
    return _list("/attributes", shapes.Attribute, limit)


def set_attribute(name: str, value: Any) -> Ask[shapes.SavedValue]:
    """Set a static attribute (``custom.NAME``)."""
    path = f"{_ACCOUNT}/attributes/{_part(name)}"
    return Ask(method="PUT", path=path, answer=shapes.SavedValue, body={"value": value})


def remove_attribute(name: str) -> Ask[shapes.SavedValue]:
    """Take a static attribute away."""
    path = f"{_ACCOUNT}/attributes/{_part(name)}"
    return Ask(method="DELETE", path=path, answer=shapes.SavedValue)


def schedules(*, limit: int = 100) -> Ask[list[shapes.Schedule]]:
    """List the schedules, by name."""
    return _list("/schedules", shapes.Schedule, limit)


def add_schedule(name: str, hours: Change) -> Ask[shapes.Schedule]:
    """Add a schedule: ``zone``, ``weekly``, ``exceptions``, ``holidays``."""
    path, body = f"{_ACCOUNT}/schedules", {"name": name, **hours}
    return Ask(method="POST", path=path, answer=shapes.Schedule, body=body)


def replace_schedule(name: str, hours: Change) -> Ask[shapes.Schedule]:
    """Replace a schedule."""
    path = f"{_ACCOUNT}/schedules/{_part(name)}"
    return Ask(method="PUT", path=path, answer=shapes.Schedule, body=dict(hours))


def remove_schedule(name: str) -> Ask[shapes.Removed]:
    """Remove a schedule that nothing uses."""
    path = f"{_ACCOUNT}/schedules/{_part(name)}"
    return Ask(method="DELETE", path=path, answer=shapes.Removed)


def conversations(*, limit: int = 100) -> Ask[list[shapes.Conversation]]:
    """List the conversations, newest first."""
    return _list("/conversations", shapes.Conversation, limit)


def conversation(identifier: str) -> Ask[shapes.Told]:
    """Show a conversation with what was said and decided."""
    path = f"{_ACCOUNT}/conversations/{_part(identifier)}"
    return Ask(method="GET", path=path, answer=shapes.Told)


def decisions(*, limit: int = 100) -> Ask[list[shapes.Recorded]]:
    """List what was decided, newest first."""
    return _list("/decisions", shapes.Recorded, limit)


def decision(identifier: str) -> Ask[shapes.Explained]:
    """Show a decision, and why."""
    path = f"{_ACCOUNT}/decisions/{_part(identifier)}"
    return Ask(method="GET", path=path, answer=shapes.Explained)


def usage(
    *,
    period: Literal["24h", "7d", "30d"] = "24h",
    since: str | None = None,
    until: str | None = None,
    zone: str = "UTC",
    flows: int = 200,
) -> Ask[used.Usage]:
    """Show how policies were used over a period, until now or between times in ISO 8601.

    ``zone`` is whose days are counted, ``flows`` how many are shown: the most frequent.
    """
    asked = {"period": period, "since": since, "until": until, "zone": zone, "flows": str(flows)}
    query = {name: text for name, text in asked.items() if text is not None}
    return Ask(method="GET", path=f"{_ACCOUNT}/usage", answer=used.Usage, query=query)


def queues(*, limit: int = 100) -> Ask[list[shapes.Queue]]:
    """List every skill's queue, by name."""
    return _list("/queues", shapes.Queue, limit)


def consumers(*, limit: int = 100) -> Ask[list[shapes.Consumer]]:
    """List the consumers, by id."""
    return _list("/consumers", shapes.Consumer, limit)


def consumer(identifier: str) -> Ask[shapes.Held]:
    """Show what is held of a consumer."""
    path = f"{_ACCOUNT}/consumers/{_part(identifier)}"
    return Ask(method="GET", path=path, answer=shapes.Held)


def forget(identifier: str) -> Ask[shapes.Erased]:
    """Erase a consumer everywhere. It cannot be undone."""
    path = f"{_ACCOUNT}/consumers/{_part(identifier)}"
    return Ask(method="DELETE", path=path, answer=shapes.Erased)


def _list(path: str, shape: type[S], limit: int) -> Ask[list[S]]:
    answer: Any = types.GenericAlias(list, (shape,))
    return Ask(method="GET", path=f"{_ACCOUNT}{path}", answer=answer, query={"limit": str(limit)})


def _policy(reference: str) -> str:
    return f"{_ACCOUNT}/policies/{_part(reference)}"


def _serving(skill: str, login: str) -> str:
    return f"{_ACCOUNT}/skills/{_part(skill)}/users/{_part(login)}"


def _place(namespace: str, session: str | None) -> str:
    inside = "" if session is None else f"/{_part(session)}"
    return f"{_CONTEXT}/{_part(namespace)}{inside}"


def _part(name: str) -> str:
    return quote(name, safe="")
