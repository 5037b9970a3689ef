"""Where fuzzing begins: one small input of every kind."""

import json
from pathlib import Path

from fuzz.truth import Truth
from orchestrator.core.policy import functions, operators
from orchestrator.core.ums import codec, moves, notices
from orchestrator.core.ums.frames import Request, Response

EXPRESSIONS = [
    *(row.example for row in functions.ROWS if row.name != "isOpen"),
    "not (a.b == 'it\\'s' or c.d in ['x', 1, true]) and 2 ^ -3 % 4 <= sqrt 9",
    "‘typographic’ == shop.tier || '’' and (a.b > 1) > 0",
]


def documents():
    """Yield a document for every operator, one of expressions, and one of everything else."""
    act = [{"type": "TRANSFER_TO_AGENT", "payload": {"userId": "{{a.b}}", "skillId": "12"}}]
    for row in operators.ROWS:
        tested = {"property": "a.b", "type": row.name}
        value = [["x", 5]] if "list" in row.family.literals else ["2026-11-22"]
        made = tested | ({"value": value[0]} if row.takes_value else {})
        yield [{"name": "P", "enabled": True, "conditions": [{"any": [made]}], "actions": act}]
    yield [
        {"name": f"E{index}", "enabled": True, "expression": text, "actions": act}
        for index, text in enumerate(EXPRESSIONS)
    ]
    yield {
        "policies": [],
        "custom": {"a": [1, {"b": None}]},
        "schedules": {"Day": {"zone": "UTC", "weekly": {"MON": [["08:00:00", "12:00:00"]]}}},
    }


BODIES = {
    "SetAgentState": {"availability": "ONLINE", "channels": ["MESSAGING"], "agentUserId": "1.1001"},
    "UpdateRingState": {"ringId": "c-1_1001", "ringState": "ACCEPTED"},
    "SubscribeExConversations": {"convState": ["OPEN"], "agentIds": [1], "minLastUpdatedTime": 5},
    "UnsubscribeExConversations": {"subscriptionId": "ex-1"},
    "QueryMessages": {"dialogId": "c-1", "newerThanSequence": 1, "maxQuantity": 2},
    "SubscribeMessagingEvents": {"dialogId": "c-1", "fromSeq": 1},
    "PublishEvent": {
        "dialogId": "c-1",
        "event": {"type": "ContentEvent", "contentType": "text/plain", "message": "\\ud83d\\u0000"},
    },
    "SetUserProfile": {"firstName": "Zoë", "authenticatedData": {"lp_sdes": [{}]}},
    "UpdateConversationField": {
        "conversationId": "c-1",
        "conversationField": [
            {"field": "ParticipantsChange", "type": "SUGGEST", "role": "MANAGER", "userId": 7},
            {"field": "Skill", "type": "UPDATE", "skill": "12"},
            {"field": "CSATRate", "csatRate": 5, "status": "FILLED"},
        ],
    },
    "ConsumerRequestConversation": {
        "skillId": "-1",
        "campaignInfo": {"campaignId": 1, "engagementId": "2"},
    },
    "AgentRequestConversation": {"consumerId": "jo"},
}
"""A body for every request that has anything in it."""


def requests():
    """Yield a request of every kind, as text."""
    for number, move in enumerate(moves.MOVES):
        side = min(move.askers)
        body = BODIES.get(move.name, {})
        yield codec.encode(Request(str(number), move.spelling(side), body, [{"type": "x"}], [{}]))


def told():
    """Yield a notification and an answer of every kind, as text."""
    truth = Truth()
    truth.change("c-1", people="me, another suggested", state="CLOSE")
    snapshot = truth.conversations["c-1"]
    said = truth.say("c-1", audience="ALL", stored=True).message
    ring = truth.ring("c-1", user_id="1001", state="WAITING").ring
    for side in ("agent", "consumer"):
        yield codec.encode(notices.conversations("ex-1", [snapshot], side=side))
        yield codec.encode(notices.gone("ex-1", snapshot, side=side))
    yield codec.encode(notices.rings("routing-1", [ring]))
    yield codec.encode(notices.agent_state("s", "1", user_id="1001", availability="ONLINE"))
    yield codec.encode(notices.message(said, "1"))
    seen = notices.events([said], "1", side="consumer")
    yield codec.encode(notices.dialog_events("c-1", seen))
    for number, code in enumerate((200, 201, 404, 200), 1):
        body = {"subscriptionId": "ex-1"} if code < 400 else "There is none."
        yield codec.encode(Response(str(number), code, "x", body))
    yield codec.encode(Response("1", 200, "x", {"subscriptionId": 5}))


def write(folder):
    """Write the seeds, those of each kind into a folder of its own inside this one."""
    kinds = {
        "expressions": EXPRESSIONS,
        "documents": [json.dumps(each, ensure_ascii=False) for each in documents()],
        "requests": requests(),
        "told": told(),
    }
    for kind, texts in kinds.items():
        inside = Path(folder) / kind
        inside.mkdir(parents=True, exist_ok=True)
        for index, text in enumerate(texts):
            (inside / f"seed-{index}").write_text(text, "utf-8")
