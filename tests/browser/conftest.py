"""Fixtures for tests in a real browser: one Chromium and one server for all tests of a worker."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from running import browser, commands, server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium. For a module: while it runs, this thread has a loop, and no other."""
    with browser.started() as running:
        yield running


@pytest.fixture
def console(
    chromium: Browser, shared_server: server.Server, account: commands.Commands
) -> Iterator[browser.Console]:
    """A browser on a new account that has an administrator, ``admin``; its scripts are silent."""
    account(
        *("users", "add", "admin", "--type", "human", "--role", "Administrator"),
        "--password-stdin",
        stdin=browser.PASSWORD,
    )
    opened = browser.Console(chromium, shared_server.http, account)
    yield opened
    opened.close()
    assert opened.said == []
