"""An agent or bot on the published npm package ``node-agent-sdk``, driven from a test."""

import itertools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from running import node

SCRIPTS = node.SDK_FOLDER

RINGS = "routing.RoutingTaskNotification"
CONVERSATIONS = "cqm.ExConversationChangeNotification"
MESSAGES = "ms.MessagingEventNotification"


class Refused(Exception):
    """The SDK called back with an error: ``code`` and ``body`` of the answer, or a message."""

    def __init__(self, error: Mapping[str, Any]) -> None:
        super().__init__(str(error))
        self.code = error.get("code")
        self.body = error.get("body")


class Agent:
    """One SDK object in a process of its own; ``conf`` is what the SDK's constructor takes."""

    def __init__(self, installation: node.Node, conf: Mapping[str, Any], *, trusting: Path) -> None:
        self._program = installation.start(SCRIPTS / "bridge.js", trusting=trusting)
        self._numbers = itertools.count(1)
        self._program.send(conf)
        self.pid = ""
        self.user_id = ""

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._program.returncode is None

    @property
    def complaints(self) -> list[str]:
        """What the SDK or Node.js wrote to stderr; nothing, when all is well."""
        return self._program.errors

    def connected(self) -> "Agent":
        """Wait for the ``connected`` event and remember who the server says we are."""
        line = self._program.wait_for(
            lambda line: line.get("event") in {"connected", "error"}, what="connected"
        )
        assert line["event"] == "connected", line
        self.pid, self.user_id = line["agentId"], line["userId"]
        return self

    def online(self) -> "Agent":
        """Connect, subscribe to rings and to its own conversations, and take new ones."""
        self.connected()
        self.call("subscribeExConversations", {"agentIds": [self.pid], "convState": ["OPEN"]})
        self.call("subscribeRoutingTasks", {})
        self.call("setAgentState", {"availability": "ONLINE"})
        return self

    def call(self, function: str, body: object, *, metadata: object = None) -> Any:
        """Call ``agent.function(body, null, metadata, callback)``; return the callback's body.

        Raises Refused with what the callback got as its error.
        """
        number = next(self._numbers)
        self._program.send({"id": number, "call": function, "body": body, "metadata": metadata})
        line = self._program.wait_for(
            lambda line: line.get("result") == number, what=f"the answer to {function}"
        )
        if line["error"] is not None:
            raise Refused(line["error"])
        return line["body"]

    def event(
        self, name: str, matches: Callable[[Any], Any] = lambda _: True, *, within: float = 15
    ) -> Any:
        """Take the oldest event ``name`` whose body ``matches``; return its body."""
        line = self._program.wait_for(
            lambda line: line.get("event") == name and matches(line["body"]),
            within=within,
            what=name,
        )
        return line["body"]

    def ring(self, conversation_id: str, state: str = "WAITING") -> str:
        """Wait for a ring of the conversation in ``state`` and return its id."""

        def rings(body: Any) -> list[str]:
            return [
                ring["ringId"]
                for change in body["changes"]
                if change["result"]["conversationId"] == conversation_id
                for ring in change["result"]["ringsDetails"]
                if ring["ringState"] == state
            ]

        return rings(self.event(RINGS, rings))[0]

    def conversation(
        self, conversation_id: str, change_type: str = "UPSERT", role: str | None = None
    ) -> dict[str, Any]:
        """Wait for a change of the conversation, with us in ``role``; return its details."""

        def found(body: Any) -> list[dict[str, Any]]:
            return [
                change["result"]["conversationDetails"]
                for change in body["changes"]
                if change["type"] == change_type
                and change["result"]["convId"] == conversation_id
                and (
                    role is None or change["result"]["conversationDetails"].get("__myRole") == role
                )
            ]

        return found(self.event(CONVERSATIONS, found))[0]

    def accept(self, conversation_id: str) -> dict[str, Any]:
        """Answer the waiting ring and wait until the conversation is ours; return its details."""
        ring_id = self.ring(conversation_id)
        self.call("updateRingState", {"ringId": ring_id, "ringState": "ACCEPTED"})
        return self.conversation(conversation_id, role="ASSIGNED_AGENT")

    def say(self, dialog_id: str, text: str, *, metadata: object = None) -> int:
        """Publish a text and return its sequence number."""
        content = {"type": "ContentEvent", "contentType": "text/plain", "message": text}
        body = {"dialogId": dialog_id, "event": content}
        return self.call("publishEvent", body, metadata=metadata)["sequence"]

    def hears(self, dialog_id: str, text: str) -> dict[str, Any]:
        """Wait for a message with exactly ``text`` and return its event notification."""

        def found(body: Any) -> list[dict[str, Any]]:
            return [
                change
                for change in body["changes"]
                if body["dialogId"] == dialog_id and change["event"].get("message") == text
            ]

        return found(self.event(MESSAGES, found))[0]

    def close(self) -> None:
        """Dispose of the SDK object, as its users do, and end the process."""
        if self._program.returncode is None:
            self._program.end_input()
            code = self._program.finish()
            assert code == 0, f"the SDK's process ended with {code}: {self.complaints}"

    def vanish(self) -> None:
        """End the process at once, its socket with it."""
        self._program.kill()
