"""The policies of the account whose pages are measured: thousands, of a dozen shapes."""

from typing import Any, Final

from bench import rules

SKILLS: Final = 200
ATTRIBUTES: Final = 300

_WEEK: Final = {day: [["08:30:00", "18:00:00"]] for day in ("MON", "TUE", "WED", "THU", "FRI")}
_SCHEDULES: Final = ("Desk", "Late desk", "Branches", "Lending, appointments only")
_CITIES: Final = ("Paris", "Zürich", "Kraków", "São Paulo", "القاهرة", "Hà Nội", "Reykjavík")


def skill(number: int) -> str:
    """Return the name of a skill of the account."""
    return f"{_CITIES[number % len(_CITIES)]} desk {number:03d}"


def login(number: int) -> str:
    """Return the login of somebody who works there."""
    return f"agent.{number:03d}"


def segment(number: int) -> str:
    """Return the customer type that policy ``number`` wants, and no consumer of the bench has."""
    return f"segment {number:04d}"


def document(policies: int) -> dict[str, Any]:
    """Return ``policies`` policies, the last of them those of `rules`, with lists and schedules."""
    first = tuple(_policy(number) for number in range(policies - rules.POLICIES))
    return {
        **rules.document(first=first),
        "custom": {_static(number): _value(number) for number in range(ATTRIBUTES)},
        "schedules": {name: {"zone": "Europe/Paris", "weekly": _WEEK} for name in _SCHEDULES},
    }


def _static(number: int) -> str:
    return f"list{number:03d}"


def _value(number: int) -> Any:
    if number % 3 == 0:
        return [f"C-{number}-{each:04d}" for each in range(5 + number % 40)]
    return f"text {number}" if number % 3 == 1 else number * 10


def _policy(number: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "id": f"policy-{number:04d}",
        "name": f"{_CITIES[number % len(_CITIES)]}: {segment(number)} to {skill(number % SKILLS)}",
        "enabled": number % 11 != 0,
        "conditions": [_is("customerinfo.ctype", segment(number)), *_conditions(number)],
        "actions": _actions(number),
    }
    if number % 12 == 5:
        made |= {"expression": _expression(number)}
        del made["conditions"]
    if number % 12 == 6:
        made["exception"] = {
            "conditions": [_is("conversation.language", "fr-FR")],
            "actions": [_transfer(number + 1)],
        }
    if number % 12 == 7:
        made["enabled"] = False  # a function of the bench answers nobody
    return made


def _conditions(number: int) -> list[dict[str, Any]]:
    match number % 12:
        case 0:
            return []
        case 1:
            return [{"property": "customerinfo.balance", "type": "GREATER_THAN", "value": number}]
        case 2:
            listed = [f"{city} {number}" for city in _CITIES * 3]
            return [{"property": "shop.city", "type": "IS_IN", "value": listed}]
        case 3:
            inner = [_is("shop.tier", "gold"), _is("shop.tier", "platinum")]
            late = {"property": "shop.total", "type": "LESS_THAN", "value": number}
            return [{"any": [*inner, {"all": [_is("conversation.channel", "web"), late]}]}]
        case 4:
            return [{"none": [_is("shop.blocked", value=True), _is("shop.city", "Atlantis")]}]
        case 7:
            return [{"property": f"custom.crm{number % 50:02d}.score", "type": "IS_SET"}]
        case 8:
            reference = f"{{{{custom.{_static(number % 100 * 3)}}}}}"
            return [{"property": "customerinfo.customerId", "type": "IS_IN", "value": reference}]
        case 9:
            text = f"invoice {number}"
            return [{"property": "conversation.firstMessage", "type": "CONTAINS", "value": text}]
        case 10:
            return [{"property": "personalinfo.company", "type": "STARTS_WITH", "value": "Acme"}]
        case _:
            return [_is("conversation.channel", "web"), _is("conversation.language", "en-US")]


def _expression(number: int) -> str:
    name = _SCHEDULES[number % len(_SCHEDULES)]
    wanted = f"customerinfo.ctype == '{segment(number)}'"
    return f"{wanted} and isOpen('{name}') and customerinfo.balance >= {number}"


def _actions(number: int) -> list[dict[str, Any]]:
    hello = {"type": "SEND_MESSAGE", "payload": {"message": f"One moment, please ({number})."}}
    if number % 12 == 2:
        payload = {"loginName": login(number % 400), "skillName": skill(number % SKILLS)}
        return [hello, {"type": "TRANSFER_TO_AGENT", "payload": payload}]
    return [hello, _transfer(number)] if number % 2 else [_transfer(number)]


def _transfer(number: int) -> dict[str, Any]:
    return {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": skill(number % SKILLS)}}


def _is(name: str, value: Any) -> dict[str, Any]:
    return {"property": name, "type": "EQUAL", "value": value}
