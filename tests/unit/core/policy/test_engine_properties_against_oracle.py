"""Properties of deciding that Hypothesis looks for exceptions to, and shrinks what it finds."""

import hypothesis
from hypothesis import strategies as st

from oracle import deciding, driving, strategies

patient = hypothesis.settings(
    deadline=None,
    max_examples=150,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.data_too_large],
)
"""No deadline: how long an example takes says nothing on a machine with other work."""


@patient
@hypothesis.given(strategies.documents(), st.lists(strategies.attributes(), min_size=1, max_size=4))
def test_decisions_are_those_of_the_oracle(made, situations):
    """Whatever a set holds and whatever attributes are, even if they cannot be fetched."""
    policy_set = driving.compiled(made)
    for given in situations:
        expected, tried = deciding.decide(made, given)
        known = driving.replies(given)
        assert driving.shown(driving.asked(policy_set, known)[0]) == expected
        traced, _ = driving.asked(policy_set, known, tracing="on")
        assert driving.shown(traced) == expected
        assert driving.alike(driving.states(traced)) == driving.alike(tried)


@patient
@hypothesis.given(strategies.documents(), strategies.attributes(), strategies.attributes())
def test_what_is_not_asked_for_does_not_matter(made, given, others):
    """Tracing asks for the same; other values of what was left alone change nothing at all."""
    policy_set = driving.compiled(made)
    decision, batches = driving.asked(policy_set, driving.replies(given))
    traced, asked = driving.asked(policy_set, driving.replies(given), tracing="on")
    assert (driving.shown(traced), asked) == (driving.shown(decision), batches)
    read = {name for batch in batches for name in batch}
    changed = {name: given[name] if name in read else others[name] for name in given}
    assert driving.asked(policy_set, driving.replies(changed)) == (decision, batches)
    assert deciding.decide(made, changed)[0] == driving.shown(decision)
