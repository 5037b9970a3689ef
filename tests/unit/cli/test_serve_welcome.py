"""What `orchestrator serve` says while there is no administrator: who comes in, by which door."""

import json

import pytest

from orchestrator.cli import serve
from orchestrator.serve.openid_settings import OpenIdSettings

LINK = "http://127.0.0.1:8080/console/welcome/1/token"


def said(**openid: object) -> str:
    """Return what people read with these settings of OpenID Connect."""
    return serve.welcome(LINK, "text", openid=OpenIdSettings.model_validate(openid))


def provider(roles: dict[str, str], **more: object) -> str:
    """Return what they read with a provider that gives these roles."""
    return said(issuer="https://id.example", client_id="console", roles=roles, **more)


def test_without_a_provider_the_link_is_the_way_in() -> None:
    """Somebody with another role may be there already: only an administrator is missing."""
    assert said() == f"There is no administrator yet. This link makes one, once:\n  {LINK}"


def test_a_provider_that_makes_administrators_is_named_with_what_it_takes() -> None:
    """The link stays possible beside it."""
    roles = {"owners": "Administrator", "desk": "Agent", "bosses": "Administrator"}
    assert provider(roles, role_claims=("groups", "roles")).splitlines() == [
        (
            "There is no administrator yet. People sign in by https://id.example: whoever has "
            "“owners” or “bosses” in the claim “groups” or “roles” becomes one."
        ),
        "This link makes one with a password, once:",
        f"  {LINK}",
    ]


def test_a_provider_that_makes_no_administrator_is_said_to_make_none() -> None:
    """Whoever waits for one to come in by it would wait for ever."""
    assert "makes nobody one: no value of the claim “groups”" in provider({"desk": "Agent"})


def test_where_passwords_are_refused_the_link_is_good_for_one_session() -> None:
    """The password that it asks for opens nothing afterwards."""
    shown = provider({"owners": "Administrator"}, passwords="refused")
    assert "for one session, as passwords are refused here" in shown


@pytest.mark.parametrize("issuer", [None, "https://id.example"])
def test_programs_find_the_link_in_a_line_of_the_log(issuer: str | None) -> None:
    """However people sign in."""
    given = {"issuer": issuer, "client_id": "console", "roles": {"desk": "Agent"}}
    found = json.loads(serve.welcome(LINK, "json", openid=OpenIdSettings.model_validate(given)))
    assert (found["event"], found["link"]) == ("console.invitation", LINK)
