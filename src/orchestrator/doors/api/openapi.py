"""The OpenAPI 3.1 document of every route of this door: FastAPI's own, and the plain ones."""

import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.openapi import utils as fastapi_openapi

from orchestrator.doors.api import problems
from orchestrator.doors.api.plain import Parameter, Plain

TITLE: Final = "Conversation Orchestrator"
ABOUT: Final = (
    "Administration under `/v3`, the Conversation Context Service and the decision API of the "
    'original under `/v1` and `/v2`. Lists come in pages: follow `Link: <…>; rel="next"`. '
    "Answers name their state in `ETag`; a change with `If-Match` is made only at that state (412)."
)
SCHEMES: Final[dict[str, dict[str, Any]]] = {
    "apiKey": {"type": "http", "scheme": "bearer", "description": "An API key, or a login's."},
    "mavenApiKey": {"type": "apiKey", "in": "header", "name": "maven-api-key"},
    "accessToken": {"type": "apiKey", "in": "query", "name": "access_token"},
    "basic": {"type": "http", "scheme": "basic"},
}
_REFERENCE: Final = "#/components/schemas/{name}"
_PROBLEM: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "errors"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string", "examples": ["not-found", "stale", "bad-input"]},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["code", "path", "message"],
                "properties": {name: {"type": "string"} for name in ("code", "path", "message")},
            },
        },
    },
}
_FAILED: Final[dict[str, Any]] = {
    "description": "A problem; its `code` is stable.",
    "content": {problems.MEDIA: {"schema": {"$ref": _REFERENCE.format(name="Problem")}}},
}
_REFUSED: Final = {"description": "As the original answers."}
_IN_PATH: Final = re.compile(r"{(\w+)(?::\w+)?}")


def document(described: FastAPI, rows: Sequence[Plain], *, version: str) -> dict[str, Any]:
    """Return the whole document."""
    found = fastapi_openapi.get_openapi(
        title=TITLE,
        version=version,
        description=ABOUT,
        routes=described.routes,
        separate_input_output_schemas=False,
    )
    components = found.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    schemas["Problem"] = _PROBLEM
    components["securitySchemes"] = SCHEMES
    for operations in found["paths"].values():
        for operation in operations.values():
            operation["responses"].pop("422", None)
            operation["responses"] |= {"4XX": _FAILED, "5XX": _FAILED}
            operation["security"] = [{"apiKey": []}]
    shapes, named = _schemas(rows)
    schemas.update(named)
    for row in rows:
        path = _IN_PATH.sub(r"{\1}", row.path)
        found["paths"].setdefault(path, {})[row.method.lower()] = _operation(row, shapes)
    return found


def _schemas(rows: Sequence[Plain]) -> tuple[dict[int, dict[str, Any]], dict[str, Any]]:
    """Return the schema of each type of the rows (by its identity), and those that have names."""
    types = [kind for row in rows for kind in _types(row)]
    made, named = msgspec.json.schema_components(types, ref_template=_REFERENCE)
    return {id(kind): schema for kind, schema in zip(types, made, strict=True)}, dict(named)


def _types(row: Plain) -> list[Any]:
    answers = [kind for kind in row.answers.values() if kind is not None]
    sent = [] if row.body is None else [row.body]
    return [*sent, *answers, *(each.type for each in row.parameters)]


def _operation(row: Plain, shapes: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    inside = [
        Parameter(name, place="path", needed="required") for name in _IN_PATH.findall(row.path)
    ]
    words = _IN_PATH.sub(r"by_\1", f"{row.method}{row.path}")
    name = re.sub(r"\W+", "_", words).strip("_").lower()
    failed = _FAILED if row.failures == "problem" else _REFUSED
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": row.summary,
        "tags": [row.tag],
        "parameters": [_parameter(each, shapes) for each in (*inside, *row.parameters)],
        "responses": {
            **{str(status): _answer(status, kind, shapes) for status, kind in row.answers.items()},
            "4XX": failed,
            "5XX": failed,
        },
        "security": [{scheme: []} for scheme in row.security],
    }
    if row.about:
        operation["description"] = row.about
    if row.body is not None:
        operation["requestBody"] = {"required": True, "content": _json(shapes[id(row.body)])}
    return operation


def _parameter(each: Parameter, shapes: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    schema = {"type": "string", "minLength": 1} if each.place == "path" else shapes[id(each.type)]
    return {
        "name": each.name,
        "in": each.place,
        "required": each.needed == "required",
        "schema": schema,
        **({"description": each.about} if each.about else {}),
    }


def _answer(status: int, kind: Any, shapes: Mapping[int, dict[str, Any]]) -> dict[str, Any]:
    described: dict[str, Any] = {"description": HTTPStatus(status).phrase}
    if kind is not None:
        described["content"] = _json(shapes[id(kind)])
    return described


def _json(schema: dict[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
