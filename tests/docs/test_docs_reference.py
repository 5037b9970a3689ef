"""The reference says what the code's tables say."""

import handbook.__main__ as handbook


def test_no_generated_page_is_stale() -> None:
    """Else: `make docs`, and commit what it wrote."""
    assert handbook.stale() == []
