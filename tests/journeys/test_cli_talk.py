"""A consumer and an agent in two terminals, over the running server."""

import json
from contextlib import ExitStack

import pytest

from running import commands, inside

SDES = [{"type": "ctmrinfo", "info": {"ctype": "gold"}}]


@pytest.fixture
def staffed(account):
    """An account without a bot: anna serves Billing, ben serves Claims."""
    orchestrator = inside.Inside(account.data, account.account)
    for skill, login in (("Billing", "anna"), ("Claims", "ben")):
        orchestrator("skills", "add", skill)
        orchestrator("users", "add", login, "--type", "human", "--role", "Agent")
        orchestrator("skills", "assign", skill, login)
    return orchestrator


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
    anna.wait_for(lambda line: line.get("from") == "consumer", what="what was said before")
    anna.send("How can I help?")
    reply = chat.wait_for(lambda line: line.get("text") == "How can I help?", what="a reply")
    assert reply["from"] == "anna"
    staffed("skills", "add", "Disputes")
    anna.send("/skill Disputes")  # newer than what she saw when she came
    anna.wait_for(lambda line: line.get("state") == "LEFT", what="leaving")
    assert staffed("conversations", "list")[0]["skill"] == "Disputes"
    staffed("skills", "assign", "Disputes", "anna")
    anna.wait_for(lambda line: line.get("event") == "ring", what="the next ring")
    anna.send("/accept")
    anna.wait_for(lambda line: line.get("state") == "MINE", what="the conversation again")
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


def test_a_command_that_there_is_not_is_answered_here_and_said_to_nobody(staffed):
    """The consumer reads what there is, and how to say a text that begins with a slash."""
    place = ("--data", str(staffed.data), "--account", staffed.account)
    typed = "/status\n/quit it\n/help\n  //quit is a word\nplain\n/close\n"
    code, out, err = inside.run(["chat", "--skill", "Billing", *place], stdin=typed)

    assert code == 0
    assert "There is no command “/status”, only /quit, /close, /help." in err
    assert "There is no command “/quit it”" in err
    assert "begin with “//”" in err
    assert out.count("//text says /text") == 2  # when it begins, and when it is asked for
    (conversation,) = staffed("conversations", "list")
    said = staffed("conversations", "show", conversation["conversationId"])["messages"]
    assert [message["text"] for message in said] == ["/quit is a word", "plain"]


def test_an_agent_says_a_text_that_begins_with_a_slash(start):
    """Doubled it is a text; alone it is a command, or none."""
    anna = start("agent", "anna", "--auto-accept")
    anna.wait_for(lambda line: line.get("availability") == "ONLINE", what="being online")
    chat = start("chat", "--skill", "Billing", "--message", "Hello", "--wait", "60")
    anna.wait_for(lambda line: line.get("state") == "MINE", what="the conversation")
    anna.send("/status")
    anna.send("//status")
    said = chat.wait_for(lambda line: line.get("from") == "anna", what="a text")
    assert said["text"] == "/status"


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


def test_a_talk_outlives_a_restart_of_the_server(start_server):
    """Both sides find the server again, miss nothing that was said, and hear nothing twice."""
    server = start_server()
    orchestrator = inside.Inside(server.data)
    orchestrator("skills", "add", "Billing")
    orchestrator("users", "add", "anna", "--type", "human", "--role", "Agent")
    orchestrator("skills", "assign", "Billing", "anna")
    anna = orchestrator.start("agent", "anna", "--auto-accept")
    chat = orchestrator.start("chat", "--skill", "Billing")
    try:
        anna.wait_for(lambda line: line.get("state") == "MINE", what="the conversation")
        chat.send("before")
        anna.wait_for(lambda line: "before" in line["text"], what="the first message")

        server.kill()
        server.restart()

        anna.wait_for(lambda line: line.get("state") == "MINE", what="having it again")
        anna.send("after")
        chat.wait_for(lambda line: line.get("text") == "after", what="the answer")
        anna.send("/close")
        assert chat.finish() == 0
        anna.send("/quit")
        assert anna.finish() == 0
    finally:
        anna.kill()
        chat.kill()
    said = [json.loads(line).get("text") for line in chat.output[1:]]
    assert said == ['"before"', "after"]
    assert sum('"from":"consumer"' in line for line in anna.output) == 1
