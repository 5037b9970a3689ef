"""The reference page of the API: what its OpenAPI document says, as tables."""

import itertools
from typing import Any
from unittest import mock

from handbook import markdown
from handbook.markdown import code
from orchestrator.doors.api import app, openapi
from orchestrator.doors.api.rooms import Limits


def page() -> str:
    """Return the page of every route."""
    about = (
        "Every route of the API on both ports. A running server shows them with the shapes of what "
        "they take and answer: `/v3/docs` to read, `/v3/openapi.json` (OpenAPI 3.1) for programs.\n"
        "\n" + openapi.ABOUT
    )
    found = [
        (operation["tags"][0], path, method.upper(), operation)
        for path, methods in document()["paths"].items()
        for method, operation in methods.items()
    ]
    found.sort(key=lambda each: each[:3])
    parts = []
    for tag, group in itertools.groupby(found, key=lambda each: each[0]):
        rows = [
            (code(method), code(path), markdown.words(operation["summary"]), _asks(operation))
            for _, path, method, operation in group
        ]
        heads = ("", "path", "what it does", "query")
        parts.append(f"## {tag}\n\n{markdown.table(heads, rows)}")
    return markdown.page("The API", about, *parts)


def document() -> dict[str, Any]:
    """Return the OpenAPI document; nothing runs, for it says only what could be asked."""
    rooms = mock.MagicMock()
    rooms.limits = Limits()
    return openapi.document(app.administration(rooms), tuple(app.plain(rooms)), version=app.VERSION)


def _asks(operation: dict[str, Any]) -> str:
    asked = [each["name"] for each in operation.get("parameters", ()) if each["in"] == "query"]
    return ", ".join(map(code, asked))
