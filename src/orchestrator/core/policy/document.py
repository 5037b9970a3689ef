"""Policy set documents: from plain objects to frozen structs, with all mistakes at once, and back.

The meaning of every part is `docs/reference/policies.md`.
"""

import collections
import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.model.errors import Problem
from orchestrator.core.policy import condition, payload, plain, schedule, schedule_reading
from orchestrator.core.policy.condition import Condition
from orchestrator.core.policy.expression import reading as expression_reading
from orchestrator.core.policy.expression.check import Scope
from orchestrator.core.policy.expression.formula import Expression
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.core.policy.payload import Asked
from orchestrator.core.policy.schedule import Calendar, Form, Schedule

MAX_NAME: Final = 200
_CUSTOM_NAME: Final = re.compile(r"\w[\w-]*(\.\w[\w-]*)*")
_ENDLESS: Final = ("too-deep", "too-large")
_SET_KEYS: Final = ("policies", "custom", "schedules")
_BLOCK_KEYS: Final = ("conditions", "expression", "actions")
_POLICY_KEYS: Final = ("id", "name", "enabled", *_BLOCK_KEYS, "exception")


class Block(msgspec.Struct, frozen=True):
    """Conditions, all of which must hold, or an expression instead, and what happens then."""

    conditions: tuple[Condition, ...]
    actions: tuple[Asked, ...]
    expression: Expression | None = None


class Policy(msgspec.Struct, frozen=True, tag_field="state", tag="valid"):
    """One policy; ``exception`` is tried before ``root``."""

    id: str
    name: str
    enabled: bool
    root: Block
    exception: Block | None = None


class InvalidPolicy(msgspec.Struct, frozen=True, tag_field="state", tag="invalid"):
    """A stored policy that today's rules refuse: skipped like an error, kept as it was."""

    id: str
    name: str
    enabled: bool
    given: Json
    problems: tuple[Problem, ...]


class Document(msgspec.Struct, frozen=True):
    """A policy set; ``custom`` and ``schedules`` are None where the document says nothing of them.

    ``custom`` maps names without their ``custom.`` to values of any JSON type.
    """

    policies: tuple[Policy | InvalidPolicy, ...]
    custom: dict[str, Json] | None = None
    schedules: dict[str, Schedule] | None = None


class Loaded(msgspec.Struct, frozen=True):
    """A usable document, and what is probably not meant in it."""

    policy_set: Document
    warnings: tuple[Problem, ...] = ()


def load(
    given: object, *, calendar: Calendar | None = None, schedules: Collection[str] = ()
) -> Loaded:
    """Read a policy set document from plain objects (a bare list of policies is one too).

    With a ``calendar`` the holidays of its schedules get their dates, without which they cannot be
    compiled. ``schedules`` names those that there are when the document says nothing of any.
    Raises `mistakes.PolicyErrors` with every mistake and its path.
    """
    mistakes = Mistakes()
    parts = _parts(given, mistakes)
    plain.check_lists(parts.get("custom"), "custom", mistakes)
    own = _schedules(parts, mistakes, form="document", calendar=calendar)
    policies = _policies(parts, mistakes, _scope(parts, schedules))
    mistakes.raise_any()
    valid = tuple(policy for policy in policies if isinstance(policy, Policy))
    return Loaded(Document(valid, parts.get("custom"), own), tuple(mistakes.warnings))


def load_stored(given: object) -> Loaded:
    """Read a document that was accepted once: policies that no longer pass become `InvalidPolicy`.

    Their problems are among the warnings. Raises `mistakes.PolicyErrors` only when the document as
    a whole, its custom values or its schedules make no sense.
    """
    mistakes = Mistakes()
    parts = _parts(given, mistakes)
    schedules = _schedules(parts, mistakes, form="stored")
    mistakes.raise_any()
    policies = _policies(parts, mistakes, _scope(parts))
    return Loaded(
        Document(policies, parts.get("custom"), schedules),
        (*mistakes.warnings, *mistakes.errors),
    )


def read_again(
    given: Sequence[Json],
    *,
    start: int = 0,
    custom: Mapping[str, Json] | None = None,
    schedules: Collection[str] = (),
) -> tuple[Policy | InvalidPolicy, ...]:
    """Read policies that were accepted once, of which the first is number ``start`` (from 0).

    ``given`` is their canonical JSON, and has been read from text; ``custom`` and ``schedules`` are
    the document's. Policies that no longer pass become `InvalidPolicy`; nothing is raised.
    """
    scope = Scope(custom, frozenset(schedules))
    return _policies({"policies": list(given)}, Mistakes(), scope, start=start)


