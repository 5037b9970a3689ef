"""The phrases of which sentences about policies are made: THE table, by language."""

from collections.abc import Mapping
from typing import Final

import msgspec

from orchestrator.core.policy import operators


class Phrases(msgspec.Struct, frozen=True):
    """One language's phrases; ``{}`` and ``{0}``, ``{1}`` are places for what varies.

    ``holds`` says by operator that a condition holds; ``empty``, ``joins`` and ``groups`` are by
    quantifier: a group of nothing, what stands between its members, and around them.
    """

    whole: str
    exception: str
    opening: str
    opening_exception: str
    holds: Mapping[str, str]
    empty: Mapping[str, str]
    joins: Mapping[str, str]
    groups: Mapping[str, str]
    more: str
    then: str
    say: str
    to_skill: str
    to_agent: str
    to_agent_from: str
    or_else: str
    named: str
    taken_from: str


ENGLISH: Final = Phrases(
    whole="{0} {1} THEN {2}",
    exception="{0}, {1}",
    opening="IF",
    opening_exception="EXCEPT IF",
    holds={row.name: row.holds if row.takes_value else row.words for row in operators.ROWS},
    empty={"all": "always", "any": "never", "none": "always"},
    joins={"all": " and ", "any": " or ", "none": " or "},
    groups={"all": "({})", "any": "({})", "none": "not ({})"},
    more="{} more",
    then=", then ",
    say="say {}",
    to_skill="transfer to {}",
    to_agent="transfer to the agent {}",
    to_agent_from="transfer to the agent in {}",
    or_else="{0}, else to {1}",
    named="“{}”",
    taken_from="the one in {}",
)

GERMAN: Final = Phrases(
    whole="{0} {1} DANN {2}",
    exception="{0}, {1}",
    opening="WENN",
    opening_exception="AUSSER WENN",
    holds={
        "EQUAL": "gleich {}",
        "NOT_EQUAL": "ungleich {}",
        "LESS_THAN": "kleiner als {}",
        "LESS_THAN_OR_EQUAL": "höchstens {}",
        "GREATER_THAN": "größer als {}",
        "GREATER_THAN_OR_EQUAL": "mindestens {}",
        "IS_IN": "ist in {}",
        "NOT_IN": "ist nicht in {}",
        "CONTAINS": "enthält {}",
        "NOT_CONTAINS": "enthält nicht {}",
        "IS_PART_OF": "ist Teil von {}",
        "STARTS_WITH": "beginnt mit {}",
        "ENDS_WITH": "endet mit {}",
        "MATCHES": "passt auf {}",
        "IS_SET": "ist gesetzt",
        "IS_NOT_SET": "fehlt",
    },
    empty={"all": "immer", "any": "nie", "none": "immer"},
    joins={"all": " und ", "any": " oder ", "none": " oder "},
    groups={"all": "({})", "any": "({})", "none": "nicht ({})"},
    more="{} weitere",
    then=", dann ",
    say="sage {}",
    to_skill="leite an {} weiter",
    to_agent="leite an den Agenten {} weiter",
    to_agent_from="leite an den Agenten in {} weiter",
    or_else="{0}, sonst an {1}",
    named="„{}“",
    taken_from="den in {}",
)

BY_LANGUAGE: Final[Mapping[str, Phrases]] = {"en": ENGLISH, "de": GERMAN}


def of(language: str) -> Phrases:
    """Return the phrases of a language (BCP 47, such as ``de``); English where there are none."""
    return BY_LANGUAGE.get(language, ENGLISH)
