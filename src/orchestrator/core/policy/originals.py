"""Policies of the original product, from the JSON in its shapes, as one document of ours.

The original never said how a policy is stored: its pages print fragments in two spellings. So every
reading that could have been another one is noted, nothing is silently dropped, and what cannot be
read is refused with its path. Shapes and their sources: `docs/howto/import-from-the-original.md`.
"""

import itertools
import re
from collections.abc import Iterator, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.errors import Problem
from orchestrator.core.policy import (
    document,
    original_actions,
    original_conditions,
    original_expressions,
    plain,
)
from orchestrator.core.policy.mistakes import Mistakes, PolicyErrors
from orchestrator.core.policy.original_notes import Choices, Chosen, Notes, Place, pick

_BLOCK: Final = frozenset({"conditions", "actions", "exception", "expression"})
_NAME: Final = ("name", "policyName", "title")
_ID: Final = ("id", "policyId")
_ENABLED: Final = ("enabled", "isEnabled", "active", "status")
_ORDER: Final = ("order", "position", "priority", "index")
_WRAPPERS: Final = ("policies", "rules", "policy", "rule", "items", "data", "attributes")
_WITHOUT_MEANING: Final = frozenset(
    {"description", "accountId", "version", "total", "count", "createdAt", "createdBy",
     "updatedAt", "updatedBy", "modifiedAt", "modifiedBy", "lastModified"}
)  # fmt: skip
"""Keys that say nothing about routing: left out, and noted."""
_POLICY: Final = frozenset({*_BLOCK, *_NAME, *_ID, *_ENABLED, *_ORDER})
_STATES: Final[dict[Json, bool]] = {
    "true": True, "on": True, "enabled": True, "active": True, "1": True,
    "false": False, "off": False, "disabled": False, "inactive": False, "0": False,
}  # fmt: skip
_ALWAYS: Final[list[Json]] = [{"all": []}]
_INSIDE: Final = re.compile(r"policies\[(\d+)\]\.?(.*)", re.DOTALL)


class Source(msgspec.Struct, frozen=True):
    """One file: its name for people, and the JSON in it."""

    name: str
    content: Json


class Imported(msgspec.Struct, frozen=True):
    """A document that loads without errors, and how it was read."""

    document: dict[str, Any]
    report: tuple[Chosen, ...]


class _Found(msgspec.Struct, frozen=True):
    """A policy that was made, where it came from, and the number that orders it, if any."""

    made: dict[str, Json]
    place: Place
    order: int | float | None


def read(sources: Sequence[Source], choices: Choices | None = None) -> Imported:
    """Read the original's policies (and static attributes) from ``sources``, in their order.

    Raises `PolicyErrors` with every problem; paths begin with the name of the file.
    """
    reading = _Reading(choices or Choices())
    for source in sources:
        reading.add(source)
    return reading.finish()


