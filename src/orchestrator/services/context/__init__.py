"""Contexts: what programs keep for policies, by namespace and session, and for how long."""
