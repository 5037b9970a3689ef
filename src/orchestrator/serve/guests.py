"""Who is let in: how many connections there are, and which stranger has to go when it gets full.

When there is no room the oldest stranger goes, not the newest: a real client is a stranger for a
moment, one that only holds a place stays the oldest. So holding places costs only those who do it,
even where everybody comes from the one address of a load balancer.
"""

from collections.abc import Callable


class Guest:
    """One connection. ``expel`` ends it at once; whoever takes the connection over sets it anew."""

    __slots__ = ("_guests", "address", "expel")

    def __init__(self, guests: "Guests", address: str, expel: Callable[[], object]) -> None:
        self._guests = guests
        self.address = address
        self.expel = expel

    def introduced(self) -> None:
        """It has sent a whole request, and is no stranger any more."""
        self._guests.welcome(self)

    def left(self) -> None:
        """The connection is closed. Saying so twice is nothing."""
        self._guests.forget(self)


class Guests:
    """The connections that are open: at most ``most``, and ``strangers`` of an address."""

    def __init__(self, *, most: int, strangers: int) -> None:
        self._most = most
        self._strangers = strangers
        self._here: set[Guest] = set()
        self._waiting: dict[str, dict[Guest, None]] = {}

    def __len__(self) -> int:
        return len(self._here)

    @property
    def waiting(self) -> int:
        """How many strangers there are."""
        return sum(map(len, self._waiting.values()))

    def admit(self, address: str, *, expel: Callable[[], object]) -> Guest | None:
        """Let a connection in, None when there is no room and no stranger who could go."""
        if len(self._here) >= self._most and not self.make_room():
            return None
        if len(self._waiting.get(address, ())) >= self._strangers:
            self._oust(address)
        guest = Guest(self, address, expel)
        self._here.add(guest)
        self._waiting.setdefault(address, {})[guest] = None
        return guest

    def make_room(self) -> bool:
        """Expel the oldest stranger of the address that has most; whether there was any."""
        if not self._waiting:
            return False
        self._oust(max(self._waiting, key=lambda address: len(self._waiting[address])))
        return True

    def _oust(self, address: str) -> None:
        guest = next(iter(self._waiting[address]))
        self.forget(guest)
        guest.expel()

    def welcome(self, guest: Guest) -> None:
        """Count it among strangers no more."""
        waiting = self._waiting.get(guest.address)
        if waiting is None or guest not in waiting:
            return
        del waiting[guest]
        if not waiting:
            del self._waiting[guest.address]

    def forget(self, guest: Guest) -> None:
        """Count it no more at all."""
        self.welcome(guest)
        self._here.discard(guest)
