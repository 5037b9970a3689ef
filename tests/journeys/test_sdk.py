"""Programs written with npm's node-agent-sdk 1.2.0, unmodified, work on the embedded cloud."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import msgspec
import pytest

from running import commands, node, program, sdk, server

PASSWORD = "Correct-Horse-7-Battery"
KEY_FIELDS = ("appKey", "secret", "accessToken", "accessTokenSecret")


class Site(msgspec.Struct, frozen=True):
    """An account with a bot on skill Front, and the humans anna and ben on skill Billing."""

    orchestrator: commands.Commands
    server: server.Server
    front: str
    billing: str
    users: dict[str, dict[str, Any]]
    keys: dict[str, dict[str, str]]

    def by_key(self, login: str) -> dict[str, str]:
        """What the SDK's constructor takes to sign ``login`` in with its key."""
        return self._conf(login) | {name: self.keys[login][name] for name in KEY_FIELDS}

    def by_password(self, login: str) -> dict[str, str]:
        """What the SDK's constructor takes to sign ``login`` in with its password."""
        return self._conf(login) | {"password": PASSWORD}

    def _conf(self, login: str) -> dict[str, str]:
        account = self.orchestrator.account
        return {"accountId": account, "username": login, "csdsDomain": self.server.domain}


@pytest.fixture(scope="module")
def site(shared_server: server.Server, account_ids: Iterator[int]) -> Site:
    """One account for the module; each test opens conversations of its own in it."""
    orchestrator = shared_server.account(str(next(account_ids)))
    orchestrator("accounts", "add", orchestrator.account)
    users = {
        login: orchestrator(
            *("users", "add", login, "--type", kind, "--role", "Agent", "--max-chats", "unlimited"),
            *(("--password-stdin",) if kind == "human" else ()),
            stdin=PASSWORD,
        )
        for login, kind in (("router", "bot"), ("anna", "human"), ("ben", "human"))
    }
    skills = {name: orchestrator("skills", "add", name)["id"] for name in ("Front", "Billing")}
    orchestrator("skills", "assign", "Front", "router")
    orchestrator("skills", "assign", "Billing", "anna", "ben")
    return Site(
        orchestrator=orchestrator,
        server=shared_server,
        front=str(skills["Front"]),
        billing=str(skills["Billing"]),
        users=users,
        keys={"router": orchestrator("users", "generate-key", "router")},
    )


@pytest.fixture
def sign_in(sdk_node: node.Node, site: Site) -> Iterator[Callable[[dict[str, str]], sdk.Agent]]:
    """Start an SDK object; all are disposed of afterwards, and none may have complained."""
    with ExitStack() as started:

        def start(conf: dict[str, str]) -> sdk.Agent:
            agent = sdk.Agent(sdk_node, conf, trusting=site.server.ca)
            started.callback(_close_quietly, agent)
            return agent

        yield start


def _close_quietly(agent: sdk.Agent) -> None:
    agent.close()
    assert agent.complaints == []


@pytest.fixture
def consumer(site: Site) -> Iterator[Callable[..., tuple[program.Program, str]]]:
    """Open a conversation with some messages; returns the consumer and the conversation's id."""
    with ExitStack() as started:

        def open_conversation(
            *messages: str, skill: str = "Front", profile: object = None
        ) -> tuple[program.Program, str]:
            arguments = ["chat", "--skill", skill, "--wait", "60"]
            arguments += [part for text in messages for part in ("--message", text)]
            if profile is not None:
                arguments += ["--profile", json.dumps(profile)]
            chat = site.orchestrator.start(*arguments)
            started.callback(chat.kill)
            first = chat.wait_for(lambda line: "conversationId" in line, what="a conversation")
            return chat, first["conversationId"]

        yield open_conversation


@pytest.mark.parametrize("way", ["by_key", "by_password"])
def test_an_agent_signs_in_and_is_answered(sign_in, site, way):
    """Key and password both lead to a socket that answers, under the user's own ids."""
    login = {"by_key": "router", "by_password": "anna"}[way]
    agent = sign_in(getattr(site, way)(login)).connected()

    assert agent.user_id == str(site.users[login]["id"])
    assert agent.pid == site.users[login]["pid"]
    assert agent.call("getClock", {})["currentTime"] > 1_700_000_000_000


@pytest.mark.parametrize("wrong", KEY_FIELDS)
def test_a_wrong_key_is_an_error_event(sign_in, site, wrong):
    """Any wrong part of a key ends in the SDK's error event, never in a crash of the bot."""
    conf = site.by_key("router")
    agent = sign_in(conf | {wrong: "0" * len(conf[wrong])})

    agent.event("error")
    assert agent.alive


def test_a_wrong_password_is_an_error_event(sign_in, site):
    """A wrong password ends in the SDK's error event, never in a crash."""
    agent = sign_in(site.by_password("anna") | {"password": "not it"})

    agent.event("error")
    assert agent.alive


