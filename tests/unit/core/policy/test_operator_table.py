"""Every operator against the oracle: all pairs of values, missing and failed ones among them."""

import itertools
from pathlib import Path

import pytest

from oracle import comparing
from orchestrator.core.policy import operators
from orchestrator.core.policy.operators import FAILED, PENDING, ROWS
from orchestrator.core.policy.values import FALSE, TRUE, UNKNOWN

NAMES = {FALSE: "FALSE", UNKNOWN: "UNKNOWN", TRUE: "TRUE"}

VALUES = [
    None, True, False, 0, 1, -1, 12, 12.0, 12.5, 0.1, 2**53 + 1, float(2**53), 10**30,
    "", "0", "1", "-0", "12", "12.0", "12.50", "012", "0049", "1e3", "1_000", "+1", " 1",
    "1.", ".5",
    "٣", "9007199254740993", "0.1", "1" * 400,
    "true", "True", "FALSE", "gold", "Gold", "GOLD", "straße", "STRASSE", "old", "G", "^g.*d$",
    "(",
    "2026-02-28", "2026-02-30", "2026-12-24",
    "2026-12-24T18:00:00Z", "2026-12-24T18:00:00+02:00",
    "2026-12-24T18:00:00", "2026-12-24T18:00", "2026-12-24T17:59:59.999", "20261224",
    [], ["gold"], ["GOLD", 12], [1, "12"], [None], [["gold"]], [True], {}, {"a": 1}, {"a": "1"},
    {"a": None},
]  # fmt: skip


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_every_pair_of_values_agrees_with_the_oracle(row):
    """An operator answers as the oracle does, with and without regard to case."""
    rights = VALUES if row.takes_value else [None]
    for left, right, fold in itertools.product(VALUES, rights, (False, True)):
        low, high = operators.bounds(row, left, right, TRUE if fold else FALSE)
        expected = comparing.compare(row.name, left, right, fold=fold)
        assert low == high
        assert NAMES[low] == expected, (row.name, left, right, fold)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_a_missing_attribute_gives_the_null_column(row):
    """The table of the semantics, column "null attribute", for every operator."""
    expected = {
        **dict.fromkeys(["NOT_EQUAL", "NOT_IN", "NOT_CONTAINS", "IS_NOT_SET"], TRUE),
        **dict.fromkeys(comparing.ORDERS, UNKNOWN),
    }.get(row.name, FALSE)
    assert operators.bounds(row, None, "x", FALSE) == (expected, expected)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_bounds_hold_for_whatever_is_fetched_later(row):
    """One side pending: no later value leads outside the bounds, so nothing is skipped wrongly."""
    rights = VALUES if row.takes_value else [None]
    for known in VALUES:
        early = operators.bounds(row, known, PENDING, FALSE)
        later = {operators.bounds(row, known, right, FALSE)[0] for right in VALUES}
        if row.takes_value:
            assert early[0] <= min(later) <= max(later) <= early[1], (known, early, later)
    for known in rights:
        early = operators.bounds(row, PENDING, known, FALSE)
        later = {operators.bounds(row, left, known, FALSE)[0] for left in VALUES}
        assert early[0] <= min(later) <= max(later) <= early[1], (known, early, later)


@pytest.mark.parametrize("row", [row for row in ROWS if row.takes_value], ids=lambda row: row.name)
def test_a_failed_side_is_unknown_unless_the_other_settles_it(row):
    """An attribute that could not be fetched behaves like unknown; a null beside it may decide."""
    for known in VALUES:
        for left, right in ((known, FAILED), (FAILED, known)):
            low, high = operators.bounds(row, left, right, FALSE)
            sides = [comparing.FAILED if side is FAILED else side for side in (left, right)]
            expected = comparing.compare(row.name, *sides)
            assert low == high
            assert NAMES[low] == ("UNKNOWN" if expected == "ERROR" else expected), (left, right)


def test_a_failure_and_a_pending_side_promise_nothing_wrong():
    """While one side is lost and the other not fetched, the bounds hold what may still come."""
    for row in ROWS:
        if not row.takes_value:
            continue
        for known in VALUES:
            early = operators.bounds(row, FAILED, PENDING, FALSE)
            assert early[0] <= operators.bounds(row, FAILED, known, FALSE)[0] <= early[1]
            early = operators.bounds(row, PENDING, FAILED, FALSE)
            assert early[0] <= operators.bounds(row, known, FAILED, FALSE)[0] <= early[1]


def test_patterns_take_linear_time():
    """The pattern that ruins backtracking engines is answered at once."""
    row = operators.BY_NAME["MATCHES"]
    assert operators.bounds(row, "a" * 50_000, "^(a+)+$", FALSE) == (TRUE, TRUE)
    assert operators.bounds(row, "a" * 50_000 + "!", "^(a+)+$", FALSE) == (FALSE, FALSE)
    assert operators.bounds(row, "x", "(a{1000}){1000}", FALSE) == (UNKNOWN, UNKNOWN)


def test_half_a_surrogate_pair_is_no_text_to_a_pattern():
    """A value that cannot be encoded is unknown and not an exception."""
    row = operators.BY_NAME["MATCHES"]
    assert operators.bounds(row, "\ud800", "a", FALSE) == (UNKNOWN, UNKNOWN)


def test_deeply_nested_values_compare_without_recursion():
    """The depth of an attribute is its sender's choice and hurts nobody."""
    deep = other = "x"
    for _ in range(100_000):
        deep, other = [deep], [other]
    row = operators.BY_NAME["EQUAL"]
    assert operators.bounds(row, deep, other, FALSE) == (TRUE, TRUE)
    while isinstance(deep, list):  # taken apart by hand: its own destruction would recurse
        deep, other = deep[0], other[0]


def test_every_operator_is_documented():
    """The reference page names each row of the table."""
    page = Path(__file__).parents[4] / "docs" / "reference" / "policies.md"
    shown = page.read_text(encoding="utf-8")
    assert [row.name for row in ROWS if f"`{row.name}`" not in shown] == []
