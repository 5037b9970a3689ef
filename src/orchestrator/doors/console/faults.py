"""What went wrong, for people: beside the field it concerns, as a page, or as a notice."""

import re
from http import HTTPStatus
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.core.model.errors import OrchestratorError
from orchestrator.doors.console import retold

KINDS: Final[tuple[tuple[type[OrchestratorError], int, str], ...]] = (
    (errors.Unauthenticated, 401, "Please sign in"),
    (errors.Forbidden, 403, "You may not do this"),
    (errors.NotFound, 404, "Not there"),
    (errors.Stale, 412, "Changed meanwhile"),
    (errors.Conflict, 409, "This contradicts what is there"),
    (errors.TooMany, 429, "Too many at once"),
    (errors.Unavailable, 503, "Not available now"),
    (errors.BadInput, 422, "This cannot be right"),
    (errors.Problems, 422, "Several things are wrong"),
    (OrchestratorError, 500, "Our own fault"),
)
"""THE table between our errors and pages, most particular first: error, status, heading."""

MENDABLE: Final = (errors.BadInput, errors.Problems, errors.Conflict, errors.NotFound)
"""What somebody who filled in a form can mend; everything else is about more than the form."""

_OPTION: Final = re.compile(r"--([a-z]+(?:-[a-z]+)*)")


class Fault(msgspec.Struct, frozen=True):
    """What is wrong with a form: by field, and what belongs to no field of it."""

    fields: dict[str, str] = {}
    rest: tuple[str, ...] = ()


NOTHING: Final = Fault()


def of(error: OrchestratorError, *fields: str, **named: str) -> Fault:
    """Return what ``error`` says of a form with these fields.

    Services name what is wrong as the command line does; ``named`` says which field another path
    is (``named(userId="user")``). Raises the error again when nobody can mend it in a form.
    """
    if not isinstance(error, MENDABLE) or isinstance(error, errors.Stale):
        raise error
    found: dict[str, str] = {}
    rest: list[str] = []
    for problem in error.problems:
        field = _field(problem.path)
        field = named.get(field, field)
        if field in fields and field not in found:
            found[field] = _about_this(problem.message, problem.path)
        else:
            rest.append(retold.of(problem.message))
    return Fault(found, tuple(rest))


def status(error: OrchestratorError) -> int:
    """Return the HTTP status of an error."""
    return next(status for kind, status, _ in KINDS if isinstance(error, kind))


def heading(error: OrchestratorError) -> str:
    """Return what stands above an error's page."""
    return next(words for kind, _, words in KINDS if isinstance(error, kind))


def phrase(code: int) -> str:
    """Return what HTTP calls a status."""
    return HTTPStatus(code).phrase


def _about_this(message: str, path: str) -> str:
    """Return a message for beside the field: it need not name the option of a command."""
    rest = message.removeprefix(f"{path} ")
    return retold.of(message if rest == message or not path else f"This {rest}")


def _field(path: str) -> str:
    option = _OPTION.fullmatch(path)
    return (
        option[1].replace("-", "_")
        if option
        else re.sub(r"(?<=[a-z])([A-Z])", r"_\1", path).lower()
    )
