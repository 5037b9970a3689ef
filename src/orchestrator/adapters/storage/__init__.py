"""Everything that lasts: one database (SQLite or PostgreSQL), its tables, its migrations."""
