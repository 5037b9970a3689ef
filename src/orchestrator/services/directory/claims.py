"""What the claims of a provider of OpenID Connect say of somebody: login, name, and roles here."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model import access, errors
from orchestrator.services.directory import fields

_SHOWN: Final = 10
_LONGEST_SHOWN: Final = 80


class Rules(msgspec.Struct, frozen=True):
    """How claims are read. A claim is named as it is, or by the path to it: ``realm.roles``."""

    roles: Mapping[str, str]
    """From a value of a claim to a role."""
    role_claims: tuple[str, ...] = ("groups",)
    """The claims that hold those values, each a text or a list of texts."""
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    newcomers: Literal["made", "refused"] = "made"
    """What happens to somebody whose login is not known."""
    namesakes: Literal["linked", "refused"] = "linked"
    """What happens to somebody whose login a user has already to whom nobody was linked yet."""

    @property
    def wanted(self) -> tuple[str, ...]:
        """The claims without which nobody is let in."""
        return (self.login_claim, *self.role_claims)


class Person(msgspec.Struct, frozen=True):
    """Somebody as the claims describe them; ``roles`` may be none."""

    login: str
    full_name: str
    roles: tuple[str, ...]


def person(claims: Mapping[str, Any], rules: Rules) -> Person:
    """Return who the claims are about.

    Raises `errors.Forbidden` when they name nobody who could have a login here.
    """
    return Person(_login(claims, rules), _full_name(claims, rules), _roles(claims, rules))


def lacks(claims: Mapping[str, Any], rules: Rules) -> bool:
    """Whether a claim is missing that the rules look at: another endpoint may have it."""
    return any(find(claims, name) is None for name in rules.wanted)


def find(claims: Mapping[str, Any], name: str) -> Any:
    """Return a claim, None where there is none. A name with dots in it may be a path, or a URL."""
    if name in claims:
        return claims[name]
    found: Any = claims
    for part in name.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return None
        found = found[part]
    return found


def unmapped(claims: Mapping[str, Any], rules: Rules) -> errors.Forbidden:
    """Return the refusal of somebody to whom no value of the claims gives a role."""
    looked = "; ".join(f"the claim “{name}” {_held(claims, name)}" for name in rules.role_claims)
    return errors.Forbidden(
        f"You are known to the sign-in service, but nothing it says of you gives you a role here. "
        f"Looked at: {looked}. Ask whoever runs this server to map one of these values to a role."
    )


def _login(claims: Mapping[str, Any], rules: Rules) -> str:
    given = find(claims, rules.login_claim)
    if rules.login_claim == "email" and claims.get("email_verified") is False:
        raise errors.Forbidden(
            "The sign-in service has not verified your e-mail address, which would be your login."
        )
    try:
        return fields.login(given, path=rules.login_claim)
    except errors.BadInput as error:
        held = _held(claims, rules.login_claim)
        raise errors.Forbidden(
            f"The sign-in service gives no login for you: the claim “{rules.login_claim}” {held}, "
            "and a login has 1 to 128 characters without blanks and colons."
        ) from error


def _full_name(claims: Mapping[str, Any], rules: Rules) -> str:
    """Return the name where it can be one; nobody is kept out for an odd one."""
    given = find(claims, rules.name_claim)
    try:
        return fields.line(given, path=rules.name_claim) if isinstance(given, str) else ""
    except errors.BadInput:
        return ""


def _roles(claims: Mapping[str, Any], rules: Rules) -> tuple[str, ...]:
    """Return the roles in the order of the table of roles, each once."""
    given = {
        rules.roles[value]
        for name in rules.role_claims
        for value in _texts(find(claims, name))
        if value in rules.roles
    }
    return tuple(role for role in access.ROLES if role in given)


def _texts(given: Any) -> Iterator[str]:
    """Yield the values of a claim: providers send one text, or a list of them."""
    if isinstance(given, str):
        yield given
    elif isinstance(given, Sequence):
        yield from (each for each in given if isinstance(each, str))


def _held(claims: Mapping[str, Any], name: str) -> str:
    """Say what a claim holds; it is shown to the person whom it is about."""
    given = find(claims, name)
    if given is None:
        return "is not there"
    values = list(_texts(given))
    if not values:
        return "is empty"
    shown = ", ".join(f"“{_cut(value)}”" for value in values[:_SHOWN])
    return f"holds {shown}" if len(values) <= _SHOWN else f"holds {shown} and more"


def _cut(value: str) -> str:
    """Return what is shown of a value; a cut one shows that, for it is copied into settings."""
    return value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
