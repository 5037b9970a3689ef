"""Meridian's rules a second time, as a routing manager would say them: plain ifs, no engine.

Nothing of `core.policy` is used here on purpose. What this says, and what the server did, are two
independent answers to the same question.
"""

from typing import Final

import msgspec

_VIPS: Final = {"M-1007", "M-1042", "M-1108", "M-1250", "M-1371", "M-1499"}
_LOAN_WORDS: Final = {"mortgage", "mortgages", "loan", "loans", "refinance", "refinances"}


class Facts(msgspec.Struct, frozen=True):
    """What can be known of a conversation when it arrives; None is not known.

    ``previous_agent`` is the login of who served this person last.
    """

    entry_skill: str
    first_message: str
    language: str
    device: str
    channel: str
    is_first: bool
    ctype: str | None = None
    cstatus: str | None = None
    balance: float | None = None
    customer_id: str | None = None
    company_size: int | None = None
    previous_agent: str | None = None
    minutes_since_previous_message: float | None = None


class Expected(msgspec.Struct, frozen=True):
    """The policy that should win, None for none, and the skill's name or agent's login to go to."""

    policy: str | None
    target: str


def of(facts: Facts) -> Expected:  # noqa: C901, PLR0912  one rule after the other is the point
    """Return what should become of a conversation."""
    text = facts.first_message.lower()
    tier = (facts.ctype or "").lower()
    status = (facts.cstatus or "").lower()

    if "stolen" in text or "lost my card" in text or "not recognise this payment" in text:
        return Expected("Lost or stolen card", "Fraud")
    if "the app" in text or "log in" in text:
        if facts.channel == "app":  # the outage: a message, and then as if no policy had matched
            return Expected("App trouble", _fallback(facts))
        return Expected("App trouble", "Technical Support")
    if facts.previous_agent is not None and _came_back_soon(facts):
        return Expected("Back to the agent you know", facts.previous_agent)
    if facts.customer_id in _VIPS:
        return Expected("VIP list", "Private Banking")
    if tier == "platinum" and facts.balance is not None and facts.balance >= 100_000:  # noqa: PLR2004
        return Expected("Platinum to their banker", "margaret.osei")
    if tier in ("gold", "platinum") and status not in ("dormant", "closed"):
        return Expected("Top tiers to advisors", "Private Banking")
    if "business loan" in text or (_is_large(facts) and _is_about_loans(text)):
        return Expected("Business lending to Olga", "Lending")  # Olga never signs in
    if "complain" in text:
        return Expected("Complaints to Tom", "General Service")  # Tom is always at capacity
    if _is_about_loans(text):
        return Expected("Mortgages and loans", "Lending")
    if facts.language.startswith("es"):
        return Expected("Spanish speakers", "Spanish Desk")
    if facts.balance is not None and facts.balance < 0 and facts.entry_skill != "maven:Sales":
        return Expected("Overdrawn accounts", "Billing")
    if "card" in text and facts.device == "MOBILE":
        return Expected("Card questions on a phone", "Cards")
    # "Wire transfers to Tom" is switched off.
    if facts.is_first and _is_prospect(facts, text) and facts.entry_skill != "maven:Billing":
        return Expected("Prospects to Sales", "Sales")
    if facts.channel == "whatsapp":
        return Expected("Hello on WhatsApp", _fallback(facts))
    return Expected(None, _fallback(facts))


def _fallback(facts: Facts) -> str:
    """What came in on maven:Billing goes to Billing; the rest to the account's fallback skill."""
    if facts.entry_skill.startswith("maven:"):
        return facts.entry_skill.split(":", 1)[1]
    return "General Service"


def _came_back_soon(facts: Facts) -> bool:
    minutes = facts.minutes_since_previous_message
    return minutes is not None and minutes < 30  # noqa: PLR2004  the seed's own number


def _is_large(facts: Facts) -> bool:
    return facts.company_size is not None and facts.company_size >= 50  # noqa: PLR2004  as above


def _is_about_loans(text: str) -> bool:
    words = "".join(letter if letter.isalnum() or letter == "_" else " " for letter in text).split()
    return any(word in _LOAN_WORDS for word in words)


def _is_prospect(facts: Facts, text: str) -> bool:
    if facts.cstatus is None:
        return "open an account" in text
    return facts.cstatus.lower() == "prospect"
