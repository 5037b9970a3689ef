"""Fixtures for tests in a real browser: a Chromium for each file, one server for a worker."""

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from running import browser, commands, server


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A running Chromium. For a module: while it runs, this thread has a loop, and no other.

    Where something is missing the tests are skipped; where tests gate a change they fail.
    """
    if lacking := browser.lacking():
        (pytest.fail if os.environ.get("CI") else pytest.skip)(lacking)
    with browser.started() as running:
        yield running


@pytest.fixture
def console(
    chromium: Browser, shared_server: server.Server, account: commands.Commands
) -> Iterator[browser.Console]:
    """A browser on a new account that has an administrator, ``admin``; its scripts are silent."""
    opened = browser.Console(chromium, shared_server.http, account)
    browser.administrator(account)
    yield opened
    opened.close()
    assert opened.said == []
