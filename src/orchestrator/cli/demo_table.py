"""How the demo looks: a live table for terminals, plain lines for pipes, JSON for programs."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import msgspec
import typer

from orchestrator.simulator import rules, seed
from orchestrator.simulator.ledger import Case, Ledger, Totals

if TYPE_CHECKING:
    from rich.console import Group
    from rich.text import Text

_WIDE: Final = 120
"""From this many columns on, the entry skill has a column of its own."""
_GAP: Final = 2
_NARROW_INDENT: Final = 10
_MARKS: Final = {"open": ("·", "dim"), "right": ("✓", "green"), "wrong": ("✗", "bold red")}
_OFF: Final = {each["name"] for each in rules.document()["policies"] if not each["enabled"]}
_NAMES: Final = {agent.login: agent.full_name for agent in seed.AGENTS}


class Scene(msgspec.Struct, frozen=True):
    """What does not change while the demo runs. ``program`` is how it is called from here."""

    console: str
    password: str
    """The administrator's, for the console."""
    data: Path
    program: str
    pace: str
    plug: str = ""
    """The key that kills the server; empty where nobody can press one."""


class Cell(msgspec.Struct, frozen=True):
    """One field of a line: its text, width in columns, style, and side."""

    text: str
    width: int
    style: str = ""
    side: Literal["left", "right"] = "left"


