"""Who writes to Meridian, and why: people and errands, drawn from a seeded source of chance."""

import random
from typing import Any, Final, Literal

import msgspec

from orchestrator.simulator import rules, seed

Device = Literal["DESKTOP", "MOBILE", "TABLET"]
Channel = Literal["web", "app", "whatsapp"]


class Persona(msgspec.Struct, frozen=True):
    """A person, as the brand's page knows them; None is not known."""

    first_name: str
    last_name: str
    language: str
    ctype: str | None = None
    cstatus: str | None = None
    balance: float | None = None
    customer_id: str | None = None
    company_size: int | None = None

    @property
    def name(self) -> str:
        """The name for people."""
        return f"{self.first_name} {self.last_name}"

    def sdes(self) -> list[dict[str, Any]]:
        """Return the engagement attributes in their wire shape; what is not known is left out."""
        info = {
            "ctype": self.ctype,
            "cstatus": self.cstatus,
            "balance": self.balance,
            "customerId": self.customer_id,
            "companySize": self.company_size,
            "userName": self.first_name,
        }
        known = {key: value for key, value in info.items() if value is not None}
        personal = {"firstname": self.first_name, "lastname": self.last_name}
        return [{"type": "ctmrinfo", "info": known}, {"type": "personal", "personal": personal}]


class Errand(msgspec.Struct, frozen=True):
    """Why somebody writes, and from where. ``more`` is said once an agent has answered."""

    way_in: seed.WayIn
    first_message: str
    more: str
    device: Device
    channel: Channel

    def context(self, language: str) -> dict[str, Any]:
        """Return the conversation context that the consumer's program sends."""
        match self.channel:
            case "web":
                return {"type": "SharkContext", "lang": language}
            case "app":
                return {"type": "MobileAppContext", "lang": language}
            case "whatsapp":
                return {"type": "CustomContext", "name": "whatsapp", "lang": language}

    def client_properties(self) -> dict[str, Any]:
        """Return what the consumer's program says of itself."""
        return {
            "type": ".ClientProperties",
            "appId": "meridian-app" if self.channel == "app" else "webAsync",
            "deviceFamily": self.device,
            "features": ["RICH_CONTENT"],
        }


_FIRST_NAMES: Final = (
    "Ada Alan Amara Anna Bruno Celia Chen David Dora Eva Felix Fatima Greta Hugo Ines Ivan Jonas "
    "Julia Kai Lena Leo Lina Marco Mila Nadia Noah Omar Priya Ravi Sara Theo Tara Uma Viktor Zoe"
)
_LAST_NAMES: Final = (
    "Abbott Baker Costa Diaz Evans Fischer Garcia Hughes Ito Jansen Kaur Larsen Moreau Nkosi Olsen "
    "Park Quinn Rossi Silva Torres Usman Vogel Walker Yilmaz Zhang"
)

_TIERS: Final = (
    *("gold", "Gold", "platinum", "PLATINUM"),
    *(
        "silver",
        "silver",
        "basic",
        "basic",
        "basic",
        "standard",
        "standard",
        "standard",
        None,
        None,
    ),
)
_STATUSES: Final = ("active", "active", "active", "prospect", "Prospect", "dormant", "closed", None)
_LANGUAGES: Final = (
    "en-US",
    "en-US",
    "en-GB",
    "en-GB",
    "en-US",
    "en-GB",
    "de-DE",
    "fr-FR",
    "es-ES",
    "es-MX",
)
_DEVICES: Final[tuple[Device, ...]] = ("DESKTOP", "DESKTOP", "MOBILE", "MOBILE", "TABLET")

_MESSAGES: Final = (
    "My card was stolen this morning, please help",
    "I think I lost my card on the train",
    "I did not recognise this payment at a petrol station",
    "The app closes as soon as I open it",
    "I cannot log in since yesterday",
    "Can I get a mortgage with a small deposit?",
    "We would like a business loan for a second shop",
    "How do I refinance the loan on our warehouse?",
    "I want to complain about a fee",
    "This is my third complaint and nobody called",
    "When will my new card arrive?",
    "What is the limit of my credit card?",
    "How long does a wire to Norway take?",
    "I would like to open an account for my daughter",
    "Why is there a fee on my statement?",
    "Please send me the invoice of March again",
    "Which of your savings accounts pays most?",
    "Can I change my address here?",
    "What are your opening hours on Saturday?",
    "Do you have a branch near the harbour?",
)
_SPANISH: Final = (
    "Hola, no encuentro mi extracto de marzo",
    "Quisiera abrir una cuenta para mi empresa",
    "¿Cuánto tarda una transferencia a Portugal?",
)
_MORE: Final = (
    "It is rather urgent, to be honest.",
    "I have the number here if you need it.",
    "That was on Monday.",
    "I tried it twice.",
    "My wife has the same question.",
)


def person(chance: random.Random) -> Persona:
    """Draw a person."""
    unknown = chance.random() < 0.12  # noqa: PLR2004  about one in eight is not logged in
    name = {
        "first_name": chance.choice(_FIRST_NAMES.split()),
        "last_name": chance.choice(_LAST_NAMES.split()),
    }
    language = chance.choice(_LANGUAGES)
    if unknown:
        return Persona(**name, language=language)
    return Persona(
        **name,
        language=language,
        ctype=chance.choice(_TIERS),
        cstatus=chance.choice(_STATUSES),
        balance=chance.choice((None, _balance(chance), _balance(chance))),
        customer_id=_customer_id(chance),
        company_size=chance.choice((None, None, None, 4, 49, 50, 320)),
    )


def errand(chance: random.Random, who: Persona) -> Errand:
    """Draw a reason to write for ``who``."""
    way_in = chance.choice(seed.WAYS_IN)
    channel: Channel = "web"
    device = chance.choice(_DEVICES)
    if way_in.name == "Mobile app":
        channel, device = "app", "MOBILE"
    elif chance.random() < 0.15:  # noqa: PLR2004  about one in seven comes by WhatsApp
        channel, device = "whatsapp", "MOBILE"
    is_spanish = who.language.startswith("es") and chance.random() < 0.7  # noqa: PLR2004
    messages = _SPANISH if is_spanish else _MESSAGES
    return Errand(way_in, chance.choice(messages), chance.choice(_MORE), device, channel)


def _balance(chance: random.Random) -> float:
    """Around the thresholds of the rules as well as far from them."""
    spread = (chance.uniform(-800, -1), chance.uniform(0, 40_000), chance.uniform(0, 400_000))
    return round(chance.choice((0, -0.01, 99_999.99, 100_000, *spread, *spread)), 2)


def _customer_id(chance: random.Random) -> str:
    is_vip = chance.random() < 0.06  # noqa: PLR2004  a short list stays a short list
    return chance.choice(rules.VIP_CUSTOMERS) if is_vip else f"M-{chance.randrange(2000, 9999)}"
