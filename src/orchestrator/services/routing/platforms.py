"""Which platform serves which account, as of now."""

from orchestrator.core.model import errors
from orchestrator.core.model.ids import AccountId
from orchestrator.services.routing.ports import Platform


class Platforms:
    """The accounts whose bot is running."""

    def __init__(self) -> None:
        self._platforms: dict[AccountId, Platform] = {}

    def of(self, account: AccountId) -> Platform:
        """Return the account's platform; Unavailable when its bot does not run."""
        platform = self._platforms.get(account)
        if platform is None:
            raise errors.Unavailable(f"No bot runs for account {account}.")
        return platform

    def put(self, platform: Platform) -> None:
        """Serve the platform's account by it from now on."""
        self._platforms[platform.account] = platform

    def remove(self, account: AccountId) -> None:
        """Serve the account no more."""
        self._platforms.pop(account, None)
