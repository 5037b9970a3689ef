"""What changed from one policy set to another, in words that people use of it."""

import bisect
import operator
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal

import msgspec

from orchestrator.core.policy import document
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy

Kind = Literal["added", "removed", "changed", "moved", "value", "schedule"]

AnyPolicy = Policy | InvalidPolicy
_ADDED: Final = "Added {}"
_REMOVED: Final = "Removed {}"


class Difference(msgspec.Struct, frozen=True):
    """One thing that changed. ``before`` and ``after`` are the policies, where it is about one.

    ``words`` are a sentence without its full stop: "Moved “VIP” from 3 to 1".
    """

    kind: Kind
    words: str
    before: AnyPolicy | None = None
    after: AnyPolicy | None = None


def compare(before: Document, after: Document) -> tuple[Difference, ...]:
    """Return what makes ``after`` of ``before``: policies in the order of ``after``, then the rest.

    What is the same object in both is not looked at, so that an edit among thousands costs little.
    """
    return (
        *_policies(before.policies, after.policies),
        *_named("value", "custom.", before.custom, after.custom),
        *_named("schedule", "the schedule ", before.schedules, after.schedules),
    )


def _policies(before: Sequence[AnyPolicy], after: Sequence[AnyPolicy]) -> Iterator[Difference]:
    start = _alike(before, after)
    shortest = min(len(before), len(after)) - start
    end = min(_alike(before[::-1], after[::-1]), shortest)
    old = {each.id: (at, each) for at, each in enumerate(before[start : len(before) - end], start)}
    new = list(enumerate(after[start : len(after) - end], start))
    kept = [old[each.id][0] for _, each in new if each.id in old]
    stayed = _longest_rise(kept)
    for at, each in new:
        found = old.pop(each.id, None)
        if found is None:
            yield Difference("added", _ADDED.format(f"“{each.name}”"), None, each)
            continue
        was, other = found
        if other is not each and (words := _edits(other, each)):
            yield Difference("changed", words, other, each)
        if was not in stayed:
            yield Difference(
                "moved", f"Moved “{each.name}” from {was + 1} to {at + 1}", other, each
            )
    for _, each in old.values():
        yield Difference("removed", _REMOVED.format(f"“{each.name}”"), each, None)


def _alike(before: Sequence[AnyPolicy], after: Sequence[AnyPolicy]) -> int:
    """Return how many policies are the same objects at the beginning of both."""
    same = list(map(operator.is_, before, after))
    return same.index(False) if False in same else len(same)


def _edits(before: AnyPolicy, after: AnyPolicy) -> str:
    """Return what was done to one policy in its place, empty for nothing."""
    done = []
    if before.name != after.name:
        done.append(f"renamed “{before.name}” to “{after.name}”")
    if before.enabled != after.enabled:
        done.append(f"{'enabled' if after.enabled else 'disabled'} “{after.name}”")
    parts = list(_parts(before, after))
    if parts:
        done.append(f"changed {_listed(parts)} of “{after.name}”")
    words = _listed(done)
    return words[:1].upper() + words[1:]


def _parts(before: AnyPolicy, after: AnyPolicy) -> Iterator[str]:
    one, other = _dumped(before), _dumped(after)
    asks = ("conditions", "expression")
    if any(one.get(key) != other.get(key) for key in asks):
        yield "the conditions"
    for key in ("actions", "exception"):
        if one.get(key) != other.get(key):
            yield f"the {key}"


def _dumped(policy: AnyPolicy) -> Mapping[str, Any]:
    found = document.dump_policy(policy)
    return found if isinstance(found, dict) else {"conditions": found}


def _named(
    kind: Literal["value", "schedule"],
    called: str,
    before: Mapping[str, Any] | None,
    after: Mapping[str, Any] | None,
) -> Iterator[Difference]:
    if before is after:
        return
    old, new = before or {}, after or {}
    for name in (*new, *(name for name in old if name not in new)):
        if name not in old:
            yield Difference(kind, _ADDED.format(called + name))
        elif name not in new:
            yield Difference(kind, _REMOVED.format(called + name))
        elif old[name] != new[name]:
            yield Difference(kind, f"Changed {called}{name}")


def _listed(words: Sequence[str]) -> str:
    if len(words) < 2:  # noqa: PLR2004 - one, or none
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"


def _longest_rise(numbers: Sequence[int]) -> frozenset[int]:
    """Return as many of different numbers as stand in rising order: the others have moved."""
    ends: list[int] = []  # for each length, the smallest number that ends a rise of it
    before: dict[int, int | None] = {}
    for number in numbers:
        at = bisect.bisect_left(ends, number)
        before[number] = ends[at - 1] if at else None
        ends[at : at + 1] = [number]
    found: set[int] = set()
    last = ends[-1] if ends else None
    while last is not None:
        found.add(last)
        last = before[last]
    return frozenset(found)
