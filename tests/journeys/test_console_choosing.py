"""Fields for one or several of many: without scripts an exact name does, and nothing is lost."""

import html
import re
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from orchestrator.core.model import access
from orchestrator.doors.console import choosing
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import api, commands, pages, server

MANY = choosing.MOST + 5


@pytest.fixture
async def visitor(
    shared_server: server.Server, account_ids: Iterator[int]
) -> AsyncIterator[pages.Visitor]:
    """An administrator of an account with more skills and people than a list offers."""
    account = str(next(account_ids))
    await api.settled(shared_server.data, account)
    actor = access.operator(account)
    async with office.open(Settings(data=shared_server.data, account=account)) as desk:
        for number in range(MANY):
            await desk.directory.skills.add(actor, name=f"Team {number:02}")
        for number in range(MANY):
            await desk.directory.users.add(
                actor, login=f"b{number:02}", type="bot", roles=["Agent"]
            )
        await desk.directory.users.add(
            actor, login="ann", type="human", roles=["Administrator"], password=pages.PASSWORD
        )
    opened = pages.Visitor(shared_server.http, account)
    opened.sign_in("ann")
    yield opened
    opened.http.close()


def shown(page: str, name: str) -> list[str]:
    """The values of a form's fields of this name."""
    found = re.findall(rf'name="{name}" value="([^"]*)"', page)
    return [html.unescape(each) for each in found]


def options(visitor: pages.Visitor, kind: str, search: str) -> dict[str, Any]:
    """What a field asks for."""
    answer = visitor.get(f"/options/{kind}", params={"search": search})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_what_is_typed_is_looked_for(visitor: pages.Visitor) -> None:
    """Twenty at most; whatever the kind is; another kind is not there."""
    found = options(visitor, "skills", "team")
    assert (found["found"], len(found["rows"])) == (MANY, 20)
    (row,) = options(visitor, "users", "B07")["rows"]
    assert (row["name"], row["about"]) == ("b07", "bot")
    assert visitor.get("/options/secrets").status_code == 404


def test_several_of_many_are_added_by_name(visitor: pages.Visitor) -> None:
    """Those chosen stand as boxes; a name that nothing has is told beside what was typed."""
    ids = {row["name"]: row["id"] for row in options(visitor, "skills", "Team 0")["rows"]}
    (person,) = options(visitor, "users", "b07")["rows"]
    path, form = f"/users/{person['id']}", {"login": "b07", "roles": "Agent", "max_chats": "3"}
    visitor.post(path, **form, skills=ids["Team 01"], **{"skills-more": "Team 02"})
    page = visitor.get(path).text
    assert set(shown(page, "skills")) == {ids["Team 01"], ids["Team 02"]}
    assert "Team 03" not in page
    wrong = visitor.post(path, **form, skills=ids["Team 01"], **{"skills-more": "Team X"})
    assert wrong.status_code == 422
    assert "Nothing is called “Team X”." in html.unescape(wrong.text).replace("\u2068", "").replace(
        "\u2069", ""
    )
    assert shown(wrong.text, "skills-more") == ["Team X"]
    assert set(shown(visitor.get(path).text, "skills")) == {ids["Team 01"], ids["Team 02"]}
    skill = f"/skills/{ids['Team 04']}"
    visitor.post(skill, name="Team 04", **{"users-more": "b09", "fallback_skill": "Team 05"})
    page = visitor.get(skill).text
    assert len(shown(page, "users")) == 1
    assert shown(page, "fallback_skill") == ["Team 05"]


def test_one_of_many_is_named(visitor: pages.Visitor) -> None:
    """A way in, the account's fallback, the filters and the web client."""
    made = visitor.post("/engagements/new", name="Contact", skill="Team 33", campaign="Web")
    assert made.status_code == 303
    wrong = visitor.post("/engagements/new", name="Other", skill="Team X")
    assert (wrong.status_code, shown(wrong.text, "skill")) == (422, ["Team X"])
    chat = visitor.get("/web-client", params={"skill": "Team 44"}).text
    assert shown(chat, "skill") == ["Team 44"]
    page = visitor.get("/conversations", params={"skill": "Team 44", "agent": "b01"})
    assert (page.status_code, shown(page.text, "agent")) == (200, ["b01"])
    wrong = visitor.get("/conversations", params={"agent": "nobody"})
    assert (wrong.status_code, shown(wrong.text, "agent")) == (422, ["nobody"])


def test_a_conversation_is_moved_to_one_of_many_skills(
    visitor: pages.Visitor, shared_server: server.Server
) -> None:
    """The form asks where it may go, and takes the name; a wrong one is told and kept."""
    account = commands.Commands(shared_server.data, visitor.account)
    begun = account("chat", "--skill", "Team 01", "--message", "Hi", "--wait", "0")
    key = begun[0]["conversationId"]
    asked = visitor.get(f"/desk/{key}/options/skills", params={"search": "team 0"}).json()
    assert asked["found"] == 9  # all but its own
    assert visitor.get(f"/desk/{key}/options/agents").json() == {"found": 0, "rows": []}
    form = visitor.get(f"/floor/conversations/{key}", params={"move": "skill"})
    assert f'data-source="/console/desk/{key}/options/skills"' in form.text
    path = f"/floor/conversations/{key}"
    wrong = visitor.post(path, move="skill", skill="Team X", reason="Why")
    assert (wrong.status_code, shown(wrong.text, "skill")[-1]) == (422, "Team X")
    moved = visitor.post(path, move="skill", skill="Team 33", reason="Why")
    assert moved.status_code == 303
    told = visitor.get(path)
    assert "Team 33" in told.text
    places = visitor.get(f"/desk/{key}/places", params={"search": "nothing like it"}).text
    assert "Nobody of that name is there." in places
