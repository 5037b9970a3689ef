"""What went wrong, at the field it concerns, as a page, or as a status."""

import pytest

from orchestrator.core.model import errors
from orchestrator.doors.console import faults

KNOWN = [kind for kind, _, _ in faults.KINDS]


def problem(path: str, message: str) -> errors.Problem:
    """One problem."""
    return errors.Problem("bad-value", path, message)


@pytest.mark.parametrize(
    ("path", "field"),
    [
        ("name", "name"),
        ("--max-chats", "max_chats"),
        ("maxChats", "max_chats"),
        ("--password-stdin", "password"),
    ],
)
def test_what_commands_name_is_found_in_forms(path: str, field: str) -> None:
    """Options and members are fields; a field may go by another name here."""
    error = errors.Problems([problem(path, f"{path} is too long.")])
    found = faults.of(error, "name", "max_chats", "password", password_stdin="password")
    assert found == faults.Fault({field: "This is too long."})


def test_what_belongs_to_no_field_stands_above_the_form() -> None:
    """So does what is said of a field for the second time."""
    error = errors.Problems(
        [problem("name", "A name is needed."), problem("name", "Shorter."), problem("x", "Odd.")]
    )
    assert faults.of(error, "name") == faults.Fault(
        {"name": "A name is needed."}, ("Shorter.", "Odd.")
    )


@pytest.mark.parametrize(
    "error",
    [
        errors.Forbidden("No."),
        errors.Unauthenticated("No."),
        errors.Unavailable("No."),
        errors.Stale("Meanwhile."),
    ],
)
def test_what_nobody_can_mend_in_a_form_is_raised_again(error: errors.OrchestratorError) -> None:
    """It is about more than the form."""
    with pytest.raises(type(error)):
        faults.of(error, "name")


def test_the_table_is_in_order() -> None:
    """An error is found before any that it is a kind of, and none is without a status."""
    for index, kind in enumerate(KNOWN):
        assert not any(issubclass(later, kind) for later in KNOWN[index + 1 :]), kind
    assert KNOWN[-1] is errors.OrchestratorError


def test_a_refusal_is_not_our_own_fault() -> None:
    """Status and heading by the most particular kind."""
    assert faults.status(errors.Forbidden("No.")) == 403
    assert faults.heading(errors.Forbidden("No.")) == "You may not do this"
    assert faults.status(errors.OrchestratorError("Broken.")) == 500
