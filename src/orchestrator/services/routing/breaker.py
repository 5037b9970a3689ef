"""A circuit breaker: whoever fails again and again is left alone for a while, then tried once."""

from collections import deque
from datetime import datetime, timedelta
from typing import Literal

from orchestrator.core.model import function

State = Literal["closed", "open", "half-open"]


class Breaker:
    """One function's. Nothing waits here; the moment comes in as an argument.

    Whoever was admitted says exactly one of `succeeded`, `failed` and `abandoned`.
    """

    def __init__(self, settings: function.Breaker) -> None:
        self._settings = settings
        self._window = timedelta(seconds=settings.window_seconds)
        self._failures: deque[datetime] = deque(maxlen=settings.failures)
        self._opened_at: datetime | None = None
        self._is_probing = False

    def state(self, now: datetime) -> State:
        """Return how it stands."""
        if self._opened_at is None:
            return "closed"
        return "half-open" if now >= self._next(self._opened_at) else "open"

    def admit(self, now: datetime) -> bool:
        """Whether to call now. Half open, one call is let through at a time."""
        state = self.state(now)
        if state == "half-open" and not self._is_probing:
            self._is_probing = True
            return True
        return state == "closed"

    def succeeded(self) -> None:
        """Close: the function works."""
        self._failures.clear()
        self._opened_at = None
        self._is_probing = False

    def failed(self, now: datetime) -> bool:
        """Count a failure; return whether this one opened it."""
        was_probing, self._is_probing = self._is_probing, False
        self._failures.append(now)
        while now - self._failures[0] > self._window:
            self._failures.popleft()
        was_open = self._opened_at is not None
        if was_open and not was_probing:
            return False  # one that was on its way when it opened
        if was_open or len(self._failures) >= self._settings.failures:
            self._opened_at = now
            return not was_open
        return False

    def abandoned(self) -> None:
        """Forget a call that says nothing about the function."""
        self._is_probing = False

    def _next(self, opened_at: datetime) -> datetime:
        return opened_at + timedelta(seconds=self._settings.open_seconds)
