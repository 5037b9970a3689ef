"""Trying a function out, by somebody who may change it, with attributes that they give."""

from collections.abc import Iterable, Mapping
from typing import Any

from orchestrator.core.model import access
from orchestrator.core.model.access import Actor
from orchestrator.core.model.attributes import AttributeValue
from orchestrator.core.policy import lookup
from orchestrator.services.admin.policies import Policies
from orchestrator.services.routing.functions import Functions, Tried
from orchestrator.services.routing.sources.given import OfCaller, OfSet


async def once(
    functions: Functions,
    policies: Policies,
    actor: Actor,
    *,
    name: str,
    attributes: Mapping[str, Any],
) -> Tried:
    """Call ``custom.NAME`` once; its parameters come from the caller and the account's static ones.

    Functions among its parameters are not called: give their values. Raises `errors.Forbidden`,
    `errors.NotFound`, and `errors.BadInput` for attributes that are none.
    """
    access.demand(actor, "policies.write")
    lookup.reader(attributes)  # says what is wrong with them before anybody is called
    _, document = await policies.current(actor)
    static, given = OfSet(document.custom or {}), OfCaller(attributes)

    async def fetch(names: Iterable[str]) -> Mapping[str, AttributeValue]:
        wanted = list(names)
        own = [each for each in wanted if static.knows(each)]
        rest = [each for each in wanted if each not in own]
        return {**await static.fetch(own), **await given.fetch(rest)}

    return await functions.trial(actor.account, name, fetch)
