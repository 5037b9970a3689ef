"""Run by Alembic: applies the migrations on the connection, and in the transaction, it is given."""

from alembic import context

from orchestrator.adapters.storage import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    transactional_ddl=False,  # the caller's transaction holds all of it
    render_as_batch=True,
)
context.run_migrations()
