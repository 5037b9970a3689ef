"""Messaging platforms that the routing bot can serve, one folder each."""
