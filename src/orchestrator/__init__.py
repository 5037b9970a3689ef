"""Conversation Orchestrator: routes conversations by no-code policies, and can say why.

    from orchestrator import PolicySet

    policy_set = PolicySet.from_document(document)
    decision = policy_set.decide({"sde.visitorinfo.customerinfo.ctype": "gold"})

Importing the package is cheap on purpose: every command pays for it. The clock is read here, when
a caller gives none, and nowhere in the core.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from orchestrator.core.model.errors import Problem
    from orchestrator.core.policy.answer import Decision
    from orchestrator.core.policy.compile import CompiledSet
    from orchestrator.core.policy.document import Document
    from orchestrator.core.policy.engine import Tracing
    from orchestrator.core.policy.mistakes import PolicyErrors

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

    __slots__ = ("_compiled", "_document", "_warnings")

    def __init__(
        self, document: "Document", compiled: "CompiledSet", warnings: "tuple[Problem, ...]"
    ) -> None:
        self._document = document
        self._compiled = compiled
        self._warnings = warnings

    @classmethod
    def from_document(cls, document: object) -> Self:
        """Read a policy set document (plain objects: a dict with ``policies``, or their list).

        Raises `PolicyErrors`, which iterates over every problem with ``path`` and ``message``.
        """
        from orchestrator.core.policy import compile as compiling
        from orchestrator.core.policy import document as documents

        loaded = documents.load(document)
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

    def document(self) -> dict[str, Any]:
        """Return the canonical document, as it would be exported."""
        from orchestrator.core.policy import document as documents

        return documents.dump(self._document)

    def decide(self, attributes: Mapping[str, Any], *, at: datetime | None = None) -> "Decision":
        """Decide for ``attributes``, a mapping, nested or with dotted keys; read only as needed.

        ``at`` is the clock, by default now; a naive datetime raises ValueError, a value that is no
        JSON `orchestrator.core.model.errors.BadInput`.
        """
        return self._run(attributes, at, "off")

    def explain(self, attributes: Mapping[str, Any], *, at: datetime | None = None) -> "Decision":
        """Decide as `decide` does, with a ``trace`` that says why: `docs/reference/trace.md`."""
        return self._run(attributes, at, "on")

    def _run(
        self, attributes: Mapping[str, Any], at: datetime | None, tracing: "Tracing"
    ) -> "Decision":
        from orchestrator.adapters import clock
        from orchestrator.core.policy import answer, engine, lookup

        moment = clock.SystemClock().now() if at is None else at
        read = lookup.reader(attributes)
        return answer.of(engine.run(self._compiled, read, at=moment, tracing=tracing))
