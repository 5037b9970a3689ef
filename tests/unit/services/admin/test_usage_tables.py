"""Usage as CSV: every table has its headings, and nothing in it is calculated."""

import csv
import io
from datetime import UTC, datetime

import pytest

from orchestrator.core.model import errors
from orchestrator.services.admin import usage_tables
from orchestrator.services.admin.usage import Bin, Flow, FunctionRow, Latency, PolicyRow, Usage
from orchestrator.services.admin.usage_periods import Period

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
PERIOD = Period(NOON, NOON.replace(hour=13), "hour", (NOON,))
NOTHING = Usage(
    *(PERIOD, 0, 0, 0, (0,), (0,), (), ()),
    latency=Latency(0, None, None, None, (), (None,), (None,)),
    flows=(),
    other_flows=0,
    functions=(),
)


def full(name: str) -> Usage:
    """Everything once, under one name."""
    row = PolicyRow("p", name, 1, "enabled", 1, 1.0, (1,), NOON)
    return Usage(
        *(PERIOD, 1, 0, 0, (1,), (0,), (row,), (row,)),
        latency=Latency(1, 5, 5, 5, (Bin(5, 1), Bin(None, 0)), (5,), (5,)),
        flows=(Flow(None, None, "p", name, "skill:7", "skill", "7", name, 1),),
        other_flows=0,
        functions=(FunctionRow(name, 1, 0, 0, 0, 0, 5, 5, (1,), (0,)),),
    )


@pytest.mark.parametrize("name", usage_tables.TABLES)
def test_tables_have_their_headings(name: str) -> None:
    """Also where nothing is below them; a row has a cell for each."""
    (heading,) = csv.reader(io.StringIO(usage_tables.text(NOTHING, name)[:200].split("\r\n")[0]))
    found = list(csv.reader(io.StringIO(usage_tables.text(full("x"), name))))
    assert found[0] == heading == list(usage_tables.TABLES[name].columns)
    assert {len(row) for row in found} == {len(heading)}
    assert len(found) > 1


@pytest.mark.parametrize("name", ["policies", "never", "matches", "flows", "functions"])
@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", 'a,"b"\nשלום'])
def test_names_stay_text(name: str, text: str) -> None:
    """A spreadsheet calculates none of them, and what is odd in one comes through."""
    cells = {
        cell for row in csv.reader(io.StringIO(usage_tables.text(full(text), name))) for cell in row
    }
    assert (text if text[0] == "a" else f"'{text}") in cells


def test_an_unknown_table_is_refused() -> None:
    """With the names of those that there are."""
    with pytest.raises(errors.BadInput, match="policies, never, spans"):
        usage_tables.table("secrets")
