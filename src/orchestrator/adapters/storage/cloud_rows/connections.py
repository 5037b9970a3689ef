"""Who has a socket, and at which process."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, bindparam, exists, select

from orchestrator.adapters.storage import tables
from orchestrator.adapters.storage.cloud_rows import rows
from orchestrator.core.model.ids import UserId

_TABLE: Final = tables.connections
_PRESENCE: Final = tables.presence
_OF_USER: Final = select(_TABLE.c.process).where(
    _TABLE.c.account == rows.ACCOUNT, _TABLE.c.user_id == bindparam("user")
)
_END: Final = _TABLE.delete().where(
    _TABLE.c.account == rows.ACCOUNT,
    _TABLE.c.user_id == bindparam("user"),
    _TABLE.c.process == bindparam("process"),
)
_END_DEAD: Final = _TABLE.delete().where(
    _TABLE.c.account == rows.ACCOUNT,
    _TABLE.c.process.not_in(select(tables.processes.c.id)),
)
_STRANDED: Final = select(_PRESENCE.c.user_id).where(
    _PRESENCE.c.account == rows.ACCOUNT,
    _PRESENCE.c.connected,
    ~exists().where(
        and_(_TABLE.c.account == rows.ACCOUNT, _TABLE.c.user_id == _PRESENCE.c.user_id),
        _TABLE.c.process.in_(select(tables.processes.c.id)),
    ),
)


class Connections(rows.Rows):
    """One row for each agent and process, while the process has a socket of theirs."""

    def connect(self, user_id: UserId, process: str) -> None:
        """Note that ``process`` has a socket of the user; does nothing when that is known."""
        if process not in self._processes(user_id):
            self._add(_TABLE, {"account": self._account, "user_id": user_id, "process": process})

    def disconnect(self, user_id: UserId, process: str) -> bool:
        """Note that ``process`` has none any more; True when no process has one."""
        given = {"account": self._account, "user": user_id, "process": process}
        self._connection.execute(_END, given)
        return not self._processes(user_id)

    def stranded(self) -> Sequence[UserId]:
        """Return who is connected by their presence, but to no process that lives."""
        return list(self._connection.scalars(_STRANDED, {"account": self._account}))

    def disconnect_dead(self) -> None:
        """Forget the sockets of processes that live no more."""
        self._connection.execute(_END_DEAD, {"account": self._account})

    def _processes(self, user_id: UserId) -> list[str]:
        given = {"account": self._account, "user": user_id}
        return list(self._connection.scalars(_OF_USER, given))
