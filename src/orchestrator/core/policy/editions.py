"""Editions: policy sets as they are kept, in pages that versions share where they are alike.

A version of 10,000 policies is megabytes of JSON, and the next one differs in a line of it. So an
edition knows its canonical text in pages of some dozens of policies. Editing gives a new edition
that shares every untouched page, and with it the policies, their text and their address. Where a
page ends is decided by the texts in it alone, so that a policy more at the top moves no other
page's end, and equal stretches of different versions are equal pages.
"""

import hashlib
import itertools
import json
import operator
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import document, schedule, targets
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.schedule import Schedule
from orchestrator.core.policy.targets import Aim

_ENDS_PAGE: Final = 31
"""A policy whose text has these bits of its checksum clear ends its page: about 32 to a page."""
MOST_ON_PAGE: Final = 128
LARGEST_PAGE: Final = 128 * 1024
"""Bytes after which a page ends as well."""
MARKED: Final = 16
"""Pages from one mark of the hash to the next."""

_CANONICAL: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))


class Page(msgspec.Struct, frozen=True, gc=False):
    """Some policies in a row. ``content`` is their canonical JSON, ``digest`` its SHA-256, hex."""

    digest: str
    content: bytes
    policies: tuple[Policy | InvalidPolicy, ...]
    aims: frozenset[Aim]
    """What all their literal targets are."""
    is_full: bool
    """Whether it ends here whatever follows."""


class Leaf(msgspec.Struct, frozen=True, gc=False):
    """Custom values, or schedules: ``content`` as it is kept, ``canonical`` as it is counted."""

    digest: str
    content: bytes
    canonical: bytes


class Outline(msgspec.Struct, frozen=True, gc=False):
    """The digests of what an edition is made of, in order."""

    pages: tuple[str, ...]
    custom: str | None = None
    schedules: str | None = None

    @property
    def digests(self) -> tuple[str, ...]:
        """All of them."""
        return (*self.pages, *(each for each in (self.custom, self.schedules) if each is not None))


class Edition(msgspec.Struct, frozen=True):
    """A document, what it is made of, and its address: the SHA-256 of its canonical JSON, hex."""

    version: str
    document: Document
    pages: tuple[Page, ...]
    custom: Leaf | None = None
    schedules: Leaf | None = None
    marks: tuple[tuple[int, Any], ...] = ()
    """The hash after so many pages, now and then: what precedes an edit is not hashed again."""

    @property
    def outline(self) -> Outline:
        """What it is made of."""
        return Outline(
            tuple(page.digest for page in self.pages),
            self.custom.digest if self.custom else None,
            self.schedules.digest if self.schedules else None,
        )

    def contents(self) -> Iterator[tuple[str, bytes]]:
        """Walk the digests and contents of all its parts, in the order of the outline."""
        for part in (*self.pages, self.custom, self.schedules):
            if part is not None:
                yield part.digest, part.content


NOTHING: Final = Document(())


def of(source: Document, *, like: Edition | None = None) -> Edition:
    """Return the edition of ``source``. What is the same object in ``like`` is taken from there."""
    before = like.document if like else NOTHING
    custom = like.custom if like else None
    if source.custom is not before.custom:
        custom = None if source.custom is None else _leaf(source.custom)
    schedules = like.schedules if like else None
    if source.schedules is not before.schedules:
        schedules = None if source.schedules is None else _leaf(_dumped(source.schedules))
    pages = tuple(_pages(source.policies, like))
    marks, digest = _hashed(pages, custom, schedules, like=like)
    return Edition(digest, source, pages, custom, schedules, marks)


def _dumped(schedules: Mapping[str, Schedule]) -> dict[str, Json]:
    return {name: schedule.dump(each) for name, each in schedules.items()}


def _leaf(value: Json) -> Leaf:
    content = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    digest = hashlib.sha256(content).hexdigest()
    return Leaf(digest, content, canonical(value))


def canonical(value: Json) -> bytes:
    """Return the canonical JSON of ``value`` as text: keys in order, no blanks."""
    return _CANONICAL.encode(value).encode()


def _pages(policies: Sequence[Policy | InvalidPolicy], like: Edition | None) -> Iterator[Page]:
    """Cut policies into pages, taking those of ``like`` that hold the same objects."""
    known = {id(page.policies[0]): page for page in like.pages} if like else {}
    start = 0
    while start < len(policies):
        page = known.get(id(policies[start]))
        if page is None or not _stands(page, policies, start):
            page = _page(policies, start)
        yield page
        start += len(page.policies)


def _stands(page: Page, policies: Sequence[Policy | InvalidPolicy], start: int) -> bool:
    end = start + len(page.policies)
    same = all(map(operator.is_, page.policies, policies[start:end]))
    return same and (end == len(policies) or (page.is_full and end < len(policies)))


def _page(policies: Sequence[Policy | InvalidPolicy], start: int) -> Page:
    texts: list[bytes] = []
    size, is_full = 0, False
    for policy in itertools.islice(policies, start, None):
        texts.append(text_of(policy))
        size += len(texts[-1])
        is_full = ends_page(texts[-1], len(texts), size)
        if is_full:
            break
    held = tuple(policies[start : start + len(texts)])
    content = b"[" + b",".join(texts) + b"]"
    return Page(hashlib.sha256(content).hexdigest(), content, held, aims(held), is_full)


def text_of(policy: Policy | InvalidPolicy) -> bytes:
    """Return the canonical JSON of a policy as text."""
    return canonical(document.dump_policy(policy))


def ends_page(text: bytes, count: int, size: int) -> bool:
    """Return whether a page ends behind ``text``, the last of ``count`` in ``size`` bytes."""
    return not zlib.crc32(text) & _ENDS_PAGE or count >= MOST_ON_PAGE or size >= LARGEST_PAGE


def aims(policies: Sequence[Policy | InvalidPolicy]) -> frozenset[Aim]:
    """Return what the literal targets of ``policies`` are."""
    found = (target for policy in policies for target in targets.targets(policy))
    return frozenset((target.kind, target.id, target.name) for target in found)


def _hashed(
    pages: Sequence[Page], custom: Leaf | None, schedules: Leaf | None, *, like: Edition | None
) -> tuple[tuple[tuple[int, Any], ...], str]:
    """Return the marks of the hash, and its end: see `compile.version_of`."""
    marks: list[tuple[int, Any]] = []
    if like is not None and like.custom is custom:
        differs = map(operator.is_not, pages, like.pages)
        shorter = min(len(pages), len(like.pages))
        same = next(itertools.compress(itertools.count(), differs), shorter)
        marks = [mark for mark in like.marks if mark[0] <= same]
    if not marks:
        head = b"" if custom is None else b'"custom":' + custom.canonical + b","
        marks = [(0, hashlib.sha256(b"{" + head + b'"policies":['))]
    place, state = marks[-1][0], marks[-1][1].copy()
    while place < len(pages):
        some = [memoryview(page.content)[1:-1] for page in pages[place : place + MARKED]]
        # In one go: every call gives the interpreter away, and has to wait until it is back.
        state.update((b"," if place else b"") + b",".join(some))
        place += len(some)
        if len(some) == MARKED:
            marks.append((place, state.copy()))
    state.update(b"]" + (b',"schedules":' + schedules.canonical if schedules else b"") + b"}")
    return tuple(marks), state.hexdigest()
