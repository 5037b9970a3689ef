"""Home with every step of the guide done, and with none."""

import pytest

from orchestrator.core.model import access
from orchestrator.doors.console import rendering
from orchestrator.doors.console.faults import NOTHING
from orchestrator.doors.console.pages.home import Step


class _Somebody:
    """Who looks at the page."""

    full_name = ""
    login = "ann"
    roles = ("Administrator",)


@pytest.mark.parametrize("done", [0, 1, 2])
def test_the_checklist_is_shown_however_far_it_is(done: int) -> None:
    """The first step that is open is the one that is offered; when all are done there is none."""
    steps = [Step(f"Step {number}", "", f"/{number}", number < done) for number in range(2)]
    shown = {
        "steps": steps,
        "done": done,
        "next": (),
        "parts": (),
        "here": "",
        "may": access.operator("1").may,
        "user": _Somebody(),
        "account": "1",
        "csrf": "",
        "fault": NOTHING,
        "notice": None,
    }
    page = rendering.rendered("home.html", shown)
    assert f"{done} of 2 done" in page
    assert page.count('class="button primary"') == (done < 2)
