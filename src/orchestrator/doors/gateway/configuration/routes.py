"""Every route of the configuration: method, path below the account, endpoint."""

from collections.abc import Iterator
from typing import Final

from orchestrator.doors.gateway.configuration.campaigns import Campaigns, Engagements
from orchestrator.doors.gateway.configuration.collection import Collection, Noun
from orchestrator.doors.gateway.configuration.people import Groups, Users
from orchestrator.doors.gateway.configuration.secrets import Secrets
from orchestrator.doors.gateway.configuration.skills import Profiles, Skills
from orchestrator.doors.gateway.rooms import Rooms
from orchestrator.doors.gateway.web import Endpoint

NOUNS: Final[dict[str, Noun]] = {
    "/configuration/le-users/users": Users(),
    "/configuration/le-users/skills": Skills(),
    "/configuration/le-users/profiles": Profiles(),
    "/configuration/le-users/agentGroups": Groups(),
    "/configuration/le-campaigns/campaigns": Campaigns(),
    "/configuration/le-campaigns/campaigns/{campaign}/engagements": Engagements(),
}


def routes(rooms: Rooms) -> Iterator[tuple[str, str, Endpoint]]:
    """Yield the routes over ``rooms``."""
    for path, noun in NOUNS.items():
        calls = Collection(rooms, noun)
        yield "GET", path, calls.all
        yield "POST", path, calls.add
        yield "GET", f"{path}/{{id}}", calls.one
        yield "PUT", f"{path}/{{id}}", calls.replace
        yield "DELETE", f"{path}/{{id}}", calls.remove
    secrets = Secrets(rooms)
    user = "/configuration/le-users/users/{id}"
    yield "POST", f"{user}/resetPassword", secrets.reset_password
    yield "GET", f"{user}/keys", secrets.keys
    yield "POST", f"{user}/keys", secrets.add_key
    yield "DELETE", f"{user}/keys/{{app_key}}", secrets.revoke_key
