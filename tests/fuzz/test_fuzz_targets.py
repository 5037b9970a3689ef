"""The promises that `make fuzz` looks for cracks in, with Hypothesis and from every seed."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fuzz import mutating, seeds, targets


@pytest.mark.parametrize("text", seeds.EXPRESSIONS)
def test_expressions_near_every_seed(text):
    """Each function's example, and whatever is a few slips away from it."""
    chance = random.Random(text)  # noqa: S311 — reproducible, not secret
    targets.expression(text.encode())
    for _ in range(40):
        targets.expression(mutating.mutated(chance, text.encode()))


@pytest.mark.parametrize("given", [*seeds.documents()], ids=lambda _: "")
def test_documents_near_every_seed(given):
    """Each operator's document, and whatever is a few slips away from it."""
    data = seeds.json.dumps(given, ensure_ascii=False).encode()
    chance = random.Random(data)  # noqa: S311 — reproducible, not secret
    targets.policy_set(data)
    for _ in range(25):
        targets.policy_set(mutating.mutated(chance, data))


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_an_expression(data):
    """Refused in words, or decided."""
    targets.expression(data)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_as_a_document(data):
    """Refused in words, or decided."""
    targets.policy_set(data)
