"""How many live lists are open, so that no person and no account holds connections without end."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from orchestrator.core.model import errors

OF_A_PERSON: Final = 12
"""More than a browser keeps open to one server at a time, by HTTP/1.1."""
OF_AN_ACCOUNT: Final = 300

_SECONDS: Final = 60


class Streams:
    """Counts streams by person and account. For one event loop."""

    def __init__(self) -> None:
        self._open: Counter[tuple[str, str]] = Counter()
        self._of_account: Counter[str] = Counter()

    def refuse_many(self, account: str, person: str) -> None:
        """Raise `errors.TooMany` where one more would be too many."""
        if self._open[account, person] >= OF_A_PERSON:
            raise errors.TooMany(
                f"You have {OF_A_PERSON} live lists open. Close one, then load this page again.",
                seconds=_SECONDS,
            )
        if self._of_account[account] >= OF_AN_ACCOUNT:
            raise errors.TooMany(
                f"{OF_AN_ACCOUNT} live lists are open in this account. Load the page again later.",
                seconds=_SECONDS,
            )

    @contextmanager
    def one(self, account: str, person: str) -> Iterator[None]:
        """Count one more while the block runs."""
        key = (account, person)
        self._open[key] += 1
        self._of_account[account] += 1
        try:
            yield
        finally:
            self._open -= Counter([key])  # which forgets whoever has none any more
            self._of_account -= Counter([account])
