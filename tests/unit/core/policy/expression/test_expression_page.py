"""The reference page of expressions says what is true."""

import re
from pathlib import Path

import pytest

from orchestrator.core.policy import functions
from orchestrator.core.policy.expression import check, formula, parse, tokens
from orchestrator.core.policy.expression.findings import Refused

PAGE = (Path(__file__).parents[5] / "docs" / "reference" / "expressions.md").read_text("utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"```expression\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
]
MESSAGES = {
    "a.b = 1": "did you mean `==`?",
    "a.b == not c.d": "`a.b == (not c.d)`",
    "lenght(a.b) > 1": "did you mean `length`?",
}


@pytest.mark.parametrize("row", functions.ROWS, ids=lambda row: row.name)
def test_every_function_stands_in_the_table_as_it_is(row):
    """Signature, result and meaning, as in THE table."""
    assert f"| `{row.signature}` | {row.gives} | {row.meaning} |" in PAGE.splitlines()


def test_every_sign_and_word_is_named():
    """The table of precedence has them all."""
    rows = PAGE.partition("Loosest first")[2].partition("## What it means")[0]
    named = set(re.findall(r"`([^`]+)`", rows.replace("\\|", "|")))
    missing = {*tokens.SIGNS, *tokens.WORDS, *formula.COMPARATORS} - named
    assert missing == {"(", ")", "[", "]", ",", "true", "false"}


@pytest.mark.parametrize("text", EXAMPLES)
def test_every_example_can_be_pasted(text):
    """No errors, and no warnings but for names that the reader has to provide."""
    scope = check.Scope({"topTiers": [], "limit": 5}, frozenset({"Support hours"}))
    found = check.check(parse.read(text), scope)
    assert found.errors == found.warnings == ()


def test_the_messages_are_those_that_are_printed():
    """Word for word."""
    for text, suggestion in MESSAGES.items():
        try:
            said = check.check(parse.read(text), check.Scope()).errors[0].message
        except Refused as refused:
            said = refused.finding.message
        assert suggestion in said
        assert said in PAGE.splitlines()


def test_the_limits_are_the_limits():
    """The numbers of the page are those of the code."""
    assert f"at most {parse.MAX_CHARACTERS:,} characters" in PAGE
    assert f"at most {tokens.MAX_DEPTH} deep" in PAGE
