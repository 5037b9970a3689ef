"""Static values and parameters of functions: from JSON to a form, and back."""

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.console import function_form, static_form

VALUES = ["vip", "", " blanks ", 3, -2.5, True, False, None, [], ["a", "b"], [1, 2.5], [1, "a"]]
ODD = [["two\nlines"], [""], [True, 1], {"a": [1]}, [["a"]], "true", "3", '{"a": 1}']


@pytest.mark.parametrize("value", [*VALUES, *ODD])
def test_a_static_value_survives_its_form(value):
    """Whatever a policy set holds is shown so that saving it unchanged changes nothing."""
    found = static_form.read(*static_form.shown(value))
    assert (found, type(found)) == (value, type(value))


def test_a_column_is_pasted_as_a_list():
    """One value a line; blanks around them and empty lines are no values."""
    pasted = "C-1\r\n  C-2  \n\nC-3\n"
    assert static_form.read("texts", pasted) == ["C-1", "C-2", "C-3"]
    assert static_form.read("numbers", "1\n2.5\n") == [1, 2.5]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("number", "ten"),
        ("number", "true"),
        ("numbers", "1\nx"),
        ("boolean", "maybe"),
        ("json", "{"),
    ],
)
def test_what_is_no_such_value_is_said_at_the_value(kind, text):
    """A number, a list of them, true or false, JSON."""
    with pytest.raises(errors.BadInput) as refused:
        static_form.read(kind, text)
    assert refused.value.problems[0].path == "value"


def test_a_long_list_is_told_by_its_first_values_and_its_length():
    """Nobody wants ten thousand values in a table."""
    told = static_form.brief([f"C-{number}" for number in range(10_000)])
    assert told == '["C-0","C-1", …] · 10,000 values'


@pytest.mark.parametrize("value", [*VALUES, *ODD, "{{conversation.channel}}"])
def test_a_parameter_survives_its_field(value):
    """Plain texts stand as they are; what would be read as JSON stands in quotation marks."""
    found = function_form.value_of(function_form.written(value))
    assert (found, type(found)) == (value, type(value))
