"""Column types that carry our values: moments, and JSON."""

from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import BigInteger, Dialect, Text
from sqlalchemy.types import TypeDecorator

from orchestrator.core.model import times


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime, stored as whole epoch milliseconds (rounded down)."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002 - the base class names it
        """Return the milliseconds."""
        return None if value is None else times.milliseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:  # noqa: ARG002 - the base class names it
        """Return the moment."""
        return None if value is None else times.moment(value)


class Json(TypeDecorator[Any]):
    """Plain JSON values, stored as compact text. None is stored as NULL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base class names it
        """Return the text."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002 - the base class names it
        """Return the value; arrays come back as lists."""
        return None if value is None else msgspec.json.decode(value)


class Words(TypeDecorator[tuple[str, ...]]):
    """A tuple of texts, stored as a JSON array."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:  # noqa: ARG002 - the base class names it
        """Return the text."""
        return None if value is None else msgspec.json.encode(value).decode()

    def process_result_value(self, value: Any, dialect: Dialect) -> tuple[str, ...] | None:  # noqa: ARG002 - the base class names it
        """Return the tuple."""
        return None if value is None else msgspec.json.decode(value, type=tuple[str, ...])
