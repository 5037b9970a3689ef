"""What claims say of somebody: login, name, roles, and refusals that tell why."""

import pytest

from orchestrator.core.model import errors
from orchestrator.services.directory import claims
from orchestrator.services.directory.claims import Rules

RULES = Rules(
    roles={"desk": "Agent", "leads": "Agent Manager", "owners": "Administrator", "all": "Agent"},
    role_claims=("groups", "realm_access.roles", "https://acme.example/roles"),
)


@pytest.mark.parametrize(
    ("given", "roles"),
    [
        ({"groups": ["desk"]}, ("Agent",)),
        ({"groups": "desk"}, ("Agent",)),
        ({"groups": ["leads", "all", "desk", "choir"]}, ("Agent", "Agent Manager")),
        ({"realm_access": {"roles": ["owners"]}}, ("Administrator",)),
        ({"https://acme.example/roles": ["owners"]}, ("Administrator",)),
        ({"groups": ["desk"], "realm_access": {"roles": ["owners"]}}, ("Agent", "Administrator")),
        ({"groups": ["Desk"]}, ()),
        ({"groups": "desk owners"}, ()),
        ({"groups": None}, ()),
        ({"groups": [7, None, ["desk"], {"desk": 1}]}, ()),
        ({"groups": {"desk": True}}, ()),
        ({"groups": 7, "realm_access": "owners"}, ()),
        ({}, ()),
    ],
)
def test_values_give_the_roles_that_are_written_for_them(
    given: dict[str, object], roles: tuple[str, ...]
) -> None:
    """One text or a list; several claims add up; paths and addresses are found; nothing else."""
    assert claims.person({"preferred_username": "ada", **given}, RULES).roles == roles


def test_a_name_that_cannot_be_one_keeps_nobody_out() -> None:
    """It is shown to others, so it is held to what names are."""
    given = {"preferred_username": "ada", "groups": ["desk"]}
    assert claims.person({**given, "name": " Ada L. "}, RULES).full_name == "Ada L."
    for odd in ("a\nb", 7, None, "x" * 999):
        assert claims.person({**given, "name": odd}, RULES).full_name == ""


@pytest.mark.parametrize("login", [None, 7, "", "with blank", "a:b", "x" * 129])
def test_without_a_login_the_claim_is_named(login: object) -> None:
    """Whoever set this up sees which claim to take instead."""
    with pytest.raises(errors.Forbidden, match="preferred_username"):
        claims.person({"preferred_username": login, "groups": ["desk"]}, RULES)


def test_an_address_that_is_not_verified_is_no_login() -> None:
    """Anybody can write somebody else's address down; the provider's silence is its own."""
    rules = Rules(roles=RULES.roles, login_claim="email")
    given = {"email": "ada@acme.example"}
    assert claims.person({**given, "email_verified": True}, rules).login == "ada@acme.example"
    assert claims.person(given, rules).login == "ada@acme.example"
    with pytest.raises(errors.Forbidden, match="verified"):
        claims.person({**given, "email_verified": False}, rules)


def test_a_refusal_says_what_was_looked_at_and_not_without_end() -> None:
    """A person with a thousand groups gets a page and no flood."""
    given = {"groups": [f"group-{number}" for number in range(1_000)]}
    said = claims.unmapped(given, RULES).message
    assert "“groups” holds “group-0”" in said
    assert "and more" in said
    assert "“realm_access.roles” is not there" in said
    assert len(said) < 1_000


def test_a_value_that_is_not_shown_whole_says_so() -> None:
    """Whoever copies what is shown into the settings would map a value that nobody has."""
    said = claims.unmapped({"groups": ["a" * 80, "b" * 81]}, RULES).message
    assert f"“{'a' * 80}”" in said
    assert f"“{'b' * 80}…”" in said


def test_another_endpoint_is_asked_only_for_what_is_missing() -> None:
    """With login and roles in the token, there is nothing to ask."""
    rules = Rules(roles={}, role_claims=("groups",))
    assert not claims.lacks({"preferred_username": "ada", "groups": []}, rules)
    assert claims.lacks({"preferred_username": "ada"}, rules)
    assert claims.lacks({"groups": []}, rules)
