"""A policy set document as text: its own mistakes and those of the document, all at once."""

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import document, mistakes, text
from orchestrator.core.policy.text import Syntax


def read(content: str | bytes, syntax: Syntax = "any") -> Json:
    """Return the plain objects of a policy set document, for `document.load`; bytes are UTF-8.

    Raises `mistakes.PolicyErrors`: for a text that cannot be read, the place alone; for one that
    can but may not be (duplicate keys), every such place, and what is wrong with the document too.
    """
    found = text.read(content, syntax)
    if not found.problems:
        return found.value
    collected = mistakes.Mistakes()
    list_alone = isinstance(found.value, list)
    for problem in found.problems:
        path = f"policies{problem.path}" if list_alone and problem.path else problem.path
        collected.error(path, problem.code, problem.message)
    try:
        document.load(found.value)
    except mistakes.PolicyErrors as more:
        for problem in more:
            collected.error(problem.path, problem.code, problem.message)
    raise mistakes.PolicyErrors(collected.errors)
