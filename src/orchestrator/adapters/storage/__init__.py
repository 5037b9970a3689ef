"""Everything that lasts: one SQLite database, its tables, its migrations and the statements."""
