"""``orchestrator schedules``: named opening hours, for policies and skills."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from orchestrator.cli import hours, moments, options, report, show
from orchestrator.cli.options import Call

if TYPE_CHECKING:
    from orchestrator.serve.office import Saved, ScheduleShown

app = options.noun("Named opening hours, for isOpen('NAME') in policies and for skills.")

KEYS = ("zone", "weekly", "exceptions", "holidays")
"""What a schedule consists of, in documents."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The schedule's name.")]
Zone = Annotated[
    str | None, typer.Option(metavar="ZONE", help="Its time zone, such as Europe/Paris.")
]
Open = Annotated[
    list[str] | None,
    typer.Option(
        "--open",
        metavar="'DAYS HOURS'",
        help="Hours of days: 'MON-FRI 08:30:00-12:00:00,13:00:00-17:30:00', 'SAT closed'. "
        "Repeat it for other days.",
    ),
]
Closed = Annotated[
    list[str] | None, typer.Option(metavar="DATE", help="A date when it is closed: 2026-12-24.")
]
Special = Annotated[
    list[str] | None,
    typer.Option(metavar="'DATE HOURS'", help="Other hours: '2026-12-24 09:00:00-12:00:00'."),
]
Regular = Annotated[
    list[str] | None, typer.Option(metavar="DATE", help="Take an exception away again.")
]
Holidays = Annotated[
    str | None,
    typer.Option(
        metavar="COUNTRY", help="Closed on the public holidays of FR, DE-BY, …; none takes away."
    ),
]
At = Annotated[str | None, typer.Option(metavar="ISO", help="Is it open then? Now, if not given.")]


@app.command()
@options.at_desk
async def add(
    call: Call,
    name: Name,
    *,
    zone: Zone = None,
    open_: Open = None,
    closed: Closed = None,
    special: Special = None,
    holidays: Holidays = None,
) -> None:
    """Add a schedule: by options, or as JSON on stdin when there are none."""
    wanted = Wanted(zone, open_, closed, special, holidays)
    given = wanted.changed({"weekly": {}, "exceptions": []})
    saved = await call.desk.schedules.add(call.actor, name, given=given)
    await _saved(call, saved, name, "Added")


@app.command("list")
@options.at_desk
async def list_(call: Call, *, at: At = None) -> None:
    """List all schedules, by name."""
    found = await call.desk.schedules.all(call.actor, at=moments.read(at))
    rows = [_record(each) for each in found]
    if call.style == "text":
        rows = [{**row, "week": hours.shown_week(row["weekly"])} for row in rows]
    show.many(
        call.style,
        rows,
        columns={
            "name": "Name",
            "zone": "Zone",
            "week": "Week",
            "open": "Open",
            "skills": "Skills",
        },
        empty="No schedules yet. Next: orchestrator schedules add 'Support hours' "
        "--zone Europe/Paris --open 'MON-FRI 08:30:00-17:30:00'",
    )


@app.command("show")
@options.at_desk
async def show_(call: Call, name: Name, *, at: At = None) -> None:
    """Show one schedule, and whether it is open."""
    found = _record(await call.desk.schedules.show(call.actor, name, at=moments.read(at)))
    if call.style == "json":
        show.json_line(found)
        return
    special = [f"{each['date']} {hours.shown_hours(each['hours'])}" for each in found["exceptions"]]
    country = found["holidays"] or {}
    parts = [part for part in (country.get("country"), country.get("subdivision")) if part]
    show.sheet(
        {
            "name": found["name"],
            "zone": found["zone"],
            **{day.lower(): hours.shown_hours(spans) for day, spans in found["weekly"].items()},
            "exceptions": special,
            "holidays": "-".join(parts) or None,
            "open": found["open"],
            "skills": found["skills"],
        }
    )


@app.command()
@options.at_desk
async def edit(
    call: Call,
    name: Name,
    *,
    zone: Zone = None,
    open_: Open = None,
    closed: Closed = None,
    special: Special = None,
    regular: Regular = None,
    holidays: Holidays = None,
) -> None:
    """Change what is given; or replace the schedule by JSON on stdin when no option is."""
    before = _record(await call.desk.schedules.show(call.actor, name))
    wanted = Wanted(zone, open_, closed, special, holidays, regular)
    given = wanted.changed({key: before[key] for key in KEYS})
    saved = await call.desk.schedules.edit(call.actor, name, given=given)
    await _saved(call, saved, name, "Changed")


@app.command()
@options.at_desk
async def remove(call: Call, name: Name) -> None:
    """Remove a schedule; refused while a policy or a skill needs it."""
    saved = await call.desk.schedules.remove(call.actor, name)
    shown = {"name": name, "version": saved.version}
    text = f"Removed the schedule “{name}”; this is version {saved.version}."
    show.one(call.style, shown, text=text)


class Wanted(msgspec.Struct, frozen=True):
    """What the options of `add` and `edit` say."""

    zone: str | None
    open: list[str] | None
    closed: list[str] | None
    special: list[str] | None
    holidays: str | None
    regular: list[str] | None = None

    def changed(self, before: dict[str, Any]) -> dict[str, Any]:
        """Return the schedule as it is to be; without any option, what JSON on stdin says."""
        if not any(getattr(self, name) is not None for name in self.__struct_fields__):
            return options.json_from_stdin()
        after = dict(before)
        if self.zone is not None:
            after["zone"] = self.zone
        after["weekly"] = hours.week(self.open or (), before=before["weekly"])
        after["exceptions"] = hours.exceptions(
            before["exceptions"],
            closed=self.closed or (),
            special=self.special or (),
            regular=self.regular or (),
        )
        if self.holidays is not None:
            after["holidays"] = hours.holidays(self.holidays)
        return after


def _record(found: "ScheduleShown") -> dict[str, Any]:
    from orchestrator.core.policy import schedule

    shown = schedule.dump(found.schedule, "document")
    return {
        "name": found.name,
        "zone": shown["zone"],
        "weekly": shown["weekly"],
        "exceptions": shown.get("exceptions", []),
        "holidays": shown.get("holidays"),
        "open": found.open,
        "skills": list(found.skills),
    }


async def _saved(call: Call, saved: "Saved", name: str, verb: str) -> None:
    found = _record(await call.desk.schedules.show(call.actor, name))
    if call.style == "text":
        report.warnings(saved.warnings, call.style)
        week = hours.shown_week(found["weekly"])
        sys.stdout.write(
            f"{verb} the schedule “{name}” ({week}, {found['zone']}); "
            f"this is version {saved.version}.\n"
        )
    else:
        warnings = show.plain(saved.warnings)
        show.json_line({**found, "version": saved.version, "warnings": warnings})
