"""Meridian's policy set, as its routing managers would load it from a file.

`expected` says the same a second time, in plain Python: a change here needs one there.
"""

from typing import Any, Final

Json = dict[str, Any]

VIP_CUSTOMERS: Final = ("M-1007", "M-1042", "M-1108", "M-1250", "M-1371", "M-1499")

_TEXT: Final = "conversation.firstMessage"
_TIER: Final = "customerinfo.ctype"
_LOAN: Final = r"(?i)\b(mortgage|loan|refinance)s?\b"

_APP_TROUBLE: Final = {
    "any": [
        {"property": _TEXT, "type": "CONTAINS", "value": "the app", "ignoreCase": True},
        {"property": _TEXT, "type": "CONTAINS", "value": "log in", "ignoreCase": True},
    ]
}


def document() -> Json:
    """Return the policy set document: 15 policies in order, and the static values they read."""
    return {
        "policies": [
            *_URGENT,
            *_KNOWN_CUSTOMERS,
            *_SUBJECTS,
            *_EVERYBODY,
        ],
        "custom": {
            "topTiers": ["gold", "platinum"],
            "privateTiers": ["platinum"],
            "vipCustomers": list(VIP_CUSTOMERS),
            "outageChannels": ["app"],
            "returnWithinMinutes": 30,
        },
    }


def _policy(name: str, conditions: list[Json], *actions: Json, **more: Any) -> Json:
    return {
        "name": name,
        "enabled": True,
        "conditions": conditions,
        "actions": list(actions),
        **more,
    }


def _says(text: str) -> Json:
    return {"property": _TEXT, "type": "CONTAINS", "value": text, "ignoreCase": True}


def _is(name: str, operator: str, *value: Any) -> Json:
    return {"property": name, "type": operator, **({"value": value[0]} if value else {})}


def _say(message: str) -> Json:
    return {"type": "SEND_MESSAGE", "payload": {"message": message}}


def _to(skill: str) -> Json:
    return {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": skill}}


def _to_agent(skill: str, **agent: str) -> Json:
    return {"type": "TRANSFER_TO_AGENT", "payload": {**agent, "skillName": skill}}


_URGENT: Final = (
    _policy(
        "Lost or stolen card",
        [
            {
                "any": [
                    _says("stolen"),
                    _says("lost my card"),
                    _says("not recognise this payment"),
                ]
            }
        ],
        _say("Please stay here: a specialist from Fraud is joining you now."),
        _to("Fraud"),
    ),
    _policy(
        "App trouble",
        [_APP_TROUBLE],
        _to("Technical Support"),
        exception={
            "conditions": [
                _is("conversation.channel", "IS_IN", "{{custom.outageChannels}}"),
                _APP_TROUBLE,
            ],
            "actions": [_say("The app is slow today. We know, and are on it.")],
        },
    ),
)

_KNOWN_CUSTOMERS: Final = (
    _policy(
        "Back to the agent you know",
        [
            _is("conversation.previousAgentId", "IS_SET"),
            _is(
                "conversation.minutesSincePreviousMessage",
                "LESS_THAN",
                "{{custom.returnWithinMinutes}}",
            ),
        ],
        _to_agent("General Service", userId="{{conversation.previousAgentId}}"),
    ),
    _policy(
        "VIP list",
        [_is("customerinfo.customerid", "IS_IN", "{{custom.vipCustomers}}")],
        _say("Good to see you, {{customerinfo.username|and welcome}}. One moment, please."),
        _to("Private Banking"),
    ),
    _policy(
        "Platinum to their banker",
        [
            _is(_TIER, "IS_IN", "{{custom.privateTiers}}"),
            _is("customerinfo.balance", "GREATER_THAN_OR_EQUAL", 100_000),
        ],
        _to_agent("Private Banking", loginName="margaret.osei"),
    ),
    _policy(
        "Top tiers to advisors",
        [
            _is(_TIER, "IS_IN", "{{custom.topTiers}}"),
            {"none": [_is("customerinfo.cstatus", "IS_IN", ["dormant", "closed"])]},
        ],
        _to("Private Banking"),
    ),
)

_SUBJECTS: Final = (
    _policy(
        "Business lending to Olga",
        [
            {
                "any": [
                    _says("business loan"),
                    {
                        "all": [
                            _is("customerinfo.companysize", "GREATER_THAN_OR_EQUAL", 50),
                            _is(_TEXT, "MATCHES", _LOAN),
                        ]
                    },
                ]
            }
        ],
        _to_agent("Lending", loginName="olga.petrova"),
    ),
    _policy(
        "Complaints to Tom",
        [_says("complain")],
        _to_agent("General Service", loginName="tom.becker"),
    ),
    _policy("Mortgages and loans", [_is(_TEXT, "MATCHES", _LOAN)], _to("Lending")),
    _policy(
        "Spanish speakers",
        [_is("conversation.language", "STARTS_WITH", "es")],
        _to("Spanish Desk"),
    ),
    _policy(
        "Overdrawn accounts",
        [
            _is("customerinfo.balance", "LESS_THAN", 0),
            _is("conversation.entrySkill", "NOT_EQUAL", "maven:Sales"),
        ],
        _say("A colleague from Billing will look at your balance with you."),
        _to("Billing"),
    ),
    _policy(
        "Card questions on a phone",
        [_says("card"), _is("conversation.device", "EQUAL", "MOBILE")],
        _to("Cards"),
    ),
    _policy(
        "Wire transfers to Tom",
        [_says("wire")],
        _to_agent("General Service", loginName="tom.becker"),
        enabled=False,
    ),
)

_EVERYBODY: Final = (
    _policy(
        "Prospects to Sales",
        [
            _is("conversation.isFirst", "EQUAL", True),
            {
                "any": [
                    _is("customerinfo.cstatus", "EQUAL", "prospect"),
                    {
                        "all": [
                            _is("customerinfo.cstatus", "IS_NOT_SET"),
                            _says("open an account"),
                        ]
                    },
                ]
            },
            {"none": [_is("conversation.entrySkill", "EQUAL", "maven:Billing")]},
        ],
        _to("Sales"),
    ),
    _policy(
        "Hello on WhatsApp",
        [_is("conversation.channel", "EQUAL", "whatsapp")],
        _say("Thank you for writing on WhatsApp. A person will answer shortly."),
    ),
)
