"""The only joint: everything is built and wired here, from settings that are read once."""
