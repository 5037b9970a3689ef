"""Where the matches of random sets are: a generator that never matches late proves nothing."""

import collections

LEAST = 8
"""Policies that a set has at least, for early and late to be told apart."""


class Mix:
    """Counts decisions by the place of the policy that matched, and states of what was tried."""

    def __init__(self):
        self.places = collections.Counter()
        self.states = collections.Counter()

    def add(self, document, expected, tried):
        self.states.update(state for _, _, state in tried)
        count = len(document["policies"])
        if count < LEAST:
            return
        ids = [policy["id"] for policy in document["policies"]]
        if expected["policyId"] is None:
            self.places["nowhere"] += 1
        else:
            rank = ids.index(expected["policyId"]) / count
            self.places["early" if rank < 0.25 else "late" if rank >= 0.75 else "between"] += 1

    def share(self, place):
        return self.places[place] / max(1, self.places.total())

    def __str__(self):
        places = (f"{place} {self.share(place):.0%}" for place in sorted(self.places))
        return f"{', '.join(places)}; {dict(self.states)}"
