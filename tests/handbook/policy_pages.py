"""Reference pages of what a policy may say: operators, functions of expressions, attributes."""

from typing import Final

from handbook import markdown
from handbook.markdown import code, shown
from orchestrator.core.model import attributes
from orchestrator.core.policy import functions, operators
from orchestrator.core.policy.expression import formula
from orchestrator.core.policy.operators import Operator
from orchestrator.core.policy.values import FALSE, UNKNOWN

_SOURCES: Final = {
    "conversation": ("The conversation", "At hand, or one call for all that comes from history."),
    "profile": (
        "The customer",
        "One call. `customerinfo.…` and `personalinfo.…` are short for these names.",
    ),
    "context": (
        "Context",
        "What bots and programs keep in the [context service](context-service.md); one call.",
    ),
    "staffing": (
        "Queues and agents",
        "A second old at most; `<id>` is the id of a skill or an agent.",
    ),
}
_COSTS: Final = ("at hand", "a call", "a function")
_ALL_KINDS: Final = 5


def operator_page() -> str:
    """Return the page of THE table of operators."""
    about = (
        "What the `type` of a condition may be. How values are equal, what is ordered and when "
        "case counts is told in [policies](policies.md#operators)."
    )
    rows = [
        (
            code(row.name),
            row.words,
            _in_expressions(row),
            _values(row),
            _when_missing(row),
        )
        for row in operators.ROWS
    ]
    heads = ("`type`", "in words", "in an expression", "`value`", "when the attribute is missing")
    return markdown.page("Operators", about, markdown.table(heads, rows), _EXAMPLE)


_EXAMPLE: Final = """Every `value` may be a reference, such as `"{{custom.topTiers}}"`. An example:

```json
{"property": "sde.visitorinfo.customerinfo.balance", "type": "GREATER_THAN_OR_EQUAL", "value": 500}
```"""


def _in_expressions(row: Operator) -> str:
    signs = {name: sign for sign, name in formula.COMPARATORS.items()}
    calls = {each.operator: each.name for each in functions.ROWS if each.operator}
    if row.name in signs:
        return code(f"a.b {signs[row.name]} c.d")
    if row.name in calls:
        second = "" if not row.takes_value else ", c.d"
        return code(f"{calls[row.name]}(a.b{second})")
    positive = next(
        (each for each in operators.ROWS if each.family is row.family and each is not row), None
    )
    if row.opposite and positive is not None:
        return f"`not` and {code(positive.name)}"
    return "`contains(c.d, a.b)` of two texts"


def _values(row: Operator) -> str:
    kinds = sorted(row.family.literals)
    if not kinds:
        return "none"
    return "any" if len(kinds) == _ALL_KINDS else " or ".join(kinds)


def _when_missing(row: Operator) -> str:
    null = row.family.null
    if null == UNKNOWN:
        return "unknown"
    return "false" if (null == FALSE) is not row.opposite else "true"


def function_page() -> str:
    """Return the page of THE table of functions of expressions."""
    about = (
        "What an [expression](expressions.md) may call. "
        "Functions of your own that fetch attributes are [another thing](functions.md)."
    )
    parts = []
    for row in functions.ROWS:
        gives = "true when" if row.gives == "boolean" else f"a {row.gives}:"
        notes = [f"Gives {gives} {row.meaning}."]
        if row.operator:
            notes.append(f"The same as the operator {code(row.operator)}.")
        if row.clock == "needed":
            notes.append("Reads the clock that the decision was given; without one it is unknown.")
        example = f"```expression\n{row.example}\n```"
        parts.append(f"## {row.name}\n\n{code(row.signature)}\n\n{' '.join(notes)}\n\n{example}")
    return markdown.page("Functions of expressions", about, *parts)


def attribute_page() -> str:
    """Return the page of THE registry of attributes."""
    about = (
        "What policies can read. On top come your own `custom.…`: static values of the policy set, "
        "and [functions](functions.md). `orchestrator attributes list` shows the same for your "
        "account, each with the value that it had last."
    )
    heads = ("attribute", "type", "what it is", "example", "costs")
    parts = []
    for source, (title, note) in _SOURCES.items():
        rows = [_attribute(each) for each in attributes.CATALOGUE if each.source == source]
        parts.append(f"## {title}\n\n{note}\n\n{markdown.table(heads, rows)}")
    return markdown.page("Attributes", about, *parts, _spellings())


def _attribute(each: attributes.Attribute) -> tuple[str, ...]:
    about = each.description + (" Never shown." if each.sensitive else "")
    return code(each.name), each.type, about, shown(each.example), _COSTS[each.cost]


def _spellings() -> str:
    rows = [
        (code(alias), code(each.name))
        for each in attributes.CATALOGUE
        if "<" not in each.name
        for alias in attributes.spellings(each.name)[1:]
        if not alias.startswith(("customerinfo.", "personalinfo."))
    ]
    return "## Other spellings\n\n" + markdown.table(("also written", "is"), rows)
