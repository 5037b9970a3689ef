"""A set that was edited again and again decides, asks and is addressed as one made afresh."""

import collections
import random
from datetime import UTC, datetime

import msgspec
import pytest

from oracle import driving, varied
from orchestrator.core.model.attributes import Known
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, editing, editions, engine, recompile, shelving
from orchestrator.core.policy.document import InvalidPolicy
from orchestrator.core.policy.index import overlay
from running import amount

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
STEPS = 12


@pytest.fixture(autouse=True)
def always_patched(monkeypatch):
    """Small sets are patched as large ones are."""
    monkeypatch.setattr(recompile, "FEW", 0)


def with_policies(found, policies):
    return msgspec.structs.replace(found, policies=tuple(policies))


def toggle(_chance, found, policies, place):
    """Switch one policy."""
    one = policies[place]
    if isinstance(one, InvalidPolicy):
        return found
    policies[place] = msgspec.structs.replace(one, enabled=not one.enabled)
    return with_policies(found, policies)


def rename(chance, found, policies, place):
    """Call one policy otherwise."""
    if isinstance(policies[place], InvalidPolicy):
        return found
    name = f"called {chance.random()}"
    policies[place] = msgspec.structs.replace(policies[place], name=name)
    return with_policies(found, policies)


def move(chance, found, policies, place):
    """Put one policy elsewhere."""
    policies.insert(chance.randrange(len(policies)), policies.pop(place))
    return with_policies(found, policies)


def shuffle(chance, found, policies, _place):
    """Put all policies elsewhere."""
    chance.shuffle(policies)
    return with_policies(found, policies)


def remove(_chance, found, policies, place):
    """Take one policy out."""
    del policies[place]
    return with_policies(found, policies)


def add(chance, found, policies, place):
    """Put one policy in."""
    made = varied.a_policy(chance, varied.Taste(chance), f"n{chance.random()}")
    read = document.load_stored({"policies": [made], "custom": found.custom}).policy_set
    policies.insert(place, read.policies[0])
    return with_policies(found, policies)


def replace(chance, found, policies, place):
    """Put another policy into the place, and under the id, of one."""
    made = varied.a_policy(chance, varied.Taste(chance), policies[place].id)
    read = document.load_stored({"policies": [made], "custom": found.custom}).policy_set
    policies[place] = read.policies[0]
    return with_policies(found, policies)


def set_custom(chance, found, _policies, _place):
    """Replace the static values."""
    return msgspec.structs.replace(found, custom=varied.custom(chance))


EDITS = [toggle, toggle, rename, move, move, shuffle, remove, add, add, replace, set_custom]


def edited(chance, found):
    """The document after one edit at random."""
    policies = list(found.policies)
    edit = chance.choice(EDITS) if policies else add
    return edit(chance, found, policies, chance.randrange(len(policies)) if policies else 0)


def histories(seeds):
    """Walk random histories: chance, the documents before and after, and both compiled sets."""
    for seed in seeds:
        chance = random.Random(seed)  # noqa: S311 - reproducible, not secret
        before = document.load_stored(varied.a_document(chance)).policy_set
        patched = compiling.compile_set(before)
        for _ in range(STEPS):
            after = editing.settled(edited(chance, before), before)
            patched = recompile.recompile(patched, before, after, version="v")
            yield (seed, chance), before, after, patched
            before = after


@pytest.mark.parametrize("part", range(4))
def test_a_patched_set_decides_and_asks_as_one_compiled_afresh(part):
    """After any edits: the same decision, by the same questions in the same order."""
    worn = 0
    for (seed, chance), _, after, patched in histories(range(part, 48 * amount.TIMES, 4)):
        fresh = compiling.compile_set(after)
        assert patched.usable_index is not None
        worn += patched.usable_index.beside is not None
        made = document.dump(after)
        for turn in range(4):
            given = varied.attributes_for(chance, made, 0.15 if turn == 0 else 0.0)
            known = driving.replies(given)
            decision, batches = driving.asked(patched, known, at=NOON)
            expected, asked = driving.asked(fresh, known, at=NOON)
            assert (driving.shown(decision), batches) == (driving.shown(expected), asked), seed
            at_hand = collections.defaultdict(lambda: Known(None), known).__getitem__
            found = engine.run(patched, at_hand, at=NOON)
            assert found == engine.run(fresh, at_hand, at=NOON), seed
    assert worn


