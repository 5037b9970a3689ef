"""Decisions that figures lead to: what stands in an address is what is looked for."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.wanted import ANY_DECISION, DecisionsWanted
from orchestrator.doors.console import sought

NOTHING = dict.fromkeys((*sought.TYPED, *sought.FOLLOWED, "zone"), "")


@pytest.mark.parametrize(
    "wanted",
    [
        ANY_DECISION,
        DecisionsWanted(policy="p 1&2", ending="fell-back"),
        DecisionsWanted(
            since=datetime(2026, 1, 4, 9, tzinfo=UTC), until=datetime(2026, 1, 5, 9, tzinfo=UTC)
        ),
        DecisionsWanted(skill="12", target="skill:34"),
        DecisionsWanted(skill="", target="fallback"),
        DecisionsWanted(took=0),
        DecisionsWanted(took=20_000, function="tier", call="failed"),
        DecisionsWanted(conversation="c", consumer="k"),
    ],
)
def test_an_address_says_what_a_figure_counts(wanted: DecisionsWanted) -> None:
    """Whatever names hold; what programs asked is not everything, and the last bin not nothing."""
    asked = dict(parse_qsl(urlsplit(sought.address(wanted)).query))
    assert sought.read(NOTHING | asked) == wanted


@pytest.mark.parametrize(
    ("field", "text"),
    [("ending", "x"), ("call", "x"), ("took", "3"), ("took", "x"), ("since", "x"), ("until", "x")],
)
def test_what_makes_no_sense_is_said_at_its_field(field: str, text: str) -> None:
    """Nothing else is raised."""
    with pytest.raises(errors.BadInput) as refused:
        sought.read(NOTHING | {field: text})
    assert refused.value.path == field
