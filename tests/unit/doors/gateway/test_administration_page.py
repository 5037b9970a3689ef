"""The reference page of the administration names what the code knows, all of it."""

import re
from pathlib import Path

import msgspec
import pytest

from orchestrator.core.model import access
from orchestrator.doors.gateway.configuration import routes

PAGE = (Path(__file__).parents[4] / "docs/reference/administration.md").read_text("utf-8")
WORDS = set(re.findall(r"`([^`]+)`", PAGE))


@pytest.mark.parametrize("path", routes.NOUNS)
def test_every_noun_and_field_is_on_the_page(path):
    """A field that may be written stands there, and so does the path."""
    assert path in WORDS
    known = {word.partition(".")[0] for word in WORDS}
    fields = {field.encode_name for field in msgspec.structs.fields(routes.NOUNS[path].shape)}
    assert fields <= known


def test_every_scope_is_on_the_page():
    """What a program can be allowed is written down, and nothing that is not there."""
    rows = re.findall(r"^\| `([a-z.]+)` \|", PAGE, re.MULTILINE)
    assert rows == list(access.SCOPES)
