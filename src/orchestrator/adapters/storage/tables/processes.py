"""Which server processes run on this database, and what each of them holds."""

from sqlalchemy import Table

from orchestrator.adapters.storage.tables import shapes

processes = Table(
    "processes",
    shapes.metadata,
    shapes.key("id"),
    shapes.text("host"),
    shapes.text("folder"),
    shapes.number("pid"),
    shapes.at("started_at"),
    shapes.at("seen_at"),
    shapes.number("beat"),  # counts the signs of life; others watch it grow
)

leases = Table("leases", shapes.metadata, shapes.key("account"), shapes.text("process"))

connections = Table(
    "connections",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("user_id"),
    shapes.key("process"),
)

canaries = Table("canaries", shapes.metadata, shapes.key("name"), shapes.binary("sealed"))
