"""What happens in an account is followed by the Python client, and resumed where it was left."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from orchestrator.client.api import asks, clients
from orchestrator.client.api.asking import Event
from orchestrator.core.model import access, errors
from orchestrator.serve import office
from orchestrator.serve.settings import Settings
from running import api, server, wire


@pytest.fixture
async def client(town: wire.Town) -> AsyncIterator[clients.AsyncClient]:
    """The typed client of the town's account, over TLS."""
    key = await api.key(town.server.data, town.account, "admin")
    async with clients.AsyncClient(
        town.server.https, town.account, api_key=key, ca=str(town.server.ca)
    ) as opened:
        yield opened


async def _until(events: AsyncIterator[Event], name: str, **fields: str) -> Event:
    """Return the first event of this name with these fields."""
    async with asyncio.timeout(wire.PATIENCE):
        async for event in events:
            if event.name == name and all(event.data.get(k) == v for k, v in fields.items()):
                return event
    raise AssertionError(name)


async def test_changes_are_told_once_and_again_to_who_comes_back(
    client: clients.AsyncClient,
) -> None:
    """A change carries the id by which a listener resumes."""
    events = client.events()
    ready = await _until(events, "ready")
    made = await client.send(asks.CAMPAIGNS.add({"name": "Told"}))
    told = await _until(events, "change", noun="campaigns", id=made.id)
    assert told.id is not None
    assert told.data["after"]["name"] == "Told"
    await events.aclose()

    again = client.events(after=ready.id)
    assert (await _until(again, "change", noun="campaigns", id=made.id)).id == told.id
    await again.aclose()


async def test_traffic_is_told_while_it_happens(
    client: clients.AsyncClient, visit: wire.Visit
) -> None:
    """A conversation that comes, whom it rings at, and the queue in which it is."""
    events = client.events()
    await _until(events, "ready")
    await visit.agent("anna")
    user = visit.town.users["anna"]["id"]
    await _until(events, "agent", agentId=user, availability="ONLINE")
    conversation = await visit.opened(await visit.consumer())
    await _until(events, "conversation", conversationId=conversation, state="OPEN")
    await events.aclose()


async def test_nobody_hears_what_they_may_not_see(town: wire.Town) -> None:
    """A policy editor is told of policies and people, and of no conversation or key."""
    actor = access.operator(town.account)
    settings = Settings(data=town.server.data, account=town.account)
    async with office.open(settings) as desk:
        await desk.directory.users.add(
            actor, login="ed", type="human", roles=["Policy editor"], password=wire.PASSWORD
        )
        session = await desk.directory.logins.by_password(
            town.account, username="ed", password=wire.PASSWORD
        )
        async with clients.AsyncClient(
            town.server.http, town.account, api_key=session.bearer
        ) as editor:
            events = editor.events(after=0)
            seen = []
            async with asyncio.timeout(wire.PATIENCE):
                async for event in events:
                    seen.append(event)
                    if event.name == "ready":  # from now on as it happens, no more from the log
                        await desk.directory.api_keys.add(actor, name="hidden from editors")
                        await desk.directory.skills.add(actor, name="Shown to editors")
                    if event.name == "change" and _is_named(event, "Shown to editors"):
                        break
            await events.aclose()
    nouns = {event.data["noun"] for event in seen if event.name == "change"}
    assert {"users", "skills"} <= nouns
    assert not nouns & {"passwords", "login-keys", "login-sessions", "keys", "consumers"}


def _is_named(event: Event, name: str) -> bool:
    return (event.data["after"] or {}).get("name") == name


async def test_a_listener_must_say_who_it_is_and_what_it_means(
    town: wire.Town, client: clients.AsyncClient
) -> None:
    """401 without a good key; 400 for an id that is none of ours."""
    async with clients.AsyncClient(town.server.http, town.account, api_key="co_1_2") as nobody:
        with pytest.raises(errors.Unauthenticated):
            await anext(nobody.events())
    key = await api.key(town.server.data, town.account, "admin")
    async with api.Api(town.server, town.account, key) as there:
        await there.refused(400, "GET", "/events", Last_Event_ID="x")
    with pytest.raises(errors.NotFound):
        await client.send(asks.SKILLS.show("nowhere"))


