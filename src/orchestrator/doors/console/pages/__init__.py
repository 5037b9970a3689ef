"""The pages, each a module with its `ROWS`; THE list of them."""

from collections.abc import Iterator

from orchestrator.doors.console.pages import (
    attributes,
    bot_config,
    campaigns,
    conversations,
    desk,
    editor,
    functions,
    home,
    keys,
    namespaces,
    playground,
    policies,
    policy_logs,
    schedules,
    settings,
    skills,
    users,
    versions,
    web_client,
)
from orchestrator.doors.console.visits import Row


def rows() -> Iterator[Row]:
    """Yield every route of somebody who is signed in."""
    for page in (
        attributes,
        bot_config,
        campaigns,
        conversations,
        desk,
        editor,
        functions,
        home,
        keys,
        namespaces,
        playground,
        policies,
        policy_logs,
        schedules,
        settings,
        skills,
        users,
        versions,
        web_client,
    ):
        yield from page.ROWS
