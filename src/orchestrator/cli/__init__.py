"""The command line: a table of nouns, each in a module of its own that is imported when used."""

import sys
from typing import Final, NoReturn

COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "demo": ("demo", "Watch simulated conversations being routed."),
    "serve": ("serve", "Run the server: messaging cloud and routing bot."),
    "doctor": ("doctor", "Check the set-up, and say how to mend what is wrong."),
    "users": ("users", "People and bots: roles, capacity, passwords and login keys."),
    "skills": ("skills", "Skills, and who serves them."),
    "campaigns": ("campaigns", "Campaigns: groups of engagements."),
    "engagements": ("engagements", "Engagements: ways in for consumers."),
    "keys": ("keys", "Keys of the REST interfaces, for programs."),
    "clients": ("clients", "Programs that fetch tokens of their own."),
    "connectors": ("connectors", "Connectors: who vouches for authenticated consumers."),
    "bot-config": ("bot_config", "Where and as whom the routing bot signs in."),
    "policies": ("policies", "The policy set that decides: load, show, edit, export."),
    "versions": ("versions", "Every saved state of the policy set."),
    "schedules": ("schedules", "Named opening hours, for policies and skills."),
    "attributes": ("attributes", "What policies can read, and the account's static values."),
    "functions": ("functions", "Attributes that a function of your own computes."),
    "decide": ("decide", "Decide on files: say which policy would win, and why."),
    "conversations": ("conversations", "Conversations, and why each went where it went."),
    "consumers": ("consumers", "Consumers: what is held of one, and how it is erased."),
    "queues": ("queues", "Waiting conversations and staffing of each skill."),
    "usage": ("usage", "How policies were used: matches, fallbacks, latency."),
    "chat": ("chat", "Be a consumer: open a conversation and talk."),
    "agent": ("agent", "Be a human agent: take rings, answer, transfer, close."),
    "accounts": ("accounts", "Accounts and their settings."),
    "backup": ("backup", "Copy the database into a file, also while a server runs."),
    "restore": ("restore", "Put a backup in the place of the database."),
}
"""Every command: its module in this package, and what it is for in one line."""


def main() -> NoReturn:
    """Run the command line of this process and exit: 0, 1 (a check found something) or 2."""
    from orchestrator.cli import app

    sys.exit(app.run(sys.argv[1:]))
