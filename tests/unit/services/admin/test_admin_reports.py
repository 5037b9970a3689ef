"""Explaining a recorded decision again."""

from datetime import UTC, datetime
from typing import Any, cast

import msgspec
import pytest

from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import document, editions
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.document import Document
from orchestrator.core.policy.editions import Edition
from orchestrator.services.admin.retelling import Retelling

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)
FIRST_MESSAGE = "conversation.firstMessage"
DOCUMENT = {
    "policies": [
        {
            "id": "p-parcel",
            "name": "Parcels",
            "enabled": True,
            "conditions": [{"property": FIRST_MESSAGE, "type": "CONTAINS", "value": "parcel"}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "3001"}}],
        }
    ]
}


def receipt(*readings: Reading) -> Receipt:
    """A decision of version 1 at noon."""
    return Receipt(
        decision_id="d",
        account="1",
        conversation_id="c",
        at=AT,
        version="hash",
        number=1,
        readings=readings,
        policy_id="p-parcel",
        policy_name="Parcels",
        no_match_reason=None,
        actions=(),
    )


class Rows:
    """One document under every address, and how often it was read."""

    def __init__(self, given: dict[str, Any] | None) -> None:
        self._given = given
        self.reads = 0

    def edition(self, content: str, *, like: Edition | None = None) -> Edition | None:
        """Return the document as the edition that was asked for."""
        self.reads += 1
        if self._given is None:
            return None
        made = editions.of(document.load(self._given).policy_set, like=like)
        return msgspec.structs.replace(made, version=content)


def rows(given: dict[str, Any] | None) -> Any:
    """Return what is read in a unit, as far as it matters here."""
    return Rows(given)


def test_the_trace_is_what_was_read_then_with_sensitive_values_masked():
    """The stored readings and rules tell the same story; the message's text is not shown."""
    told = Retelling().trace(
        rows(DOCUMENT), receipt(Reading(FIRST_MESSAGE, "Where is my parcel?", "conversation", AT))
    )

    assert told is not None
    entry = told["policies"][0]
    assert (entry["state"], told["at"]) == ("TRUE", "2026-11-22T12:00:00.000Z")
    assert "Where is" not in str(told)


def test_decisions_by_one_version_read_and_compile_it_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A conversation of many turns costs one reading of the rules, however large they are."""
    compiled: list[str] = []
    real = compiler.compile_unindexed

    def counted(source: Document, *, version: str) -> CompiledSet:
        compiled.append(version)
        return real(source, version=version)

    monkeypatch.setattr(compiler, "compile_unindexed", counted)
    retelling, kept = Retelling(), Rows(DOCUMENT)
    read = Reading(FIRST_MESSAGE, "Where is my parcel?", "conversation", AT)
    first, second = (retelling.trace(cast("Any", kept), receipt(read)) for _ in range(2))
    assert first == second
    assert (compiled, kept.reads) == (["hash"], 1)


def test_what_could_not_be_fetched_stays_an_error():
    """An attribute that failed then is an error in the trace, not a missing value."""
    told = Retelling().trace(
        rows(DOCUMENT), receipt(Reading(FIRST_MESSAGE, error="no answer in time"))
    )

    assert told is not None
    assert told["policies"][0]["state"] == "ERROR"


def test_a_version_that_is_gone_gives_no_trace():
    """Without the document nothing is made up."""
    assert Retelling().trace(rows(None), receipt()) is None


def test_a_recorded_decision_says_what_would_have_changed_it():
    """From what was read then; the sensitive value stays hidden, and so does what was not read."""
    given = {"policies": [*DOCUMENT["policies"], *_more()]}
    read = Reading(FIRST_MESSAGE, "Where is it?", "conversation", AT)

    (told,) = Retelling().suggestions(rows(given), receipt(read))

    assert told.sentence == (f"would match if `{FIRST_MESSAGE}` contained 'parcel'; it is •••")
    assert Retelling().suggestions(rows(None), receipt(read)) == ()


def _more() -> list[dict[str, object]]:
    return [
        {
            "id": "p-unread",
            "name": "Unread",
            "enabled": True,
            "conditions": [{"property": "ns.unread", "type": "EQUAL", "value": 1}],
            "actions": [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "3001"}}],
        }
    ]
