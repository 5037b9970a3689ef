"""Recorded decisions told again, by the rules and the values that they were made by."""

from datetime import datetime
from typing import Any

from orchestrator.core.model import attributes
from orchestrator.core.model.attributes import AttributeValue, Known, Unfetched
from orchestrator.core.model.receipt import Receipt
from orchestrator.core.policy import compile as compiler
from orchestrator.core.policy import engine, nearest
from orchestrator.core.policy.compile import CompiledSet
from orchestrator.core.policy.nearest import Suggestion
from orchestrator.services.admin.ports import Reading
from orchestrator.services.admin.rulesets import Rulesets


class Retelling:
    """Tells decisions again by ``rulesets``. For any number of threads."""

    def __init__(self, rulesets: Rulesets | None = None) -> None:
        self._rulesets = rulesets or Rulesets()

    def trace(self, rows: Reading, receipt: Receipt) -> dict[str, Any] | None:
        """Tell how a decision came about, by the pure engine from what was read then.

        None when the version that decided is gone.
        """
        rules = self._rules(rows, receipt)
        if rules is None:
            return None
        known = readings(receipt)
        nothing = Known(None)
        decision = engine.run(
            rules, lambda name: known.get(name, nothing), at=receipt.at, tracing="on"
        )
        return decision.trace

    def suggestions(self, rows: Reading, receipt: Receipt) -> tuple[Suggestion, ...]:
        """Say what would have changed a decision, from what was read then and nothing else.

        Nothing when the version that decided is gone.
        """
        rules = self._rules(rows, receipt)
        if rules is None:
            return ()
        return nearest.suggestions(rules, readings(receipt).get, at=receipt.at)

    def _rules(self, rows: Reading, receipt: Receipt) -> CompiledSet | None:
        found = self._rulesets.of(rows, receipt.account, receipt.version)
        if found is None or receipt.only_policy is None:
            return found
        return compiler.only(found, receipt.only_policy)


def readings(receipt: Receipt) -> dict[str, AttributeValue]:
    """Return what a decision read, by canonical name."""
    return {
        attributes.canonical(reading.name): _value(reading.value, reading.source, reading.as_of)
        if reading.error is None
        else Unfetched(reading.error, reading.source)
        for reading in receipt.readings
    }


def _value(value: Any, source: str, as_of: datetime | None) -> AttributeValue:
    return Known(value, source, as_of)
