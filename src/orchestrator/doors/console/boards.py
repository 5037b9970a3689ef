"""What the dashboard shows of usage: figures, rows and ways, each with where it leads."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from orchestrator.core.model import latency
from orchestrator.core.model.counted import DecidedCount
from orchestrator.core.model.function import Ended
from orchestrator.core.model.wanted import Ending
from orchestrator.doors.console import sought, words
from orchestrator.doors.console.words import _
from orchestrator.services.admin import usage
from orchestrator.services.admin.usage import Flow, FunctionRow, Overview, PolicyRow, Usage, Way
from orchestrator.services.admin.usage_periods import Period

WAYS: Final = 40
"""How many ways the flow chart draws: more are not told apart."""
SIZES: Final = ((6, "small"), (12, "middle"), (20, "large"))
"""How high a flow chart stands that has up to so many places one below the other."""

_SECOND_MS: Final = 1_000
_WIDE: Final = 96
_HIGH: Final = 24


class Figure(msgspec.Struct, frozen=True):
    """One large figure, the sentence below it, and the ``path`` below /console that it leads to.

    ``sort`` is that of a chip. A ``detail`` may lead elsewhere, by ``detail_path``.
    """

    words: str
    much: str
    path: str = ""
    detail: str = ""
    detail_path: str = ""
    sort: str = ""


class Moment(msgspec.Struct, frozen=True):
    """What was decided in one span of the period. Durations in milliseconds, None: unknown."""

    at: datetime
    matched: int
    fell_back: int
    p50: int | None
    p95: int | None
    path: str
    matched_path: str
    fell_back_path: str


class Took(msgspec.Struct, frozen=True):
    """Decisions that took about as long: one bin."""

    words: str
    decisions: int
    path: str


class End(msgspec.Struct, frozen=True):
    """Where a way begins, leads through, or ends. What has one ``key`` is one place."""

    key: str
    words: str
    path: str
    colour: str = ""


class Route(msgspec.Struct, frozen=True):
    """Decisions from a skill by a policy to a target; ``into`` and ``out`` lead to its two parts.

    The first has the skill and the policy, whatever the target; the second the other two.
    """

    ends: tuple[End, End, End]
    decisions: int
    path: str
    into: str
    out: str


class PolicyLine(msgspec.Struct, frozen=True):
    """One policy's matches; ``path`` leads to them, ``drawn`` is its series as `columns` draws."""

    row: PolicyRow
    share: str
    path: str
    drawn: str


class FunctionLine(msgspec.Struct, frozen=True):
    """One function's calls; the paths lead to the decisions in which they ended so."""

    row: FunctionRow
    answered: int
    path: str
    answered_path: str
    failed_path: str
    cached_path: str
    refused_path: str
    drawn: str


class Board(msgspec.Struct, frozen=True):
    """All of it. ``policies`` and ``never`` are the first of ``matched`` and ``unmatched``."""

    usage: Usage
    matched: int
    unmatched: int
    figures: tuple[Figure, ...]
    moments: tuple[Moment, ...]
    took: tuple[Took, ...]
    ways: tuple[Route, ...]
    policies: tuple[PolicyLine, ...]
    never: tuple[PolicyRow, ...]
    functions: tuple[FunctionLine, ...]

    @property
    def size(self) -> str:
        """How high the flow chart stands, by the column that has most places."""
        places = max((len({way.ends[at].key for way in self.ways}) for at in range(3)), default=0)
        return next((name for most, name in SIZES if places <= most), "huge")


def of(overview: Overview, *, before: DecidedCount) -> Board:
    """Return what is shown of a period, compared with the one before it."""
    found = overview.usage
    return Board(
        usage=found,
        matched=overview.matched,
        unmatched=overview.unmatched,
        figures=figures(found, before),
        moments=moments(found),
        took=took(found),
        ways=tuple(_way(found.period, flow) for flow in found.flows[:WAYS]),
        policies=tuple(policy_line(found, row) for row in found.policies),
        never=found.never,
        functions=tuple(_function_line(found.period, row) for row in found.functions),
    )


