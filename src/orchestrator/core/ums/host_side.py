"""The host's end of one messaging socket, agent's or consumer's, as a machine without I/O.

How to think about this
=======================

A ``HostSide`` is one socket seen from the server: text goes in, text comes out, and nothing here
waits, reads a clock or knows a network. The door that owns the real socket does three things.

1. Every text that arrives goes to ``receive``, which returns one of

   - ``Asked``: a legal request with a typed body. The door asks a service, and then calls exactly
     one of ``answer``, ``refuse`` or a ``subscribe_…`` method with it. Calling a second one raises
     ``errors.Conflict``: that would be our fault, not the client's.
   - ``Replied``: the request was not legal (unknown type, bad body, not theirs to ask, not
     introduced yet). It has been answered here; the door only sends ``frames``.
   - ``Broken``: it is no request at all and does not say whom to answer. There is nothing to send.

2. Every fact of the account (``core.model.happening``) goes to ``happened``, in the order in which
   it became true. What comes back is what this socket, and only this one, must be told: usually
   nothing. The subscriptions that decide this are held here and die with the socket. A door that
   waits for the current state between ``receive`` and ``subscribe_…`` goes on calling ``happened``:
   what becomes true in between is kept and told right after the current state.

3. Frames are sent in the order in which they were returned. Promises about order (a subscription's
   response before its first notification; an UPSERT before the messages of its conversation) are
   kept by the order of the returned lists.

Who is told what
----------------

Conversations: an UPSERT for every change that matches a subscription; when it stops matching, one
DELETE, and never a DELETE without an UPSERT before it. A snapshot older than what this socket has
been told is dropped, so that a fact still on its way while the current state was read does no harm.

Messages, for agents: taking part is the subscription, with one condition (conformance 40). Client
programs look a message's conversation up among those that they were told, and die when it is not
there. So where a conversation subscription covers these people's conversations, a message goes out
only while an UPSERT that names this agent stands; if it is still missing, it is sent first, from
the snapshot that travels with the message. Without such a subscription taking part is enough in
conversations that this socket knows, from its rings or because it asked of them: a bot that comes
back with conversations in hand hears nothing before it subscribes.

Messages, for consumers: dialogs to which they subscribed, and never what is private to agents.

Rings: to the rung agent, if the socket subscribed to routing tasks. Agent states: to whoever
subscribed to that agent.
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from orchestrator.core.model import errors, happening
from orchestrator.core.model.conversation import Availability, Conversation, Message, Ring
from orchestrator.core.ums import codec, moves, notices, received, refusals, subscriptions
from orchestrator.core.ums.frames import STRING_RESPONSE, Notification, Request, Response
from orchestrator.core.ums.received import Asked, Broken, Caller, Received, Replied, frames_of
from orchestrator.core.ums.subscriptions import ConversationSubscription, active, hears

__all__ = ["Asked", "Broken", "Caller", "HostSide", "Received", "Replied", "frames_of"]


class HostSide:
    """One socket of ``account``. ``caller`` None: a consumer who has yet to say who they are."""

    def __init__(
        self,
        account: str,
        side: moves.Side,
        *,
        caller: Caller | None = None,
        limits: codec.Limits = codec.DEFAULT,
    ) -> None:
        self.account = account
        self.side: moves.Side = side
        self.caller = caller
        self._limits = limits
        self._open: dict[int, list[happening.Happening]] = {}
        self._subscribing: set[int] = set()
        self._serial = 0
        self._subscription = 0
        self._conversations: dict[str, ConversationSubscription] = {}
        self._named: set[str] = set()
        self._known = subscriptions.Known()
        self._routing: list[str] = []
        self._rung = subscriptions.Rung()
        self._agents: dict[str, str] = {}
        self._dialogs: dict[str, int] = {}

    @property
    def open_requests(self) -> int:
        """How many requests wait for their answer; the door bounds it."""
        return len(self._open)

    def introduce(self, caller: Caller) -> None:
        """Say who is at the other end, once their token has been verified."""
        self.caller = caller

    # Requests in ------------------------------------------------------------------------------

    def receive(self, text: str | bytes) -> Received:
        """Take one frame of the client. Never raises for what the client sent."""
        try:
            frame = codec.decode(text, limits=self._limits)
        except codec.FrameError as error:
            return self._refused(error.request_id, error.message)
        if not isinstance(frame, Request):
            return Broken("A client sends requests, not responses or notifications.")
        move = moves.BY_SPELLING.get(frame.type)
        if move is None:
            return self._refused(frame.id, f"Unknown request type {frame.type[:100]!r}.")
        if self.side not in move.askers:
            return self._refused(frame.id, f"{move.name} is not for {self.side} sockets.")
        if not codec.fits(text, received.MOST_ASKED):
            return self._refused(frame.id, f"A request has at most {received.MOST_ASKED} bytes.")
        if self.caller is None and not move.before_introduction:
            return self._refused(frame.id, "Send InitConnection with a token first.", code=401)
        if move.subscribes and self._has_too_many():
            return self._refused(frame.id, "This socket has too many subscriptions.", code=429)
        try:
            body = move.read(frame.body)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
            return self._refused(frame.id, f"Bad body of {move.name}: {error}.")
        return self._asked(frame, move, body)

    def _asked(self, frame: Request, move: moves.Move, body: Any) -> Asked:
        self._serial += 1
        self._open[self._serial] = []
        if move.subscribes:
            self._subscribing.add(self._serial)
        self._known.learn(subscriptions.subjects(body))
        headers = tuple(frame.headers or ())
        return Asked(self._serial, frame.id, move, body, headers, frame.metadata)

    def _refused(self, request_id: str | None, reason: str, *, code: int = 400) -> Received:
        if request_id is None:
            return Broken(reason)
        frame = Response(request_id, code, STRING_RESPONSE, reason)
        return Replied((codec.encode(frame),), reason)

    # Answers out ------------------------------------------------------------------------------

    def answer(self, asked: Asked, body: Any, *, code: int = 200) -> list[str]:
        """Answer well. ``body`` is a sentence where the move's answer is one, else an object.

        Raises ``errors.Conflict`` when the request has been answered already.
        """
        self._settle(asked)
        return [self._response(asked, body, code=code)]

    def answer_messages(self, asked: Asked, messages: Iterable[Message]) -> list[str]:
        """Answer QueryMessages, leaving out what this side may not see."""
        return self.answer(asked, notices.events(messages, self.account, side=self.side))

    def refuse(self, asked: Asked, text: str, *, code: int = 400) -> list[str]:
        """Refuse with a sentence; the type is never that of a success (conformance 20)."""
        self._settle(asked)
        return [codec.encode(Response(asked.request_id, code, STRING_RESPONSE, text))]

    def refuse_error(self, asked: Asked, error: errors.OrchestratorError) -> list[str]:
        """Refuse with the code that the table of ``refusals`` gives for the error."""
        return self.refuse(asked, error.message, code=refusals.code_of(error))

    def _settle(self, asked: Asked) -> list[happening.Happening]:
        """Close the request; returns the facts since it was asked, for a subscription."""
        if asked.serial not in self._open:
            raise errors.Conflict(f"Request {asked.request_id} has been answered already.")
        self._subscribing.discard(asked.serial)
        return self._open.pop(asked.serial)

    def _response(self, asked: Asked, body: Any, *, code: int = 200) -> str:
        kind = asked.move.answer_type(self.side)
        return codec.encode(Response(asked.request_id, code, kind, body))

    # Subscriptions ----------------------------------------------------------------------------

    def subscribe_conversations(
        self, asked: Asked, *, current: Iterable[Conversation]
    ) -> list[str]:
        """Answer SubscribeExConversations, then tell the matches among ``current``.

        ``current`` may hold more than matches, oldest first; without a match one notification with
        no changes follows. What it does not hold yet, `continue_conversations` tells.
        """
        early = self._settle(asked)
        name = self._next_subscription("ex")
        subscription = ConversationSubscription(name, asked.body, serial=asked.serial)
        self._conversations[name] = subscription
        frames = [self._response(asked, {"subscriptionId": name})]
        frames += self._upserts(subscription, current) or [
            self._tell(notices.conversations(name, (), side=self.side))
        ]
        for fact in early:
            if isinstance(fact, happening.ConversationChanged):
                frames += self._conversation_changed(fact.conversation, [subscription])
        return frames

    def continue_conversations(
        self, asked: Asked, *, current: Iterable[Conversation]
    ) -> list[str] | None:
        """Tell more matches of a subscription that has been answered; None once it has ended.

        No fact may come between the reading of ``current`` and this call.
        """
        for subscription in self._conversations.values():
            if subscription.serial == asked.serial:
                return self._upserts(subscription, current)
        return None

    def _upserts(
        self, subscription: ConversationSubscription, current: Iterable[Conversation]
    ) -> list[str]:
        matching = [
            snapshot
            for snapshot in current
            if self._may_see(snapshot)
            and subscription.is_news(snapshot)
            and subscription.matches(snapshot)
        ]
        for snapshot in matching:
            subscription.upserted(snapshot)
            self._remember_naming(snapshot)
        return notices.in_pieces(subscription.subscription_id, matching, side=self.side)

    def unsubscribe_conversations(self, asked: Asked) -> list[str]:
        """Answer UnsubscribeExConversations; an unknown subscription is refused with 404."""
        if self._conversations.pop(asked.body.subscription_id, None) is None:
            return self.refuse(asked, "There is no such subscription.", code=404)
        self._known.learn(self._named)
        self._named = {known for known in self._named if self._is_told(known)}
        return self.answer(asked, "OK Unsubscribed successfully")

    def subscribe_routing(self, asked: Asked, *, rings: Iterable[Ring]) -> list[str]:
        """Answer SubscribeRoutingTasks, then tell the rings that wait (none is told as none)."""
        early = self._settle(asked)
        name = self._next_subscription("routing")
        self._routing.append(name)
        waiting = [ring for ring in rings if ring.state == "WAITING" and self._is_me(ring.user_id)]
        waiting = [ring for ring in waiting if self._rung.is_news(name, ring)]
        self._known.learn(ring.conversation_id for ring in waiting)
        missed = [fact.ring for fact in early if isinstance(fact, happening.RingChanged)]
        return [
            self._response(asked, {"subscriptionId": name}),
            self._tell(notices.rings(name, waiting)),
            *(frame for ring in missed for frame in self._ring_changed(ring, [name])),
        ]

    def subscribe_agent_state(
        self, asked: Asked, *, user_id: str, availability: Availability
    ) -> list[str]:
        """Answer SubscribeAgentsState, then tell the agent's present state."""
        early = self._settle(asked)
        name = self._next_subscription("state")
        self._agents[name] = user_id
        for fact in early:
            if isinstance(fact, happening.AvailabilityChanged) and fact.user_id == user_id:
                availability = fact.availability
        told = notices.agent_state(name, self.account, user_id=user_id, availability=availability)
        return [self._response(asked, {"subscriptionId": name}), self._tell(told)]

    def subscribe_messages(self, asked: Asked, *, messages: Iterable[Message]) -> list[str]:
        """Answer a consumer's SubscribeMessagingEvents, then tell the stored events.

        ``messages`` are the dialog's, in order. Live events that are among them are told once.
        """
        early = self._settle(asked)
        dialog_id, first = asked.body.dialog_id, asked.body.from_seq or 0
        known = list(messages)
        stored = [message for message in known if message.sequence >= first]
        # What is known but was not asked for is not told either when its fact arrives late.
        self._dialogs[dialog_id] = max(first - 1, known[-1].sequence if known else 0)
        frames = [self._response(asked, {})]
        if told := notices.events(stored, self.account, side=self.side):
            frames.append(self._tell(notices.dialog_events(dialog_id, told)))
        for fact in early:
            if isinstance(fact, happening.MessagePublished) and fact.message.sequence > 0:
                frames += self._message_for_consumer(fact.conversation, fact.message)
        return frames

    def _next_subscription(self, kind: str) -> str:
        self._subscription += 1
        return f"{kind}-{self._subscription}"

    # Facts ------------------------------------------------------------------------------------

    def happened(self, fact: happening.Happening) -> list[str]:
        """Return the frames that tell this socket of ``fact``; mostly none.

        The end of a session is for the door, which closes the socket.
        """
        if self.caller is None or fact.account != self.account:
            return []
        for serial in self._subscribing:
            self._open[serial].append(fact)
        match fact:
            case happening.ConversationChanged(_, snapshot):
                return self._conversation_changed(snapshot, self._conversations.values())
            case happening.MessagePublished(_, snapshot, message):
                if self.side == "consumer":
                    return self._message_for_consumer(snapshot, message)
                return self._message_for_agent(snapshot, message)
            case happening.RingChanged(_, ring):
                return self._ring_changed(ring, self._routing)
            case happening.AvailabilityChanged(account, user, state):
                watching = [name for name, watched in self._agents.items() if watched == user]
                told = (
                    notices.agent_state(name, account, user_id=user, availability=state)
                    for name in watching
                )
                return [self._tell(notice) for notice in told]
            case happening.SessionEnded():
                return []

    def _conversation_changed(
        self, snapshot: Conversation, subscriptions: Iterable[ConversationSubscription]
    ) -> list[str]:
        told: list[Notification] = []
        visible = self._may_see(snapshot)
        if self.side == "consumer" and not visible:
            return []
        key = snapshot.conversation_id
        for subscription in subscriptions:
            name = subscription.subscription_id
            if not subscription.is_news(snapshot):
                continue
            if visible and subscription.matches(snapshot):
                subscription.upserted(snapshot)
                self._remember_naming(snapshot)
                told.append(notices.conversations(name, [snapshot], side=self.side))
            elif subscription.has_told(key):
                subscription.deleted(key)
                told.append(notices.gone(name, snapshot, side=self.side))
        if not self._is_told(key):
            self._named.discard(key)
        return [self._tell(notice) for notice in told]

    def _ring_changed(self, ring: Ring, subscriptions: Iterable[str]) -> list[str]:
        if not self._is_me(ring.user_id):
            return []
        self._known.learn((ring.conversation_id,))
        fresh = [name for name in subscriptions if self._rung.is_news(name, ring)]
        return [self._tell(notices.rings(name, [ring])) for name in fresh]

    def _message_for_agent(self, snapshot: Conversation, message: Message) -> list[str]:
        me = self.caller
        if me is None or not hears(snapshot, message.dialog_id, user_id=me.user_id):
            return []
        frames: list[str] = []
        key = snapshot.conversation_id
        covering = [one for one in self._conversations.values() if one.covers(snapshot)]
        if covering and key not in self._named:
            frames += self._conversation_changed(snapshot, self._conversations.values())
            if key not in self._named:
                return frames
        elif not covering and not self._known.has_any(key, message.dialog_id):
            return frames
        event = notices.message(message, self.account)
        return [*frames, self._tell(event)]

    def _message_for_consumer(self, snapshot: Conversation, message: Message) -> list[str]:
        last = self._dialogs.get(message.dialog_id)
        if last is None or not self._may_see(snapshot):
            return []
        if 0 < message.sequence <= last:
            return []
        if message.sequence > 0:
            self._dialogs[message.dialog_id] = message.sequence
        told = notices.events([message], self.account, side=self.side)
        return [self._tell(notices.dialog_events(message.dialog_id, told))] if told else []

    def _has_too_many(self) -> bool:
        begun = (self._subscribing, self._conversations, self._routing, self._agents, self._dialogs)
        return sum(map(len, begun)) >= subscriptions.MOST_SUBSCRIPTIONS

    # Who is who -------------------------------------------------------------------------------

    def _is_me(self, user_id: str) -> bool:
        return self.caller is not None and self.caller.user_id == user_id

    def _takes_part(self, snapshot: Conversation) -> bool:
        return self.caller is not None and active(snapshot, self.caller.user_id)

    def _may_see(self, snapshot: Conversation) -> bool:
        if self.side == "consumer":
            return self._is_me(snapshot.consumer_id)
        return (self.caller is not None and self.caller.sees_all) or self._takes_part(snapshot)

    def _remember_naming(self, snapshot: Conversation) -> None:
        if self.side == "agent" and self._takes_part(snapshot):
            self._named.add(snapshot.conversation_id)
        else:
            self._named.discard(snapshot.conversation_id)

    def _is_told(self, conversation_id: str) -> bool:
        return any(one.has_told(conversation_id) for one in self._conversations.values())

    def _tell(self, notice: Notification) -> str:
        return codec.encode(notice)
