"""After an edit, looking where something changed finds what the whole analysis finds."""

import importlib.util
import random
from pathlib import Path

import msgspec
import pytest

from oracle import documents
from orchestrator.core.policy import analysis, document
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy.analysis import again
from orchestrator.core.policy.analysis.finding import Facts

_BESIDE = Path(__file__).with_name("test_analysis_is_never_wrong.py")
_SPEC = importlib.util.spec_from_file_location("attacks", _BESIDE)
attacks = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(attacks)

FACTS = Facts(skills={"7": "Billing"}, unstaffed=frozenset({"7"}), functions=frozenset())


def told(findings):
    """What is found, whatever attributes prove it."""
    return [(each.code, each.severity, each.policies, each.message) for each in findings]


def edited(policies, spare, chance):
    """Return policies after one or two edits: the others are the same objects."""
    found = list(policies)
    for _ in range(chance.choice([1, 1, 1, 2])):
        at = chance.randrange(len(found))
        match chance.randrange(5):
            case 0 if len(found) > 2:
                del found[at]
            case 1 if spare:
                found.insert(at, spare.pop())
            case 2 if spare:
                found[at] = msgspec.structs.replace(spare.pop(), id=found[at].id)
            case 3:
                found.insert(chance.randrange(len(found)), found.pop(at))
            case _:
                switched = msgspec.structs.replace(found[at], enabled=not found[at].enabled)
                found[at] = switched
    return tuple(found)


def read(made):
    """Load a document; some of the policies are kept aside, to come later."""
    return document.load(made).policy_set


@pytest.mark.parametrize("seed", range(8))
def test_an_edit_is_looked_at_as_the_whole_is(seed):
    """Removed, added, replaced, moved and switched policies, one edit after the other."""
    chance = random.Random(seed)  # noqa: S311 — reproducible, not secret
    compared = 0
    for round_ in range(10):
        make = documents.a_document if round_ % 5 == 0 else attacks.a_document
        whole = read(make(chance))
        policies = [each for each in whole.policies if isinstance(each, document.Policy)]
        more = read(attacks.a_document(chance)).policies
        spare = [
            msgspec.structs.replace(each, id=f"new{at}", name=f"New {at}")
            for at, each in enumerate(more)
        ]
        if len(policies) < 2:
            continue
        before = msgspec.structs.replace(whole, policies=tuple(policies))
        found = analysis.check(compiling.compile_set(before), facts=FACTS)
        for _ in range(4):
            after = msgspec.structs.replace(before, policies=edited(before.policies, spare, chance))
            compiled = compiling.compile_set(after)
            wanted = analysis.check(compiled, facts=FACTS)
            done = again.edit(again.Looked(before, FACTS, found), after, FACTS)
            assert done is not None
            anew = again.check_again(done, compiled, policies=after, facts=FACTS)
            if anew is not None:
                assert told(anew) == told(wanted)
                dumped = document.dump(after, form="document")
                for finding in anew:
                    attacks._holds(dumped, finding)
                compared += 1
            before, found = after, wanted if anew is None else anew
    assert compared > 15


def test_what_concerns_all_policies_is_looked_at_whole():
    """Values, schedules, the account itself, and edits of many policies."""
    whole = read(attacks.a_document(random.Random(1)))  # noqa: S311 — as above
    looked = again.Looked(whole, FACTS, ())
    valued = msgspec.structs.replace(whole, custom={"tiers": ["silver"]})
    assert again.edit(looked, valued, FACTS) is None
    assert again.edit(looked, whole, Facts()) is None
    many = tuple(
        msgspec.structs.replace(whole.policies[0], id=f"m{at}", name=f"M {at}")
        for at in range(again.MOST + 1)
    )
    longer = msgspec.structs.replace(whole, policies=(*whole.policies, *many))
    assert again.edit(looked, longer, FACTS) is None
    same = again.edit(looked, whole, FACTS)
    assert same is not None
    assert same.places == ()
