"""Lists asked by hash answer as lists that are walked."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, membership, values

POOL = [
    None, True, False, 0, 1, 1.0, 5, 12.5, -0.0, 10**30, 1e30, "1", "1.0", "1.50", 1.5, "01",
    "true", "TRUE", "False", "gold", "Gold", "straße", "STRASSE", "", [], ["gold"], [1], {"a": 1},
    {"a": "1"},
]  # fmt: skip
anything = st.sampled_from([*POOL, values.Caseless("GOLD")])


@given(st.lists(st.sampled_from(POOL), max_size=30), anything, st.booleans())
def test_an_index_answers_as_a_walk_does(items, asked, fold):
    """Both bridges between types, folded texts and nested values included."""
    walked = any(values.equal(asked, item, fold=fold) for item in items)
    assert membership.Listed(items).holds(asked, fold=fold) is walked


def test_long_lists_of_a_set_are_indexed_once_and_the_document_stays_plain():
    """Every decision shares the compiled list; what is exported is what was given."""
    given_ = {"policies": [], "custom": {"vips": [str(n) for n in range(100)], "few": ["a"]}}
    source = document.load(given_).policy_set
    compiled = compiler.compile_set(source)
    assert isinstance(compiled.custom["vips"], membership.Listed)
    assert type(compiled.custom["few"]) is list
    assert type(source.custom["vips"]) is list
    assert compiled.custom["vips"] == source.custom["vips"]
