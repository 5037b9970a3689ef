"""Skills at the door: what comes in on ``maven:Billing`` was meant for ``Billing``.

Source: LivePerson's set-up guide.
"""

from typing import Final

PREFIX: Final = "maven:"


def original(name: str | None) -> str | None:
    """Return ``Billing`` for ``maven:Billing``: exact, lower case, all after the first colon."""
    if name is None or not name.startswith(PREFIX):
        return None
    return name.removeprefix(PREFIX) or None
