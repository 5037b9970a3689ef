"""What is known of a customer: how they are called, and what their SDEs say."""

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


class Known(msgspec.Struct, frozen=True):
    """One thing that is known of a customer: ``name`` is its place, such as ``info.ctype``.

    ``signed`` says that the brand's own server vouches for it, not the page alone.
    """

    sde: str
    name: str
    value: Any
    signed: bool


def name_of(profile: Mapping[str, Any]) -> str:
    """Return what the customer is called; empty where nobody said so.

    First and last name where they are known, else the user name.
    """
    for source in (profile, *_groups(profile, "personal")):
        parts = [source.get(key) for pair in _NAMES for key in pair]
        told = [part.strip() for part in parts if isinstance(part, str) and part.strip()]
        if told:
            return " ".join(told)
    for source in _groups(profile, "info"):
        user_name = source.get("userName")
        if isinstance(user_name, str) and user_name.strip():
            return user_name.strip()
    return ""


_NAMES = (("firstName", "firstname"), ("lastName", "lastname"))
"""How the two parts of a name are spelled, in profiles and in SDEs."""


def _groups(profile: Mapping[str, Any], name: str) -> Iterator[Mapping[str, Any]]:
    for sde, _ in _sdes(profile):
        fields = sde.get(name)
        if isinstance(fields, dict):
            yield fields


def _sdes(profile: Mapping[str, Any]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield the SDEs, those first for which the brand's server vouches."""
    for source in ("claims", "authenticatedData"):
        holder = profile.get(source)
        found = holder.get("lp_sdes") if isinstance(holder, dict) else None
        for sde in found if isinstance(found, list) else ():
            if isinstance(sde, dict):
                yield sde, source == "claims"


def known(profile: Mapping[str, Any]) -> Iterator[Known]:
    """Yield what is known of a customer, flat and in order; a place that is given twice, once."""
    seen: set[tuple[str, str]] = set()
    for sde, signed in _sdes(profile):
        kind = str(sde.get("type", ""))
        for name, value in _flat(sde, ""):
            if name == "type" or name.startswith("auth.") or (kind, name) in seen:
                continue
            seen.add((kind, name))
            yield Known(kind, name, value, signed)


def _flat(value: Any, at: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{at}.{key}" if at else str(key))
    elif isinstance(value, list):
        for number, inner in enumerate(value, 1):
            yield from _flat(inner, at if len(value) == 1 else f"{at}.{number}")
    elif value not in (None, ""):
        yield at, value
