"""Conversation Orchestrator: routes conversations by no-code policies, and can say why.

    from orchestrator import PolicySet

    policy_set = PolicySet.from_document(document)
    decision = policy_set.decide({"sde.visitorinfo.customerinfo.ctype": "gold"})

Importing the package is cheap on purpose: every command pays for it. The clock is read here, when
a caller gives none, and nowhere in the core; holidays are looked up here, where a schedule has any.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from orchestrator.core.model.errors import Problem
    from orchestrator.core.policy.analysis import Finding
    from orchestrator.core.policy.answer import Decision
    from orchestrator.core.policy.compile import CompiledSet
    from orchestrator.core.policy.document import Document
    from orchestrator.core.policy.mistakes import PolicyErrors
    from orchestrator.core.policy.nearest import Suggestion

__all__ = ["Decision", "PolicyErrors", "PolicySet"]


def __getattr__(name: str) -> Any:
    """Import the names that come from the core when they are first used."""
    if name == "Decision":
        from orchestrator.core.policy.answer import Decision

        return Decision
    if name == "PolicyErrors":
        from orchestrator.core.policy.mistakes import PolicyErrors

        return PolicyErrors
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class PolicySet:
    """A policy set that is ready to decide. It never changes and is safe to share."""

    __slots__ = ("_answered", "_clocked", "_compiled", "_document", "_run_on", "_warnings")

    def __init__(
        self, document: "Document", compiled: "CompiledSet", warnings: "tuple[Problem, ...]"
    ) -> None:
        self._document = document
        self._compiled = compiled
        self._warnings = warnings
        from orchestrator.core.policy import answer, engine

        self._answered, self._run_on = answer.Decision, engine.run_on
        self._clocked = compiled.reads_clock

    @classmethod
    def from_document(cls, document: object) -> Self:
        """Read a policy set document (plain objects: a dict with ``policies``, or their list).

        Raises `PolicyErrors`, which iterates over every problem with ``path`` and ``message``.
        """
        from orchestrator.adapters import calendar
        from orchestrator.core.policy import compile as compiling
        from orchestrator.core.policy import document as documents

        loaded = documents.load(document, calendar=calendar.holidays)
        compiled = compiling.compile_set(loaded.policy_set)
        return cls(loaded.policy_set, compiled, loaded.warnings)

    @property
    def version(self) -> str:
        """The content address: SHA-256 of the canonical document, 64 hex digits."""
        return self._compiled.version

    @property
    def warnings(self) -> "tuple[Problem, ...]":
        """What is legal in the document and probably not meant."""
        return self._warnings

    def check(self) -> "tuple[Finding, ...]":
        """Return what is probably not meant, each thing with attributes that prove it.

        Of the account nothing is known here: targets are not looked up.
        """
        from orchestrator.core.policy import analysis

        return analysis.check(self._compiled)

    def document(self) -> dict[str, Any]:
        """Return the canonical document, as it would be exported."""
        from orchestrator.core.policy import document as documents

        return documents.dump(self._document, form="document")

    def decide(self, attributes: Mapping[str, Any], *, at: datetime | None = None) -> "Decision":
        """Decide for ``attributes``, a mapping, nested or with dotted keys; read only as needed.

        ``at`` is the clock, by default now; a naive datetime raises ValueError, a value that is no
        JSON `orchestrator.core.model.errors.BadInput`.
        """
        if at is None and self._clocked:
            at = _moment(None)
        return self._answered(self._run_on(self._compiled, attributes, at=at))

    def explain(self, attributes: Mapping[str, Any], *, at: datetime | None = None) -> "Decision":
        """Decide as `decide` does, with a ``trace`` that says why: `docs/reference/trace.md`."""
        compiled, moment = self._compiled, _moment(at)
        return self._answered(self._run_on(compiled, attributes, at=moment, tracing="on"))

    def nearest(
        self, attributes: Mapping[str, Any], *, at: datetime | None = None
    ) -> "tuple[Suggestion, ...]":
        """Return the smallest changes of ``attributes`` that would have changed the decision.

        One for the policy that decides and for each of those that came nearest, every one tried
        before it is said. Reads attributes that the decision itself would leave alone. Raises as
        `decide` does.
        """
        from orchestrator.core.policy import lookup, nearest

        return nearest.suggestions(self._compiled, lookup.reader(attributes), at=_moment(at))


def _moment(at: datetime | None) -> datetime:
    """The clock that was given, or else now."""
    from orchestrator.adapters import clock

    return clock.SystemClock().now() if at is None else at
