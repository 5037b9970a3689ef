"""Where in which file something stands, how it was read, and what could not be."""

from typing import Any, Literal

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import plain
from orchestrator.core.policy.mistakes import Code, Mistakes


class Chosen(msgspec.Struct, frozen=True):
    """One reading that another reader might have made otherwise.

    ``policy`` is the policy's name, None for what belongs to none; ``path`` names the file and the
    place in it, such as ``vip.json: conditions[0].value``. ``read`` is what came of ``given``, None
    where it was left out; ``reason`` says why, for people.
    """

    policy: str | None
    path: str
    given: Json
    read: Json
    reason: str


class Choices(msgspec.Struct, frozen=True):
    """What the importing person may decide: how CONTAINS is read, and policies that do not say."""

    contains: Literal["CONTAINS", "IS_PART_OF"] = "CONTAINS"
    unsaid: Literal["off", "on"] = "off"


class Notes:
    """Everything noted about a whole import: readings in order, and mistakes."""

    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.chosen: list[Chosen] = []
        self.mistakes = Mistakes()


class Place:
    """A value's place in a file; whatever is noted about it goes to the same notes."""

    def __init__(self, notes: Notes, file: str, path: str = "", policy: str | None = None) -> None:
        self._notes = notes
        self.file = file
        self.path = path
        self.policy = policy

    def __str__(self) -> str:
        """Return the file and the path in it."""
        return f"{self.file}: {self.path}" if self.path else self.file

    @property
    def choices(self) -> Choices:
        """What the importing person decided."""
        return self._notes.choices

    def key(self, name: str) -> "Place":
        """Return the place of an object's key."""
        return self._at(plain.join(self.path, name))

    def element(self, index: int) -> "Place":
        """Return the place of a list's element."""
        return self._at(f"{self.path}[{index}]")

    def named(self, policy: str) -> "Place":
        """Return the same place, as part of a policy."""
        return Place(self._notes, self.file, self.path, policy)

    def _at(self, path: str) -> "Place":
        return Place(self._notes, self.file, path, self.policy)

    def chose(self, given: Json, read: Json, reason: str) -> None:
        """Note how something was read."""
        self._notes.chosen.append(Chosen(self.policy, str(self), given, read, reason))

    def refuse(self, code: Code, message: str) -> None:
        """Note that something cannot be read."""
        self._notes.mistakes.error(str(self), code, message)


def pick(
    given: dict[str, Any], spellings: tuple[str, ...], place: Place
) -> tuple[str, Json] | None:
    """Return the key and the value of the field that ``spellings`` name, the first being ours.

    None if it is not there. Two spellings with different values are refused.
    """
    present = [name for name in spellings if name in given]
    if not present:
        return None
    first = present[0]
    for other in present[1:]:
        if given[other] != given[first]:
            place.key(other).refuse("conflict", f"{first} says otherwise, and they mean the same")
        else:
            place.key(other).chose(given[other], None, f"says the same as {first}")
    if first != spellings[0]:
        place.key(first).chose(first, spellings[0], "the same field by another name")
    return first, given[first]
