"""What every wing needs: the change log and the sequences of ids."""

from sqlalchemy import Column, Index, Integer, Table

from orchestrator.adapters.storage.columns import Json
from orchestrator.adapters.storage.tables import shapes

changes = Table(
    "changes",
    shapes.metadata,
    Column("sequence", Integer, primary_key=True, autoincrement=True),
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
    "sequences", shapes.metadata, shapes.key("account"), shapes.key("noun"), shapes.number("newest")
)
