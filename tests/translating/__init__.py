"""What the console says, collected for translators: from its code, its pages, and its tables."""
