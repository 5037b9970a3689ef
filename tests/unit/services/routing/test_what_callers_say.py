"""What a caller says is found wherever it may stand, quickly or not."""

from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core.model import errors
from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import lookup
from orchestrator.services.routing.sources import given as sources

NAMES = (
    "shop.tier",
    "shop.cart.total",
    "custom.limit",
    "sde.visitorinfo.customerinfo.ctype",
    "sde.visitorinfo.personalinfo.age.age",
    "conversation.minutesSincePreviousMessage",
)
KEYS = st.sampled_from(
    [
        *{part for name in NAMES for part in name.split(".")},
        *NAMES,
        "cart.total",
        "customerinfo.ctype",
        "visitorinfo.customerinfo",
        "customerinfo",
        "personalinfo",
        "minutesSinceLastMessage",
    ]
)
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(st.characters(), max_size=3),
    st.just("\ud800"),
    st.just(10**400),
    st.lists(st.integers(), max_size=2),
)
TREES = st.recursive(LEAVES, lambda inner: st.dictionaries(KEYS, inner, max_size=4), max_leaves=12)


def _told(read, name):
    try:
        return read(name)
    except errors.BadInput as error:
        return error.message


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(KEYS, TREES, max_size=5))
def test_the_quick_way_finds_what_the_careful_way_finds(tree):
    """By every name, in any mixture of nested and dotted keys and aliases; null is nothing."""
    quick, careful = sources.caller(tree), lookup.reader(tree, sources.SOURCE)
    for name in NAMES:
        expected = _told(careful, name)
        if expected == Known(None, sources.SOURCE):
            expected = None
        assert repr(_told(quick, name)) == repr(expected), name
