"""Expressions of the original: taken as they are written, readings of theirs noted."""

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy.expression import parse, render, tokens
from orchestrator.core.policy.expression.findings import Refused
from orchestrator.core.policy.original_notes import Place


def read(given: Json, place: Place) -> Json:
    """Return ``given``; what another reader might have understood otherwise is noted.

    One that cannot be read is refused with all others, when the whole document is.
    """
    if not isinstance(given, str):
        return given
    try:
        written = render.render(parse.read(given))
    except Refused:
        return given
    if _curly(written) < _curly(given):
        place.chose(given, written, "typographic quotes stand for straight ones")
    if _negates_bare_comparison(given):
        place.chose(given, written, "`not a == b` is `not (a == b)`; the original does not say")
    return given


def _curly(text: str) -> int:
    return sum(text.count(quote) for quote in tokens.QUOTES.replace("'", ""))


def _negates_bare_comparison(text: str) -> bool:
    """Whether a `not` reaches over a comparison that has no brackets of its own."""
    reaches = [False]  # for each open bracket, whether a `not` in it is still in force
    for token in tokens.scan(text):
        match token.kind:
            case "NOT":
                reaches[-1] = True
            case "COMPARATOR" if reaches[-1]:
                return True
            case "_AND" | "_OR" | "_COMMA":
                reaches[-1] = False
            case "_OPEN" | "OPEN_LIST":
                reaches.append(False)
            case "_CLOSE" | "_CLOSE_LIST":
                reaches.pop()
            case _:
                pass
    return False
