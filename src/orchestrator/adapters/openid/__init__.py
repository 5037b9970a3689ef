"""A provider of OpenID Connect: its documents and keys, what it signs, where it sends people."""
