"""The web client: a consumer's chat window for testers, and the line that puts it on a page."""

from typing import Final

import msgspec
from starlette.responses import Response

from orchestrator.core.model.directory import Engagement, Skill
from orchestrator.doors.console.visits import Row, Visit
from orchestrator.doors.console.words import _

LANGUAGES: Final = (
    ("", "As the browser"),
    ("en-US", "English"),
    ("de-DE", "Deutsch"),
    ("fr-FR", "Français"),
    ("es-ES", "Español"),
    ("ar", "العربية"),
)
"""What the window speaks; the language goes into the conversation as well."""

PROFILE: Final = (
    ("personal.personal.firstname", "First name", "", "text"),
    ("ctmrinfo.info.customerId", "Customer id", "C-1042", "text"),
    ("ctmrinfo.info.ctype", "Customer type", "vip", "text"),
    ("ctmrinfo.info.cstatus", "Customer status", "active", "text"),
    ("ctmrinfo.info.balance", "Balance", "", "number"),
    ("ctmrinfo.info.companySize", "Company size", "", "number"),
    ("personal.personal.language", "Language", "de-DE", "text"),
    ("personal.personal.age.age", "Age", "", "number"),
)
"""Place within the SDEs, label, example and type of the fields for who the consumer is."""


class Entry(msgspec.Struct, frozen=True):
    """Where a conversation begins, as the window asks for it; ``wrong`` is why there is none."""

    skill: Skill | None = None
    engagement: Engagement | None = None
    wrong: str = ""

    @property
    def attributes(self) -> dict[str, str]:
        """Attributes of the window's element, and with ``data-`` in front those of the script."""
        if self.engagement is not None:
            return {"campaign": self.engagement.campaign_id, "engagement": self.engagement.id}
        return {} if self.skill is None else {"skill": self.skill.id}


async def chat(visit: Visit) -> Response:
    """Show the window on a skill, by name or id, or on an engagement, by its word, name or id."""
    directory = visit.rooms.directory
    skills = await directory.skills.all(visit.actor)
    engagements = await directory.engagements.all(visit.actor)
    skill, identifier = visit.asked("skill"), visit.asked("identifier")
    found = _entry(skills, engagements, skill=skill, identifier=identifier)
    return visit.page(
        "web_client.html",
        skills=skills,
        engagement_options=[("", "–"), *((each.id, each.name) for each in engagements)],
        entry=found,
        language=visit.asked("language"),
        languages=[(code, _(name)) for code, name in LANGUAGES],
        profile=PROFILE,
        base=str(visit.request.base_url).rstrip("/"),
    )


def _entry(
    skills: list[Skill], engagements: list[Engagement], *, skill: str, identifier: str
) -> Entry:
    """Return what the address asks for; as the original's emulator, it takes either word.

    Its older pages said ``skill=`` where they meant the word of an entry point.
    """
    if not identifier and not skill:
        return _first(skills, engagements)
    for each in engagements:
        if identifier in {each.id, each.name, each.entry_point}:
            return Entry(engagement=each)
    for one in skills:
        if skill in {one.id, one.name}:
            return Entry(skill=one)
    for each in engagements:
        if skill == each.entry_point:
            return Entry(engagement=each)
    wanted = identifier or skill
    return Entry(wrong=_("There is no skill and no engagement “%(name)s”.", name=wanted))


def _first(skills: list[Skill], engagements: list[Engagement]) -> Entry:
    if engagements:
        return Entry(engagement=engagements[0])
    return Entry(skill=skills[0]) if skills else Entry()


ROWS: Final = (Row("GET", "/web-client", chat),)
