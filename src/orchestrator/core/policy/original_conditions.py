"""Conditions of the original product, in the words of ours."""

import json
import re
from typing import Any, Final

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import operators, reference, values
from orchestrator.core.policy.original_notes import Place, pick

_PROPERTY: Final = ("property", "attribute")
_TYPE: Final = ("type", "operator", "logicalOperator")
_DATA_TYPE: Final = ("dataType", "valueType")
_KEYS: Final = {*_PROPERTY, *_TYPE, *_DATA_TYPE, "value"}

_BRACED: Final = re.compile(r"\{\{([^{}|]*)")
_BRACED_NUMBER: Final = re.compile(r"\{{1,2}\s*(-?[0-9]{1,300}(?:\.[0-9]{1,300})?)\s*\}{1,2}")
_BOOLEANS: Final = {"true": True, "false": False}
_OPERATORS: Final = {
    "=": "EQUAL",
    "==": "EQUAL",
    "EQUALS": "EQUAL",
    "!=": "NOT_EQUAL",
    "<>": "NOT_EQUAL",
    "NOT_EQUALS": "NOT_EQUAL",
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
    ">=": "GREATER_THAN_OR_EQUAL",
    "IN": "IS_IN",
}
"""What the original's form calls its operators."""

_DIRECTION: Final = (
    "the original prints that Contains looks for the attribute inside the text, and uses it for "
    "lists the other way round; read as {}; --contains {} reads it as the other"
)
_MEMBERSHIP: Final = frozenset({"IS_IN", "NOT_IN"})
_STRICT: Final = frozenset({"attribute", "boolean", "number"})
"""Data types that a text must spell."""
_EQUALITY: Final = frozenset({"EQUAL", "NOT_EQUAL"})


def read(given: Json, place: Place) -> Json:
    """Return one condition as our documents write it; what makes no sense is left for the check."""
    if not isinstance(given, dict):
        place.refuse("wrong-type", "a condition is an object with property, type and value")
        return None
    for key in given:
        if key not in _KEYS:
            place.key(key).refuse("unknown-key", "a condition has property, type and value")
    made: dict[str, Json] = {}
    if (found := pick(given, _PROPERTY, place)) is not None:
        made["property"] = _property(found[1], place.key(found[0]))
    if (found := pick(given, _TYPE, place)) is not None:
        made["type"] = _operator(found[1], place.key(found[0]))
    said = pick(given, _DATA_TYPE, place)
    if "value" in given:
        kind = _data_type(said[1], place.key(said[0])) if said else None
        made["value"] = _value(given["value"], made, kind, place.key("value"))
    if made.get("type") == "CONTAINS":
        made["type"] = _direction(made.get("value"), place)
    return made


def references(text: str, place: Place) -> str:
    """Return a text whose references have no blanks inside their braces."""
    tidy = _BRACED.sub(lambda found: "{{" + found[1].strip(), text)
    if reference_alone := re.fullmatch(r"\s*(\{\{[^{}]*\}\})\s*", tidy):
        tidy = reference_alone[1]
    if tidy != text:
        place.chose(text, tidy, "a reference has no blanks around its name")
    return tidy


def _property(given: Json, place: Place) -> Json:
    if not isinstance(given, str):
        return given
    name = re.sub(r"^\{\{(.*)\}\}$", r"\1", given.strip()).strip()
    if name != given:
        place.chose(given, name, "a property is a name without braces or blanks")
    full = attributes.canonical(name)
    if full != name:
        place.chose(name, full, "another name for the same attribute")
    return full


def _operator(given: Json, place: Place) -> Json:
    if not isinstance(given, str) or given in operators.BY_NAME:
        return given
    plain = given.strip().upper()
    word = re.sub(r"[\W_]+", "_", plain)
    name = _OPERATORS.get(plain) or _OPERATORS.get(word, word)
    if name not in operators.BY_NAME:
        return given
    place.chose(given, name, "what the original's form calls it")
    return name


def _direction(value: Json, place: Place) -> str:
    wanted = place.choices.contains
    if wanted == "IS_PART_OF" and not isinstance(value, str):
        wanted = "CONTAINS"  # a list, a number: only membership makes sense
    other = "IS_PART_OF" if wanted == "CONTAINS" else "CONTAINS"
    place.key("type").chose("CONTAINS", wanted, _DIRECTION.format(wanted, other))
    return wanted


def _data_type(given: Json, place: Place) -> str | None:
    known = given.strip().lower() if isinstance(given, str) else ""
    if known in {"string", "text", "channel", "number", "boolean", "list", "json", "attribute"}:
        return "string" if known in {"text", "channel"} else known
    place.refuse("unknown-word", "a data type is string, number, boolean, list or attribute")
    return None


def _word(made: dict[str, Json]) -> str | None:
    """Return the operator read so far; what is no text is none, and refused by the check."""
    operator = made.get("type")
    return operator if isinstance(operator, str) else None


def _value(given: Json, made: dict[str, Json], kind: str | None, place: Place) -> Json:
    operator = _word(made)
    if isinstance(given, list):
        return [
            references(element, place.element(index)) if isinstance(element, str) else element
            for index, element in enumerate(given)
        ]
    if isinstance(given, str):
        return _text(given, made, kind, place)
    if kind == "string" and values.kind(given) in {"number", "boolean"} and operator in _EQUALITY:
        text = values.written(given)
        place.chose(given, text, "its data type is string")
        return text
    return given


def _text(given: str, made: dict[str, Json], kind: str | None, place: Place) -> Json:
    operator = _word(made)
    number = _BRACED_NUMBER.fullmatch(given)
    if number and operator in operators.TAKES_BRACED_NUMBER:
        found = values.spelled(number[1])
        if found is not None:
            place.chose(given, found, "the oldest documents wrote numbers in braces")
            return found
    if kind == "attribute" and reference.NAME.fullmatch(given.strip()):
        place.chose(given, f"{{{{{given.strip()}}}}}", "its data type is attribute")
        return f"{{{{{given.strip()}}}}}"
    if kind == "number" and (found := values.spelled(given.strip())) is not None:
        place.chose(given, found, "its data type is number")
        return found
    if operator in _EQUALITY and (truth := _BOOLEANS.get(given.strip().lower())) is not None:
        return _boolean(given, truth, made, kind, place)
    text = references(given, place)
    if kind in _STRICT and "{{" not in text:
        place.refuse("bad-value", f"its data type is {kind}, and this is none")
    if operator in _MEMBERSHIP and not text.startswith("{{"):
        return _list(text, place)
    return text


def _boolean(
    given: str, truth: Json, made: dict[str, Json], kind: str | None, place: Place
) -> Json:
    known = attributes.BY_NAME.get(str(made.get("property")))
    if kind == "string" or (kind != "boolean" and known is not None and known.type == "text"):
        return given
    place.chose(
        given, truth, f"a boolean written as text; it still equals the text {given!r} in any case"
    )
    return truth


def _list(text: str, place: Place) -> Json:
    """A list that was typed as a text: JSON, the name of an attribute, or words with commas."""
    found: Any = None
    if text.lstrip().startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
    if isinstance(found, list):
        place.chose(text, found, "a list that was written as text")
        return found
    if text.startswith("custom.") and reference.NAME.fullmatch(text):
        place.chose(text, f"{{{{{text}}}}}", "a list is meant, and this names an attribute")
        return f"{{{{{text}}}}}"
    words = [word.strip() for word in text.split(",")]
    place.chose(text, words, "a list that was written as text, with commas")
    return words
