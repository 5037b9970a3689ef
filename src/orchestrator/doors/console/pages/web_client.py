"""The web client: a consumer's chat window for testers, and the line that puts it on a page."""

from typing import Final

import msgspec
from starlette.responses import Response

from orchestrator.core.model.directory import Engagement, Skill
from orchestrator.doors.console import choosing
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
    ("ctmrinfo.info.userName", "User name", "jo.doe", "text"),
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
    skill, identifier = visit.asked("skill"), visit.asked("identifier")
    found = await _entry(visit, skill=skill, identifier=identifier)
    begins = found.skill.id if found.skill else ""
    skills = await choosing.one(visit, "skills", begins, none=_("As the engagement says"))
    entered = found.engagement.id if found.engagement else ""
    return visit.page(
        "web_client.html",
        # Addresses name the skill, for people read them and guides have them.
        skills=msgspec.structs.replace(
            skills, options=[(name if key else "", name) for key, name in skills.options]
        ),
        engagements=await choosing.one(visit, "engagements", entered, none="–"),
        entry=found,
        language=visit.asked("language"),
        languages=[(code, _(name)) for code, name in LANGUAGES],
        profile=PROFILE,
        base=str(visit.request.base_url).rstrip("/"),
    )


async def _entry(visit: Visit, *, skill: str, identifier: str) -> Entry:
    """Return what the address asks for; as the original's emulator, it takes either word.

    Its older pages said ``skill=`` where they meant the word of an entry point.
    """
    directory = visit.rooms.directory
    if not identifier and not skill:
        return await _first(visit)
    if identifier:
        entered = await directory.engagements.entered(visit.actor, identifier)
        if entered is not None:
            return Entry(engagement=entered)
    if skill:
        meant = await directory.choosing.meant(visit.actor, "skills", skill)
        if meant is not None:
            return Entry(skill=(await directory.skills.show(visit.actor, meant)).skill)
        entered = await directory.engagements.entered(visit.actor, skill)
        if entered is not None and skill == entered.entry_point:
            return Entry(engagement=entered)
    wanted = identifier or skill
    return Entry(wrong=_("There is no skill and no engagement “%(name)s”.", name=wanted))


async def _first(visit: Visit) -> Entry:
    directory = visit.rooms.directory
    engagements = await directory.choosing.found(visit.actor, "engagements", limit=1)
    for each in engagements.rows:
        return Entry(engagement=await directory.engagements.show(visit.actor, each.id))
    skills = await directory.choosing.found(visit.actor, "skills", limit=1)
    for each in skills.rows:
        return Entry(skill=(await directory.skills.show(visit.actor, each.id)).skill)
    return Entry()


ROWS: Final = (Row("GET", "/web-client", chat),)
