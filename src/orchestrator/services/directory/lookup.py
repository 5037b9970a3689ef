"""Finding the thing that somebody means by an id or an exact name."""

import difflib
from collections.abc import Callable, Iterable, Sequence
from typing import Final, TypeVar

from orchestrator.core.model import errors, ids
from orchestrator.core.model.directory import Campaign, Engagement, Skill, User
from orchestrator.services.directory.ports import Listed, Reading, Sheet

N = TypeVar("N", Campaign, Engagement, Skill)
L = TypeVar("L", bound=Listed)
T = TypeVar("T")

NEAR: Final = 3


def user(rows: Reading, account: str, reference: str, *, path: str = "login") -> User:
    """Return the user with this id, ``ACCOUNT.USER``, PID or login.

    Raises `errors.NotFound`, which names logins that look alike.
    """
    wanted = ids.user_of(reference, account)
    for field in ("id", "login", "pid"):
        found = rows.find(User, account=account, **{field: wanted})
        if found:
            return found[0]
    known = [other.login for other in rows.find(User, account=account)]
    raise missing("user", reference, known=known, path=path)


def named(rows: Reading, kind: type[N], reference: str, *, account: str, path: str = "") -> N:
    """Return the skill, campaign or engagement with this id or exact name; the id counts first.

    Raises `errors.NotFound`, which names things that look alike.
    """
    for field in ("id", "name"):
        found = rows.find(kind, account=account, **{field: reference})
        if found:
            return found[0]
    noun = kind.__name__.lower()
    known = [other.name for other in rows.find(kind, account=account)]
    raise missing(noun, reference, known=known, path=path or noun)


def sheet(
    rows: Reading, kind: type[L], account: str, *, search: str, skip: int, limit: int
) -> Sheet[L]:
    """Return one page of an account's records; behind the end it is the last one."""
    found = rows.sheet(kind, account, search=search, skip=skip, limit=limit)
    if not found.rows and skip:
        last = max(0, (found.found - 1) // limit * limit)
        found = rows.sheet(kind, account, search=search, skip=last, limit=limit)
    return found


def missing(noun: str, reference: str, *, known: Sequence[str], path: str) -> errors.NotFound:
    """Return the error that says what does not exist, and what was perhaps meant."""
    folded = {other.casefold(): other for other in known}
    near = difflib.get_close_matches(reference.casefold(), folded, NEAR)
    if near:
        hint = f"Did you mean {either([f'“{folded[other]}”' for other in near])}?"
    elif known:
        hint = f"See `orchestrator {noun}s list`."
    else:
        hint = f"There is none yet; add one with `orchestrator {noun}s add`."
    return errors.NotFound(f"There is no {noun} “{reference}”. {hint}", path=path)


def either(phrases: Sequence[str]) -> str:
    """Join alternatives: ``a``, ``a or b``, ``a, b or c``."""
    return " or ".join([", ".join(phrases[:-1]), phrases[-1]] if phrases[1:] else phrases)


def refuse_removal(noun: str, name: str, uses: Sequence[str]) -> None:
    """Raise `errors.Conflict` that says what still needs the thing, unless nothing does."""
    if uses:
        raise errors.Conflict(
            f"The {noun} “{name}” is used by {', '.join(uses)}. Change those first.", path=noun
        )


def by_name(records: Iterable[T], name: Callable[[T], str]) -> list[T]:
    """Return the records by name, without regard to case."""
    return sorted(records, key=lambda record: (name(record).casefold(), name(record)))
