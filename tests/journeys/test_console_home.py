"""Home's checklist at its end: every step of the guide is done, and the page says so."""

from collections.abc import Iterator

from running import inside, pages, patience, server

POLICY = {
    "name": "Everybody",
    "enabled": True,
    "conditions": [{"all": []}],
    "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Billing"}}],
}


def test_when_every_step_is_done_home_says_so(
    shared_server: server.Server, account_ids: Iterator[int]
) -> None:
    """Nothing is next then, and that is no fault."""
    account = str(next(account_ids))
    orchestrator = inside.Inside(shared_server.data, account)
    orchestrator("accounts", "add", account)
    orchestrator("users", "add", "mavenBot", "--type", "bot", "--role", "Agent")
    for login, role in (("ann", "Agent"), ("boss", "Administrator")):
        orchestrator(
            *("users", "add", login, "--type", "human", "--role", role, "--password-stdin"),
            stdin=pages.PASSWORD,
        )
    for skill, login in (("Billing", "ann"), ("maven:Billing", "mavenBot")):
        orchestrator("skills", "add", skill)
        orchestrator("skills", "assign", skill, login)
    orchestrator("engagements", "add", "Web", "--skill", "maven:Billing")
    orchestrator("policies", "load", "-", stdin=[POLICY])
    orchestrator("bot-config", "set", stdin=orchestrator("users", "generate-key", "mavenBot"))
    patience.until(
        lambda: orchestrator("bot-config", "show")["state"] == "online", what="the bot's sign-in"
    )

    visitor = pages.Visitor(shared_server.http, account)
    visitor.sign_in("boss")
    shown = visitor.get("")
    visitor.http.close()
    assert shown.status_code == 200
    assert "7 of 7 done" in shown.text
