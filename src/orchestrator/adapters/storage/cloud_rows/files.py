"""What is known of files; their bytes are elsewhere."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, unquote

import msgspec
from sqlalchemy import bindparam, func, select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows import rows
from orchestrator.core.model.conversation import StoredFile
from orchestrator.core.model.ids import UserId

_TABLE: Final = tables.files
_NAMED: Final = "; name*=UTF-8''"
"""What stands between a media type and the file's name, its parameter (RFC 2231)."""

_OWN: Final = select(
    *(_TABLE.c[name] for name in StoredFile.__struct_fields__ if name != "name")
).where(_TABLE.c.account == rows.ACCOUNT)
_ONE: Final = _OWN.where(_TABLE.c.id == bindparam("id"))
_UNWANTED: Final = (
    _OWN.where(_TABLE.c.conversation_id.is_(None), _TABLE.c.created_at < bindparam("before"))
    .order_by(_TABLE.c.created_at)
    .limit(bindparam("most"))
)
_BYTES: Final = select(func.sum(_TABLE.c.size)).where(
    _TABLE.c.account == rows.ACCOUNT, _TABLE.c.conversation_id.is_(None)
)
_UNSENT: Final = (
    select(func.count())
    .select_from(_TABLE)
    .where(
        _TABLE.c.account == rows.ACCOUNT,
        _TABLE.c.owner == bindparam("owner"),
        _TABLE.c.conversation_id.is_(None),
    )
)


class Files(rows.Rows):
    """Files of conversations."""

    def add_file(self, file: StoredFile) -> None:
        """Note a file that is to come."""
        self._add(_TABLE, {"account": self._account, **_values(file)})

    def file(self, file_id: str) -> StoredFile | None:
        """Return what is known of a file, or None."""
        row = self._connection.execute(_ONE, {"account": self._account, "id": file_id}).first()
        return None if row is None else _file(row)

    def save_file(self, file: StoredFile) -> None:
        """Replace what is known of a file."""
        values = _values(file)
        self._put(_TABLE, {"account": self._account, "id": values.pop("id")}, values)

    def remove_file(self, file_id: str) -> None:
        """Forget a file."""
        mine = (_TABLE.c.account == self._account, _TABLE.c.id == file_id)
        self._connection.execute(_TABLE.delete().where(*mine))

    def unsent_files(self, owner: UserId) -> int:
        """Return how many files of somebody belong to no conversation."""
        given = {"account": self._account, "owner": owner}
        return self._connection.scalar(_UNSENT, given) or 0

    def unsent_bytes(self) -> int:
        """Return the size of all files together that belong to no conversation."""
        return self._connection.scalar(_BYTES, {"account": self._account}) or 0

    def unwanted_files(self, before: datetime, *, limit: int) -> Sequence[StoredFile]:
        """Return files from before ``before`` that belong to no conversation."""
        given = {"account": self._account, "before": before, "most": limit}
        return [_file(row) for row in self._connection.execute(_UNWANTED, given)]


def _values(file: StoredFile) -> dict[str, Any]:
    values = msgspec.structs.asdict(file)
    if name := values.pop("name"):
        values["type"] += _NAMED + quote(name, safe="")
    return values


def _file(row: Sequence[Any]) -> StoredFile:
    found = StoredFile(*row)
    type_, _, name = found.type.partition(_NAMED)
    return msgspec.structs.replace(found, type=type_, name=unquote(name))
