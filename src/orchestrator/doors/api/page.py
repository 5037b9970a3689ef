"""The reference page: the OpenAPI document as one page of HTML, without scripts or other hosts."""

import html
import itertools
from collections.abc import Iterator
from typing import Any, Final

import msgspec

from orchestrator.doors.api import problems

_STYLE: Final = """
:root{color-scheme:light dark;font:16px/1.5 system-ui,sans-serif}
body{max-width:60rem;margin:0 auto;padding:1rem}
h2{margin-top:2.5rem;border-bottom:1px solid}
summary{cursor:pointer;padding:.3rem 0}
code,pre{font-family:ui-monospace,monospace}
pre{overflow-x:auto;padding:.6rem;border:1px solid}
.method{display:inline-block;min-width:4.5rem;font-weight:700}
table{border-collapse:collapse}
td,th{border:1px solid;padding:.2rem .6rem;text-align:left;vertical-align:top}
""".replace("\n", "")


def rendered(document: dict[str, Any]) -> str:
    """Return the page of an OpenAPI document."""
    title = html.escape(document["info"]["title"])
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{title}: the API</title><style>{_STYLE}</style>"
        f"<main><h1>{title}: the API</h1><p>{_text(document['info']['description'])}</p>"
        '<p>As a document for programs: <a href="/v3/openapi.json">openapi.json</a> (OpenAPI 3.1).'
        f"</p>{''.join(_parts(document))}</main></html>"
    )


def _parts(document: dict[str, Any]) -> Iterator[str]:
    operations = [
        (operation["tags"][0], method.upper(), path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]
    operations.sort(key=lambda each: (each[0], each[2], each[1]))
    for tag, group in itertools.groupby(operations, key=lambda each: each[0]):
        yield f'<section><h2 id="{html.escape(tag)}">{html.escape(tag)}</h2>'
        for _, method, path, operation in group:
            yield from _operation(method, path, operation)
        yield "</section>"
    yield '<section><h2 id="problems">Problems</h2><table><tr><th>code<th>status<th>what it says'
    for kind in problems.KINDS:
        code = html.escape(kind.error.code)
        yield f'<tr id="problem-{code}"><td><code>{code}</code><td>{kind.status}<td>{kind.title}'
    yield '</table></section><section><h2 id="schemas">Shapes</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        yield f'<details id="schema-{html.escape(name)}"><summary><code>{html.escape(name)}</code>'
        yield f"</summary>{_pretty(schema)}</details>"
    yield "</section>"


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    yield (
        f'<details id="{html.escape(operation["operationId"])}"><summary>'
        f'<span class="method">{method}</span> <code>{html.escape(path)}</code> '
        f"{html.escape(operation.get('summary', ''))}</summary>"
    )
    if "description" in operation:
        yield f"<p>{_text(operation['description'])}</p>"
    if operation.get("parameters"):
        yield "<table><tr><th>parameter<th>in<th>what it is"
        for each in operation["parameters"]:
            needed = " (required)" if each.get("required") else ""
            yield f"<tr><td><code>{html.escape(each['name'])}</code>{needed}<td>{each['in']}"
            yield f"<td>{_text(each.get('description', ''))}"
        yield "</table>"
    if "requestBody" in operation:
        yield f"<h4>Body</h4>{_content(operation['requestBody'])}"
    for status, answer in operation["responses"].items():
        yield f"<h4>{status}: {_text(answer['description'])}</h4>{_content(answer)}"
    yield "</details>"


def _content(described: dict[str, Any]) -> str:
    return "".join(
        _pretty(each.get("schema", {})) for each in described.get("content", {}).values()
    )


def _pretty(schema: dict[str, Any]) -> str:
    reference = str(schema.get("$ref", ""))
    if reference:
        name = html.escape(reference.rpartition("/")[2])
        return f'<p><a href="#schema-{name}"><code>{name}</code></a></p>'
    shown = msgspec.json.format(msgspec.json.encode(schema), indent=2).decode()
    return f"<pre>{html.escape(shown)}</pre>"


def _text(about: str) -> str:
    """Return a sentence whose `words` in backquotes are code."""
    pieces = html.escape(about).split("`")
    return "".join(
        f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
    )
