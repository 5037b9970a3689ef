"""Fields for one or several of many: few are all offered, many are found while somebody types.

What is found is typed and sent by its name, so that such a field works without scripts as well.
"""

from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from orchestrator.core.model import errors
from orchestrator.doors.console.visits import Visit
from orchestrator.doors.console.words import _
from orchestrator.services.directory.choosing import Choice, Kind

MOST: Final = 50
"""So many are offered at once; more are asked for as somebody types."""


class Offered(msgspec.Struct, frozen=True):
    """What a field for one offers: pairs of value and words, or where to ask for what is typed.

    ``source`` is that address below ``/console``, empty where ``options`` are all there are;
    ``text`` is what the field shows of its value then, ``none`` what an empty one stands for.
    """

    options: Sequence[tuple[str, str]]
    source: str = ""
    text: str = ""
    none: str = ""


class Boxes(msgspec.Struct, frozen=True):
    """What a field for several offers: triples of value, words and hint.

    Where ``source`` is not empty, they are those that are chosen, of ``total`` that there are.
    """

    options: Sequence[tuple[str, str, str]]
    source: str
    total: int
    text: str = ""
    """What was typed to be added and is not there."""


def source(kind: Kind) -> str:
    """Return where to ask for what is typed."""
    return f"/options/{kind}"


async def one(visit: Visit, kind: Kind, value: str, *, none: str, but: str = "") -> Offered:
    """Return what to offer for one id of a kind; ``none`` is what choosing nothing is called.

    ``but`` is the id of one that makes no sense there.
    """
    directory = visit.rooms.directory
    all_ = await directory.choosing.found(visit.actor, kind, limit=MOST)
    if all_.total <= MOST:
        rows = [(each.id, each.name) for each in all_.rows if each.id != but]
        return Offered([("", none), *rows])
    return Offered((), source(kind), await name_of(visit, kind, value), none)


async def several(visit: Visit, kind: Kind, values: Collection[str]) -> Boxes:
    """Return what to offer for several ids of a kind, of which ``values`` are chosen."""
    choosing = visit.rooms.directory.choosing
    all_ = await choosing.found(visit.actor, kind, limit=MOST)
    if all_.total <= MOST:
        return Boxes(list(map(_box, all_.rows)), "", all_.total)
    chosen = await choosing.named(visit.actor, kind, values)
    there = {each.id for each in chosen}
    text = next((each for each in values if each not in there), "")
    return Boxes(list(map(_box, chosen)), source(kind), all_.total, text)


async def meant(visit: Visit, kind: Kind, text: str) -> str:
    """Return the id that a field for one means, or what it says where nothing is called so."""
    if not text:
        return ""
    return await visit.rooms.directory.choosing.meant(visit.actor, kind, text) or text


async def name_of(visit: Visit, kind: Kind, value: str) -> str:
    """Return what a field for one shows of an id, or of what nothing is called."""
    named = visit.rooms.directory.choosing.named
    chosen = await named(visit.actor, kind, [value]) if value else []
    return chosen[0].name if chosen else value


async def all_meant(visit: Visit, kind: Kind, name: str) -> list[str]:
    """Return the ids that a field for several means: those ticked, and the one typed beside them.

    What nothing is called stands among them as it was typed.
    """
    typed = await meant(visit, kind, visit.text(f"{name}-more"))
    return list(dict.fromkeys([*visit.texts(name), *([typed] if typed else [])]))


async def refuse_unknown(visit: Visit, kind: Kind, name: str) -> None:
    """Raise `errors.BadInput` where what was typed to be added is not there."""
    typed = visit.text(f"{name}-more")
    if typed and await visit.rooms.directory.choosing.meant(visit.actor, kind, typed) is None:
        raise _nothing(typed, path=name)


async def wanted(visit: Visit, kind: Kind, text: str, *, path: str) -> str | None:
    """Return the id that a filter means, None for an empty one.

    An id of what is gone is taken at its word, for its conversations are still there. Raises
    `errors.BadInput` for a name that nothing has.
    """
    if not text:
        return None
    found = await visit.rooms.directory.choosing.meant(visit.actor, kind, text)
    if found is None and not text.isdecimal():
        raise _nothing(text, path=path)
    return found or text


def _nothing(text: str, *, path: str) -> errors.BadInput:
    return errors.BadInput(_("Nothing is called “%(name)s”.", name=text), path=path)


def _box(choice: Choice) -> tuple[str, str, str]:
    return choice.id, choice.name, about(choice)


def about(choice: Choice) -> str:
    """Return what stands beside a name, in the reader's language."""
    return _("bot") if choice.about == "bot" else choice.about
