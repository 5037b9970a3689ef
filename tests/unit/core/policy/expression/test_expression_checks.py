"""What can be read and is wrong all the same: everything at once, each with its place."""

import pytest

from orchestrator.core.policy import functions
from orchestrator.core.policy.expression import check, parse

SCOPE = check.Scope({"vipList": ["x"], "limits": {"gold": 1}}, frozenset({"Support hours"}))


def errors(text):
    return [finding.message for finding in check.check(parse.read(text), SCOPE).errors]


def warnings(text):
    return [finding.message for finding in check.check(parse.read(text), SCOPE).warnings]


WRONG = [
    ("isTimeRange('8:30', '17:30:00', 'UTC')", 13, "no time of day"),
    ("isTimeRange('24:00:00', '17:30:00', 'UTC')", 13, "23:59:59"),
    ("isTimeRange('08:30:00', '17:30:00', 'Europe/Pari')", 37, "'Europe/Paris'"),
    ("isTimeRange('08:30:00', '17:30:00', 'UTC', [])", 44, "empty list of days"),
    ("isTimeRange('08:30:00', '17:30:00', 'UTC', ['Monday'])", 44, "did you mean 'MON'"),
    ("isTimeRange('08:30:00', '17:30:00', 'UTC', [1])", 44, "in quotes"),
    ("isTimeRange('08:30:00', '17:30:00', 'UTC', 'MON')", 44, "a list, not a text"),
    ("isTimeRange('08:30:00', '17:30:00')", 1, "isTimeRange(start, end, zone[, days])"),
    ("isDateRange('02/30/26', '03/01/26', 'UTC')", 13, "no date"),
    ("isDateRange('2026-03-01', '03/01/26', 'UTC')", 13, "month/day/year"),
    ("isDateRange('03/02/26', '03/01/2026', 'UTC')", 1, "after its end"),
    ("isOpen('Suport hours')", 8, "did you mean 'Support hours'?"),
    ("isOpen('x')", 8, "there are 'Support hours'"),
    ("isSet('x')", 7, "takes an attribute"),
    ("isSet(a.b == 1)", 7, "takes an attribute"),
    ("lenght(a.b) > 1", 1, "did you mean `length`?"),
    ("frobnicate()", 1, "there are isTimeRange, isDateRange"),
    ("contains(a.b)", 1, "was given 1 argument"),
    ("min() > 1", 1, "was given no arguments"),
    ("round(a.b, 2) == 1", 1, "round(number)"),
    ("matches(a.b, '(')", 14, "not a regular expression"),
    ("matches(a.b, 5)", 14, "is a text, not a number"),
    ("inPercent(a.b, 101)", 16, "from 0 to 100"),
    ("inPercent(a.b, -1)", 16, "from 0 to 100"),
    ("length(5) == 1", 8, "not a number"),
    ("sqrt 'x' > 1", 6, "no number"),
    ("max(1, true) == 1", 8, "not a boolean"),
    ("a.b < true", 7, "can never be compared"),
    ("'abc' >= a.b", 1, "can never be compared"),
    ("a.b < [1]", 7, "can never be compared"),
    ("a.b in 'gold'", 8, "such as ['gold']"),
    ("a.b in 5", 8, "needs a list"),
    ("a.b + 'gold' == 1", 7, "texts are joined with `||`"),
    ("2 ^ true == a.b", 5, "takes numbers"),
    ("-'x' == a.b", 2, "takes numbers"),
    ("a.b || [1] == 'x'", 8, "a list is none"),
    ("5", 1, "never true or false"),
    ("'true'", 1, "never true or false"),
    ("a.b and 1", 9, "never true or false"),
    ("not [a.b, 1]", 5, "never true or false"),
]


@pytest.mark.parametrize(("text", "column", "said"), WRONG, ids=[text for text, _, _ in WRONG])
def test_what_can_never_be_of_use_is_refused(text, column, said):
    """One mistake, in its place, and what would be right."""
    if text == "not [a.b, 1]":  # a list with an attribute in it is no literal: it is only odd
        assert errors(text) == []
        assert "always unknown" in warnings(text)[0]
        return
    found = errors(text)
    assert len(found) == 1
    assert found[0].startswith(f"line 1, column {column}: ")
    assert said in found[0]


def test_all_mistakes_are_told_at_once_in_order():
    """Not only the first one, unless it keeps the expression from being read."""
    found = errors("lenght(a.b) > true\n  and isOpen('x') and inPercent(a.b, 200)")
    assert [message.partition(": ")[0] for message in found] == [
        "line 1, column 1",
        "line 1, column 15",
        "line 2, column 14",
        "line 2, column 38",
    ]


ODD = [
    ("custom.vipLst == 1", 1, "did you mean `custom.vipList`?"),
    ("a.b == custom.unheardOf", 8, "missing until"),
    ("conversation.lanuage == 'fr'", 1, "did you mean `conversation.language`?"),
    ("conversatoin.language == 'fr'", 1, "did you mean `conversation.language`?"),
    ("customerinfo.ctyp == 'x'", 1, "did you mean `customerinfo.ctype`?"),
    ("(a.b == 1) || (c.d == 2)", 2, "did you mean `or`?"),
    ("a.b || c.d", 1, "did you mean `or`?"),
    ("a.b + 1", 1, "always unknown"),
    ("length(a.b)", 1, "always unknown"),
    ("(a.b < 1) + 1 == 2", 2, "always unknown"),
    ("lower(length(a.b)) == 'x'", 7, "always unknown"),
    ("a.b in c.d || 'x'", 8, "always unknown"),
]


@pytest.mark.parametrize(("text", "column", "said"), ODD, ids=[text for text, _, _ in ODD])
def test_what_is_probably_not_meant_is_a_warning(text, column, said):
    """Legal, with its place, and what may have been meant."""
    assert errors(text) == []
    found = warnings(text)
    assert len(found) == 1
    assert found[0].startswith(f"line 1, column {column}: ")
    assert said in found[0]


@pytest.mark.parametrize(
    "text",
    [
        "shop.tier == 'gold' and skills.3002.waiting > 5",
        "custom.limits.gold == 1 and custom.vipList == 'x'",
        "customerinfo.ctype == 'x' and conversation.minutesSinceLastMessage > 3",
        "sde.visitorinfo.customerinfo.ctype == personalinfo.age.age",
        "(a.b > 1) > 0 and isOpen('Support hours') and isOpen(custom.vipList)",
        "isTimeRange('17:30:00', '08:30:00', 'US/Eastern', ['SAT', 'SUN'])",
        "isDateRange('03/01/26', '03/01/2026', custom.vipList)",
        "custom.vipList == ['a', 1, true] and a.b == (c.d || e.f)",
        "true or false",
    ],
)
def test_sensible_expressions_raise_no_eyebrow(text):
    """Namespaces come into being at run time; aliases, nested values and schedules are known."""
    assert errors(text) == warnings(text) == []


def test_nobody_knows_the_custom_values_of_a_document_that_has_none():
    """They may be in the account, so that no name is a surprise."""
    assert check.check(parse.read("custom.anything == 1"), check.Scope()).warnings == ()


@pytest.mark.parametrize("row", functions.ROWS, ids=lambda row: row.name)
def test_the_example_of_every_function_is_right(row):
    """The examples of the reference page can be pasted."""
    found = check.check(parse.read(row.example), SCOPE)
    assert found.errors == ()