class _Reading:
    def __init__(self, choices: Choices) -> None:
        self._notes = Notes(choices)
        self._found: list[_Found] = []
        self._custom: dict[str, Json] = {}
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def add(self, source: Source) -> None:
        place = Place(self._notes, source.name)
        checked = Mistakes()
        content = plain.copy(source.content, "", checked)
        for problem in checked.errors:
            self._notes.mistakes.error(
                f"{source.name}: {problem.path}", problem.code, problem.message
            )
        if not checked.errors:
            self._unwrap(content, place, _stem(source.name))

    def _unwrap(self, given: Json, place: Place, name: str) -> None:
        """Find the policies and static attributes in a list, a wrapper, or by themselves."""
        match given:
            case list():
                for index, each in enumerate(given):
                    own = name if len(given) == 1 else f"{name} {index + 1}"
                    self._unwrap(each, place.element(index), own)
            case {"nextActionId": _}:
                place.refuse("wrong-type", "an answer of the decision API is no policy")
            case {"name": _, "type": _, "payload": _}:
                self._attribute(given, place)
            case dict() if _BLOCK & given.keys():
                self._policy(given, place, name)
            case dict() if any(key in given for key in (*_WRAPPERS, "custom")):
                self._wrapped(given, place, name)
            case dict() if given and all(_is_policy(each) for each in given.values()):
                for key, each in given.items():
                    self._unwrap(each, place.key(key), key)
            case _:
                place.refuse("wrong-type", "neither a policy, nor a list or an object of policies")

    def _wrapped(self, given: dict[str, Json], place: Place, name: str) -> None:
        for key, each in given.items():
            if key in _WRAPPERS:
                self._unwrap(each, place.key(key), name)
            elif key == "custom" and isinstance(each, dict):
                for plain_name, value in each.items():
                    self._static(plain_name, value, place.key(key).key(plain_name))
            else:
                self._leave_out(key, each, place)

    def _leave_out(self, key: str, given: Json, place: Place) -> None:
        if key in _WITHOUT_MEANING:
            place.key(key).chose(given, None, "says nothing about routing: left out")
        else:
            place.key(key).refuse("unknown-key", "nobody knows what this means")

    def _attribute(self, given: dict[str, Json], place: Place) -> None:
        """A static or function attribute, as the original's older pages wrote them."""
        name = given["name"]
        if not isinstance(name, str):
            place.key("name").refuse("wrong-type", "a name is a text")
        elif given["type"] == "static":
            place.chose(
                given["payload"], {f"custom.{name}": given["payload"]}, "a static attribute"
            )
            self._static(name, given["payload"], place)
        elif given["type"] in ("faas", "function"):
            place.chose(name, None, f"custom.{name} is a function, and no part of a document")
        else:
            place.key("type").refuse("unknown-word", "an attribute is static or faas")

    def _static(self, name: str, value: Json, place: Place) -> None:
        bare = name.removeprefix("custom.")
        if re.search(r"\s", bare):
            place.chose(name, None, "a name with blanks could never be read by a policy: left out")
        elif bare in self._custom and self._custom[bare] != value:
            place.refuse("conflict", f"custom.{bare} has another value elsewhere")
        else:
            self._custom[bare] = value

    def _policy(self, given: dict[str, Json], place: Place, fallback: str) -> None:
        name = self._name(given, place, fallback)
        place = place.named(name)
        made: dict[str, Json] = {"name": name}
        if (identity := self._id(given, place)) is not None:
            made = {"id": identity, **made}
        made["enabled"] = _enabled(given, place)
        made |= _root(given, place)
        for key, value in given.items():
            if key not in _POLICY:
                self._leave_out(key, value, place)
        self._found.append(_Found(made, place, _order(given, place)))

    def _name(self, given: dict[str, Json], place: Place, fallback: str) -> str:
        found = pick(given, _NAME, place)
        said = found[1] if found else None
        name = str(said).strip() if isinstance(said, str | int) else ""
        wanted = name or fallback
        unique, count = wanted, 1
        while unique in self._names:
            count += 1
            unique = f"{wanted} ({count})"
        place = place.named(unique)
        if not name:
            place.chose(said, wanted, "it has no name of its own: the file's")
        elif name != said and found:
            place.key(found[0]).chose(said, name, "a name is a text without blanks around it")
        if unique != wanted:
            place.chose(wanted, unique, "names are unique here, and this one was taken")
        self._names.add(unique)
        return unique

    def _id(self, given: dict[str, Json], place: Place) -> str | None:
        found = pick(given, _ID, place)
        if found is None or found[1] is None:
            return None
        key, said = found
        text = str(said).strip() if isinstance(said, str | int) else ""
        if not text or text in self._ids:
            place.key(key).chose(
                said, None, "not usable as an id, or taken: one is made of the name"
            )
            return None
        if text != said:
            place.key(key).chose(said, text, "an id is a text")
        self._ids.add(text)
        return text

    def finish(self) -> Imported:
        self._sort()
        wanted: dict[str, Json] = {"policies": [found.made for found in self._found]}
        if self._custom:
            wanted["custom"] = self._custom
        if not self._found and not self._custom and not self._notes.mistakes.errors:
            self._notes.mistakes.error("", "missing", "no policies were found")
        try:
            loaded = document.load(wanted)
        except PolicyErrors as errors:
            for place, problems in itertools.groupby(errors, key=self._whence):
                found = [(problem.code, problem.message) for problem in problems]
                self._notes.mistakes.several(place, found)
            raise PolicyErrors(self._notes.mistakes.errors) from None
        self._notes.mistakes.raise_any()
        return Imported(document.dump(loaded.policy_set), tuple(self._notes.chosen))

    def _sort(self) -> None:
        if all(found.order is None for found in self._found):
            if len({found.place.file for found in self._found}) > 1:
                names = [found.made["name"] for found in self._found]
                files = Place(self._notes, "all files")
                files.chose(None, names, "none says an order: by the names of the files")
            return
        for found in self._found:
            if found.order is None:
                found.place.chose(None, "last", "it has no order, and others do")
        self._found.sort(key=lambda found: (found.order is None, found.order or 0))

    def _whence(self, problem: Problem) -> str:
        """The place in the files of something that our own check refused."""
        inside = _INSIDE.fullmatch(problem.path)
        if inside is None:
            return problem.path
        place = self._found[int(inside[1])].place
        joined = (
            f"{place.path}.{inside[2]}" if place.path and inside[2] else place.path or inside[2]
        )
        return f"{place.file}: {joined}" if joined else place.file


