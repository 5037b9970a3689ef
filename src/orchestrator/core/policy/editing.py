"""What an edit of a document makes of it: only what the edit may have touched is read again."""

import msgspec

from orchestrator.core.model.attributes import Json
from orchestrator.core.policy import document, schedule
from orchestrator.core.policy.document import Document, InvalidPolicy, Policy


def settled(after: Document, before: Document) -> Document:
    """Return ``after``, made of ``before``, as `document.load_stored` would read it.

    Both hold policies that were read, most of them the same objects, which they stay: but for those
    whose expressions find other schedules, and invalid ones, which are tried again. Raises
    `mistakes.PolicyErrors` for custom values or schedules that make no sense.
    """
    head = _head(after, before)
    names = frozenset(head.schedules or ())
    keeps_expressions = names == frozenset(before.schedules or ())
    if keeps_expressions and InvalidPolicy not in set(map(type, after.policies)):
        return msgspec.structs.replace(head, policies=after.policies)
    policies = list(after.policies)
    for index, policy in enumerate(policies):
        if keeps_expressions and isinstance(policy, Policy):
            continue
        if isinstance(policy, InvalidPolicy) or document.has_expression(policy):
            given = [document.dump_policy(policy)]
            policies[index] = document.read_again(
                given, start=index, custom=head.custom, schedules=names
            )[0]
    return msgspec.structs.replace(head, policies=tuple(policies))


def _head(after: Document, before: Document) -> Document:
    """Return the document without its policies; what is the same object needs no reading."""
    given: dict[str, Json] = {"policies": []}
    if after.custom is not before.custom and after.custom is not None:
        given["custom"] = after.custom
    if after.schedules is not before.schedules and after.schedules is not None:
        given["schedules"] = {name: schedule.dump(each) for name, each in after.schedules.items()}
    found = document.load_stored(given).policy_set
    return Document(
        (),
        found.custom if "custom" in given else after.custom,
        found.schedules if "schedules" in given else after.schedules,
    )
