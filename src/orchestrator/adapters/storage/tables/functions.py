"""Functions behind attributes, the hosts they may reach, and what calls of them cost."""

from sqlalchemy import Column, LargeBinary, Table

from orchestrator.adapters.storage.tables import shapes

functions = Table(
    "functions",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("name"),
    shapes.binary("body"),
    shapes.at("changed_at"),
    Column("secrets", LargeBinary),  # sealed; NULL: none
)

function_hosts = Table(
    "function_hosts",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("host"),
    shapes.key("port"),  # as text; empty: every port
    shapes.binary("body"),
)

function_costs = Table(
    "function_costs",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("name"),
    shapes.binary("body"),
)
"""Apart from the definitions: they change every few seconds, and nobody is told."""
