"""THE table of what stands fenced in a page and is not run with it, each with its reason.

A row names the page and how the line of commands, or the block, begins. A test holds that no row
is without use.
"""

from typing import Final

import msgspec


class Aside(msgspec.Struct, frozen=True):
    """One row: the page, how it begins, and where it is tried instead."""

    page: str
    begins: str
    reason: str


_SERVES: Final = "It never ends; a server runs beside the page: tests/journeys/test_serve.py."
_LOG: Final = "An excerpt of what differs each time."

ROWS: Final = (
    Aside("README.md", "make demo", "tests/journeys/test_demo.py runs it."),
    Aside("README.md", "make test", "It is what runs this."),
    Aside("README.md", "Conversation Orchestrator  Meridian", "tests/unit/cli has the table's."),
    Aside("README.md", "orchestrator serve &", _SERVES),
    Aside("docs/tutorial/1-start.md", "make setup", "It is what everything here is run by."),
    Aside("docs/tutorial/1-start.md", "orchestrator serve", _SERVES),
    Aside("docs/tutorial/1-start.md", "Conversation Orchestrator is ready", _SERVES),
    Aside("docs/explanation/road.md", "bytes ─▶", "A drawing."),
    Aside("docs/howto/authenticate-consumers.md", "orchestrator connectors add",
          "tests/journeys/test_howto_authenticate_consumers.py pastes it beside a key."),
    Aside("docs/howto/authenticate-consumers.md", "orchestrator connectors show", "As above."),
    Aside("docs/howto/authenticate-consumers.md", "POST /api/account",
          "tests/conformance/test_c48_c51_consumers.py"),
    Aside("docs/howto/authenticate-consumers.md", "import time",
          "tests/journeys/test_howto_authenticate_consumers.py runs it with a key."),
    Aside("docs/howto/external-bot.md", "import json",
          "tests/journeys/test_howto_external_bot.py runs it and asks it."),
    Aside("docs/howto/external-bot.md", "python bot.py", "As above."),
    Aside("docs/howto/external-bot.md", "POST /", "As above."),
    Aside("docs/howto/postgresql.md", "pip install", "From the registry, once it is there."),
    Aside("docs/howto/postgresql.md", "createdb",
          "tests/running/postgres.py makes databases the same way."),
    Aside("docs/howto/postgresql.md", "export ORCHESTRATOR_DATABASE",
          "tests/contracts/test_processes_on_postgresql.py runs servers on one."),
    Aside("docs/howto/postgresql.md", "orchestrator serve", _SERVES),
    Aside("docs/howto/postgresql.md", "pg_dump", "A program of PostgreSQL's own."),
    Aside("docs/howto/postgresql.md", "pg_restore", "A program of PostgreSQL's own."),
    Aside("docs/howto/sign-in-with-openid-connect.md", "oidc-provider-mock",
          "tests/journeys/test_howto_openid_connect.py runs it, on another port."),
    Aside("docs/howto/sign-in-with-openid-connect.md", "export ORCHESTRATOR_", "As above."),
    Aside("docs/howto/sign-in-with-openid-connect.md", "orchestrator serve", "As above."),
    Aside("docs/howto/sign-in-with-openid-connect.md", "orchestrator doctor", "As above."),
    Aside("docs/howto/supervise.md", "orchestrator conversations transfer",
          "tests/journeys/test_moved_by_hand.py runs it with an id that is there."),
    Aside("docs/howto/supervise.md", "orchestrator conversations take-over", "As above."),
    Aside("docs/howto/several-servers.md", "export ORCHESTRATOR_",
          "tests/journeys/test_cluster.py starts servers with both."),
    Aside("docs/howto/several-servers.md", "orchestrator serve", "As above."),
    Aside("docs/howto/several-servers.md", "The secrets of this database",
          "tests/journeys/test_cluster.py"),
    Aside("docs/reference/administration.md", "curl",
          "tests/conformance/test_admin_tokens.py asks the same."),
    Aside("docs/reference/expressions.md", "line 1, column",
          "tests/unit/core/policy/expression/test_expression_page.py"),
    Aside("docs/reference/functions.md", "orchestrator functions try",
          "It calls a place that there is not: tests/journeys/test_functions_called.py."),
    Aside("docs/reference/functions.md", "orchestrator functions allow-host crm.internal",
          "It wants a certificate: tests/journeys/test_functions_called.py."),
)  # fmt: skip


def of(page: str, text: str) -> Aside | None:
    """Return the row for a line or a block of a page, or None: then it is to be run."""
    return next((row for row in ROWS if row.page == page and text.startswith(row.begins)), None)