def figures(found: Usage, before: DecidedCount) -> tuple[Figure, ...]:
    """Return the large figures."""
    period = found.period
    return (
        Figure(
            _("Decisions"),
            words.number(found.decisions),
            _to(period, found.decisions),
            _changed(found.decisions, before.decisions),
        ),
        Figure(
            _("Fell back"),
            percent(found.fell_back, found.decisions),
            sought.address(usage.opens(period, ending="fell-back")) if found.fell_back else "",
            _fell_back(found, before),
        ),
        _latency(found),
        _failures(found),
        Figure(
            _("With an error on the way"),
            words.number(found.in_trouble),
            sought.address(usage.opens(period, ending="trouble")) if found.in_trouble else "",
            _("Decided all the same, by what was known"),
            sort="warn" if found.in_trouble else "",
        ),
    )


def _fell_back(found: Usage, before: DecidedCount) -> str:
    some = words.number(found.fell_back)
    if not before.decisions:
        return _("%(some)s decisions", some=some)
    share = percent(before.fell_back, before.decisions)
    return _("%(some)s decisions; %(share)s in the period before", some=some, share=share)


def _to(period: Period, decisions: int) -> str:
    return sought.address(usage.opens(period)) if decisions else ""


def _changed(now: int, before: int) -> str:
    if not before:
        return _("None in the period before")
    change = 100 * (now - before) / before
    sign = "+" if change >= 0 else "\u2212"
    return _(
        "%(change)s against %(before)s in the period before",
        change=f"{sign}{abs(change):.0f}\u00a0%",
        before=words.number(before),
    )


def _latency(found: Usage) -> Figure:
    """Return within how long 95 % were decided, and half of them."""
    said, period = found.latency, found.period
    return Figure(
        _("95 %% were decided within"),
        milliseconds(said.p95_ms, said.measured),
        sought.address(usage.opens(period, took=said.p95_ms or 0)) if said.measured else "",
        _("Half of them within %(time)s", time=milliseconds(said.p50_ms, said.measured))
        if said.measured
        else "",
        sought.address(usage.opens(period, took=said.p50_ms or 0)) if said.measured else "",
    )


def _failures(found: Usage) -> Figure:
    """Return how many calls failed. Of one function there is one in a decision, of several more."""
    calls = words.number(sum(row.calls for row in found.functions))
    failing = [row.name for row in found.functions if row.failed]
    failed = sum(row.failed for row in found.functions)
    only = failing[0] if len(failing) == 1 else None
    return Figure(
        _("Function errors"),
        words.number(failed),
        sought.address(usage.opens(found.period, function=only, call="failed")) if failed else "",
        _("of %(calls)s calls; a decision may have several", calls=calls)
        if len(failing) > 1
        else _("of %(calls)s calls", calls=calls),
        sort="bad" if failed else "",
    )


def moments(found: Usage) -> tuple[Moment, ...]:
    """Return the spans of the period, the first first."""
    return tuple(
        Moment(
            at=start,
            matched=found.decisions_series[span] - found.fell_back_series[span],
            fell_back=found.fell_back_series[span],
            p50=found.latency.p50_series[span],
            p95=found.latency.p95_series[span],
            path=sought.address(usage.opens(found.period, span=span)),
            matched_path=sought.address(usage.opens(found.period, span=span, ending="matched")),
            fell_back_path=sought.address(usage.opens(found.period, span=span, ending="fell-back")),
        )
        for span, start in enumerate(found.period.starts)
    )


def took(found: Usage) -> tuple[Took, ...]:
    """Return the bins of durations from the first that has a decision to the last."""
    filled = [place for place, each in enumerate(found.latency.bins) if each.decisions]
    shown = found.latency.bins[filled[0] : filled[-1] + 1] if filled else ()
    return tuple(
        Took(
            milliseconds(each.up_to_ms, each.decisions or 1),
            each.decisions,
            sought.address(usage.opens(found.period, took=each.up_to_ms or 0)),
        )
        for each in shown
    )


