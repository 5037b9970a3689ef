"""The embedded messaging cloud: conversations, messages, rings, presence, history."""
