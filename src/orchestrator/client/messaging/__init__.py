"""The messaging platform's client: discovery, login, sockets of agents and consumers."""
