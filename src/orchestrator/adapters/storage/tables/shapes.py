"""The few ways in which our columns are declared, and the metadata that holds every table."""

from typing import Final

from sqlalchemy import BigInteger, Boolean, Column, Integer, LargeBinary, MetaData, Text

from orchestrator.adapters.storage.columns import Moment

metadata: Final = MetaData()

COUNTER: Final = BigInteger().with_variant(Integer(), "sqlite")
"""What counts without end: 64 bits everywhere. SQLite's integers have them, by this name alone."""


def key(name: str) -> Column[str]:
    """Text, part of the primary key."""
    return Column(name, Text, primary_key=True)


def text(name: str) -> Column[str]:
    """Text, always there."""
    return Column(name, Text, nullable=False)


def maybe(name: str) -> Column[str]:
    """Text, or NULL."""
    return Column(name, Text)


def at(name: str) -> Column[object]:
    """A moment, always there."""
    return Column(name, Moment, nullable=False)


def maybe_at(name: str) -> Column[object]:
    """A moment, or NULL."""
    return Column(name, Moment)


def number(name: str) -> Column[int]:
    """A whole number, always there."""
    return Column(name, Integer, nullable=False)


def yes_no(name: str) -> Column[bool]:
    """A boolean, always there."""
    return Column(name, Boolean, nullable=False)


def binary(name: str) -> Column[bytes]:
    """Bytes, always there."""
    return Column(name, LargeBinary, nullable=False)
