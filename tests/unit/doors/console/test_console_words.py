"""What the console says to people goes through the translation function, in Python as in pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.doors import console
from orchestrator.doors.console import rendering
from orchestrator.doors.console.words import _

HERE = Path(console.__file__).parent
MODULES = sorted(HERE.rglob("*.py"))

SAID = {"BadInput", "Conflict", "Forbidden", "NotFound", "Unauthenticated", "Notice"}
"""What is called with a sentence for people first."""

NAMED = {"notice", "rest"}
"""What a sentence for people is called where it is passed by name."""


def test_what_varies_in_a_sentence_has_a_name() -> None:
    """A sentence is put together by names, so that other languages may have another order."""
    assert _("User “%(name)s” is there.", name="50 %(off)s") == "User “50 %(off)s” is there."
    assert _("100 %% of them") == "100 % of them"


def test_sentences_hold_no_html() -> None:
    """What looks like a tag is shown as it is written, in a template's sentence and in a name."""
    page = rendering._environment().from_string('{{ _("skills.<id> & %(name)s", name="<b>") }}')
    assert page.render() == "skills.&lt;id&gt; &amp; &lt;b&gt;"


@pytest.mark.parametrize("module", MODULES, ids=lambda each: str(each.relative_to(HERE)))
def test_no_sentence_goes_out_untranslated(module: Path) -> None:
    """Notices and errors of the console are ``_("…")``, never a text or an f-string as it is."""
    bare = [f"line {each.lineno}" for each in _sentences(ast.parse(module.read_text()))]
    assert not bare


@pytest.mark.parametrize("module", MODULES, ids=lambda each: str(each.relative_to(HERE)))
def test_the_function_is_not_hidden_where_it_is_used(module: Path) -> None:
    """Nobody unpacks into ``_`` in a function that speaks: it would call what it unpacked."""
    for each in ast.walk(ast.parse(module.read_text())):
        if isinstance(each, (ast.FunctionDef, ast.AsyncFunctionDef)):
            names = [found for found in ast.walk(each) if isinstance(found, ast.Name)]
            kinds = {type(found.ctx) for found in names if found.id == "_"}
            assert kinds != {ast.Load, ast.Store}, each.name


@pytest.mark.parametrize(
    "template", sorted((HERE / "templates").glob("*.html")), ids=lambda each: each.name
)
def test_no_template_speaks_for_itself(template: Path) -> None:
    """What stands between tags is `_("…")`, but for the product's name and signs."""
    text = re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "", template.read_text(), flags=re.DOTALL)
    text = re.sub(r"<(script|style|svg|code)\b.*?</\1>", "", text, flags=re.DOTALL)
    said = [part.strip() for part in re.findall(r">([^<>]*)<", text)]
    spoken = [part for part in said if re.search(r"[A-Za-z]{2,}", part) and "=" not in part]
    assert [part for part in spoken if part not in ALLOWED] == []


ALLOWED = {"Conversation Orchestrator", "· Conversation Orchestrator", "HTTPS", "UTC", "IF", "THEN"}


def _sentences(tree: ast.AST) -> Iterator[ast.expr]:
    """Yield texts for people that are not translated."""
    for each in ast.walk(tree):
        if isinstance(each, ast.Call):
            called = each.func.attr if isinstance(each.func, ast.Attribute) else ""
            called = each.func.id if isinstance(each.func, ast.Name) else called
            given = [named.value for named in each.keywords if named.arg in NAMED]
            given += each.args[:1] if called in SAID else []
            for one in given:
                yield from _bare(one)


def _bare(given: ast.expr) -> Iterator[ast.expr]:
    if isinstance(given, ast.Tuple):
        for part in given.elts:
            yield from _bare(part)
    elif isinstance(given, ast.JoinedStr) or (isinstance(given, ast.Constant) and given.value):
        yield given