def picture(ledger: Ledger, scene: Scene, story: str = "", *, width: int, height: int) -> "Group":
    """Return the whole screen, at most ``height - 1`` lines: the newest conversations on top.

    ``story`` is what became of the server; empty while it has been left alone.
    """
    from rich.console import Group

    # The terminal echoes ^C behind the last line; if that wrapped, the next picture would be off.
    width -= 2
    totals = ledger.totals()
    top = [*_heading(scene, width), *_counts(totals, scene, story, width=width), _titles(width)]
    room = max(1, (height - 1 - len(top)) // 2)
    rows = [line for case in ledger.newest(room) for line in _case(case, width)]
    return Group(*top, *rows)


def _heading(scene: Scene, width: int) -> "Iterable[Text]":
    from rich.text import Text

    about = f"{seed.BRAND}, simulated: {len(seed.AGENTS)} agents, {scene.pace}"
    lines = (
        Text.assemble(("Conversation Orchestrator", "bold cyan"), "  ", (about, "dim")),
        Text.assemble(("In another terminal:  ", "dim"), f"export ORCHESTRATOR_DATA={scene.data}"),
        Text.assemble(
            (f"  {scene.program} ", "dim"),
            "conversations list",
            ("   or  ", "dim"),
            "queues list",
            ("  ", "dim"),
            "doctor",
            ("  ", "dim"),
            "chat",
        ),
        Text.assemble(
            ("Console:  ", "dim"),
            (scene.console, "bold"),
            ("  login ", "dim"),
            "admin",
            ("  password ", "dim"),
            scene.password,
        ),
        Text(""),
    )
    end = Text.assemble("   ", ("Ctrl-C", "bold"), " ends")
    if lines[3].cell_len + end.cell_len < width:
        lines[3].append_text(end)
    for text in lines:
        text.truncate(width - 1, overflow="ellipsis")
        yield text


def _counts(totals: Totals, scene: Scene, story: str, *, width: int) -> "Iterable[Text]":
    from rich.text import Text

    wide = width >= _WIDE
    fields = (
        (f"{totals.begun}", "bold", "conversations" if wide else "conv"),
        (f"{totals.matched}", "bold cyan", "matched"),
        (f"{totals.fell_back}", "bold yellow", "fell back"),
        (f"{totals.waiting}", "bold", "waiting"),
        (_ms(totals.p50), "bold", "ms median" if wide else "ms p50"),
        (_ms(totals.p95), "bold", "ms p95" if wide else "p95"),
        (
            f"{totals.wrong}",
            "bold red" if totals.wrong else "bold green",
            "mismatches" if wide else "wrong",
        ),
    )
    text = Text()
    for number, style, word in fields:
        text.append(number, style)
        text.append(f" {word}{'   ' if wide else '  '}", "dim")
    text.rstrip()
    text.truncate(width - 1, overflow="ellipsis")
    yield text
    about = Text.assemble((scene.plug, "bold"), (" kills the server: see who is lost", "dim"))
    if story:
        about = Text(f"{story}; {totals.lost or 'nobody'} lost", "bold magenta")
    elif not scene.plug:
        about = Text("")
    about.truncate(width - 1, overflow="ellipsis")
    yield about


def _titles(width: int) -> "Text":
    titles = ("", "conv", "customer", "came in on", "policy that won, and why", "went to", "ms")
    cells = _cells(titles, ("dim",) * len(titles), width)
    return _line(cells)


def _case(case: Case, width: int) -> "Iterable[Text]":
    visit, decided = case.visit, case.decided
    mark, mark_style = _MARKS[case.state]
    style = {"waiting": "dim", "given-up": "bold red"}.get(visit.stage, "")
    policy, policy_style = "…", "dim"
    if decided is not None:
        policy = decided.policy or "no policy: fell back"
        policy_style = "bold" if decided.policy else "yellow"
    texts = (
        mark,
        visit.conversation_id[:6],
        visit.who.name,
        visit.facts.entry_skill,
        policy,
        _destination(case, width),
        _ms(visit.milliseconds),
    )
    styles = (mark_style, "dim", style, "cyan", policy_style, _target_style(case), "dim")
    yield _line(_cells(texts, styles, width))
    yield _reason(case, width)


def _reason(case: Case, width: int) -> "Text":
    """Return the second line: what the customer said, and why the policy won."""
    from rich.text import Text

    visit, decided = case.visit, case.decided
    said = f"“{visit.errand.first_message}”"
    why, style = ("" if decided is None else decided.why), "dim"
    if case.state == "wrong":
        why, style = "; ".join(case.mistakes()), "red"
    if width < _WIDE:
        line = Text(" " * _NARROW_INDENT)
        line.append(visit.facts.entry_skill, "cyan")
        line.append(f"  {why or said}", style)
    else:
        before = _cells(("",) * 7, ("",) * 7, width)[2:4]
        said_width = sum(cell.width for cell in before) + _GAP
        line = _line([Cell("", 1), Cell("", 6), Cell(said, said_width, "dim italic")])
        line.append(" " * _GAP)
        line.append(why, style)
    line.truncate(width - 1, overflow="ellipsis")
    return line


def _cells(texts: tuple[str, ...], styles: tuple[str, ...], width: int) -> list[Cell]:
    """Return the fields of a line; the policy's takes what is left."""
    widths = [1, 6, 13, 0, 0, 17, 5] if width < _WIDE else [1, 6, 16, 25, 0, 34, 5]
    gaps = _GAP * (sum(1 for each in widths if each) + 1) - 2
    widths[4] = max(12, width - 1 - sum(widths) - gaps)
    return [
        Cell(text, each, style, "right" if index == len(widths) - 1 else "left")
        for index, (text, each, style) in enumerate(zip(texts, widths, styles, strict=True))
        if each
    ]


def _line(cells: Iterable[Cell]) -> "Text":
    from rich.text import Text

    line = Text()
    for index, cell in enumerate(cells):
        text = Text(cell.text, cell.style)
        text.truncate(cell.width, overflow="ellipsis")
        pad = cell.width - text.cell_len
        gap = 0 if index == 0 else (1 if index == 1 else _GAP)
        line.append(" " * (gap + (pad if cell.side == "right" else 0)))
        line.append_text(text)
        if cell.side != "right":
            line.append(" " * pad)
    return line


def _destination(case: Case, width: int) -> str:
    visit = case.visit
    place = case.decided.target if case.decided else visit.skill
    if place is None:
        return "…"
    if place in _NAMES:
        return _NAMES[place]
    if width >= _WIDE and visit.agent is not None:
        return f"{place} › {_NAMES[visit.agent]}"
    return place


def _target_style(case: Case) -> str:
    if case.decided is None:
        return "dim"
    return "magenta" if case.decided.target in _NAMES else "green"


def _ms(milliseconds: float | None) -> str:
    return "–" if milliseconds is None else f"{milliseconds:.0f}"


def line(case: Case) -> str:
    """Return one conversation as a plain line, for pipes and files."""
    visit, decided = case.visit, case.decided
    head = f"{_MARKS[case.state][0]} {visit.conversation_id[:6]}  {visit.who.name}"
    if decided is None:
        return f"{head}  {visit.facts.entry_skill} → ?"
    policy = decided.policy or "no policy"
    return (
        f"{head}  {visit.facts.entry_skill} → {policy} → {decided.target}  "
        f"{_ms(visit.milliseconds)} ms  ({decided.why})"
    )


def document(case: Case) -> dict[str, Any]:
    """Return one conversation as the JSON of ``--json``."""
    visit, decided = case.visit, case.decided
    took = visit.milliseconds
    return {
        "conversationId": visit.conversation_id,
        "entrySkill": visit.facts.entry_skill,
        "policy": decided.policy if decided else None,
        "target": decided.target if decided else None,
        "expectedTarget": case.expected.target,
        "milliseconds": None if took is None else round(took, 1),
    }


def print_json(case: Case) -> None:
    """Print one conversation as a line of JSON."""
    typer.echo(json.dumps(document(case), ensure_ascii=False))


def summary(totals: Totals) -> Iterable[str]:
    """Yield the totals as plain lines: counts, times, and how often each policy won."""
    yield (
        f"{totals.begun} conversations: {totals.matched} matched, {totals.fell_back} fell back, "
        f"{totals.begun - totals.finished} not over yet, {totals.wrong} mismatches"
    )
    yield (
        f"{_ms(totals.p50)} ms median, {_ms(totals.p95)} ms p95: "
        "request to transfer, on the customer's own socket"
    )
    if totals.kills:
        times = "once" if totals.kills == 1 else f"{totals.kills} times"
        yield f"the server was killed {times} on the way: {totals.lost or 'nobody'} lost"
    if totals.changed:
        yield (
            f"{totals.changed} were decided by policies that somebody changed on the way: held "
            "against what was recorded, not against the bank's rules"
        )
    most = max((count for _, count in totals.wins), default=0)
    for policy, count in totals.wins:
        bar = "█" * round(24 * count / most) if most else ""
        yield f"  {policy:<30} {'off' if policy in _OFF else count:>5}  {bar}".rstrip()
    yield f"  {'(no policy: fell back)':<30} {totals.fell_back:>5}"


def mistake(case: Case) -> str:
    """Return a mismatch as one plain line."""
    visit = case.visit
    return (
        f"MISMATCH {visit.conversation_id} ({visit.who.name}, {visit.facts.entry_skill}): "
        f"{'; '.join(case.mistakes())}"
    )
