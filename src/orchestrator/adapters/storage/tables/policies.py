"""Policy sets: immutable documents by hash and their pages, numbered versions, the current one."""

from sqlalchemy import Column, Integer, Table

from orchestrator.adapters.storage.columns import Json
from orchestrator.adapters.storage.tables import shapes

documents = Table(
    "documents", shapes.metadata, shapes.key("hash"), Column("document", Json, nullable=False)
)

policy_pages = Table("policy_pages", shapes.metadata, shapes.key("digest"), shapes.text("content"))

policy_versions = Table(
    "policy_versions",
    shapes.metadata,
    shapes.key("account"),
    Column("number", Integer, primary_key=True, autoincrement=False),
    shapes.text("hash"),
    shapes.text("author"),
    shapes.at("at"),
    shapes.text("message"),
)

policy_sets = Table("policy_sets", shapes.metadata, shapes.key("account"), shapes.number("number"))
