"""Ways in: unpack, ask a service, pack; no rule lives here."""
