"""Public holidays by country, from the `holidays` library: implements `schedule.Calendar`.

The library takes half a second to load, so it is loaded when the first country is asked for. Its
dates of years to come are partly estimates: moon calendars, and days that governments move.
"""

import difflib
import functools
import warnings
from datetime import date
from typing import Any

from orchestrator.core.policy.schedule import UnknownHolidays


@functools.cache
def holidays(
    country: str, subdivision: str | None, /, *, first: int, last: int
) -> tuple[date, ...]:
    """Return the public holidays of the years ``first`` to ``last``, in order.

    ``country`` is ISO 3166 alpha-2; ``subdivision`` a code that the library has for a part of it.
    Years of which the library knows nothing have none. Raises `UnknownHolidays`.
    """
    library: Any = _library()
    known = library.list_supported_countries(include_aliases=False)
    if country not in known:
        raise UnknownHolidays(
            "country", f"no holidays are known for {country!r}; add them as exceptions"
        )
    if subdivision is not None and subdivision not in known[country]:
        raise UnknownHolidays("subdivision", _parts(country, subdivision, known[country]))
    found = library.country_holidays(country, subdiv=subdivision)
    years = range(max(first, found.start_year), min(last, found.end_year) + 1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of years that are asked for and not known
        dates = library.country_holidays(country, subdiv=subdivision, years=years)
    return tuple(sorted(day for day in dates if first <= day.year <= last))


def _library() -> Any:
    import holidays as library

    return library


def _parts(country: str, subdivision: str, known: list[str]) -> str:
    if not known:
        return f"{country} has no parts with holidays of their own: leave the subdivision out"
    near = difflib.get_close_matches(subdivision.upper()[:40], known, 1)
    meant = f"did you mean {near[0]!r}? " if near else ""
    return f"no such part of {country}; {meant}there are {', '.join(known)}"
