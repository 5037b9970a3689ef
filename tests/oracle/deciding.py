"""What a policy set decides, slowly and obviously: every attribute is read, every state computed.

Works on the canonical document (plain JSON) and a dict of canonical names. Shares no line with the
product and is imported by tests alone.
"""

import json
import re

from oracle import expressing
from oracle.comparing import FAILED, E, F, T, U, compare

FOLDED = ("sde.visitorinfo.customerinfo.ctype", "sde.visitorinfo.customerinfo.cstatus")


class Fault(Exception):
    """Actions that cannot be resolved."""


def decide(document, attributes, at=None):
    """Return the decision's JSON and the list of (id, block, state) of everything tried."""
    tried = []
    enabled = False
    values = Values(document.get("custom") or {}, attributes)
    for policy in document["policies"]:
        if not policy["enabled"]:
            tried.append((policy["id"], "root", "DISABLED"))
            continue
        enabled = True
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
    return conjunction([judge(each, values) for each in block["conditions"]])


def outcome(policy, actions, reason):
    return {
        "policyId": policy.get("id"),
        "policyName": policy.get("name"),
        "actions": actions,
        "noMatchReason": reason,
    }


class Values:
    def __init__(self, custom, attributes):
        self.custom = custom
        self.attributes = attributes

    def get(self, name):
        if name.startswith("custom."):
            key = name[len("custom.") :]
            if key in self.custom:
                return self.custom[key]
        return self.attributes.get(name)


def judge(condition, values):
    for quantifier, join in (("all", conjunction), ("any", disjunction), ("none", neither)):
        if quantifier in condition:
            return join([judge(each, values) for each in condition[quantifier]])
    name = condition["property"]
    left = values.get(name)
    raw = condition.get("value")
    fold = condition.get("ignoreCase", False) or name in FOLDED
    if isinstance(raw, str) and re.fullmatch(r"\{\{[^{}|]*\}\}", raw) and raw[2:-2] in FOLDED:
        fold = True
    return compare(condition["type"], left, operand(raw, values), fold=fold)


def conjunction(states):
    if F in states:
        return F
    return E if E in states else U if U in states else T


def disjunction(states):
    if T in states:
        return T
    return E if E in states else U if U in states else F


def neither(states):
    return {T: F, F: T}.get(disjunction(states), disjunction(states))


def operand(raw, values):
    if isinstance(raw, list):
        found = [operand(each, values) for each in raw]
        return FAILED if any(each is FAILED for each in found) else found
    if not isinstance(raw, str):
        return raw
    if re.fullmatch(r"\{\{[^{}]*\}\}", raw):
        return lookup(raw[2:-2], values)
    parts = re.split(r"\{\{(.*?)\}\}", raw)
    for index in range(1, len(parts), 2):
        found = lookup(parts[index], values)
        if found is FAILED:
            return FAILED
        parts[index] = written(found)
    return "".join(parts)


def lookup(inside, values):
    name, bar, default = inside.partition("|")
    found = values.get(name)
    return default if found is None and bar else found


def written(value):
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and value == int(value):
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
    parts = re.findall(r"\{\{(.*?)\}\}", raw)
    found = operand(raw, values)
    if found is FAILED:
        raise Fault
    if any(lookup(part, values) is None for part in parts):
        return None
    if isinstance(found, bool | list | dict):
        raise Fault
    if isinstance(found, float) and found != int(found):
        raise Fault
    return written(found).strip() or None
