"""What programs keep for policies: namespaces, sessions, and the properties in them.

``session`` is a session's id; empty for a namespace as such: the lifetime of all its sessions, and
the document that v2 reads and writes without a session. v1's default session is a session.
"""

from sqlalchemy import Column, Index, Table

from orchestrator.adapters.storage.tables import shapes

context_scopes = Table(
    "context_scopes",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("namespace"),
    shapes.key("session"),
    shapes.at("created_at"),
    Column("ttl_seconds", shapes.COUNTER),  # NULL: never set; 0: set to keep for ever
)
"""Namespaces that were registered, and sessions whose lifetime was set; not those merely used."""

context_properties = Table(
    "context_properties",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("namespace"),
    shapes.key("session"),
    shapes.key("name"),
    shapes.text("value"),  # compact JSON, exactly as it was sent
    shapes.number("characters"),  # what it adds to its document
    shapes.at("saved_at"),
    shapes.maybe_at("expires_at"),
    Index("context_properties_by_end", "expires_at"),
)

context_documents = Table(
    "context_documents",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("namespace"),
    shapes.key("session"),
    shapes.at("expires_at"),
    Index("context_documents_by_end", "expires_at"),
)
"""Documents that v2 saved: they are there until they end, also when nothing is left in them."""
