"""What is only kept and shown of a thing: the fields of the platform on which nothing here acts."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from orchestrator.core.model.directory import Details
from orchestrator.services.directory import ports
from orchestrator.services.directory.ports import Reading, Writing


class Shown(msgspec.Struct, frozen=True):
    """A record with its details, and when either was changed last."""

    record: Any
    details: Mapping[str, Any]
    changed_at: datetime


def shown(
    rows: Reading, kind: type[ports.Record], *, account: str, only: str | None = None
) -> list[Shown]:
    """Return the account's records of ``kind`` (one with an ``id``), each with its details.

    ``only`` is the one id that is wanted: then nothing else is read.
    """
    noun = ports.CONFIGURATION[kind]
    narrow: dict[str, str] = {} if only is None else {"id": only}
    kept = {one.id: one.body for one in rows.find(Details, account=account, noun=noun, **narrow)}
    own = rows.changed(kind, account=account, only=only)
    beside = rows.changed(Details, account=account, only=only and f"{noun}:{only}")
    found: list[Any] = [*rows.find(kind, account=account, **narrow)]
    return [
        Shown(
            record,
            kept.get(record.id, {}),
            max(
                own.get(record.id, record.created_at),
                beside.get(f"{noun}:{record.id}", record.created_at),
            ),
        )
        for record in found
    ]


def keep(unit: Writing, account: str, *, noun: str, id: str, body: Mapping[str, Any]) -> None:  # noqa: A002 - a field's name
    """Put ``body`` in the place of the thing's details."""
    record = Details(account, noun, id, dict(body))
    if unit.find(Details, account=account, noun=noun, id=id):
        unit.replace(record)
    else:
        unit.add(record)


def forget(unit: Writing, account: str, *, noun: str, id: str) -> None:  # noqa: A002 - a field's name
    """Remove the details of a thing that is being removed."""
    for record in unit.find(Details, account=account, noun=noun, id=id):
        unit.remove(record)
