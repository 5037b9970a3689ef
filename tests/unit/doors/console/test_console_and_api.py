"""Everything the console does is in the API too: THE table of what does what, and that it holds."""

from collections.abc import Mapping
from typing import Final

from orchestrator.doors.api import app
from orchestrator.doors.console import pages
from orchestrator.doors.gateway import app as gateway

ALSO: Final[Mapping[str, tuple[str, ...]]] = {
    "/account": ("PATCH ",),
    "/attributes/new": ("PUT /attributes/{attribute}",),
    "/attributes/custom/{name}": ("PUT /attributes/{attribute}",),
    "/attributes/custom/{name}/remove": ("DELETE /attributes/{attribute}",),
    "/attributes/functions/new": ("POST /functions",),
    "/attributes/functions/{name}": ("PATCH /functions/{function}",),
    "/attributes/functions/{name}/remove": ("DELETE /functions/{function}",),
    "/attributes/functions/{name}/try": ("POST /functions/{function}/try",),
    "/bot-config": ("PUT /bot-config",),
    "/bot-config/fill": (),  # shows a form
    "/bot-config/try": ("POST /bot-config/try",),
    "/bot-config/forget": ("DELETE /bot-config",),
    "/campaigns/new": ("POST /campaigns",),
    "/campaigns/{campaign}": ("PATCH /campaigns/{campaign}",),
    "/campaigns/{campaign}/remove": ("DELETE /campaigns/{campaign}",),
    "/engagements/new": ("POST /engagements",),
    "/engagements/{engagement}": ("PATCH /engagements/{engagement}",),
    "/engagements/{engagement}/remove": ("DELETE /engagements/{engagement}",),
    "/floor/conversations/{conversation}": ("POST /conversations/{conversation}/transfers",),
    "/function-hosts": ("POST /function-hosts",),
    "/function-hosts/remove": ("DELETE /function-hosts/{host}",),
    "/keys/new": ("POST /keys",),
    "/keys/{key}": ("PATCH /keys/{key}",),
    "/keys/{key}/rotate": ("POST /keys/{key}/rotate",),
    "/keys/{key}/revoke": ("DELETE /keys/{key}",),
    "/namespaces": ("POST /namespaces", "PATCH /namespaces/{namespace}"),
    "/namespaces/remove": ("DELETE /namespaces/{namespace}",),
    "/namespaces/sessions/remove": ("DELETE /namespaces/{namespace}/sessions/{session}",),
    "/namespaces/values": ("PUT /namespaces/{namespace}/sessions/{session}/{property}",),
    "/namespaces/values/remove": ("DELETE /namespaces/{namespace}/sessions/{session}/{property}",),
    "/playground": ("POST /playground", "POST /playground/grid"),
    "/policies/act": (
        "PATCH /policies/{policy}",
        "POST /policies/{policy}/duplicate",
        "DELETE /policies/{policy}",
    ),
    "/policies/example": ("POST /policies",),
    "/policies/undo/{number}": ("POST /versions/{version}/undo",),
    "/policies/new": ("POST /policies",),
    "/policies/{policy:path}/edit": ("PUT /policies/{policy}",),
    "/policies/versions/{number}/restore": ("POST /versions/{version}/restore",),
    # A program that was told 412 reads both sides and saves what it wants of them, as one version.
    "/policies/merge": ("GET /versions/{version}",),
    "/policy-editor/go-on": ("GET /policies/{policy}",),
    "/policies/merge/save": ("PUT /policies",),
    "/policy-editor/look": ("POST /policies/look",),
    "/policy-editor/findings": ("POST /policies/look", "POST /policies/check"),
    "/policy-editor/replay": ("POST /policies/replay",),
    "/policy-editor/convert": ("POST /policies/convert",),
    "/schedules/new": ("POST /schedules",),
    "/schedules/preview": ("POST /schedules/preview",),
    "/schedules/of/{name:path}": ("PUT /schedules/{schedule}",),
    "/schedules/remove/{name:path}": ("DELETE /schedules/{schedule}",),
    "/skills/new": ("POST /skills", "PUT /skills/{skill}/users/{login}"),
    "/skills/{skill}": ("PATCH /skills/{skill}", "DELETE /skills/{skill}/users/{login}"),
    "/skills/{skill}/remove": ("DELETE /skills/{skill}",),
    "/users/new": ("POST /users", "PUT /skills/{skill}/users/{login}"),
    "/users/{user}": ("PATCH /users/{login}",),
    "/users/{user}/status": ("PATCH /users/{login}",),
    "/users/{user}/remove": ("DELETE /users/{login}",),
    "/users/{user}/sign-in-link/remove": ("DELETE /users/{login}/sign-in-link",),
    "/users/{user}/keys": ("POST /users/{login}/keys",),
    "/users/{user}/keys/{key}/revoke": ("DELETE /users/{login}/keys/{app_key}",),
}
"""What a form of the console is sent to → the operations of ``/v3`` that do the same."""

BY_WIRE: Final[Mapping[str, str]] = {"/desk/session": f"POST {gateway.ACCOUNT}/login"}
"""What programs do at the messaging cloud itself, whose protocol is not ours to add to."""


def test_whatever_a_form_does_programs_can_do() -> None:
    """Each route that takes a form stands in the table; add the operation before the page."""
    taking = {row.path for row in pages.rows() if row.method not in {"GET", "HEAD"}}
    assert taking == set(ALSO) | set(BY_WIRE)


def test_the_operations_of_the_table_are_served() -> None:
    """What the table names is in the API."""
    served = {f"{row.method} {row.path}" for rows in app.NOUNS.values() for row in rows}
    named = {operation for operations in ALSO.values() for operation in operations}
    assert named <= served
