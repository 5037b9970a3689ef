"""Where one can go: THE table of the left navigation, in the words of the guide."""

from typing import Final

import msgspec

from orchestrator.core.model.access import Actor, Permission


class Place(msgspec.Struct, frozen=True):
    """One entry: ``path`` below ``/console``, and the permission without which it is not shown."""

    path: str
    words: str
    permission: Permission


class Part(msgspec.Struct, frozen=True):
    """Entries that belong together."""

    words: str
    places: tuple[Place, ...]


PARTS: Final = (
    Part("", (Place("", "Home", "directory.names"),)),
    Part(
        "Campaigns and people",
        (
            Place("/users", "Users", "directory.read"),
            Place("/skills", "Skills", "directory.read"),
        ),
    ),
)


def seen_by(actor: Actor) -> list[Part]:
    """Return what ``actor`` may see of it."""
    found = (
        Part(part.words, tuple(each for each in part.places if actor.may(each.permission)))
        for part in PARTS
    )
    return [part for part in found if part.places]
