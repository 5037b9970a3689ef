"""Every way in which a policy set is asked to decide, and what is promised of asking."""

from oracle import comparing
from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import answer, document, engine
from orchestrator.core.policy import compile as compiling


def compiled(made):
    """The set, of which only those policies are unusable that are meant to be."""
    loaded = document.load_stored(made)
    broken = {each["id"] for each in made["policies"] if each.get("conditions") == "whenever"}
    invalid = [
        each for each in loaded.policy_set.policies if isinstance(each, document.InvalidPolicy)
    ]
    assert {each.id for each in invalid} == broken, [each.problems for each in invalid]
    return compiling.compile_set(loaded.policy_set)


def replies(given):
    """What a source would say of each attribute."""
    return {
        name: Unfetched("down") if value is comparing.FAILED else Known(value)
        for name, value in given.items()
    }


def asked(policy_set, known, *, at=None, tracing="off", **others):
    """Decide, and return the decision and the batches that were asked for, in order.

    A batch is of one cost, sorted, and never empty; nothing is asked twice, nor what is the set's.
    """
    batches, seen = [], set()
    evaluation = engine.evaluate(policy_set, at=at, tracing=tracing, **others)
    try:
        needs = next(evaluation)
        while True:
            names = needs.names
            assert names
            assert list(names) == sorted(names)
            assert seen.isdisjoint(names)
            assert not [name for name in names if is_static(policy_set, name)]
            assert len({attributes.cost(name) for name in names}) == 1
            batches.append(names)
            seen.update(names)
            needs = evaluation.send({name: known[name] for name in names if name in known})
    except StopIteration as end:
        return end.value, batches


def is_static(policy_set, name):
    namespace, key, *_ = name.split(".")
    return namespace == "custom" and key in policy_set.custom


def shown(decision):
    """The decision's JSON without its trace."""
    found = answer.Decision(decision).document()
    found.pop("trace", None)
    return found


def states(decision):
    """Id, block and state of everything that the trace tells of."""
    return [(each["id"], each["block"], each["state"]) for each in decision.trace["policies"]]


def alike(found):
    """States in which an error is no other than unknown.

    Where an attribute failed, the oracle reads eagerly and calls more things errors.
    """
    return [(*key, "UNKNOWN" if state == "ERROR" else state) for *key, state in found]
