"""A consumer and an agent in two terminals, over the running server."""

import json
from contextlib import ExitStack

import pytest

from running import commands

SDES = [{"type": "ctmrinfo", "info": {"ctype": "gold"}}]


@pytest.fixture
def staffed(account):
    """An account without a bot: anna serves Billing, ben serves Claims."""
    for skill, login in (("Billing", "anna"), ("Claims", "ben")):
        account("skills", "add", skill)
        account("users", "add", login, "--type", "human", "--role", "Agent")
        account("skills", "assign", skill, login)
    return account


@pytest.fixture
def start(staffed):
    """Start a command that is ended with the test."""
    with ExitStack() as started:

        def begin(*arguments: str):
            made = staffed.start(*arguments)
            started.callback(made.kill)
            return made

        yield begin


def test_a_conversation_is_taken_answered_transferred_and_closed(staffed, start):
    """What one side types the other one reads; lists tell the same story."""
    anna, ben = start("agent", "anna"), start("agent", "ben", "--auto-accept")
    for agent in (anna, ben):
        agent.wait_for(lambda line: line.get("availability") == "ONLINE", what="being online")
    chat = start(
        *("chat", "--skill", "Billing", "--consumer", "jo", "--profile", json.dumps(SDES)),
        *("--message", "Hello", "--wait", "60"),
    )
    conversation = chat.wait_for(lambda line: "conversationId" in line)["conversationId"]
    ring = anna.wait_for(lambda line: line.get("event") == "ring", what="a ring")
    assert (ring["conversationId"], ring["skill"]) == (conversation, "Billing")
    assert staffed("conversations", "list")[0]["state"] == "RINGING"

    anna.send("/accept")
    anna.wait_for(lambda line: line.get("state") == "MINE", what="the conversation")
    anna.send("How can I help?")
    reply = chat.wait_for(lambda line: line.get("text") == "How can I help?", what="a reply")
    assert reply["from"] == "anna"
    anna.send("/skill Claims")
    anna.wait_for(lambda line: line.get("state") == "LEFT", what="leaving")
    ben.wait_for(lambda line: line.get("state") == "MINE", what="the transfer")
    shown = staffed("conversations", "show", conversation)
    row = shown["conversation"]
    assert (row["state"], row["agent"], row["entrySkill"], row["skill"], row["policy"]) == (
        *("WITH_AGENT", "ben", "Billing", "Claims", None),
    )
    said = [(message["from"], message["text"]) for message in shown["messages"]]
    assert said == [("consumer", "Hello"), ("anna", "How can I help?")]
    queues = {queue["skill"]: queue for queue in staffed("queues", "list")}
    assert (queues["Claims"]["onlineAgents"], queues["Claims"]["freeSlots"]) == (1, 9)

    ben.send("/close")
    assert chat.finish() == 0  # it ends with the conversation
    assert staffed("conversations", "list")[0]["state"] == "CLOSED"


def test_a_key_made_for_a_session_is_revoked_after_it(staffed, start):
    """An agent who signs in without a password leaves no key behind that works."""
    anna = start("agent", "anna")
    anna.wait_for(lambda line: line.get("availability") == "ONLINE", what="being online")
    assert anna.terminate() == 0

    assert all(key["revokedAt"] for key in staffed("users", "show", "anna")["keys"])


def test_a_wrong_password_exits_2(staffed):
    """An agent with a wrong password is told so, without saying which part is wrong."""
    with pytest.raises(commands.CommandFailed) as failed:
        staffed("agent", "anna", "--password-stdin", stdin="not it at all\n")

    assert failed.value.code == 2
    assert failed.value.errors[0]["code"] == "unauthenticated"
