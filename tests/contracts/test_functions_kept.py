"""Functions on both databases: definitions, secrets, hosts, costs, and who may do what."""

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from sqlalchemy import select, text

from orchestrator.adapters import calendar, seal
from orchestrator.adapters.storage import admin, engine, tables
from orchestrator.adapters.storage.directory import DirectoryStore
from orchestrator.adapters.storage.functions import FunctionStore
from orchestrator.core.model import access, errors
from orchestrator.core.model.access import Actor
from orchestrator.core.model.directory import Account
from orchestrator.core.model.function import Call, Cost, Host, Secrets
from orchestrator.services.admin.functions import Functions
from orchestrator.services.admin.policies import Policies
from orchestrator.testing.clock import START, TurnedClock

ACTOR = access.operator("1")
OTHER = access.operator("2")
WHSEC = "whsec_" + base64.b64encode(b"k" * 32).decode()
CLIENT = {"clientId": "me", "clientSecret": "hush-hush"}
LAMBDA = {"lambdaId": "0b4cf1a6-0000-4000-8000-000000000001", **CLIENT}
URL = {"url": "https://crm.example/tier"}


class House:
    """The use cases over one database."""

    def __init__(self, database: engine.Database) -> None:
        clock = TurnedClock()
        self.clock = clock
        self.database = database
        self.store = FunctionStore(database)
        self.seal = seal.Seal(b"s" * 32)
        self.policies = Policies(admin.AdminStore(database), clock, calendar=calendar.holidays)
        self.functions = Functions(self.store, clock, policies=self.policies, seal=self.seal)

    async def secrets(self, name: str) -> Secrets | None:
        """Return a function's secrets in clear."""
        for each in (await self.store.functions("1")).functions:
            if each.name == name and each.secrets is not None:
                opened = self.seal.open(each.secrets, row=each.row)
                return msgspec.json.decode(opened, type=Secrets)
        return None


