"""The first person of an account: a link that works once makes its administrator."""

import hmac
import secrets

from orchestrator.core.model import access, errors
from orchestrator.core.model.directory import User
from orchestrator.services.directory import sessions, users
from orchestrator.services.directory.ports import Reading, Store
from orchestrator.services.directory.users import Users


class FirstRun:
    """Use cases before anybody can sign in. An invitation lives as long as the process."""

    def __init__(self, store: Store, users: Users) -> None:
        self._store = store
        self._users = users
        self._invited: dict[str, str] = {}

    async def invite(self, account: str) -> str | None:
        """Return a token for `accept`, in clear this once; None when an administrator is there."""
        if not await self._is_without(account):
            return None
        token = secrets.token_urlsafe(32)
        self._invited[account] = sessions.digest(token)
        return token

    async def demand(self, account: str, *, token: str) -> None:
        """Raise `errors.Unauthenticated`, which says why, unless `accept` would take the token."""
        wanted = self._invited.get(account)
        if wanted is None or not hmac.compare_digest(wanted, sessions.digest(token)):
            raise errors.Unauthenticated(
                "This link has been used, or the server has been started anew since. Sign in. "
                "While there is no administrator, another start of the server gives another link."
            )
        if not await self._is_without(account):
            raise errors.Unauthenticated(
                "There is an administrator by now, so this link is over. Sign in, or ask them to "
                "add you."
            )

    async def accept(self, account: str, *, token: str, login: str, password: str) -> User:
        """Make the administrator, and end the invitation.

        Raises as `demand`; otherwise as `Users.add`, and then the invitation still stands.
        """
        await self.demand(account, token=token)
        made = await self._users.add(
            access.operator(account),
            login=login,
            type="human",
            roles=[users.ADMINISTRATOR],
            password=password,
        )
        self._invited.pop(account, None)
        return made.user

    async def _is_without(self, account: str) -> bool:
        def work(rows: Reading) -> bool:
            people = rows.find(User, account=account, type="human", enabled=True)
            return not any(users.is_administrator(person) for person in people)

        return await self._store.read(work)
