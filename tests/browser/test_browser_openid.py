"""Signing in and out by a provider, in a real browser: its rules for forms and cookies hold."""

from pathlib import Path

from playwright.sync_api import Browser

from running import browser, openid, server


def test_there_and_back_and_out(chromium: Browser, tmp_path: Path) -> None:
    """The button leads to the provider and back in; signing out leads there and back again."""
    provider = openid.Provider()
    running = server.Server(tmp_path, env=provider.environment())
    context = chromium.new_context()
    page = context.new_page()
    try:
        provider.knows("1", preferred_username="ada", groups=["owners"])
        page.goto(f"{running.http}/console/sign-in?next=/console/skills")
        assert browser.barriers(page) == []
        page.get_by_role("link", name="Single sign-on").click()
        page.get_by_placeholder("sub").fill("1")
        page.get_by_role("button", name="Authorize").click()
        page.wait_for_url(f"{running.http}/console/skills")
        page.get_by_role("button", name="Sign out").click()
        page.wait_for_url(f"{provider.issuer}/oauth2/end_session?*")
        page.get_by_role("button", name="End session").click()
        page.wait_for_url(f"{running.http}/console/sign-in")
        page.goto(f"{running.http}/console/skills")
        assert "/console/sign-in" in page.url
    finally:
        context.close()
        running.close()
        provider.close()
