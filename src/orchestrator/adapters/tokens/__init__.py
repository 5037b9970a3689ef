"""Tokens that are signed here: those of consumers, and those of programs."""
