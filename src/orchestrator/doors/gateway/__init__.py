"""The embedded cloud's doors: discovery, login, sockets and the REST that clients read."""