@pytest.fixture(params=["sqlite", "postgresql"])
async def house(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[House]:
    """The use cases on every database that there is."""
    where: Any = tmp_path / "orchestrator.db"
    if request.param == "postgresql":
        where = request.getfixturevalue("postgres_url")
    database = await engine.Database.open(where)
    yield House(database)
    await database.close()


async def test_a_definition_is_kept_and_comes_back(house: House) -> None:
    """With the defaults of what it does not say, by name; what is shown can be sent back."""
    sent = {**URL, "parameters": {"id": "{{conversation.consumerId}}", "n": 1}, "retries": 2}
    added = await house.functions.add(ACTOR, "custom.crm", document=sent)
    await house.functions.add(ACTOR, "age", document=URL)
    (age, crm) = await house.functions.all(ACTOR)
    assert (age.name, crm) == ("age", added)
    shown = crm.document()
    assert {field: shown[field] for field in sent} == sent
    assert (shown["timeoutMs"], shown["onFailure"], shown["hasSecrets"]) == (
        10_000,
        "skipPolicy",
        False,
    )
    again = await house.functions.edit(ACTOR, "crm", document=shown)
    assert again.definition == crm.definition
    assert again.changed_at > crm.changed_at
    with pytest.raises(errors.Stale):
        await house.functions.edit(ACTOR, "crm", document={}, seen=crm.changed_at)
    with pytest.raises(errors.Stale):
        await house.functions.remove(ACTOR, "crm", seen=crm.changed_at)
    assert await house.functions.all(OTHER) == []
    with pytest.raises(errors.NotFound):
        await house.functions.show(OTHER, "crm")


async def test_a_name_is_taken_once(house: House) -> None:
    """By a function or by a static attribute, which would always win."""
    await house.functions.add(ACTOR, "crm", document=URL)
    with pytest.raises(errors.Conflict):
        await house.functions.add(ACTOR, "crm", document=URL)
    people = DirectoryStore(house.database)
    await people.write(ACTOR, START, lambda unit: unit.add(Account("1", START)))
    await house.policies.set_custom(ACTOR, "custom.vip", value=True)
    with pytest.raises(errors.Conflict, match="static"):
        await house.functions.add(ACTOR, "vip", document=URL)


async def test_secrets_are_sealed_and_never_shown(house: House) -> None:
    """Neither in what is shown, nor in the change log, nor in any row."""
    await house.functions.add(ACTOR, "crm", document={**URL, "secret": WHSEC})
    shown = await house.functions.add(ACTOR, "lp", document=LAMBDA)
    assert shown.has_secrets
    assert await house.secrets("crm") == Secrets(secret=WHSEC)
    assert await house.secrets("lp") == Secrets(client_id="me", client_secret="hush-hush")

    def everything(connection: Any) -> str:
        rows = [list(connection.execute(select(each))) for each in tables.metadata.sorted_tables]
        return repr(rows)

    stored = await house.database.read(everything)
    assert "hush-hush" not in stored + repr(shown.document())
    assert WHSEC not in stored


async def test_a_change_keeps_the_secrets_that_it_does_not_mention(house: House) -> None:
    """Null takes one away."""
    await house.functions.add(ACTOR, "crm", document={**URL, "secret": WHSEC})
    await house.functions.edit(ACTOR, "crm", document={"retries": 1})
    assert await house.secrets("crm") == Secrets(secret=WHSEC)
    await house.functions.edit(ACTOR, "crm", document={"secret": None})
    assert await house.secrets("crm") is None


async def test_a_clients_secret_does_not_follow_to_another_place(house: House) -> None:
    """Whoever may change the place could have the secret sent to themselves."""
    await house.functions.add(ACTOR, "lp", document=LAMBDA)
    with pytest.raises(errors.BadInput, match="clientId"):
        await house.functions.edit(ACTOR, "lp", document={"domain": "mine.example"})
    await house.functions.edit(ACTOR, "lp", document={"domain": "mine.example", **CLIENT})
    await house.functions.edit(ACTOR, "lp", document=URL)
    assert await house.secrets("lp") is None


async def test_a_change_takes_away_what_it_contradicts(house: House) -> None:
    """Parameters and payload, a default and another outcome."""
    first = {**URL, "parameters": {"a": 1}, "onFailure": "default", "defaultValue": None}
    await house.functions.add(ACTOR, "crm", document=first)
    shown = await house.functions.edit(
        ACTOR, "crm", document={"payload": None, "onFailure": "unknown"}
    )
    assert shown.definition["onFailure"] == "unknown"
    shown = await house.functions.edit(ACTOR, "crm", document={"payload": "{{a.b}}"})
    assert "parameters" not in shown.definition
    shown = await house.functions.edit(ACTOR, "crm", document={"parameters": {"b": 2}})
    assert shown.definition["parameters"] == {"b": 2}
    assert "payload" not in shown.definition


async def test_functions_never_need_themselves(house: House) -> None:
    """Through however many others; a part of a value needs the whole."""
    await house.functions.add(ACTOR, "a", document={**URL, "parameters": {"x": "{{custom.b}}"}})
    await house.functions.add(ACTOR, "b", document={**URL, "parameters": {"x": "{{custom.c}}"}})
    with pytest.raises(errors.BadInput, match="itself"):
        await house.functions.add(
            ACTOR, "c", document={**URL, "parameters": {"x": "see {{custom.a.part}}"}}
        )
    with pytest.raises(errors.BadInput, match="itself"):
        await house.functions.edit(ACTOR, "b", document={"payload": ["{{custom.b}}"]})


@pytest.mark.parametrize(
    ("document", "path"),
    [
        ([], ""),
        ({}, "url"),
        ({**URL, **LAMBDA}, "url"),
        ({"url": "crm.example"}, "url"),
        ({"url": "ftp://crm.example"}, "url"),
        ({"url": "https://u:p@crm.example"}, "url"),
        ({"url": "https://crm.example:99999"}, "url"),
        ({"url": "https://[::1"}, "url"),
        ({"url": "https://crm.example/\n"}, "url"),
        ({"url": "https://crm.example/" + "x" * 2000}, "url"),
        ({"url": 5}, "url"),
        ({**URL, "timeoutMs": 9}, "timeoutMs"),
        ({**URL, "timeoutMs": True}, "timeoutMs"),
        ({**URL, "timeoutMs": 1e3}, "timeoutMs"),
        ({**URL, "retries": 6}, "retries"),
        ({**URL, "concurrency": 0}, "concurrency"),
        ({**URL, "cacheSeconds": -1}, "cacheSeconds"),
        ({**URL, "onFailure": "explode"}, "onFailure"),
        ({**URL, "onFailure": ["default"]}, "onFailure"),
        ({**URL, "onFailure": "default"}, "defaultValue"),
        ({**URL, "defaultValue": 1}, "defaultValue"),
        ({**URL, "parameters": []}, "parameters"),
        ({**URL, "parameters": {"a": "{{b"}}, "parameters"),
        ({**URL, "parameters": {"a": "x" * 20_001}}, "parameters"),
        ({**URL, "parameters": {}, "payload": 1}, "payload"),
        ({**URL, "breaker": {"failures": 0}}, "breaker"),
        ({**URL, "breaker": {"fuse": 1}}, "breaker"),
        ({**URL, "secret": "hush-hush"}, "secret"),
        ({**URL, "secret": "whsec_aGk="}, "secret"),
        ({**URL, **CLIENT}, "clientId"),
        ({"lambdaId": "../x", **CLIENT}, "lambdaId"),
        ({**LAMBDA, "secret": WHSEC}, "secret"),
        ({**LAMBDA, "domain": "mine.example/path"}, "domain"),
        ({**LAMBDA, "accountId": "1/2"}, "accountId"),
        ({"lambdaId": "1", "clientId": "me"}, "clientSecret"),
        ({"lambdaId": "1"}, "clientId"),
        ({**URL, "colour": "red"}, "colour"),
    ],
)
async def test_a_definition_that_makes_no_sense_is_refused(
    house: House, document: Any, path: str
) -> None:
    """With the path to the mistake, and never with a secret in the message."""
    with pytest.raises(errors.OrchestratorError) as refused:
        await house.functions.add(ACTOR, "crm", document=document)
    assert path in [problem.path for problem in refused.value.problems]
    assert "hush-hush" not in repr(refused.value.problems)
    assert await house.functions.all(ACTOR) == []


@pytest.mark.parametrize("name", ["", "custom.", "a.b", "1a", "a b", "-a", "x" * 65, "a\n"])
async def test_a_name_is_one_word(house: House, name: str) -> None:
    """What comes after a dot is a part of the value."""
    with pytest.raises(errors.BadInput):
        await house.functions.add(ACTOR, name, document=URL)


@pytest.mark.parametrize(
    ("written", "host", "port"),
    [
        ("crm.internal", "crm.internal", None),
        ("CRM.Internal.:8443", "crm.internal", 8443),
        ("10.0.0.1:1", "10.0.0.1", 1),
        ("[::1]:8443", "::1", 8443),
        ("[0:0::1]", "::1", None),
        ("::1", "::1", None),
    ],
)
async def test_an_allowed_host_is_kept_as_calls_compare_it(
    house: House, written: str, host: str, port: int | None
) -> None:
    """Once for each host and port; it can be taken back in any spelling."""
    await house.functions.allow_host(ACTOR, written)
    again = await house.functions.allow_host(ACTOR, written, scheme="http")
    assert (again.host, again.port, again.scheme) == (host, port, "http")
    assert await house.functions.hosts(ACTOR) == [again]
    assert (await house.store.functions("1")).hosts == (Host(host, port, "http"),)
    assert (await house.store.functions("2")).hosts == ()
    await house.functions.disallow_host(ACTOR, written)
    assert await house.functions.hosts(ACTOR) == []
    with pytest.raises(errors.NotFound):
        await house.functions.disallow_host(ACTOR, written)


@pytest.mark.parametrize(
    "host", ["", ":80", "a:0", "a:65536", "a:b", "a b", "http://a", "a/b", "*.a", "a_b", "-a"]
)
async def test_what_is_no_host_is_refused(house: House, host: str) -> None:
    """No patterns, no addresses with paths."""
    with pytest.raises(errors.BadInput):
        await house.functions.allow_host(ACTOR, host)


async def test_hosts_are_for_administrators(house: House) -> None:
    """Who edits policies defines functions; where these may go is another's word."""
    editor = Actor("1", "eve", access.permissions(("Policy editor",)))
    await house.functions.add(editor, "crm", document=URL)
    viewer = Actor("1", "vi", access.permissions(("Viewer",)))
    assert len(await house.functions.all(viewer)) == 1
    for actor, act in (
        (editor, house.functions.allow_host(editor, "crm.internal")),
        (editor, house.functions.disallow_host(editor, "crm.internal")),
        (viewer, house.functions.add(viewer, "age", document=URL)),
        (viewer, house.functions.edit(viewer, "crm", document={})),
        (viewer, house.functions.remove(viewer, "crm")),
    ):
        with pytest.raises(errors.Forbidden, match=actor.who):
            await act
    agent = Actor("1", "al", access.permissions(("Agent",)))
    with pytest.raises(errors.Forbidden):
        await house.functions.all(agent)


async def test_costs_are_added_to_what_is_there(house: House) -> None:
    """By anybody who calls; those of a function that is gone are dropped, and go with it."""
    await house.functions.add(ACTOR, "crm", document=URL)
    one = Cost().after(Call("crm", "failed", 20, 1, "Gone."), at=START)
    for _ in range(3):
        await house.store.add_costs({("1", "crm"): one, ("1", "gone"): one, ("2", "crm"): one})
    cost = (await house.functions.show(ACTOR, "crm")).cost
    assert (cost.calls, cost.failures, cost.average_ms, cost.p95_ms) == (3, 3, 20, 25)
    assert (cost.last_error, cost.last_error_at) == ("Gone.", START)
    await house.functions.remove(ACTOR, "crm")
    await house.functions.add(ACTOR, "crm", document=URL)
    assert (await house.functions.show(ACTOR, "crm")).cost.calls == 0


async def test_every_change_is_in_the_log(house: House) -> None:
    """With what it was before and after."""
    await house.functions.add(ACTOR, "crm", document={**URL, "secret": WHSEC})
    await house.clock.advance(timedelta(seconds=1))
    await house.functions.edit(ACTOR, "crm", document={"retries": 1})
    await house.functions.allow_host(ACTOR, "crm.internal:1")
    await house.functions.remove(ACTOR, "crm")

    def work(connection: Any) -> list[Any]:
        statement = text("SELECT noun, id FROM changes ORDER BY sequence")
        return [tuple(row) for row in connection.execute(statement)]

    found = await house.database.read(work)
    functions = ("functions", "crm")
    hosts = ("function-hosts", "crm.internal:1")
    assert found == [functions, functions, hosts, functions]
