"""Editions from what is kept of them: only what no known edition has is read and checked."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import document, editions
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy
from orchestrator.core.policy.editions import Edition, Leaf, Outline, Page


def missing(outline: Outline, like: Edition | None) -> tuple[str, ...]:
    """Return the digests of the parts of an outline that ``like`` does not have."""
    had = frozenset(like.outline.digests) if like else frozenset()
    return tuple(dict.fromkeys(each for each in outline.digests if each not in had))


def read(
    version: str, outline: Outline, contents: Mapping[str, bytes], *, like: Edition | None = None
) -> Edition:
    """Return the edition that was kept under ``version``, as `document.load_stored` reads it.

    ``contents`` has at least what is `missing`. Policies whose text is in ``like`` as well are the
    same objects as there. Raises `mistakes.PolicyErrors` as `document.load_stored`.
    """
    before = like.document if like else editions.NOTHING
    custom = _leaf(outline.custom, contents, like.custom if like else None)
    schedules = _leaf(outline.schedules, contents, like.schedules if like else None)
    head = _head(custom, schedules, before, like=like)
    pages = tuple(_Reader(head, like, contents).pages(outline.pages))
    policies = tuple(itertools.chain.from_iterable(page.policies for page in pages))
    whole = msgspec.structs.replace(head, policies=policies)
    return Edition(version, whole, pages, custom, schedules)


def _leaf(digest: str | None, contents: Mapping[str, bytes], known: Leaf | None) -> Leaf | None:
    if digest is None:
        return None
    if known is not None and known.digest == digest:
        return known
    content = contents[digest]
    return Leaf(digest, content, editions.canonical(msgspec.json.decode(content)))


def _head(
    custom: Leaf | None, schedules: Leaf | None, before: Document, *, like: Edition | None
) -> Document:
    """Return the document without its policies; what is the same in ``before`` is its own."""
    changed = {
        name: leaf
        for name, leaf, known in (
            ("custom", custom, like.custom if like else None),
            ("schedules", schedules, like.schedules if like else None),
        )
        if leaf is not known
    }
    given: dict[str, Json] = {"policies": []}
    for name, leaf in changed.items():
        if leaf is not None:
            given[name] = msgspec.json.decode(leaf.content)
    found = document.load_stored(given).policy_set
    return Document(
        (),
        found.custom if "custom" in changed else before.custom,
        found.schedules if "schedules" in changed else before.schedules,
    )


class _Reader:
    """Reads the pages of one edition, beside another one."""

    def __init__(self, head: Document, like: Edition | None, contents: Mapping[str, bytes]) -> None:
        self._head = head
        self._contents = dict(contents)
        self._pages: dict[str, Page] = {}
        self._alike: dict[bytes, Policy] = {}
        self._schedules = frozenset(head.schedules or ())
        before = like.document.schedules if like else None
        self._keeps_expressions = self._schedules == frozenset(before or ())
        for page in like.pages if like else ():
            self._contents[page.digest] = page.content
            self._pages[page.digest] = page

    def pages(self, digests: Sequence[str]) -> Iterator[Page]:
        """Walk the pages with these digests."""
        wanted = frozenset(digests)
        standing: dict[str, Page] = {}
        for digest, page in self._pages.items():
            if digest in wanted and all(map(self._may_stay, page.policies)):
                standing[digest] = page
            else:
                self._remember(page)
        start = 0
        for digest in digests:
            page = standing.get(digest) or self._page(digest, start)
            yield page
            start += len(page.policies)

    def _remember(self, page: Page) -> None:
        """Note the texts on a page that is gone: most of the new one in its place was on it."""
        texts = msgspec.json.decode(page.content, type=list[msgspec.Raw])
        for text, policy in zip(texts, page.policies, strict=True):
            if isinstance(policy, Policy) and self._may_stay(policy):
                self._alike[bytes(text)] = policy

    def _may_stay(self, policy: Policy | InvalidPolicy) -> bool:
        """Whether reading it again would give the same, at another place and with new schedules."""
        if isinstance(policy, InvalidPolicy):  # what is wrong with it says where it stands
            return False
        return self._keeps_expressions or not document.has_expression(policy)

    def _page(self, digest: str, start: int) -> Page:
        content = self._contents[digest]
        texts = [bytes(text) for text in msgspec.json.decode(content, type=list[msgspec.Raw])]
        policies = tuple(
            self._alike.get(text) or self._read(text, start + index)
            for index, text in enumerate(texts)
        )
        size = sum(map(len, texts))
        is_full = editions.ends_page(texts[-1], len(texts), size)
        return Page(digest, content, policies, editions.aims(policies), is_full)

    def _read(self, text: bytes, index: int) -> Policy | InvalidPolicy:
        return document.read_again(
            [msgspec.json.decode(text)],
            start=index,
            custom=self._head.custom,
            schedules=self._schedules,
        )[0]
