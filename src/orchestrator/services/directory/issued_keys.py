"""Keys and clients in clear, as they are shown once to whoever made them."""

import msgspec


class IssuedKey(msgspec.Struct, frozen=True, rename="camel"):
    """A key just made, in clear: shown once."""

    api_key: str
    prefix: str
    name: str
    scopes: tuple[str, ...]
    rate: int | None = None

    def __repr__(self) -> str:
        """Name the prefix alone: a repr ends up in logs and tracebacks."""
        return f"IssuedKey(prefix={self.prefix!r}, …)"


class IssuedClient(msgspec.Struct, frozen=True, rename="camel"):
    """A client just made, with its password in clear: shown once."""

    user_id: str
    password: str
    name: str
    scopes: tuple[str, ...]
    rate: int | None = None

    def __repr__(self) -> str:
        """Name the id alone: a repr ends up in logs and tracebacks."""
        return f"IssuedClient(user_id={self.user_id!r}, …)"
