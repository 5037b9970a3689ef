"""Names of files: as their senders called them, and harmless wherever they are saved."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.services.cloud import file_names
from orchestrator.services.cloud.files import TYPES

PDF = TYPES["pdf"]


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("Statement.pdf", "Statement.pdf"),
        ("Statement.PDF", "Statement.PDF"),
        ("C:\\Users\\jo\\a b.pdf", "a b.pdf"),
        ("../../etc/passwd", "passwd.pdf"),
        ("tool.exe", "tool.exe.pdf"),
        ("photo\u202efdp.exe", "photofdp.exe.pdf"),
        ("\u0645\u06cc\u200c\u062e.pdf", "\u0645\u06cc\u200c\u062e.pdf"),
        ("e\u0301.pdf", "é.pdf"),
        (" \r\n\t\x00 ", ""),
        ("...", ""),
        (".pdf", "pdf.pdf"),
        ("x" * 500 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_a_file_is_called_as_it_was(name: str, called: str) -> None:
    """Without folders, controls and turned directions, with the ending of its kind."""
    assert file_names.called(name, PDF, endings=TYPES) == called


@given(st.text(max_size=300), st.sampled_from(sorted(set(TYPES.values()))))
def test_any_name_is_one_that_can_be_saved(name: str, type_: str) -> None:
    """One line of what is seen, an ending of its kind; to call it so again changes nothing."""
    called = file_names.called(name, type_, endings=TYPES)
    assert not set(called) & set("/\\\r\n\x00\u202e")
    assert not called or TYPES[called.rpartition(".")[2].casefold()] == type_
    assert file_names.called(called, type_, endings=TYPES) == called
