"""What every wing needs: the change log, the sequences of ids, and news for other processes."""

from sqlalchemy import Column, Index, Table

from orchestrator.adapters.storage.columns import Json
from orchestrator.adapters.storage.tables import shapes

changes = Table(
    "changes",
    shapes.metadata,
    Column("sequence", shapes.COUNTER, primary_key=True, autoincrement=True),
    shapes.text("account"),
    shapes.at("at"),
    shapes.text("who"),
    shapes.text("noun"),
    shapes.text("id"),
    Column("before", Json),
    Column("after", Json),
    Index("changes_of_account", "account", "sequence"),
    Index("changes_of_noun", "account", "noun", "sequence"),
    sqlite_autoincrement=True,  # a pruned sequence is never given again
)

sequences = Table(
    "sequences",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("noun"),
    Column("newest", shapes.COUNTER, nullable=False),
)

happenings = Table(
    "happenings",
    shapes.metadata,
    Column("sequence", shapes.COUNTER, primary_key=True, autoincrement=True),
    shapes.text("origin"),  # the process that told it
    shapes.at("at"),
    shapes.binary("body"),  # msgpack of what each unit of one commit told
    sqlite_autoincrement=True,
)
"""Of all accounts, in the order of the commits, for a few minutes. Empty on SQLite."""
