"""What analysis finds, and what it is told of the account beside the policy set."""

from collections.abc import Mapping
from typing import Any

import msgspec

from orchestrator.core.model.ids import SkillId
from orchestrator.core.policy.analysis.codes import Severity


class Named(msgspec.Struct, frozen=True):
    """A policy by its number (1 is evaluated first), its id and its name."""

    number: int
    id: str
    name: str

    def __str__(self) -> str:
        return f"policy {self.number} “{self.name}”"


class Finding(msgspec.Struct, frozen=True, omit_defaults=False):
    """One thing that is probably not meant.

    ``policies`` begins with the one that it is about; those that matter to it follow. ``witness``
    maps canonical names to values: given these attributes (at ``at``, ISO 8601, where it matters)
    the engine does what the message says. It is None where no attributes could be constructed.
    """

    code: str
    severity: Severity
    policies: tuple[Named, ...]
    message: str
    witness: dict[str, Any] | None = None
    at: str | None = None

    def document(self) -> dict[str, Any]:
        """Return its JSON; ``at`` is left out where the clock does not matter."""
        shown = msgspec.to_builtins(self)
        if self.at is None:
            del shown["at"]
        return shown


class Facts(msgspec.Struct, frozen=True):
    """What is known of the account; None is "nobody knows", and then nothing is said of it.

    ``skills`` and ``users`` map ids to names (logins), ``bot_skills`` are the ids of those that the
    bot serves, ``unstaffed`` those to which nobody else is assigned, ``closed`` those that never
    open; ``bot`` is the id of the bot itself, ``disabled`` are those of users who are.
    ``functions`` are the names of functions, without ``custom.``.
    """

    skills: Mapping[SkillId, str] | None = None
    users: Mapping[str, str] | None = None
    bot_skills: frozenset[SkillId] = frozenset()
    unstaffed: frozenset[SkillId] = frozenset()
    closed: frozenset[SkillId] = frozenset()
    bot: str | None = None
    disabled: frozenset[str] = frozenset()
    namespaces: frozenset[str] | None = None
    functions: frozenset[str] | None = None


NOTHING_KNOWN = Facts()
"""The facts of a bare file: of an account nothing is said."""