def _parts(given: object, mistakes: Mistakes) -> dict[str, Json]:
    shape = plain.copy(given, "" if isinstance(given, Mapping) else "policies", mistakes)
    if any(problem.code in _ENDLESS for problem in mistakes.errors):
        mistakes.raise_any()
    if isinstance(shape, list):
        return {"policies": shape}
    if not isinstance(shape, dict):
        mistakes.error("", "wrong-type", "a policy set is an object with policies, or their list")
        mistakes.raise_any()
    for key in shape:
        if key not in _SET_KEYS:
            mistakes.error(
                plain.join("", key), "unknown-key", f"a policy set has {', '.join(_SET_KEYS)}"
            )
    if "policies" not in shape:
        mistakes.error("policies", "missing", "a policy set needs a list of policies")
    elif not isinstance(shape["policies"], list):
        mistakes.error("policies", "wrong-type", "policies are a list")
    _check_custom(shape, mistakes)
    return shape


def _check_custom(shape: dict[str, Json], mistakes: Mistakes) -> None:
    custom = shape.get("custom")
    if "custom" not in shape:
        return
    if not isinstance(custom, dict):
        mistakes.error("custom", "wrong-type", "custom is an object of names and values")
        return
    for name in custom:
        if not _CUSTOM_NAME.fullmatch(name):
            mistakes.error(
                plain.join("custom", name),
                "bad-value",
                "a name is of letters, digits, _ and -, without blanks",
            )


def _schedules(
    parts: dict[str, Json], mistakes: Mistakes, *, form: Form, calendar: Calendar | None = None
) -> dict[str, Schedule] | None:
    if "schedules" not in parts:
        return None
    return schedule_reading.read_all(parts["schedules"], mistakes, form=form, calendar=calendar)


def _scope(parts: dict[str, Json], schedules: Collection[str] = ()) -> Scope:
    custom, own = parts.get("custom"), parts.get("schedules", dict.fromkeys(schedules))
    return Scope(
        custom if isinstance(custom, dict) else None,
        frozenset(own if isinstance(own, dict) else ()),
    )


def _policies(
    parts: dict[str, Json], mistakes: Mistakes, scope: Scope, *, start: int = 0
) -> tuple[Policy | InvalidPolicy, ...]:
    given = parts.get("policies")
    if not isinstance(given, list):
        return ()
    names = _Names(given)
    found = []
    for index, policy in enumerate(given, start=start):
        path = f"policies[{index}]"
        before = len(mistakes.errors)
        read = _policy(policy, path, names, mistakes, scope=scope)
        if read is None or len(mistakes.errors) > before:
            read = _invalid(policy, index, names, mistakes.errors[before:])
        found.append(read)
    return tuple(found)


def _invalid(given: Json, index: int, names: "_Names", problems: list[Problem]) -> InvalidPolicy:
    fields = given if isinstance(given, dict) else {}
    name = fields.get("name")
    shown = name if isinstance(name, str) else f"policy {index + 1}"
    return InvalidPolicy(
        names.identify(fields, shown),
        shown,
        fields.get("enabled") is True,
        given,
        tuple(problems),
    )


def _policy(
    given: Json, path: str, names: "_Names", mistakes: Mistakes, *, scope: Scope
) -> Policy | None:
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "a policy is an object")
        return None
    _unknown_keys(given, _POLICY_KEYS, path, "a policy", mistakes)
    name = names.check_name(given, path, mistakes)
    names.check_id(given, path, mistakes)
    enabled = given.get("enabled", False)
    if "enabled" not in given:
        mistakes.warn(f"{path}.enabled", "not-said", "enabled is not said, so it is off")
    elif not isinstance(enabled, bool):
        mistakes.error(f"{path}.enabled", "wrong-type", "enabled is true or false")
    root = _block(given, path, mistakes, scope)
    exception = None
    if "exception" in given:
        exception = _exception(given["exception"], f"{path}.exception", mistakes, scope)
    return Policy(names.identify(given, name), name, enabled is True, root, exception)


def _exception(given: Json, path: str, mistakes: Mistakes, scope: Scope) -> Block | None:
    if not isinstance(given, dict):
        mistakes.error(path, "wrong-type", "an exception is an object with conditions and actions")
        return None
    _unknown_keys(given, _BLOCK_KEYS, path, "an exception", mistakes)
    return _block(given, path, mistakes, scope)


