"""The routing bot's door: sign-ins, rings in, steps out."""
