"""Tables and sheets as lines of a given width."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.cli import grid

LONG = "Department of Redundancy Department, second floor"
COLUMNS = [grid.Column("Name"), grid.Column("Id", "whole"), grid.Column("Waiting", side="right")]
CELLS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "So")), max_size=60)


def test_what_fits_is_left_as_it_is():
    """Cells stand under their headings, numbers on the right."""
    lines = list(grid.table(COLUMNS, [["Billing", "3001", "12"]], width=80))

    assert lines == [
        "Name     Id    Waiting",
        "───────  ────  ───────",
        "Billing  3001       12",
    ]


def test_long_cells_fold_between_words_and_nothing_is_lost():
    """The widest column gives way; what must stay whole does."""
    lines = list(grid.table(COLUMNS, [[LONG, "3001", "1"]], width=40))

    assert max(map(grid.wide, lines)) <= 40
    assert " ".join(line[:25].strip() for line in lines[2:]) == LONG
    assert "3001" in lines[2]


def test_cut_cells_keep_one_line():
    """A column that is cut ends in … and its row stays a single line."""
    columns = [grid.Column("Name", "cut"), grid.Column("Id", "whole")]

    lines = list(grid.table(columns, [[LONG, "3001"]], width=30))

    assert lines[2] == f"{LONG[:23]}…  3001"


@given(st.lists(st.lists(CELLS, min_size=3, max_size=3), max_size=5), st.integers(40, 140))
def test_no_line_is_wider_than_asked(rows, width):
    """Whatever the texts, in any script, the table keeps to its width."""
    columns = [grid.Column("One"), grid.Column("Two", "cut"), grid.Column("Three", side="right")]

    assert all(grid.wide(line) <= width for line in grid.table(columns, rows, width=width))


@given(CELLS, st.integers(6, 40))
def test_folding_loses_only_blanks(text, width):
    """What is folded reads the same without blanks."""
    joined = "".join(grid.folded(text, width)).replace(" ", "")

    assert joined == text.replace(" ", "")


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("客户", 4), ("e\u0301migre\u0301", 6), ("", 0)]
)
def test_wide_letters_take_two_columns_and_accents_none(text, columns):
    """Widths are what a terminal shows, not numbers of characters."""
    assert grid.wide(text) == columns


def test_a_cell_cannot_command_the_terminal():
    """Escape sequences, line breaks and the like in what others wrote are shown as harmless."""
    assert grid.printable("a\x1b[31mb\nc\td\u202e") == "a�[31mb c d�"


def test_a_sheet_folds_values_beside_their_names():
    """Further lines of a value stand under its first."""
    lines = list(grid.sheet([("name", LONG), ("id", "3001")], width=32))

    assert lines == [
        "name  Department of Redundancy",
        "      Department, second floor",
        "id    3001",
    ]
