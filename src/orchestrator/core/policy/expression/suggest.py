"""What somebody probably meant who wrote what cannot be read: THE table of known slips."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from orchestrator.core.policy.expression.findings import Finding
from orchestrator.core.policy.expression.tokens import QUOTES, WORDS, Token, shown
from orchestrator.core.policy.expression.tree import Place

LOOK_AHEAD: Final = 3

_AN_OPERAND: Final = "an attribute, a value or `(`"
_NAMED: Final[dict[str, str]] = {
    "_CLOSE": "`)`",
    "_CLOSE_LIST": "`]`",
    "_COMMA": "`,`",
    "$END": "the end",
}
_OPERATORS: Final = ("COMPARATOR", "_AND", "_OR", "SUM_SIGN", "PRODUCT_SIGN", "_POWER")

SIGNS: Final[dict[str, str]] = {
    "=": "`=` is not an operator, did you mean `==`?",
    "===": "`===` is not an operator, did you mean `==`?",
    "!==": "`!==` is not an operator, did you mean `!=`?",
    "<>": "`<>` is not an operator, did you mean `!=`?",
    "=>": "`=>` is not an operator, did you mean `>=`?",
    "=<": "`=<` is not an operator, did you mean `<=`?",
    "≠": "`≠` is not an operator, did you mean `!=`?",
    "≥": "`≥` is not an operator, did you mean `>=`?",
    "≤": "`≤` is not an operator, did you mean `<=`?",
    "&&": "`&&` is not an operator, did you mean `and`?",
    "&": "`&` is not an operator, did you mean `and`?",
    "|": "`|` is not an operator, did you mean `or`, or `||` to join texts?",
    "!": "`!` is not an operator, did you mean `not`?",
    "**": "`**` is not an operator, did you mean `^`?",
    "×": "`×` is not an operator, did you mean `*`?",
    "÷": "`÷` is not an operator, did you mean `/`?",
    "−": "`−` is not an operator, did you mean `-`?",
    "–": "`–` is not an operator, did you mean `-`?",
    "—": "`—` is not an operator, did you mean `-`?",
    '"': "texts are in single quotes: 'gold'",
    "“": "texts are in single quotes: 'gold'",
    "”": "texts are in single quotes: 'gold'",
    "„": "texts are in single quotes: 'gold'",
    "`": "texts are in single quotes: 'gold'",
    "´": "texts are in single quotes: 'gold'",
    "{{": "attributes stand without braces: custom.name",
    "}}": "attributes stand without braces: custom.name",
    "{": "attributes stand without braces: custom.name",
    "}": "attributes stand without braces: custom.name",
    ";": "an expression is a single condition: join two with `and` or `or`",
    ".": "numbers are written such as 0.25; names are namespace.name",
}

FOREIGN_WORDS: Final[dict[str, str]] = {
    "is": "`is` is not an operator, did you mean `==`?",
    "eq": "`eq` is not an operator, did you mean `==`?",
    "equals": "`equals` is not an operator, did you mean `==`?",
    "ne": "`ne` is not an operator, did you mean `!=`?",
    "mod": "`mod` is not an operator, did you mean `%`?",
    "xor": "there is no `xor`: compare two conditions in brackets with `!=`",
    "null": "there is no null: isSet(custom.name) says whether there is a value",
    "none": "there is no null: isSet(custom.name) says whether there is a value",
    "nil": "there is no null: isSet(custom.name) says whether there is a value",
    "undefined": "there is no null: isSet(custom.name) says whether there is a value",
    "yes": "did you mean `true`?",
    "no": "did you mean `false`?",
}


def finding(
    text: str, before: Sequence[Token], after: Sequence[Token], accepted: frozenset[str]
) -> Finding:
    """Return the mistake at the first token of ``after``, the end if there is none."""
    found = after[0] if after else None
    place = found.place if found else _end(text)
    said = "the end" if found is None else f"`{_written(found, text)}`"
    return Finding(
        place,
        "syntax",
        found=said,
        expected=_expected(accepted),
        suggestion=_suggestion(before, after, accepted),
    )


def _end(text: str) -> Place:
    return Place(text.count("\n") + 1, len(text) - (text.rfind("\n") + 1) + 1)


def _written(token: Token, text: str) -> str:
    if token.kind == "TEXT":
        return f"'{shown(token.text)}'" if text[token.start] in QUOTES else shown(token.text)
    return shown(token.text)


def _expected(accepted: frozenset[str]) -> str:
    choices = [_AN_OPERAND] if "NAME" in accepted else []
    if choices and "_CLOSE_LIST" not in accepted and "_CLOSE" not in accepted:
        return choices[0]
    choices += [words for kind, words in _NAMED.items() if kind in accepted]
    if "_AND" in accepted:
        example = "`==`, `and` or `+`" if "COMPARATOR" in accepted else "`and` or `or`"
        choices.insert(0, f"an operator such as {example}")
    return " or ".join(choices)


def _suggestion(before: Sequence[Token], after: Sequence[Token], accepted: frozenset[str]) -> str:
    """The first slip that fits: where something stands matters more than what it is."""
    wants_operand = "NAME" in accepted
    if not before and not after:
        return "an expression may not be empty: `true` always holds"
    if not after:
        return _at_the_end(before)
    found = after[0]
    last = before[-1] if before else None
    if found.text == "not" and found.kind == "NOT":
        return _about_not(before, after, wants_operand=wants_operand)
    if found.text == "+" and wants_operand:
        return "a plus sign in front of something is not needed"
    if found.text in {"==", "="} and last is not None and last.text in {"=", "==", "!", "<", ">"}:
        return "an operator is written without blanks: `==`, `!=`, `<=`, `>=`"
    if found.kind == "COMPARATOR" and not wants_operand:
        return _about_chains(before)
    if found.kind == "STRANGER":
        return _about_strangers(last, after, wants_operand=wants_operand)
    if last is not None and last.kind == "FUNCTION":
        return ""
    if not wants_operand and found.kind in {"NAME", "TEXT", "NUMBER", "BOOLEAN", "FUNCTION"}:
        return _about_neighbours(last, found)
    return ""


def _about_not(before: Sequence[Token], after: Sequence[Token], *, wants_operand: bool) -> str:
    if wants_operand:
        left = before[-2].text if len(before) > 1 and before[-2].kind == "NAME" else "a"
        sign = before[-1].text if before else "=="
        right = after[1].text if len(after) > 1 and after[1].kind == "NAME" else "b"
        return f"`not` needs brackets here: `{left} {sign} (not {right})`"
    if len(after) > 1 and after[1].text == "in":
        return "write `not (a in b)`"
    return "join two conditions with `and` or `or`"


def _about_chains(before: Sequence[Token]) -> str:
    for token in reversed(before):
        if token.kind == "COMPARATOR":
            break
        if token.text == "||" and token.kind == "SUM_SIGN":
            return "`||` joins texts; between conditions, did you mean `or`?"
    return "comparisons are not chained: write `a < b and b < c`, or use brackets"


def _at_the_end(before: Sequence[Token]) -> str:
    opened: list[Token] = []
    for token in before:
        if token.kind in {"_OPEN", "OPEN_LIST"}:
            opened.append(token)
        elif token.kind in {"_CLOSE", "_CLOSE_LIST"} and opened:
            opened.pop()
    if opened:
        return f"the `{opened[-1].text}` at {opened[-1].place} is not closed"
    return ""


def _about_strangers(last: Token | None, after: Sequence[Token], *, wants_operand: bool) -> str:
    found = after[0]
    word = found.text
    if word in SIGNS:
        return SIGNS[word]
    if not word[0].isalpha() and word[0] != "_":
        return ""
    if "." in word:
        return f"`{shown(word)}` is an attribute, not a function"
    folded = word.casefold()
    if folded in FOREIGN_WORDS:
        if folded == "is" and len(after) > 1 and after[1].text == "not":
            return "`is not` is not an operator, did you mean `!=`?"
        return FOREIGN_WORDS[folded]
    if folded in WORDS or folded == "sqrt":
        return f"words are in lower case: `{folded}`"
    if last is not None and last.text == "-" and wants_operand:
        return "an attribute whose name has a `-` cannot be read in an expression"
    if wants_operand:
        return (
            f"did you mean the text '{shown(word)}', or an attribute such as custom.{shown(word)}?"
        )
    near = closest(word, [name for name in WORDS if name not in {"true", "false"}])
    return f"did you mean `{near}`?" if near else "texts are in single quotes: 'gold'"


def _about_neighbours(last: Token | None, found: Token) -> str:
    if last is not None and last.kind == "TEXT" and found.kind == "TEXT":
        return "a quote inside a text is written \\'; texts are joined with `||`"
    return "something is missing between the two, such as `and`, `==` or `,`"


def closest(word: str, known: Iterable[str]) -> str | None:
    """Return the one of ``known`` that ``word`` may be a slip of, None if none is near."""
    folded = {name.casefold(): name for name in known}
    near = difflib.get_close_matches(word.casefold()[:200], folded, 1, cutoff=0.7)
    return folded[near[0]] if near else None
