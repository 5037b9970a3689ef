"""Migrations of the schema, run by Alembic on a connection that it is given."""
