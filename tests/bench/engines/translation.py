"""The policies of a workload, as other engines write them: one function a language.

Every attribute is there and of its own type, so no language needs to say what happens otherwise.
Names lose their namespace: other engines take an attribute's dot for an object.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

Condition = Mapping[str, Any]

_SIGNS: Final = {
    "EQUAL": "==",
    "LESS_THAN": "<",
    "LESS_THAN_OR_EQUAL": "<=",
    "GREATER_THAN": ">",
    "GREATER_THAN_OR_EQUAL": ">=",
}


def bare(name: str) -> str:
    """Return an attribute's name without its namespace."""
    return name.rpartition(".")[2]


def literal(value: Any) -> str:
    """Return a value as JSON, which all these languages read."""
    return json.dumps(value)


def cel(condition: Condition) -> str:
    """Return a condition in the Common Expression Language."""
    return _infix(
        condition,
        words={"all": " && ", "any": " || ", "not": "!"},
        contains=lambda name, text: f"{name}.contains({text})",
    )


def rule_engine(condition: Condition) -> str:
    """Return a condition in the language of ``rule-engine``."""
    return _infix(condition, words=_PYTHON, contains=lambda name, text: f"{text} in {name}")


def zen(condition: Condition) -> str:
    """Return a condition in the expression language of ``zen-engine``."""
    return _infix(condition, words=_PYTHON, contains=lambda name, text: f"contains({name}, {text})")


def together(written: Sequence[str], *, word: str) -> str:
    """Return conditions joined from the right (``cel-python`` cannot compile long flat chains)."""
    *others, last = (f"({each})" for each in written)
    for each in reversed(others):
        last = f"{each} {word} ({last})"
    return last


_PYTHON: Final = {"all": " and ", "any": " or ", "not": "not "}


def zen_cell(condition: Condition) -> str:
    """Return a simple condition as the cell of a decision table, under its attribute's column."""
    kind, value = condition["type"], literal(condition["value"])
    match kind:
        case "EQUAL":
            return value
        case "IS_IN":
            return f"in {value}"
        case "CONTAINS":
            return f"contains($, {value})"
    return f"{_SIGNS[kind]} {value}"


def logic(condition: Condition) -> dict[str, Any]:
    """Return a condition as JsonLogic."""
    kind = condition.get("type")
    if kind is None:
        quantifier, members = _group(condition)
        inner = [logic(member) for member in members]
        match quantifier:
            case "all":
                return {"and": inner}
            case "any":
                return {"or": inner}
        return {"!": [{"or": inner}]}
    tested, value = {"var": bare(condition["property"])}, condition["value"]
    match kind:
        case "EQUAL":
            return {"===": [tested, value]}
        case "IS_IN":
            return {"in": [tested, value]}
        case "CONTAINS":
            return {"in": [value, tested]}
    return {_SIGNS[kind]: [tested, value]}


class Rego:
    """A module of Rego: ``p{n}`` holds if policy n does. Lists are data, looked up by key.

    (Long lists in the text of a rule do not pass its verification.)
    """

    def __init__(self, policies: Sequence[Mapping[str, Any]]) -> None:
        self.lists: dict[str, dict[str, bool]] = {}
        self._rules: list[str] = []
        for number, policy in enumerate(policies):
            self._rule(f"p{number}", [self._line(each) for each in policy["conditions"]])
        chain = " else := ".join(f"{number} if {{ p{number} }}" for number in range(len(policies)))
        self.text = "\n".join(
            ["package bench", "import rego.v1", *self._rules, f"first := {chain} else := -1"]
        )

    def _rule(self, name: str, lines: list[str]) -> None:
        self._rules.append(f"{name} if {{ {'; '.join(lines)} }}")

    def _line(self, condition: Condition) -> str:
        """Return the line that tests a condition; groups become rules of their own."""
        kind = condition.get("type")
        if kind is None:
            quantifier, members = _group(condition)
            lines = [self._line(member) for member in members]
            name = f"g{len(self._rules)}"
            for body in [lines] if quantifier == "all" else [[line] for line in lines]:
                self._rule(name, body)
            return f"not {name}" if quantifier == "none" else name
        tested, value = f"input.{bare(condition['property'])}", literal(condition["value"])
        match kind:
            case "IS_IN":
                name = f"l{len(self.lists)}"
                self.lists[name] = dict.fromkeys(condition["value"], True)
                return f"data.lists.{name}[{tested}]"
            case "CONTAINS":
                return f"contains({tested}, {value})"
        return f"{tested} {_SIGNS[kind]} {value}"


def _group(condition: Condition) -> tuple[str, list[Condition]]:
    return next((name, condition[name]) for name in ("all", "any", "none") if name in condition)


def _infix(
    condition: Condition, *, words: Mapping[str, str], contains: Callable[[str, str], str]
) -> str:
    kind = condition.get("type")
    if kind is None:
        quantifier, members = _group(condition)
        inner = [f"({_infix(each, words=words, contains=contains)})" for each in members]
        joined = words["all" if quantifier == "all" else "any"].join(inner)
        return f"{words['not']}({joined})" if quantifier == "none" else joined
    name, value = bare(condition["property"]), literal(condition["value"])
    match kind:
        case "IS_IN":
            return f"{name} in {value}"
        case "CONTAINS":
            return contains(name, value)
    return f"{name} {_SIGNS[kind]} {value}"