def test_a_bot_serves_a_conversation_and_passes_it_to_a_skill(sign_in, site, consumer):
    """Ring, accept, read, answer, profile, skill transfer: the whole day of a routing bot."""
    bot = sign_in(site.by_key("router")).online()
    anna = sign_in(site.by_password("anna")).online()
    vip = {"type": "ctmrinfo", "info": {"ctype": "vip", "customerId": "42"}}
    chat, conversation_id = consumer("my bill is wrong", profile=[vip])

    details = bot.accept(conversation_id)
    assert details["skillId"] == site.front
    assert details["state"] == "OPEN"
    bot.call("subscribeMessagingEvents", {"dialogId": conversation_id})
    heard = bot.hears(conversation_id, "my bill is wrong")
    assert heard["originatorMetadata"]["role"] == "CONSUMER"

    consumer_id = next(p["id"] for p in details["participants"] if p["role"] == "CONSUMER")
    profile = bot.call("getUserProfile", consumer_id)
    assert [sde["info"]["ctype"] for sde in profile if "ctype" in sde.get("info", {})] == ["vip"]

    reason = [{"type": "ActionReason", "reason": "policy", "reasonId": "p1"}]
    sequence = bot.say(conversation_id, "One moment, please.", metadata=reason)
    echo = bot.hears(conversation_id, "One moment, please.")
    assert (echo["sequence"], echo["metadata"]) == (sequence, reason)
    chat.wait_for(lambda line: line.get("text") == "One moment, please.", what="the bot's reply")

    transfer = [
        {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"},
        {"field": "Skill", "type": "UPDATE", "skill": site.billing},
    ]
    bot.call(
        "updateConversationField",
        {"conversationId": conversation_id, "conversationField": transfer},
    )
    bot.conversation(conversation_id, "DELETE")
    with pytest.raises(sdk.Refused) as refused:
        bot.say(conversation_id, "too late")
    assert refused.value.code == 400

    assert anna.accept(conversation_id)["skillId"] == site.billing
    anna.say(conversation_id, "Anna here.")
    chat.wait_for(lambda line: line.get("text") == "Anna here.", what="the agent's reply")


def test_a_bot_passes_a_conversation_to_one_agent(sign_in, site, consumer):
    """A suggested agent is rung alone, though a colleague of the same skill is free as well."""
    bot = sign_in(site.by_key("router")).online()
    anna = sign_in(site.by_password("anna")).online()
    ben = sign_in(site.by_password("ben")).online()
    _, conversation_id = consumer("to Ben, please")
    bot.accept(conversation_id)

    transfer = [
        {"field": "ParticipantsChange", "type": "REMOVE", "role": "ASSIGNED_AGENT"},
        {
            "field": "ParticipantsChange",
            "type": "SUGGEST",
            "role": "ASSIGNED_AGENT",
            "userId": f"{site.orchestrator.account}.{ben.user_id}",
        },
        {"field": "Skill", "type": "UPDATE", "skill": site.billing},
    ]
    bot.call(
        "updateConversationField",
        {"conversationId": conversation_id, "conversationField": transfer},
    )
    handed_over = bot.conversation(conversation_id, "DELETE")
    assert "SUGGESTED" in {
        participant["state"]
        for dialog in handed_over["dialogs"]
        for participant in dialog["participantsDetails"]
    }

    details = ben.accept(conversation_id)
    assert {"id": ben.pid, "role": "ASSIGNED_AGENT"} in details["participants"]
    with pytest.raises(AssertionError, match="did not come"):
        anna.event(
            sdk.RINGS,
            lambda body: any(
                c["result"]["conversationId"] == conversation_id for c in body["changes"]
            ),
            within=0.5,
        )


def test_two_sockets_of_one_bot_hear_the_same(sign_in, site, consumer):
    """Both sockets see the ring; when one vanishes the other stays online and serves on."""
    first = sign_in(site.by_key("router")).online()
    second = sign_in(site.by_key("router")).online()
    _, conversation_id = consumer("hello")
    assert first.ring(conversation_id) == second.ring(conversation_id)

    first.vanish()

    _, another_id = consumer("hello again")
    second.accept(another_id)
    assert second.say(another_id, "Still here.") > 0


@pytest.mark.parametrize("target", ["skill", "agent"])
def test_a_thirty_line_bot_runs_unmodified(sdk_node, sign_in, site, consumer, target):
    """A bot as the SDK's users write it greets each consumer and hands the conversation on."""
    anna = sign_in(site.by_password("anna")).online()
    bot = sdk_node.start(sdk.SCRIPTS / "router.js", trusting=site.server.ca)
    task = {"conf": site.by_key("router"), "greeting": "Welcome!", "skill": site.billing}
    bot.send(task | ({"agent": anna.pid} if target == "agent" else {}))
    bot.wait_for(lambda line: line.get("did") == "connect", what="the bot's connection")

    chat, conversation_id = consumer("hello")
    chat.wait_for(lambda line: line.get("text") == "Welcome!", what="the greeting")
    handed_over = {"did": "hand over", "conversationId": conversation_id}
    bot.wait_for(lambda line: line == handed_over, what="the transfer")
    assert anna.accept(conversation_id)["skillId"] == site.billing

    bot.end_input()
    assert bot.finish() == 0
    assert [line for line in bot.output if "failed" in line] == []
    assert bot.errors == []
