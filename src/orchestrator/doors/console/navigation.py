"""Where one can go: THE table of the left navigation, in the words of the guide."""

from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from orchestrator.core.model.access import Actor, Permission
from orchestrator.doors.console import cookies


class Place(msgspec.Struct, frozen=True):
    """One entry: ``path`` below ``/console``, and the permission without which it is not shown."""

    path: str
    words: str
    permission: Permission
    about: str = ""
    """What is there, in a sentence: for the page that a part's heading leads to."""


class Part(msgspec.Struct, frozen=True):
    """Entries that belong together."""

    words: str
    places: tuple[Place, ...]
    path: str = ""
    """Where the heading leads to; empty: nowhere."""


PARTS: Final = (
    Part("", (Place("", "Home", "directory.names"),)),
    Part(
        "Intent & Context Policies",
        (
            Place(
                "/policies",
                "Manage policies",
                "policies.read",
                "Where conversations go: evaluated from top to bottom, the first match wins.",
            ),
            Place(
                "/playground",
                "Playground",
                "policies.read",
                "What the policies would do for attributes that you write, and why.",
            ),
            Place(
                "/dashboard",
                "Dashboard",
                "conversations.read",
                "How policies are used: what matched and what fell back, how fast, and queues now.",
            ),
            Place(
                "/policy-logs",
                "Policy logs",
                "conversations.read",
                "Every decision, with what was known and what became of it.",
            ),
            Place(
                "/attributes",
                "Attributes",
                "policies.read",
                "What policies can read: of the conversation, the customer, and of your own.",
            ),
            Place("/schedules", "Schedules", "policies.read", "When you are open, by name."),
            Place(
                "/namespaces",
                "Namespaces",
                "policies.read",
                "What bots and programs keep for policies, by session.",
            ),
            Place("/bot-config", "Bot config", "directory.read"),
        ),
        path="/intent-and-context-policies",
    ),
    Part(
        "Conversations",
        (
            Place("/desk", "Agent workspace", "conversations.serve"),
            Place(
                "/floor",
                "Queues and agents",
                "conversations.read",
                "Who waits and who serves, live; take over a conversation or send it on by hand.",
            ),
            Place(
                "/conversations",
                "Conversations",
                "conversations.read",
                "Where each stands, as it happens, and which policy sent it there.",
            ),
            Place(
                "/web-client",
                "Web client",
                "directory.read",
                "A consumer's chat window, to see where your policies send them.",
            ),
        ),
    ),
    Part(
        "Campaigns and people",
        (
            Place("/campaigns", "Campaigns", "directory.read"),
            Place("/users", "Users", "directory.read"),
            Place("/skills", "Skills", "directory.read"),
        ),
    ),
    Part(
        "Settings",
        (
            Place("/keys", "Developer keys", "directory.read"),
            Place("/function-hosts", "Function hosts", "policies.read"),
            Place("/account", "Account", "directory.read"),
        ),
    ),
)


def landing(actor: Actor) -> str:
    """Return where somebody begins who signs in: agents, who set nothing up, at their work."""
    serves = actor.may("conversations.serve") and not actor.may("directory.read")
    return "/desk" if serves else ""


def seen_by(actor: Actor) -> list[Part]:
    """Return what ``actor`` may see of it."""
    found = (
        msgspec.structs.replace(
            part, places=tuple(each for each in part.places if actor.may(each.permission))
        )
        for part in PARTS
    )
    return [part for part in found if part.places]


def inside(path: str) -> str:
    """Return where to go next, if it is a page of the console and nobody else's; else nothing."""
    try:
        parts = urlsplit(path)
    except ValueError:  # "//["
        return ""
    is_ours = not parts.scheme and not parts.netloc and parts.path.startswith(f"{cookies.PATH}/")
    walks = {".", ".."} & set(unquote(parts.path).split("/"))
    if not is_ours or walks or "\\" in path:
        return ""
    return parts.path + (f"?{parts.query}" if parts.query else "")