def _block(given: dict[str, Json], path: str, mistakes: Mistakes, scope: Scope) -> Block:
    conditions: tuple[Condition, ...] = ()
    expression: Expression | None = None
    if "expression" in given and "conditions" in given:
        message = "conditions or an expression, never both"
        mistakes.error(f"{path}.expression", "conflict", message)
    elif "expression" in given:
        place = f"{path}.expression"
        expression = expression_reading.read(given["expression"], place, mistakes, scope)
    elif "conditions" not in given:
        mistakes.error(
            f"{path}.conditions",
            "missing",
            'no conditions and no expression: "always" is written as [{"all": []}]',
        )
    if "conditions" in given:
        conditions = condition.read_list(given["conditions"], f"{path}.conditions", mistakes)
    if "actions" not in given:
        mistakes.error(f"{path}.actions", "missing", "at least one action is needed")
        return Block(conditions, (), expression)
    actions = payload.read_list(given["actions"], f"{path}.actions", mistakes)
    return Block(conditions, actions, expression)


def _unknown_keys(
    given: dict[str, Json], known: tuple[str, ...], path: str, thing: str, mistakes: Mistakes
) -> None:
    for key in given:
        if key not in known:
            mistakes.error(plain.join(path, key), "unknown-key", f"{thing} has {', '.join(known)}")


class _Names:
    """Names and ids of all policies: unique, and an id is made of the name where none is given."""

    def __init__(self, given: list[Any]) -> None:
        policies = [policy for policy in given if isinstance(policy, dict)]
        self._taken = {_id_text(policy.get("id")) for policy in policies}
        slugs = collections.Counter(
            _slug(policy["name"])
            for policy in policies
            if "id" not in policy and isinstance(policy.get("name"), str)
        )
        self._ambiguous = {slug for slug, times in slugs.items() if times > 1}
        self._names: set[str] = set()
        self._ids: set[str] = set()

    def check_name(self, given: dict[str, Json], path: str, mistakes: Mistakes) -> str:
        name = given.get("name")
        place = f"{path}.name"
        if "name" not in given:
            mistakes.error(place, "missing", "a policy needs a name")
        elif not isinstance(name, str):
            mistakes.error(place, "wrong-type", "a name is a text")
        elif not name.strip() or len(name) > MAX_NAME:
            mistakes.error(place, "bad-value", f"a name has 1 to {MAX_NAME} characters")
        elif name in self._names:
            mistakes.error(place, "duplicate", f"another policy is called {name!r}")
        else:
            self._names.add(name)
        return name if isinstance(name, str) else ""

    def check_id(self, given: dict[str, Json], path: str, mistakes: Mistakes) -> None:
        if "id" not in given:
            return
        text = _id_text(given["id"])
        if text is None:
            mistakes.error(
                f"{path}.id", "bad-value", f"an id is a text of 1 to {MAX_NAME} characters"
            )
        elif text in self._ids:
            mistakes.error(f"{path}.id", "duplicate", f"another policy has the id {text!r}")
        else:
            self._ids.add(text)

    def identify(self, given: dict[str, Json], name: str) -> str:
        """Return the given id, or one made of the name: the same name makes the same id."""
        text = _id_text(given.get("id"))
        if text is not None:
            return text
        slug = _slug(name)
        if slug in self._taken or slug in self._ambiguous:
            slug += "-" + hashlib.sha256(name.encode()).hexdigest()[:8]
        return slug


def _id_text(given: Json) -> str | None:
    if isinstance(given, int) and not isinstance(given, bool):
        given = str(given)
    fits = isinstance(given, str) and given.strip() == given and 0 < len(given) <= MAX_NAME
    return given if fits else None


def _slug(name: str) -> str:
    words = re.findall(r"\w+", name.casefold())
    return "-".join(["p", *words])[:80]


def has_expression(policy: Policy) -> bool:
    """Return whether a block of the policy is an expression, which may ask a schedule."""
    return policy.root.expression is not None or (
        policy.exception is not None and policy.exception.expression is not None
    )


def dump(document: Document, *, form: Form = "stored") -> dict[str, Any]:
    """Return the canonical JSON document, as versions are computed from, or as it is exported."""
    shown: dict[str, Any] = {"policies": [dump_policy(policy) for policy in document.policies]}
    if document.custom is not None:
        shown["custom"] = document.custom
    if document.schedules is not None:
        shown["schedules"] = {
            name: schedule.dump(each, form) for name, each in document.schedules.items()
        }
    return shown


def dump_policy(policy: Policy | InvalidPolicy) -> Json:
    """Return the canonical JSON of one policy."""
    if isinstance(policy, InvalidPolicy):
        return policy.given
    shown: dict[str, Any] = {"id": policy.id, "name": policy.name, "enabled": policy.enabled}
    shown |= _dump_block(policy.root)
    if policy.exception is not None:
        shown["exception"] = _dump_block(policy.exception)
    return shown


def _dump_block(block: Block) -> dict[str, Any]:
    if block.expression is not None:
        asked: dict[str, Any] = {"expression": block.expression.text}
    else:
        asked = {"conditions": [condition.dump(member) for member in block.conditions]}
    return {
        **asked,
        "actions": [payload.dump(asked) for asked in block.actions],
    }
