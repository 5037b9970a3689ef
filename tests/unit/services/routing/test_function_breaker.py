"""The circuit breaker, step by step and against a slow and obvious one."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.model import function
from orchestrator.services.routing.breaker import Breaker
from orchestrator.testing.clock import START

SETTINGS = function.Breaker(failures=3, window_seconds=10, open_seconds=5)


def after(seconds: float):
    """Return a moment."""
    return START + timedelta(seconds=seconds)


def opened() -> Breaker:
    """Return one that opened at the start."""
    breaker = Breaker(SETTINGS)
    for _ in range(3):
        assert breaker.admit(START)
        breaker.failed(START)
    assert breaker.state(START) == "open"
    return breaker


def test_failures_count_within_the_window_alone() -> None:
    """Old ones are forgotten; a success forgets all."""
    breaker = Breaker(SETTINGS)
    for second in (0, 6, 12, 18):
        breaker.failed(after(second))
    assert breaker.state(after(18)) == "closed"
    breaker.failed(after(19))
    assert breaker.state(after(19)) == "open"
    breaker.succeeded()
    breaker.failed(after(20))
    breaker.failed(after(20))
    assert breaker.state(after(20)) == "closed"


def test_half_open_lets_one_through_at_a_time() -> None:
    """Until that one has said how it went; one that says nothing makes room."""
    breaker = opened()
    assert not breaker.admit(after(4.9))
    assert breaker.admit(after(5))
    assert not breaker.admit(after(5))
    breaker.abandoned()
    assert breaker.admit(after(5))
    breaker.failed(after(6))
    assert not breaker.admit(after(10.9))
    assert breaker.admit(after(11))
    breaker.succeeded()
    assert breaker.state(after(11)) == "closed"


def test_a_latecomer_does_not_prolong_it() -> None:
    """A call that was on its way when it opened fails: the next try comes no later."""
    breaker = opened()
    assert not breaker.failed(after(4))
    assert breaker.admit(after(5))


@given(st.lists(st.tuples(st.integers(0, 4), st.booleans()), max_size=60))
def test_it_admits_as_the_obvious_one_does(story: list[tuple[int, bool]]) -> None:
    """Calls one after the other, some seconds apart, each of which works or does not."""
    breaker, now = Breaker(SETTINGS), 0
    failures: list[int] = []
    opened_at: int | None = None
    for pause, works in story:
        now += pause
        expected = opened_at is None or now >= opened_at + 5
        assert breaker.admit(after(now)) == expected
        if not expected:
            continue
        if works:
            breaker.succeeded()
            failures.clear()
            opened_at = None
            continue
        breaker.failed(after(now))
        failures.append(now)
        recent = [each for each in failures if now - each <= 10]
        if opened_at is not None or len(recent) >= 3:
            opened_at = now
