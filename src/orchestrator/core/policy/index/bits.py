"""Sets of rows as the bits of one number: made from positions, dense or kept short."""

from collections.abc import Sequence
from typing import Final

Packed = int | tuple[int, ...]
"""A mask, or the positions in which it differs from what its owner has by default."""

_FEW: Final = 4
"""So many bits are set faster one by one."""


def mask(positions: Sequence[int]) -> int:
    """Return the number that has exactly these bits set; positions count from 0."""
    if len(positions) <= _FEW:
        found = 0
        for position in positions:
            found |= 1 << position
        return found
    room = bytearray((max(positions) >> 3) + 1)
    for position in positions:
        room[position >> 3] |= 1 << (position & 7)
    return int.from_bytes(room, "little")


class Room:
    """How many bytes of dense masks may still be kept; beyond it they are kept short."""

    __slots__ = ("_left", "_size")

    def __init__(self, rows: int, limit: int) -> None:
        self._left = limit
        self._size = 28 + rows // 7  # an int holds 30 bits in 4 bytes

    def take(self, masks: int = 1) -> int | None:
        """Return how many bytes are left after so many dense masks, None if there is no room."""
        if self._left < masks * self._size:
            return None
        self._left -= masks * self._size
        return self._left

    def stride(self, masks: int) -> int:
        """Return every which of so many masks can be kept dense in half of the room; takes it."""
        fitting = max(1, self._left // (2 * self._size))
        found = max(1, -(-masks // fitting))
        self._left -= -(-masks // found) * self._size
        return found


def pack(positions: Sequence[int], default: int, room: Room) -> Packed:
    """Return ``default`` with these bits turned over, or the positions where there is no room."""
    if room.take() is None:
        return tuple(positions)
    return default ^ mask(positions)


def unpack(found: Packed, default: int) -> int:
    """Return the mask that `pack` was asked for."""
    return found if isinstance(found, int) else default ^ mask(found)
