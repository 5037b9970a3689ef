"""What a policy means: documents in, decisions and their reasons out; it never waits."""