def milliseconds(end: int | None, measured: int) -> str:
    """Return the end of a bin for people: None is longer than all, unless nothing was measured."""
    if not measured:
        return "–"
    if end is None:
        return _("more than %(time)s", time=milliseconds(latency.ENDS[-1], measured))
    if end >= _SECOND_MS:
        return _("%(number)s\u00a0s", number=words.number(end // _SECOND_MS))
    return _("%(number)s\u00a0ms", number=words.number(end))


def _way(period: Period, flow: Flow) -> Route:
    entry, policy = flow.skill_id or "", flow.policy_id
    ending: Ending | None = "fell-back" if policy is None else None
    into = usage.opens(period, skill=entry, policy=policy, ending=ending)
    out = usage.opens(period, policy=policy, ending=ending, target=flow.target)
    return Route(
        ends=(
            End(entry, flow.skill or _("A program asked"), _leads(period, skill=entry)),
            End(
                policy or "",
                flow.policy or _("Fell back"),
                _leads(period, policy=policy, ending=ending),
                "" if policy else "warn",
            ),
            End(
                flow.target, target(flow.way, flow.target_name), _leads(period, target=flow.target)
            ),
        ),
        decisions=flow.decisions,
        path=sought.address(usage.opens_flow(period, flow)),
        into=sought.address(into),
        out=sought.address(out),
    )


def _leads(
    period: Period,
    *,
    skill: str | None = None,
    policy: str | None = None,
    ending: Ending | None = None,
    target: str | None = None,
) -> str:
    wanted = usage.opens(period, skill=skill, policy=policy, ending=ending, target=target)
    return sought.address(wanted)


def target(way: Way, name: str | None) -> str:
    """Return where a decision sends a conversation, in words; ``name`` is a skill's or a login."""
    match way:
        case "skill":
            return name or _("A skill that is not there")
        case "agent":
            return _("Agent %(name)s", name=name) if name else _("An agent who is not there")
        case "message":
            return _("A message, then the fallback")
        case "fallback":
            return _("The fallback")


def policy_line(found: Usage, row: PolicyRow) -> PolicyLine:
    """Return one policy's line."""
    return PolicyLine(
        row,
        percent(row.matches, found.decisions),
        sought.address(usage.opens(found.period, policy=row.policy_id)),
        columns(row.series),
    )


def _function_line(period: Period, row: FunctionRow) -> FunctionLine:
    def address(call: Ended | None = None) -> str:
        return sought.address(usage.opens(period, function=row.name, call=call))

    return FunctionLine(
        row,
        answered=row.calls - row.failed,
        path=address(),
        answered_path=address("answered"),
        failed_path=address("failed"),
        cached_path=address("cached"),
        refused_path=address("refused"),
        drawn=columns(row.calls_series),
    )


def columns(numbers: Sequence[int]) -> str:
    """Return small columns as a path of SVG in a box of 96 by 24; nothing where all are 0."""
    top = max(numbers, default=0)
    if not top:
        return ""
    step = _WIDE / len(numbers)
    width = max(0.6, min(8.0, step * 0.72))
    return "".join(
        f"M{at * step:.1f} {_HIGH}v-{max(1.0, _HIGH * number / top):.1f}h{width:.1f}V{_HIGH}z"
        for at, number in enumerate(numbers)
        if number
    )


def percent(part: int, whole: int) -> str:
    """Return a share for people: what is less than all and more than nothing looks like neither."""
    if not whole:
        return "–"
    share = 100 * part / whole
    if 0 < share < 1:
        return f"{words.decimal(max(share, 0.1))}\u00a0%"
    if 99 < share < 100:  # noqa: PLR2004 - percents
        return f"{words.decimal(min(share, 99.9))}\u00a0%"
    return f"{share:.0f}\u00a0%"
