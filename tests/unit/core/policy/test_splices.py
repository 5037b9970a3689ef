"""Where two versions of a row differ, by the objects in them."""

from hypothesis import example, given
from hypothesis import strategies as st

from orchestrator.core.policy import splices

_POOL = [object() for _ in range(12)]

orders = st.lists(st.integers(0, len(_POOL) - 1), unique=True)


def _gaps(before: list[int], after: list[int]) -> tuple[splices.Gap, ...]:
    return splices.gaps([_POOL[each] for each in before], tuple(_POOL[each] for each in after))


@given(before=orders, after=orders)
@example(before=[0, 1, 2, 3], after=[3, 0, 1, 2])
@example(before=[0, 1, 2, 3], after=[1, 2, 3, 0])
@example(before=[0, 1], after=[1, 0])
@example(before=[0, 1, 2, 3, 4], after=[0, 5, 2, 6, 4])
def test_what_is_beside_the_gaps_is_in_both(before, after):
    """Filling the gaps with what is new makes the later row of the earlier one."""
    gaps = _gaps(before, after)
    made = [after[gap.new : gap.new_end] for gap in gaps]
    assert splices.carried(tuple(before), gaps, made) == tuple(after)
    assert all(gap.old < gap.old_end or gap.new < gap.new_end for gap in gaps)
    assert (gaps == ()) == (before == after)


@given(row=st.lists(st.integers(0, len(_POOL) - 1), unique=True, min_size=2), data=st.data())
def test_one_edit_touches_one_object(row, data):
    """However long the row is, what is looked at after one edit is what was edited."""
    place = data.draw(st.integers(0, len(row) - 1))
    rest = row[:place] + row[place + 1 :]
    to = data.draw(st.integers(0, len(rest)))
    moved = [*rest[:to], row[place], *rest[to:]]
    for after in (rest, moved):
        gaps = _gaps(row, after)
        assert sum(gap.old_end - gap.old for gap in gaps) <= 1
        assert sum(gap.new_end - gap.new for gap in gaps) <= 1


def test_a_row_without_gaps_is_the_row():
    """Where nothing differs nothing is made."""
    row = (1, 2, 3)
    assert splices.carried(row, splices.gaps(row, (1, 2, 3)), []) is row
