"""Lists of ids as parameters of statements that are prepared once for many lengths.

A statement has a parameter for each place in its list, so there would be one for every length. A
list is filled up to the next power of two with an id that nobody has: a dozen statements are all.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import BindParameter, bindparam

NOBODY: Final = ""
"""The id that fills up a list."""


def parameters(name: str, count: int) -> list[BindParameter[Any]]:
    """Return the parameters of a list with ``count`` places."""
    return [bindparam(f"{name}_{number}") for number in range(count)]


def filled(name: str, values: Sequence[str]) -> dict[str, str]:
    """Return the parameters, by name, of a list that holds ``values``: a power of two of them."""
    count = 1 << max(0, len(values) - 1).bit_length()
    every = [*values, *([NOBODY] * (count - len(values)))]
    return {f"{name}_{number}": value for number, value in enumerate(every)}
