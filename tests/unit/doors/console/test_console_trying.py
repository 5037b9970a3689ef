"""What is written into the playground: lines and JSON are values, and back again."""

from typing import Any

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.console import trying
from orchestrator.doors.console.trying import Given

CTYPE = "sde.visitorinfo.customerinfo.ctype"
BALANCE = "sde.visitorinfo.customerinfo.balance"


def test_a_line_is_a_value_of_the_attributes_type() -> None:
    """Text stays text, numbers are numbers, null is missing, quotes make anything a text."""
    rows = trying.rows([CTYPE, BALANCE, "custom.x"], ["12\r\nnull", "480.5", '"7"\n7\n[1]\nyes'])
    assert [trying.values(each) for each in rows] == [
        ["12", None],
        [480.5],
        ["7", 7, [1], "yes"],
    ]


def test_several_values_make_every_combination() -> None:
    """In the order written; what is missing is not there."""
    given = trying.rows([CTYPE, BALANCE], ["gold\nnull", "1\n2"])
    assert trying.combinations(given) == [
        {CTYPE: "gold", BALANCE: 1},
        {CTYPE: "gold", BALANCE: 2},
        {BALANCE: 1},
        {BALANCE: 2},
    ]


def test_too_many_combinations_are_refused_by_their_number_before_they_are_made() -> None:
    """Ten to the twelfth would not fit into any memory."""
    lines = "\n".join(map(str, range(1_000)))
    given = [Given(f"custom.{letter}", lines) for letter in "abcd"]
    with pytest.raises(errors.BadInput, match="1,000,000,000,000 combinations; at most 1,000"):
        trying.combinations(given)


@pytest.mark.parametrize(
    "questions",
    [
        [{}],
        [{CTYPE: "gold"}],
        [{CTYPE: "null"}, {CTYPE: '"quoted"'}],
        [{"custom.x": "7"}, {"custom.x": 7}, {"custom.x": True}],
        [{"custom.x": "two\nlines"}],
        [{CTYPE: " blanks "}],
        [{CTYPE: a, BALANCE: b} for a in ("x", "ü") for b in (1, 2.5)],
    ],
)
def test_fields_say_what_json_says(questions: list[dict[str, Any]]) -> None:
    """There and back loses nothing."""
    fields = trying.fields(trying.parsed(trying.told(questions)))
    assert trying.combinations(fields) == questions


@pytest.mark.parametrize(
    "questions", [[{CTYPE: "a", BALANCE: 1}, {CTYPE: "b", BALANCE: 2}], [{CTYPE: 5}]]
)
def test_what_fields_cannot_say_stays_json(questions: list[dict[str, Any]]) -> None:
    """Not all combinations, or a number where texts stand: refused, and said at the JSON."""
    with pytest.raises(errors.BadInput) as caught:
        trying.fields(questions)
    assert caught.value.path == "json"


@pytest.mark.parametrize("text", ["{", "7", "[1]", '{"a": NaN}', "[" * 5_000])
def test_what_is_no_question_is_refused(text: str) -> None:
    """Broken JSON, other JSON, and JSON that nests too deep."""
    with pytest.raises(errors.BadInput):
        trying.parsed(text)
