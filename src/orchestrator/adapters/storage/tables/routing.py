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
    shapes.maybe("skill_id"),  # that the conversation came in on; empty where a program asked
    shapes.maybe("target"),  # as in `core.model.aim`
    Column("took", Integer),  # the end of a bin of `core.model.latency`; NULL where nobody measured
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
    Index("decisions_of_skill", "account", "skill_id", "at"),
    Index("decisions_of_target", "account", "target", "at"),
    Index(
        "decisions_by_duration",
        "account",
        "took",
        "at",
        sqlite_where=text("took IS NOT NULL"),
        postgresql_where=text("took IS NOT NULL"),
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
    sqlite_with_rowid=False,  # a month is read in one stretch
)

usage_counts = Table(
    "usage_counts",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("figure"),  # what is counted, as in `adapters.storage.usage`
    Column("start", Moment, primary_key=True),  # of the hour or the day
    shapes.key("origin"),  # the skill that it came in on; of calls, the function
    shapes.key("policy_id"),  # empty where no policy wanted the conversation
    shapes.key("result"),  # a target, a bin, a trouble, how a call ended
    shapes.number("number"),
    sqlite_with_rowid=False,
)

function_uses = Table(
    "function_uses",
    shapes.metadata,
    shapes.key("account"),
    shapes.key("name"),
    Column("at", Moment, primary_key=True),  # of the decision
    shapes.key("decision_id"),
    shapes.text("ended"),  # the worst, where a decision used it several times
    Index("function_uses_of_decision", "account", "decision_id"),
    Index(
        "function_uses_failed",
        "account",
        "at",
        sqlite_where=text("ended = 'failed'"),
        postgresql_where=text("ended = 'failed'"),
    ),
    sqlite_with_rowid=False,
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
