"""Bytes that are nearly those of a seed."""

INSERTED = b"()[]{}'\"\\,:.-+*/^%|=<>! \nae019\xe2"


def mutated(chance, data):
    """A few bytes changed, cut, doubled or moved."""
    made = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        start = chance.randrange(len(made) + 1)
        end = min(len(made), start + chance.randint(0, 8))
        piece = made[start:end]
        kind = chance.randrange(4)
        if kind == 0:
            made[start:end] = b""
        elif kind == 1:
            made[start:start] = piece * chance.choice([1, 2, 40])
        elif kind == 2:
            made[start:end] = bytes([chance.choice(INSERTED)])
        else:
            there = chance.randrange(len(made) + 1)
            made[there:there] = piece
    return bytes(made)
