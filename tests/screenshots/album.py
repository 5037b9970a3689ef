"""THE list of pages that are photographed, with the things that some of them show."""

from collections.abc import Iterator

import msgspec

from running.commands import Commands


class Shown(msgspec.Struct, frozen=True):
    """One page: its name in file names, its path, and what is there when it is ready."""

    name: str
    path: str
    ready: str = "main h1"


def pages(account: Commands) -> Iterator[Shown]:
    """Yield every page of the console, the stranger's first."""
    yield Shown("sign-in", "/sign-in")
    yield Shown("home", "")
    yield Shown("policies", "/policies")
    yield Shown("policy-versions", "/policies/versions")
    policy = account("policies", "list")[0]["id"]
    yield Shown("policy-editor", f"/policies/{policy}/edit", "policy-editor [role=tabpanel]")
    yield Shown("policy-new", "/policies/new", "policy-editor [role=tabpanel]")
    yield Shown("playground", "/playground")
    yield Shown("policy-logs", "/policy-logs")
    yield Shown("dashboard", "/dashboard", "usage-chart[drawn]")
    yield Shown("dashboard-wall", "/dashboard?wall", "usage-chart[drawn]")
    yield Shown("conversations", "/conversations")
    conversation = account("conversations", "list", "--limit", "1")[0]["conversationId"]
    yield Shown("conversation", f"/conversations/{conversation}")
    yield Shown("playground-tried", f"/playground?load={conversation}")
    yield Shown("attributes", "/attributes")
    yield Shown("attributes-custom", "/attributes?tab=custom")
    yield Shown("schedules", "/schedules")
    yield Shown("namespaces", "/namespaces")
    yield Shown("desk", "/desk", ".desk-lamp.good")
    account("chat", "--skill", "Billing", "--message", "Where is my card?", "--wait", "0")
    waiting = account("conversations", "list", "--limit", "1")[0]["conversationId"]
    yield Shown("floor", "/floor", ".live.on")
    skill = account("skills", "list")[0]["id"]
    yield Shown("floor-queue", f"/floor/queues/{skill}", ".live.on")
    yield Shown("floor-move", f"/floor/conversations/{waiting}")
    yield Shown("web-client", "/web-client?skill=Billing")
    yield Shown("bot-config", "/bot-config")
    yield Shown("campaigns", "/campaigns")
    yield Shown("engagement-new", "/engagements/new")
    yield Shown("users", "/users")
    yield Shown("user-new", "/users/new?type=bot&login=mavenBot")
    bot = next(each["id"] for each in account("users", "list") if each["type"] == "bot")
    yield Shown("bot-user", f"/users/{bot}")
    yield Shown("skills", "/skills")
    skill = account("skills", "list")[0]["id"]
    yield Shown("skill", f"/skills/{skill}")
    yield Shown("keys", "/keys")
    yield Shown("function-hosts", "/function-hosts")
    yield Shown("account", "/account")
