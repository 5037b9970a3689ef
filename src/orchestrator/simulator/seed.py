"""Meridian, a retail bank that does not exist: its skills, its agents, its ways in.

Capacities are part of a promise: no agent who is online takes fewer than `LEAST_CAPACITY`
conversations, so that a simulation with fewer at once never meets one who is full, and what becomes
of a transfer to an agent follows from the rules alone.
"""

from typing import Final

import msgspec

from orchestrator.core.model.conversation import Availability

BRAND: Final = "Meridian Bank"
CAMPAIGN: Final = "Meridian.com"
BOT: Final = "router-bot"
FALLBACK_SKILL: Final = "General Service"
"""Where the account sends what no policy wanted."""
LEAST_CAPACITY: Final = 20

BOT_SKILLS: Final = ("Conversation Orchestrator", "maven:Billing", "maven:Sales")
"""What the bot serves: conversations come in here."""
SKILLS: Final = (
    *BOT_SKILLS,
    "Billing",
    "Cards",
    "Fraud",
    "General Service",
    "Lending",
    "Private Banking",
    "Sales",
    "Spanish Desk",
    "Technical Support",
)


class Agent(msgspec.Struct, frozen=True):
    """A human agent. ``state`` OFFLINE means that they never sign in."""

    login: str
    full_name: str
    skills: tuple[str, ...]
    max_chats: int = LEAST_CAPACITY
    state: Availability = "ONLINE"


class WayIn(msgspec.Struct, frozen=True):
    """An engagement: a place where consumers start, and the skill they enter."""

    name: str
    skill: str


AGENTS: Final = (
    Agent("amelia.hart", "Amelia Hart", ("Billing",), 24),
    Agent("anders.lund", "Anders Lund", ("Lending",)),
    Agent("aisha.rahman", "Aisha Rahman", ("Fraud", "Cards"), 24),
    Agent("ben.okafor", "Ben Okafor", ("Cards", "Billing")),
    Agent("carla.mendes", "Carla Mendes", ("Spanish Desk", "General Service"), 30),
    Agent("chloe.martin", "Chloe Martin", ("Sales",), 24),
    Agent("daniel.cho", "Daniel Cho", ("Technical Support",), 30),
    Agent("diego.romero", "Diego Romero", ("Spanish Desk",), 24),
    Agent("elena.rossi", "Elena Rossi", ("Private Banking",)),
    Agent("emil.novak", "Emil Novak", ("Technical Support", "General Service"), 24),
    Agent("farah.aziz", "Farah Aziz", ("Fraud",)),
    Agent("george.ellis", "George Ellis", ("General Service", "Billing", "Cards"), 40),
    Agent("grace.kim", "Grace Kim", ("Lending", "Sales"), 24),
    Agent("hannah.weber", "Hannah Weber", ("General Service",), 40),
    Agent("henrik.dahl", "Henrik Dahl", ("Private Banking",), 20, "AWAY"),
    Agent("isabel.ortega", "Isabel Ortega", ("Spanish Desk", "Billing"), 24),
    Agent("james.whitlock", "James Whitlock", ("Private Banking", "Lending")),
    Agent("joy.adeyemi", "Joy Adeyemi", ("Sales", "Cards"), 24),
    Agent("kenji.mori", "Kenji Mori", ("Technical Support",), 30),
    Agent("laura.brandt", "Laura Brandt", ("Billing", "General Service"), 30),
    Agent("lucas.meyer", "Lucas Meyer", ("Sales",), 24),
    Agent("margaret.osei", "Margaret Osei", ("Private Banking",), 40),
    Agent("maya.singh", "Maya Singh", ("Cards",), 24),
    Agent("nora.lindqvist", "Nora Lindqvist", ("General Service", "Technical Support"), 30),
    Agent("olga.petrova", "Olga Petrova", ("Lending",), 20, "OFFLINE"),
    Agent("pavel.dvorak", "Pavel Dvorak", ("Fraud", "Technical Support"), 24),
    Agent("rosa.delgado", "Rosa Delgado", ("Spanish Desk", "Sales"), 24, "AWAY"),
    Agent("samuel.boateng", "Samuel Boateng", ("Lending",), 24),
    Agent("tom.becker", "Tom Becker", ("General Service",), 0),
    Agent("yuki.tanaka", "Yuki Tanaka", ("Cards", "Fraud", "Billing"), 24),
)
"""Olga never signs in, Henrik and Rosa are away, and Tom takes calls instead of chats (capacity 0):
whoever is sent to them by name goes to the action's fallback skill."""

WAYS_IN: Final = (
    WayIn("Home page", "Conversation Orchestrator"),
    WayIn("Cards page", "Conversation Orchestrator"),
    WayIn("Mobile app", "Conversation Orchestrator"),
    WayIn("Billing page", "maven:Billing"),
    WayIn("Open an account", "maven:Sales"),
)
