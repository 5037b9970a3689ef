"""What a policy set decides, slowly and obviously: no attribute is left out because nobody asked.

Works on the canonical document (plain JSON) and a dict of canonical names. Shares no line with the
product and is imported by tests alone.
"""

import functools
import json
import re

from oracle import expressing
from oracle.comparing import FAILED, ORDERS, E, F, Folded, T, U, compare, is_number, negate

FOLDED = ("sde.visitorinfo.customerinfo.ctype", "sde.visitorinfo.customerinfo.cstatus")
NUMERIC = (*ORDERS, "EQUAL", "NOT_EQUAL")
LONG = 16
REMEMBERED = ("{{custom.big}}",)


class Fault(Exception):
    """Actions that cannot be resolved."""


def decide(document, attributes, at=None):
    """Return the decision's JSON and the list of (id, block, state) of everything tried.

    A policy whose conditions are no list stands for one that a stored set holds and nobody can use.
    """
    tried = []
    enabled = False
    values = Values(document.get("custom") or {}, attributes)
    for policy in document["policies"]:
        if not policy["enabled"]:
            tried.append((policy["id"], "root", "DISABLED"))
            continue
        enabled = True
        if not isinstance(policy.get("conditions", []), list):
            tried.append((policy["id"], "root", "INVALID"))
            continue
        for name, block in (("exception", policy.get("exception")), ("root", policy)):
            if block is None:
                continue
            state = state_of(block, values, at)
            if state == T:
                try:
                    actions = perform(block["actions"], values)
                except Fault:
                    state = E
            tried.append((policy["id"], name, state))
            if state == T:
                return outcome(policy, actions, None), tried
    reason = "NO_MATCHED_RULES" if enabled else "NO_POLICIES_ENABLED"
    return outcome({}, [], reason), tried


def state_of(block, values, at):
    if "expression" in block:
        return expressing.state(block["expression"], values.get, at)
    return conjunction(judge(each, values) for each in block["conditions"])


def outcome(policy, actions, reason):
    return {
        "policyId": policy.get("id"),
        "policyName": policy.get("name"),
        "actions": actions,
        "noMatchReason": reason,
    }


class Values:
    """What every name stands for. ``judged`` remembers conditions with the same long list."""

    def __init__(self, custom, attributes):
        self.custom = custom
        self.attributes = attributes
        self.judged = {}
        self.found = {}

    def get(self, name):
        if name not in self.found:
            self.found[name] = self.read(full(name))
        return self.found[name]

    def read(self, name):
        if name.startswith("custom."):
            found = inside(self.custom, name[len("custom.") :])
            if found:
                return found[0]
        return self.attributes.get(name)


def full(name):
    """The name without the two short forms that old documents use."""
    short = name.startswith(("customerinfo.", "personalinfo."))
    return f"sde.visitorinfo.{name}" if short else name


def inside(tree, name):
    """What is called so in a tree of dotted or nested names, in a list; the longest key first."""
    parts = name.split(".")
    for count in range(len(parts), 0, -1):
        key, rest = ".".join(parts[:count]), ".".join(parts[count:])
        if key in tree and not rest:
            return [tree[key]]
        if isinstance(tree.get(key), dict) and rest:
            found = inside(tree[key], rest)
            if found:
                return found
    return []


def judge(condition, values):
    if "property" not in condition:
        [(quantifier, members)] = condition.items()
        join = {"all": conjunction, "any": disjunction, "none": neither}[quantifier]
        return join(judge(each, values) for each in members)
    raw = condition.get("value")
    if not (isinstance(raw, list) and len(raw) >= LONG) and raw not in REMEMBERED:
        return tested(condition, values)
    key = (condition["property"], condition["type"], id(raw), condition.get("ignoreCase", False))
    if key not in values.judged:
        values.judged[key] = tested(condition, values)
    return values.judged[key]


def tested(condition, values):
    name, operator, raw = condition["property"], condition["type"], condition.get("value")
    fold = condition.get("ignoreCase", False) or full(name) in FOLDED or is_folded(raw)
    if operator in NUMERIC and isinstance(raw, str):
        braced = re.fullmatch(r"\{(-?[0-9]+)\}", raw)
        raw = int(braced[1]) if braced else raw
    return compare(operator, values.get(name), operand(raw, values), fold=fold)


def is_folded(raw):
    """Whether it is a reference to an attribute that is compared without regard to case."""
    if not isinstance(raw, str) or "{{" not in raw or pieces(raw)[::2] != ["", ""]:
        return False
    return full(pieces(raw)[1].partition("|")[0]) in FOLDED


@functools.lru_cache(65_536)
def pieces(raw):
    """Texts and, in between, what stands in double braces."""
    return re.split(r"\{\{(.*?)\}\}", raw)


def conjunction(states):
    """States are worked out one after the other: none that follows a FALSE says anything else."""
    found = set()
    for state in states:
        if state == F:
            return F
        found.add(state)
    return E if E in found else U if U in found else T


def disjunction(states):
    found = set()
    for state in states:
        if state == T:
            return T
        found.add(state)
    return E if E in found else U if U in found else F


def neither(states):
    return negate(disjunction(states))


def operand(raw, values):
    if isinstance(raw, list):
        found = [element(each, values) for each in raw]
        return FAILED if any(each is FAILED for each in found) else found
    if not isinstance(raw, str) or "{{" not in raw:
        return raw
    parts = [*pieces(raw)]
    if len(parts) == 3 and parts[::2] == ["", ""]:
        return lookup(parts[1], values)
    for index in range(1, len(parts), 2):
        found = lookup(parts[index], values)
        if found is FAILED:
            return FAILED
        parts[index] = written(found)
    return "".join(parts)


def element(raw, values):
    found = operand(raw, values)
    return Folded(found) if isinstance(found, str) and is_folded(raw) else found


def lookup(inside, values):
    name, bar, default = inside.partition("|")
    found = values.get(name)
    return default if found is None and bar else found


def written(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def perform(actions, values):
    messages, transfers = [], []
    for action in actions:
        (messages if action["type"] == "SEND_MESSAGE" else transfers).append(action)
    done = []
    for message in messages:
        text = operand(message["payload"]["message"], values)
        if text is FAILED:
            raise Fault
        if written(text).strip():
            done.append({"type": "SEND_MESSAGE", "payload": {"message": written(text)}})
    for transfer in transfers[-1:]:
        payload = {}
        if "userId" in transfer["payload"]:
            payload["userId"] = identity(transfer["payload"]["userId"], values)
        if "skillId" in transfer["payload"]:
            payload["skillId"] = identity(transfer["payload"]["skillId"], values)
            if payload["skillId"] is None:
                raise Fault
        done.append({"type": transfer["type"], "payload": payload})
    return done


def identity(raw, values):
    found = operand(raw, values)
    if found is FAILED:
        raise Fault
    if any(lookup(part, values) is None for part in pieces(raw)[1::2]):
        return None
    if not isinstance(found, str) and not is_number(found):
        raise Fault
    if isinstance(found, float) and not found.is_integer():
        raise Fault
    return written(found).strip() or None
