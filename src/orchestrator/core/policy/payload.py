"""Actions as a document asks for them: names, references and templates still in place."""

from collections.abc import Callable
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import plain, reference
from orchestrator.core.policy.mistakes import Mistakes


class Say(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="SEND_MESSAGE"):
    """A message; its text may hold references."""

    message: str


class ToSkill(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="TRANSFER_TO_SKILL"):
    """A skill by id (literal or reference), by name, or by both."""

    skill_id: str | None = None
    skill_name: str | None = None


class ToAgent(msgspec.Struct, frozen=True, gc=False, tag_field="type", tag="TRANSFER_TO_AGENT"):
    """An agent by id (literal or reference) or login name, and optionally the fallback skill."""

    user_id: str | None = None
    login_name: str | None = None
    skill_id: str | None = None
    skill_name: str | None = None


Asked = Say | ToSkill | ToAgent

_TWO_SPELLINGS: Final = "userId goes with skillId, agentId with fallbackSkillId: write one pair"
_ID_OR_NAME: Final = "an id (or a reference to one), or a name"


def read_list(given: Json, path: str, mistakes: Mistakes) -> tuple[Asked, ...]:
    """Read a block's ``actions``: at least one; more than one transfer gets a warning."""
    if not isinstance(given, list):
        mistakes.error(path, "wrong-type", "actions are a list")
        return ()
    if not given:
        mistakes.error(path, "missing", "at least one action is needed")
    found = [
        asked
        for index, action in enumerate(given)
        if (asked := _read(action, f"{path}[{index}]", mistakes)) is not None
    ]
    if sum(not isinstance(asked, Say) for asked in found) > 1:
        mistakes.warn(path, "no-effect", "of several transfers only the last is carried out")
    return tuple(found)


def _read(given: Json, path: str, mistakes: Mistakes) -> Asked | None:
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "an action is an object with type and payload")
        return None
    for key in given:
        if key not in {"type", "payload"}:
            mistakes.error(plain.join(path, key), "unknown-key", "an action has type and payload")
    name = given.get("type")
    reader = _READERS.get(name) if isinstance(name, str) else None
    if "type" not in given:
        mistakes.error(f"{path}.type", "missing", f"which action? One of {', '.join(_READERS)}")
    elif reader is None:
        mistakes.error(
            f"{path}.type", "unknown-word", f"no such action; there are {', '.join(_READERS)}"
        )
    payload = given.get("payload")
    place = f"{path}.payload"
    if "payload" not in given:
        mistakes.error(place, "missing", "an action needs a payload")
    elif not isinstance(payload, dict):
        mistakes.error(place, "wrong-type", "a payload is an object")
    elif reader is not None:
        return reader(_Fields(payload, place, mistakes))
    return None


class _Fields:
    """The fields of one payload, read once each; what was never asked for is unknown."""

    def __init__(self, payload: dict[str, Any], path: str, mistakes: Mistakes) -> None:
        self._payload = payload
        self._path = path
        self._mistakes = mistakes
        self._asked: list[str] = []

    def take(self, name: str, other: str | None, check: Callable[[Json], str]) -> str | None:
        """Return field ``name``, also spelled ``other``; ``check`` raises `Malformed`."""
        spellings = [name] if other is None else [name, other]
        self._asked.extend(spellings)
        present = [spelling for spelling in spellings if spelling in self._payload]
        if len(present) > 1:
            self.error("conflict", f"{name} and {other} are the same: write one", at=other)
        if not present:
            return None
        try:
            return check(self._payload[present[0]])
        except reference.Malformed as error:
            self.error("bad-value", str(error), at=present[0])
            return None

    def error(self, code: Any, message: str, *, at: str | None = None) -> None:
        self._mistakes.error(plain.join(self._path, at) if at else self._path, code, message)

    def has(self, *names: str) -> bool:
        return any(name in self._payload for name in names)

    def close(self) -> None:
        for key in self._payload:
            if key not in self._asked:
                self.error("unknown-key", f"the payload takes {', '.join(self._asked)}", at=key)


def _say(fields: _Fields) -> Say | None:
    message = fields.take("message", "text", _message)
    fields.close()
    if not fields.has("message", "text"):
        fields.error("missing", "what is to be said?", at="message")
    return None if message is None else Say(message)


def _to_skill(fields: _Fields) -> ToSkill | None:
    skill = _pair(fields, ("skillId", None), "skillName")
    fields.close()
    if not fields.has("skillId", "skillName"):
        fields.error("missing", f"which skill? {_ID_OR_NAME}", at="skillId")
    return ToSkill(*skill)


def _to_agent(fields: _Fields) -> ToAgent | None:
    agent = _pair(fields, ("userId", "agentId"), "loginName")
    skill = _pair(fields, ("skillId", "fallbackSkillId"), "skillName")
    fields.close()
    for one, other in (("userId", "fallbackSkillId"), ("agentId", "skillId")):
        if fields.has(one) and fields.has(other):
            fields.error("conflict", _TWO_SPELLINGS, at=other)
    if not fields.has("userId", "agentId", "loginName"):
        fields.error("missing", f"which agent? {_ID_OR_NAME}", at="userId")
    return ToAgent(*agent, *skill)


def _pair(
    fields: _Fields, identity: tuple[str, str | None], called: str
) -> tuple[str | None, str | None]:
    found = fields.take(*identity, _id)
    name = fields.take(called, None, _name)
    if found and name and is_dynamic(found):
        fields.error("conflict", f"a reference and a {called} cannot both say which", at=called)
    return found, name


_READERS: Final[dict[str, Callable[[_Fields], Asked | None]]] = {
    "SEND_MESSAGE": _say,
    "TRANSFER_TO_SKILL": _to_skill,
    "TRANSFER_TO_AGENT": _to_agent,
}


def _message(value: Json) -> str:
    if not isinstance(value, str) or not value.strip():
        raise reference.Malformed("a message is a text that says something")
    reference.parse(value)
    return value


def _id(value: Json) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value or value != value.strip():
        raise reference.Malformed("an id is a text (or a whole number), or a reference to one")
    reference.parse(value)
    return value


def _name(value: Json) -> str:
    if not isinstance(value, str) or not value.strip():
        raise reference.Malformed("a name is a text")
    if reference.parse(value) != value:
        raise reference.Malformed(
            "a name is looked up when the document is loaded: write references as an id"
        )
    return value


def is_dynamic(identity: str) -> bool:
    """Whether an id that passed reading holds references."""
    return not isinstance(reference.parse(identity), str)


def dump(asked: Asked) -> dict[str, Any]:
    """Return the canonical JSON of an action: ``userId``, ``skillId``, ``message``, ids as text."""
    match asked:
        case Say(message):
            return {"type": "SEND_MESSAGE", "payload": {"message": message}}
        case ToSkill(skill_id, skill_name):
            name, fields = "TRANSFER_TO_SKILL", {"skillId": skill_id, "skillName": skill_name}
        case ToAgent(user_id, login_name, skill_id, skill_name):
            name = "TRANSFER_TO_AGENT"
            fields = {
                "userId": user_id,
                "loginName": login_name,
                "skillId": skill_id,
                "skillName": skill_name,
            }
    return {
        "type": name,
        "payload": {key: text for key, text in fields.items() if text is not None},
    }
