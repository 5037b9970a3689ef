"""What can matter, found by trying everything: small sets in which a policy reads a name once.

There Kleene's bounds are exact, so an engine that asks for what cannot matter has no excuse.
"""

import itertools

from oracle import comparing, deciding, pools, varied
from oracle.comparing import FAILED, E, F, T, U
from orchestrator.core.policy import condition, mistakes
from orchestrator.core.policy.expression import convert

NAMES = [
    "conversation.language",
    "conversation.currentSkillId",
    "shop.tier",
    "sde.visitorinfo.customerinfo.balance",
    "custom.fromCaller",
    "custom.score",
]


class Room:
    """A set, and for every name the few values that make each condition all that it can be."""

    def __init__(self, chance):
        self.pools = {name: [FAILED] for name in NAMES}
        policies = [self._policy(chance, f"p{index}") for index in range(chance.randint(1, 4))]
        self.document = {"policies": policies, "custom": {}}
        self._outcomes = {}

    def _policy(self, chance, identity):
        names = chance.sample(NAMES, chance.randint(1, 4))
        made = {"id": identity, "name": identity, "enabled": True}
        if len(names) > 1 and chance.random() < 0.4:
            made["exception"] = self._block(chance, [names.pop()])
        return made | self._block(chance, names)

    def _block(self, chance, names):
        members = [self._test(chance, name) for name in names]
        while len(members) > 1 and chance.random() < 0.7:
            taken = [members.pop() for _ in range(chance.randint(1, min(3, len(members))))]
            members.insert(0, {chance.choice(["all", "any", "none"]): taken})
        actions = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "77"}}]
        if chance.random() < 0.3:
            read = condition.read_list(members, "", mistakes.Mistakes())
            text = convert.to_expression(read)
            if text is not None:
                return {"expression": text, "actions": actions}
        return {"conditions": members, "actions": actions}

    def _test(self, chance, name):
        taste = varied.Taste(chance)
        taste.references, taste.names = 0.0, [name]
        while True:
            made = varied.a_test(chance, taste, name)
            if made["property"] != name:
                continue
            found = {
                comparing.compare(
                    made["type"],
                    value,
                    deciding.operand(made.get("value"), deciding.Values({}, {})),
                    fold=made.get("ignoreCase", False),
                ): value
                for value in [*pools.literals(name), *pools.LITERALS, None]
            }
            if T in found and F in found:
                self.pools[name] += [v for v in found.values() if not held(v, self.pools[name])]
                return made

    def pending(self, policy, known):
        text = str(policy)
        return [name for name in NAMES if name in text and name not in known]

    def completions(self, policy, known):
        """Every outcome of a policy that is still possible, by the values of what is pending."""
        pending = self.pending(policy, known)
        key = (policy["id"], str(sorted(known.items(), key=str)))
        if key not in self._outcomes:
            spaces = [range(len(self.pools[name])) for name in pending]
            self._outcomes[key] = {
                chosen: self._outcome(policy, known, pending, chosen)
                for chosen in itertools.product(*spaces)
            }
        return pending, self._outcomes[key]

    def _outcome(self, policy, known, pending, chosen):
        values = {
            name: self.pools[name][index] for name, index in zip(pending, chosen, strict=True)
        }
        _, tried = deciding.decide({"policies": [policy]}, known | values)
        return tuple(U if state == E else state for _, _, state in tried)

    def turn(self, known):
        """The policy whose turn it is: the first that is not settled as one that does not match."""
        for policy in self.document["policies"]:
            pending, outcomes = self.completions(policy, known)
            states = set(outcomes.values())
            if len(states) > 1 or states.pop()[-1] == T:
                return policy, pending, outcomes
        return None

    def matters(self, known):
        """Names of which some value, everything else as it may be, changes the policy's outcome."""
        found = self.turn(known)
        if found is None:
            return set()
        _, pending, outcomes = found
        return {
            name
            for position, name in enumerate(pending)
            if any(
                outcome != outcomes[(*chosen[:position], 0, *chosen[position + 1 :])]
                for chosen, outcome in outcomes.items()
            )
        }


def held(value, others):
    return any(value is other or str(value) == str(other) for other in others)
