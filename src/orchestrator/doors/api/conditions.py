"""``ETag`` and ``If-Match``: a change is made only at the state that its author has seen.

People, skills, campaigns and engagements share one revision of the account's configuration
(`docs/decisions/0012`), and what belongs to the policy set has the number of its version. So a
condition may fail because of a neighbour; it never holds wrongly, for it is checked within the unit
of work that writes.
"""

from typing import Annotated, Final, Literal

from fastapi import Header

from orchestrator.core.model import errors

Wing = Literal["r", "v", "f"]
"""``r``: the configuration's revision. ``v``: the policy set's version. ``f``: when a function was
changed last, in epoch milliseconds."""

IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", description="The `ETag` that was seen; 412 when it is another now."),
]
IfNoneMatch = Annotated[
    str | None,
    Header(alias="If-None-Match", description="An `ETag`; 304 while it is still the same."),
]

_ANY: Final = frozenset({None, "", "*"})


def tag(wing: Wing, number: int) -> dict[str, str]:
    """Return the header that names a state."""
    return {"ETag": f'"{wing}{number}"'}


def expected(wing: Wing, given: str | None) -> int | None:
    """Return the number that ``If-Match`` demands, None for no condition.

    Raises `errors.Stale` for a tag that this wing never gave out.
    """
    if given in _ANY or given is None:
        return None
    plain = given.strip().removeprefix("W/").strip('"')
    number = plain.removeprefix(wing)
    if number == plain or not number.isascii() or not number.isdigit():
        raise errors.Stale("If-Match names a state that this was never in. Read it again.")
    return int(number)