async def test_pages_and_conditions_of_the_client(client: clients.AsyncClient) -> None:
    """Lists go on by themselves, and a change is made only at the state that was seen."""
    for number in range(3):
        await client.send(asks.set_attribute("custom.n", number))
    versions = [each.version async for each in client.pages(asks.versions(limit=1))]
    assert versions == sorted(versions, reverse=True)
    assert len(versions) >= 3

    seen = await client.answered(asks.attributes())
    assert seen.state is not None
    await client.send(asks.set_attribute("custom.n", 3).at(seen.state))
    with pytest.raises(errors.Stale):
        await client.send(asks.set_attribute("custom.n", 4).at(seen.state))
    with pytest.raises(errors.Problems) as caught:
        await client.send(asks.USERS.add({"login": "x"}))
    assert {each.path for each in caught.value.problems} >= {"type", "roles"}


async def test_functions_by_the_client(client: clients.AsyncClient) -> None:
    """Defined, listed, changed at the state that was seen, tried, removed; nobody is reached."""
    definition = {"name": "tier", "url": "https://127.0.0.1:1/", "parameters": {"id": "{{a.b}}"}}
    made = await client.send(asks.FUNCTIONS.add(definition))
    assert (made.name, made.parameters, made.has_secrets) == ("tier", {"id": "{{a.b}}"}, False)
    assert [each.name async for each in client.pages(asks.FUNCTIONS.all())] == ["tier"]
    seen = await client.answered(asks.FUNCTIONS.show("tier"))
    assert seen.state is not None
    changed = await client.send(asks.FUNCTIONS.edit("tier", {"retries": 2}).at(seen.state))
    assert changed.retries == 2
    with pytest.raises(errors.Stale):
        await client.send(asks.FUNCTIONS.edit("tier", {"retries": 3}).at(seen.state))
    tried = await client.send(asks.try_function("tier", {"a": {"b": 7}}))
    assert (tried.outcome, tried.sent) == ("error", {"id": 7})
    assert "allow-host" in (tried.reason or "")
    assert (await client.send(asks.FUNCTIONS.remove("tier"))).name == "tier"


def test_the_client_that_waits(town: wire.Town) -> None:
    """The same requests without a loop."""
    key = asyncio.run(api.key(town.server.data, town.account, "admin", "decide"))
    with clients.Client(town.server.http, town.account, api_key=key) as client:
        assert "Sales" in [each.name for each in client.pages(asks.SKILLS.all(limit=1))]
        decided = client.send(asks.decide(attributes={"custom": {"x": 1}}, record="not kept"))
        assert decided.decision_id is None
        events = client.events()
        assert next(event for event in events if event.name == "ready").id is not None
        events.close()
    nowhere = clients.Client("http://127.0.0.1:9", "1", api_key=key)
    with nowhere, pytest.raises(errors.Unavailable):
        nowhere.send(asks.account())


async def test_a_server_that_stops_ends_its_streams(
    start_server: Callable[[], server.Server],
) -> None:
    """Nobody who listens keeps it from stopping, and it says nothing bad about it."""
    running = await asyncio.to_thread(start_server)
    key = await api.key(running.data, "1", "admin")
    async with clients.AsyncClient(running.http, "1", api_key=key) as client:
        events = client.events()
        await _until(events, "ready")
        stopping = asyncio.create_task(asyncio.to_thread(running.stop))
        with contextlib.suppress(errors.Unavailable):
            async with asyncio.timeout(wire.PATIENCE):
                async for _ in events:
                    pass
        await stopping
    assert not [line for line in running.logs if "Traceback" in line or '"error"' in line]
