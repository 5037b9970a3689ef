"""The condition tree of a document: comparisons, and groups that join them; reading and writing."""

from typing import Any, Final, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import operand, operators, plain, reference
from orchestrator.core.policy.mistakes import Mistakes

MAX_GROUPS: Final = 64
"""How deep groups may be nested."""

Quantifier = Literal["all", "any", "none"]
QUANTIFIERS: Final[tuple[Quantifier, ...]] = ("all", "any", "none")
_KEYS: Final = ("property", "type", "value", "ignoreCase")


class Comparison(msgspec.Struct, frozen=True, gc=False, tag_field="node", tag="comparison"):
    """One attribute against one value. ``value`` is as written, None where ``type`` takes none."""

    property: str
    type: str
    value: Json = None
    ignore_case: bool = False


class Group(msgspec.Struct, frozen=True, gc=False, tag_field="node", tag="group"):
    """Conditions of which all, any or none must hold."""

    quantifier: Quantifier
    members: "tuple[Comparison | Group, ...]"


Condition = Comparison | Group


def read_list(given: Json, path: str, mistakes: Mistakes) -> tuple[Condition, ...]:
    """Read a block's ``conditions``; the outermost list may not be empty."""
    if not isinstance(given, list):
        mistakes.error(path, "wrong-type", "conditions are a list")
        return ()
    if not given:
        mistakes.error(path, "missing", 'no conditions: "always" is written as [{"all": []}]')
    return _members(given, path, mistakes, depth=0)


def _members(
    given: list[Any], path: str, mistakes: Mistakes, *, depth: int
) -> tuple[Condition, ...]:
    found = (
        _read(member, f"{path}[{index}]", mistakes, depth=depth)
        for index, member in enumerate(given)
    )
    return tuple(member for member in found if member is not None)


def _read(given: Json, path: str, mistakes: Mistakes, *, depth: int) -> Condition | None:
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "a condition is an object")
        return None
    named = [name for name in QUANTIFIERS if name in given]
    if not named:
        return _comparison(given, path, mistakes)
    for key in given:
        if key != named[0]:
            mistakes.error(
                plain.join(path, key), "conflict", f"a group holds {named[0]} and nothing beside it"
            )
    return _group(named[0], given[named[0]], f"{path}.{named[0]}", mistakes, depth=depth + 1)


def _group(
    quantifier: Quantifier, given: Json, path: str, mistakes: Mistakes, *, depth: int
) -> Group | None:
    if depth > MAX_GROUPS:
        mistakes.error(path, "too-deep", f"groups may be nested {MAX_GROUPS} deep, no deeper")
        return None
    if not isinstance(given, list):
        mistakes.error(path, "wrong-type", f"{quantifier} takes a list of conditions")
        return None
    if not given and quantifier != "all":
        always = "false" if quantifier == "any" else "true"
        mistakes.warn(path, "no-effect", f"an empty {quantifier} is always {always}")
    return Group(quantifier, _members(given, path, mistakes, depth=depth))


def _comparison(given: dict[str, Any], path: str, mistakes: Mistakes) -> Comparison | None:
    before = len(mistakes.errors)
    for key in given:
        if key not in _KEYS:
            mistakes.error(
                plain.join(path, key),
                "unknown-key",
                f"a condition has {', '.join(_KEYS)}, or a group",
            )
    name = _property(given, path, mistakes)
    operator = _operator(given, path, mistakes)
    value = _value(given, operator, path, mistakes) if operator else None
    ignore_case = given.get("ignoreCase", False)
    if not isinstance(ignore_case, bool):
        mistakes.error(f"{path}.ignoreCase", "wrong-type", "ignoreCase is true or false")
    if len(mistakes.errors) > before or operator is None:
        return None
    return Comparison(name, operator.name, value, ignore_case)


def _property(given: dict[str, Any], path: str, mistakes: Mistakes) -> str:
    name = given.get("property")
    if "property" not in given:
        mistakes.error(f"{path}.property", "missing", "which attribute is to be tested?")
    elif not isinstance(name, str):
        mistakes.error(f"{path}.property", "wrong-type", "the name of an attribute is a text")
    elif not reference.NAME.fullmatch(name):
        braces = "; a property has no braces" if "{" in name else ""
        mistakes.error(f"{path}.property", "bad-value", reference.NAME_RULE + braces)
    return name if isinstance(name, str) else ""


def _operator(given: dict[str, Any], path: str, mistakes: Mistakes) -> operators.Operator | None:
    name = given.get("type")
    if "type" not in given:
        mistakes.error(f"{path}.type", "missing", "which operator?")
        return None
    operator = operators.BY_NAME.get(name) if isinstance(name, str) else None
    if operator is None:
        known = ", ".join(operators.BY_NAME)
        mistakes.error(f"{path}.type", "unknown-word", f"no such operator; there are {known}")
    return operator


def _value(
    given: dict[str, Any], operator: operators.Operator, path: str, mistakes: Mistakes
) -> Json:
    place = f"{path}.value"
    if not operator.takes_value:
        if "value" in given and given["value"] is not True:
            opposite = "IS_NOT_SET" if operator.name == "IS_SET" else "IS_SET"
            mistakes.error(
                place, "bad-value", f"{operator.name} takes no value; its opposite is {opposite}"
            )
        return None
    if "value" not in given:
        mistakes.error(place, "missing", f"{operator.name} needs a value")
        return None
    try:
        objection = operand.objection(operator, operand.read(given["value"], operator))
    except reference.Malformed as error:
        mistakes.error(place, "bad-value", str(error))
        return None
    if objection:
        mistakes.error(place, "bad-value", objection)
    return given["value"]


def dump(condition: Condition) -> dict[str, Any]:
    """Return the canonical JSON of a condition."""
    if isinstance(condition, Group):
        return {condition.quantifier: [dump(member) for member in condition.members]}
    shown: dict[str, Any] = {"property": condition.property, "type": condition.type}
    if condition.value is not None:
        shown["value"] = condition.value
    if condition.ignore_case:
        shown["ignoreCase"] = True
    return shown
