"""Who rings next, and what happens to a conversation: pure, so that replay can use it too."""
