"""Use cases: async, and speaking to the world only through the ports that live beside them."""
