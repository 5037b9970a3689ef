"""The world: everything that we do not own, each behind a port of the services."""