def test_an_edited_document_is_as_if_it_had_been_stored_and_read():
    """Editing looks at what it may have touched alone, and finds what reading all would find."""
    for (seed, _), _, after, _ in histories(range(15 * amount.TIMES)):
        assert document.load_stored(document.dump(after)).policy_set == after, seed


def test_an_editions_address_is_that_of_its_document_however_it_came_about():
    """Pages of the one before, hashes that were begun for it: the address is the document's own."""
    for (seed, _), before, after, _ in histories(range(15 * amount.TIMES)):
        edition = editions.of(after, like=editions.of(before))
        assert edition.version == compiling.version_of(after), seed
        assert [page.digest for page in edition.pages] == [
            page.digest for page in editions.of(after).pages
        ], seed


def test_what_is_read_beside_another_edition_is_what_was_kept():
    """Only what the other one lacks is read; the same policies are the same objects."""
    for (seed, _), before, after, _ in histories(range(15 * amount.TIMES)):
        like, kept = editions.of(before), editions.of(after)
        wanted = shelving.missing(kept.outline, like)
        contents = {digest: text for digest, text in kept.contents() if digest in wanted}
        found = shelving.read(kept.version, kept.outline, contents, like=like)
        assert found.document == after, seed
        assert found.outline == kept.outline, seed
        mine = {id(policy) for policy in before.policies if not isinstance(policy, InvalidPolicy)}
        shared = [policy for policy in after.policies if id(policy) in mine]
        assert {id(policy) for policy in shared} <= {id(each) for each in found.document.policies}


def plain(number, **changes):
    """A policy that one attribute decides."""
    return {
        "id": f"p{number}",
        "name": f"Policy {number}",
        "enabled": True,
        "conditions": [{"property": "shop.number", "type": "EQUAL", "value": number}],
        "actions": [{"type": "SEND_MESSAGE", "payload": {"message": "Good day."}}],
    } | changes


def many(count):
    return document.load([plain(number) for number in range(count)]).policy_set


def test_an_edit_among_many_touches_one_page():
    """One of 2,000 policies, changed or put in front: one page is new, or two."""
    before = editions.of(many(2_000))
    assert len(before.pages) > 20
    policies = list(before.document.policies)
    for place in (0, 1_000, 1_999):
        after = list(policies)
        after[place] = msgspec.structs.replace(policies[place], enabled=False)
        edition = editions.of(with_policies(before.document, after), like=before)
        assert len(shelving.missing(edition.outline, before)) == 1
    extra = document.load([plain(5_000)]).policy_set.policies[0]
    edition = editions.of(with_policies(before.document, [extra, *policies]), like=before)
    assert len(shelving.missing(edition.outline, before)) <= 2


def test_policies_added_one_by_one_do_not_each_get_a_page():
    """However a set has grown, its pages are those of the set."""
    found = editions.of(many(3))
    for number in range(10, 110):
        extra = document.load([plain(number)]).policy_set.policies[0]
        policies = [*found.document.policies, extra]
        found = editions.of(with_policies(found.document, policies), like=found)
    assert found.outline == editions.of(found.document).outline
    assert len(found.pages) < 20


def test_a_set_that_was_patched_too_often_is_worn_until_it_is_renewed():
    """More than a handful of policies beside the index: decisions gain by a new one."""
    before = many(300)
    patched = compiling.compile_set(before)
    policies = list(before.policies)
    for place in range(overlay.MOST_BESIDE + 1):
        assert not recompile.is_worn(patched)
        policies[place] = msgspec.structs.replace(policies[place], name=f"Other {place}")
        after = with_policies(before, policies)
        patched = recompile.recompile(patched, before, after, version="v")
        before = after
    assert recompile.is_worn(patched)
    renewed = recompile.renewed(patched)
    assert not recompile.is_worn(renewed)
    for number in (3, 200, 301):
        given = {"shop.number": number}
        assert engine.run_on(patched, given, at=None) == engine.run_on(renewed, given, at=None)
