"""The messaging protocol as state machines without I/O: frames, moves, and the two peers."""
