"""Which decisions the policy logs show, as it stands in addresses."""

import functools
from collections.abc import Mapping
from typing import Any, Final, cast, get_args
from urllib.parse import quote_plus, urlencode

from orchestrator.core.model import errors, latency
from orchestrator.core.model.function import Ended
from orchestrator.core.model.wanted import DecisionsWanted, Ending
from orchestrator.doors.console import moments
from orchestrator.doors.console.words import _

PATH: Final = "/policy-logs"
TYPED: Final = ("conversation", "consumer", "policy", "ending", "since", "until")
"""What people look for."""
FOLLOWED: Final = ("skill", "target", "took", "function", "call")
"""What a figure of the dashboard asks for besides."""
PROGRAMS: Final = "-"
"""The ``skill`` of what programs asked, for an empty field asks for nothing."""

_quoted = functools.lru_cache(4_096)(quote_plus)
"""A dashboard has hundreds of addresses, of the same few skills, policies and times."""


def address(wanted: DecisionsWanted) -> str:
    """Return the page of the policy logs that has the decisions of a figure."""
    asked: dict[str, Any] = {name: getattr(wanted, name) for name in (*TYPED, *FOLLOWED)}
    for name in ("since", "until"):
        asked[name] = asked[name] and asked[name].isoformat()
    if asked["skill"] == "":
        asked["skill"] = PROGRAMS
    given = {name: it for name, it in asked.items() if it is not None}
    return f"{PATH}?{urlencode(given, quote_via=_quoted)}"


def read(asked: Mapping[str, str]) -> DecisionsWanted:
    """Return what the fields of a query ask for, each empty where it is absent.

    Raises `errors.BadInput` for the field that makes no sense.
    """
    if asked["ending"] and asked["ending"] not in get_args(Ending):
        raise errors.BadInput(_("There is no such outcome."), path="ending")
    if asked["call"] and asked["call"] not in get_args(Ended):
        raise errors.BadInput(_("There is no such outcome."), path="call")
    if asked["took"] and asked["took"] not in map(str, latency.BINS):
        raise errors.BadInput(_("Durations are not counted like that."), path="took")
    skill = asked["skill"] or None
    return DecisionsWanted(
        conversation=asked["conversation"] or None,
        consumer=asked["consumer"] or None,
        policy=asked["policy"] or None,
        ending=cast("Ending | None", asked["ending"] or None),
        since=moments.read(asked["since"], asked["zone"], path="since"),
        until=moments.read(asked["until"], asked["zone"], path="until"),
        skill="" if skill == PROGRAMS else skill,
        target=asked["target"] or None,
        took=int(asked["took"]) if asked["took"] else None,
        function=asked["function"] or None,
        call=cast("Ended | None", asked["call"] or None),
    )
