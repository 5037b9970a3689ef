"""Actions of the original product, in the words of ours."""

import re
from typing import Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import original_conditions, reference
from orchestrator.core.policy.original_notes import Place, pick

_TYPE: Final = ("type", "actionType")
_VALUE_TYPE: Final = "valueType"
_OUTER: Final = frozenset({*_TYPE, "payload", "value", _VALUE_TYPE})
_NO_SKILL: Final = (None, "", "-1", -1)
"""How the original's samples say that there is no skill to fall back to."""


class _Field(msgspec.Struct, frozen=True):
    """A field of a payload: its spellings, ours first, and whether it is an id or a text."""

    spellings: tuple[str, ...]
    sort: str


_MESSAGE: Final = _Field(("message", "text"), "text")
_SKILL: Final = _Field(("skillId",), "id")
_FALLBACK: Final = _Field(("skillId", "fallbackSkillId"), "fallback")
_AGENT: Final = _Field(("userId", "agentId"), "id")
_FIELDS: Final[dict[str, tuple[_Field, ...]]] = {
    "SEND_MESSAGE": (_MESSAGE,),
    "TRANSFER_TO_SKILL": (_SKILL,),
    "TRANSFER_TO_AGENT": (_AGENT, _FALLBACK),
}
"""Per action its fields; the first is what the original's form calls its value."""


def read(given: Json, place: Place) -> Json:
    """Return one action as our documents write it; what makes no sense is left for the check."""
    if not isinstance(given, dict):
        place.refuse("wrong-type", "an action is an object with type and payload")
        return None
    made: dict[str, Json] = {}
    if (found := pick(given, _TYPE, place)) is not None:
        made["type"] = _type(found[1], place.key(found[0]))
    fields = _FIELDS.get(made["type"]) if isinstance(made.get("type"), str) else None
    if fields is None:
        return {**given, **made}
    payload, where = _payload(given, fields, place)
    if payload is not None:
        made["payload"] = _read(payload, fields, where) if isinstance(payload, dict) else payload
    for key in given:
        if key not in _OUTER and where is not place:
            place.key(key).refuse("unknown-key", "an action has type and payload")
    return made


def _type(given: Json, place: Place) -> Json:
    if not isinstance(given, str) or given in _FIELDS:
        return given
    name = re.sub(r"[\W_]+", "_", given.strip().upper())
    if name not in _FIELDS:
        return given
    place.chose(given, name, "the same action in other letters")
    return name


def _payload(
    given: dict[str, Json], fields: tuple[_Field, ...], place: Place
) -> tuple[Json, Place]:
    """The payload, or what stands for it: the form's value, or the fields without an object."""
    if "payload" in given:
        return given["payload"], place.key("payload")
    if "value" in given:
        name = fields[0].spellings[0]
        value = given["value"]
        if given.get(_VALUE_TYPE) == "attribute" and isinstance(value, str):
            value = value if value.startswith("{{") else f"{{{{{value.strip()}}}}}"
        place.key("value").chose(given["value"], {name: value}, "the form's value is the payload")
        return {name: value}, place.key("value")
    inside = {key: value for key, value in given.items() if key not in _OUTER}
    if not inside:
        return None, place
    place.chose(given, {"payload": inside}, "the fields stand beside the type, not in a payload")
    return inside, place


def _read(payload: dict[str, Json], fields: tuple[_Field, ...], place: Place) -> dict[str, Json]:
    known = {spelling for field in fields for spelling in field.spellings}
    made: dict[str, Json] = {}
    for field in fields:
        found = pick(payload, field.spellings, place)
        if found is None:
            continue
        key, value = found
        where = place.key(key)
        if field.sort == "fallback" and value in _NO_SKILL and not isinstance(value, bool):
            where.chose(value, None, "no skill to fall back to")
            continue
        made[field.spellings[0]] = (
            _text(value, where) if field.sort == "text" else _id(value, where)
        )
    return made | {key: value for key, value in payload.items() if key not in known}


def _text(given: Json, place: Place) -> Json:
    return original_conditions.references(given, place) if isinstance(given, str) else given


def _id(given: Json, place: Place) -> Json:
    if isinstance(given, float) and given.is_integer():
        given = int(given)
    if isinstance(given, int) and not isinstance(given, bool):
        place.chose(given, str(given), "ids are texts")
        return str(given)
    if not isinstance(given, str):
        return given
    text = original_conditions.references(given, place)
    if text.strip() != text:
        place.chose(text, text.strip(), "an id has no blanks around it")
    bare = text.strip()
    if reference.NAME.fullmatch(bare) and bare.startswith(("custom.", "conversation.", "sde.")):
        place.chose(bare, f"{{{{{bare}}}}}", "this names an attribute, which holds the id")
        return f"{{{{{bare}}}}}"
    return bare
