"""For programs outside: the messaging platform over the wire, and the API."""
