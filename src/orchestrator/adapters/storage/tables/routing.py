"""The road from a ring to a transfer: claims, decisions, steps."""

from sqlalchemy import Column, Index, Integer, LargeBinary, Table, text

from orchestrator.adapters.storage.columns import Json, Moment
from orchestrator.adapters.storage.tables import shapes

claims = Table(
    "claims",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("conversation_id"),
    shapes.key("arrival"),  # the ring, or since when it was found assigned: one decision each
    shapes.maybe("skill_id"),
    shapes.text("state"),
    shapes.at("opened_at"),
    shapes.maybe_at("accepted_at"),
    shapes.maybe_at("assigned_at"),  # by the platform's clock
    shapes.maybe_at("finished_at"),
    shapes.maybe("reason"),
    Index(
        "claims_unfinished",
        "account",
        "opened_at",
        sqlite_where=text("finished_at IS NULL"),
        postgresql_where=text("finished_at IS NULL"),
    ),
    Index("claims_by_age", "opened_at"),
)

decisions = Table(
    "decisions",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("id"),
    shapes.text("conversation_id"),
    shapes.text("arrival"),
    shapes.at("at"),
    shapes.maybe("version_hash"),
    Column("version_number", Integer),
    shapes.maybe("policy_id"),
    shapes.maybe("policy_name"),
    shapes.maybe("no_match_reason"),
    shapes.binary("receipt"),
    shapes.maybe("asked_by"),  # the program or person that asked; NULL for the bot's own
    shapes.maybe("consumer_id"),  # of decisions that were asked for
    shapes.maybe("trouble"),  # what could not be found out on the way; NULL where all was well
    Index(
        "decisions_of_consumer",
        "account",
        "consumer_id",
        sqlite_where=text("consumer_id IS NOT NULL"),
        postgresql_where=text("consumer_id IS NOT NULL"),
    ),
    Index("decisions_of_arrival", "account", "conversation_id", "arrival", unique=True),
    Index("decisions_newest", "account", "at"),
    Index(
        "decisions_of_policy",
        "account",
        "policy_id",
        "at",
        sqlite_where=text("policy_id IS NOT NULL"),
        postgresql_where=text("policy_id IS NOT NULL"),
    ),
    Index(
        "decisions_unmatched",
        "account",
        "at",
        sqlite_where=text("policy_id IS NULL"),
        postgresql_where=text("policy_id IS NULL"),
    ),
    Index(
        "decisions_in_trouble",
        "account",
        "at",
        sqlite_where=text("trouble IS NOT NULL"),
        postgresql_where=text("trouble IS NOT NULL"),
    ),
    Index("decisions_by_age", "at"),
)

policy_hours = Table(
    "policy_hours",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("policy_id"),  # empty where no policy wanted the conversation
    Column("hour", Moment, primary_key=True),  # its beginning
    shapes.number("matches"),
)

steps = Table(
    "steps",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("step_id"),
    shapes.text("conversation_id"),
    shapes.text("decision_id"),
    shapes.number("position"),
    shapes.text("kind"),
    shapes.binary("body"),
    shapes.text("state"),
    shapes.number("attempts"),
    shapes.maybe_at("next_at"),
    shapes.maybe_at("started_at"),
    shapes.maybe_at("finished_at"),
    Column("outcome", LargeBinary),
    Index("steps_of_decision", "account", "decision_id", "position"),
    Index("steps_of_conversation", "account", "conversation_id"),
    Index(
        "steps_pending",
        "account",
        "next_at",
        sqlite_where=text("state = 'pending'"),
        postgresql_where=text("state = 'pending'"),
    ),
    Index("steps_finished", "finished_at"),
)

attribute_values = Table(
    "attribute_values",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("name"),
    Column("value", Json),
    shapes.text("source"),
    shapes.at("seen_at"),
)
