"""Explaining a recorded decision again."""

from datetime import UTC, datetime

from orchestrator.core.model.receipt import Reading, Receipt
from orchestrator.services.admin import reports

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


def test_the_trace_is_what_was_read_then_with_sensitive_values_masked():
    """The stored readings and rules tell the same story; the message's text is not shown."""
    told = reports.trace(
        receipt(Reading(FIRST_MESSAGE, "Where is my parcel?", "conversation", AT)), DOCUMENT
    )

    assert told is not None
    entry = told["policies"][0]
    assert (entry["state"], told["at"]) == ("TRUE", "2026-11-22T12:00:00.000Z")
    assert "Where is" not in str(told)


def test_what_could_not_be_fetched_stays_an_error():
    """An attribute that failed then is an error in the trace, not a missing value."""
    told = reports.trace(receipt(Reading(FIRST_MESSAGE, error="no answer in time")), DOCUMENT)

    assert told is not None
    assert told["policies"][0]["state"] == "ERROR"


def test_a_version_that_is_gone_gives_no_trace():
    """Without the document nothing is made up."""
    assert reports.trace(receipt(), None) is None


def test_a_recorded_decision_says_what_would_have_changed_it():
    """From what was read then; the sensitive value stays hidden, and so does what was not read."""
    document = {"policies": [*DOCUMENT["policies"], *_more()]}
    read = Reading(FIRST_MESSAGE, "Where is it?", "conversation", AT)

    (told,) = reports.suggestions(receipt(read), document)

    assert told.sentence == (f"would match if `{FIRST_MESSAGE}` contained 'parcel'; it is •••")
    assert reports.suggestions(receipt(read), None) == ()


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