def _stem(name: str) -> str:
    last = name.replace("\\", "/").rpartition("/")[2]
    return last.rpartition(".")[0] or last


def _is_policy(given: Json) -> bool:
    return isinstance(given, dict) and bool(_BLOCK & given.keys())


def _enabled(given: dict[str, Json], place: Place) -> bool:
    found = pick(given, _ENABLED, place)
    if found is None or found[1] is None:
        state = place.choices.unsaid == "on"
        why = "asked for" if state else "new policies of the original are off until switched on"
        place.chose(None, {"enabled": state}, f"it does not say whether it is on: {why}")
        return state
    key, said = found
    if isinstance(said, bool):
        return said
    state = _STATES.get(str(said).strip().lower()) if isinstance(said, str | int) else None
    if state is None:
        place.key(key).refuse("bad-value", "enabled is true or false")
        return False
    place.key(key).chose(said, state, "a state that was not written as true or false")
    return state


def _order(given: dict[str, Json], place: Place) -> int | float | None:
    found = pick(given, _ORDER, place)
    if found is None or found[1] is None:
        return None
    key, said = found
    number = _number(said)
    if number is None:
        place.key(key).refuse("wrong-type", f"{key} is a number")
        return None
    place.key(key).chose(said, number, "policies are listed by it, the lowest number first")
    return number


def _number(said: Json) -> int | float | None:
    """A number, or the whole number that a text of digits spells."""
    if isinstance(said, bool):
        return None
    if isinstance(said, str) and re.fullmatch(r"-?[0-9]{1,18}", said.strip()):
        return int(said)
    return said if isinstance(said, int | float) else None


def _root(given: dict[str, Json], place: Place) -> dict[str, Json]:
    bare = not given.get("conditions") and not given.get("actions") and "expression" not in given
    made: dict[str, Json] = {}
    if not (bare and given.get("exception")):
        made = _block(given, place)
    exception = _exception(given["exception"], place) if "exception" in given else None
    if exception is None:
        return made or _block(given, place)
    if not made:
        place.chose(given["exception"], exception, "it has nothing but its exception")
        return exception
    return {**made, "exception": exception}


def _exception(given: Json, place: Place) -> dict[str, Json] | None:
    place = place.key("exception")
    if isinstance(given, list) and len(given) == 1:
        place.chose(given, given[0], "a list of one: an exception is one object")
        given = given[0]
    if given is None or given == [] or (isinstance(given, dict) and not any(given.values())):
        place.chose(given, None, "an empty exception is none")
        return None
    if not isinstance(given, dict):
        place.refuse("wrong-type", "an exception is one object with conditions and actions")
        return None
    for key in given:
        if key not in _BLOCK - {"exception"}:
            place.key(key).refuse("unknown-key", "an exception has conditions and actions")
    return _block(given, place)


def _block(given: dict[str, Json], place: Place) -> dict[str, Json]:
    made: dict[str, Json] = {}
    if "expression" in given:
        made["expression"] = original_expressions.read(given["expression"], place.key("expression"))
        if given.get("conditions") == []:
            place.key("conditions").chose([], None, "its conditions are an expression")
    if given.get("conditions"):
        found = list(_listed(given["conditions"], place.key("conditions")))
        made["conditions"] = [original_conditions.read(each, where) for each, where in found]
    elif "expression" not in given:
        said = given.get("conditions")
        place.key("conditions").chose(said, _ALWAYS, "all of no conditions hold: it always matches")
        made["conditions"] = _ALWAYS
    if given.get("actions"):
        found = list(_listed(given["actions"], place.key("actions")))
        made["actions"] = [original_actions.read(each, where) for each, where in found]
    return made


def _listed(given: Json, place: Place) -> Iterator[tuple[Json, Place]]:
    if isinstance(given, list):
        yield from ((each, place.element(index)) for index, each in enumerate(given))
    else:
        if isinstance(given, dict):
            place.chose(given, [given], "one alone, without its list")
        yield given, place
