"""The part that never waits: no async, no I/O, no clock, no randomness, no logging."""
