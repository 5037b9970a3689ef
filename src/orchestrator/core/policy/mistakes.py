"""Everything that is wrong with a document, collected with the path to each mistake."""

from collections.abc import Iterator, Sequence
from typing import Literal, overload

from orchestrator.core.model import errors

Code = Literal[
    "syntax",  # the text is neither JSON nor YAML, or no expression
    "too-large",
    "too-deep",
    "duplicate",
    "unknown-key",
    "unknown-word",  # an operator, an action type, a function, a schedule
    "missing",
    "wrong-type",
    "bad-value",
    "conflict",  # two things that exclude each other
    "not-yet",  # announced, not part of this version
    "no-effect",  # warnings from here on
    "not-said",
    "unknown-target",
    "unknown-attribute",
    "loop",
]


class PolicyErrors(errors.Problems, Sequence[errors.Problem]):
    """A policy set document that cannot be used; iterating gives every problem in its order.

    Each has ``code``, ``path`` (such as ``policies[3].conditions[0].value``) and ``message``.
    """

    code = "policy-errors"

    def __init__(self, problems: Sequence[errors.Problem]) -> None:
        super().__init__(problems)
        more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
        first = problems[0]
        self.message = f"{first.path}: {first.message}{more}" if first.path else first.message
        self.args = (self.message,)

    def __iter__(self) -> Iterator[errors.Problem]:
        """Walk the problems."""
        return iter(self.problems)

    def __len__(self) -> int:
        """How many problems there are."""
        return len(self.problems)

    @overload
    def __getitem__(self, index: int) -> errors.Problem: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[errors.Problem]: ...
    def __getitem__(self, index: int | slice) -> errors.Problem | Sequence[errors.Problem]:
        """Return one problem, or a slice of them."""
        return self.problems[index]


class Mistakes:
    """A collector: reading goes on after a mistake, so that all are reported at once.

    Of several errors with the same path the first is kept: the others follow from it.
    """

    def __init__(self) -> None:
        self._paths: set[str] = set()
        self.errors: list[errors.Problem] = []
        self.warnings: list[errors.Problem] = []

    def error(self, path: str, code: str, message: str) -> None:
        """Add something that makes the document unusable; ``code`` is a `Code`."""
        if path and path in self._paths:
            return
        self._paths.add(path)
        self.errors.append(errors.Problem(code, path, message))

    def several(self, path: str, found: Sequence[tuple[str, str]]) -> None:
        """Add errors of one place in the document, each of which says where in it."""
        if path in self._paths:
            return
        self._paths.update([path] if found else [])
        self.errors += [errors.Problem(code, path, message) for code, message in found]

    def warn(self, path: str, code: Code, message: str) -> None:
        """Add something that is legal and probably not meant."""
        self.warnings.append(errors.Problem(code, path, message))

    def raise_any(self) -> None:
        """Raise `PolicyErrors` if there is an error."""
        if self.errors:
            raise PolicyErrors(self.errors)


def refused(path: str, code: Code, message: str) -> PolicyErrors:
    """Return `PolicyErrors` with a single problem, ready to be raised."""
    return PolicyErrors((errors.Problem(code, path, message),))
