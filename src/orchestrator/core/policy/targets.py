"""Targets of a policy set: skills and agents by name and by id, and loops through the bot."""

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Literal

import msgspec

from orchestrator.core.model import ids
from orchestrator.core.model.errors import Problem
from orchestrator.core.model.ids import AccountId, Pid, SkillId, UserId
from orchestrator.core.policy import payload
from orchestrator.core.policy.document import Block, Document, InvalidPolicy, Policy
from orchestrator.core.policy.mistakes import Mistakes
from orchestrator.core.policy.payload import Asked, Say, ToAgent, ToSkill


class Target(msgspec.Struct, frozen=True):
    """A literal target. ``id`` or ``name`` may be None, not both; ``path`` leads to its payload.

    ``kind`` is "skill" for the skill of a transfer to a skill, "fallback" for that of a transfer to
    an agent. The path is relative to the policy: ``exception.actions[0].payload``.
    """

    kind: Literal["skill", "agent", "fallback"]
    id: str | None
    name: str | None
    path: str


Aim = tuple[str, str | None, str | None]
"""Kind, id and name of a target, wherever it is."""


def targets(policy: Policy | InvalidPolicy) -> tuple[Target, ...]:
    """Return every literal target of a policy; an invalid one has none."""
    if isinstance(policy, InvalidPolicy):
        return ()
    return tuple(
        target
        for path, block in _blocks(policy)
        for index, asked in enumerate(block.actions)
        for target in _targets(asked, f"{path}actions[{index}].payload")
    )


def _blocks(policy: Policy) -> Iterator[tuple[str, Block]]:
    yield "", policy.root
    if policy.exception is not None:
        yield "exception.", policy.exception


def _targets(asked: Asked, path: str) -> Iterator[Target]:
    match asked:
        case ToSkill(skill_id, skill_name):
            yield from _target("skill", skill_id, skill_name, path)
        case ToAgent(user_id, login_name, skill_id, skill_name):
            yield from _target("agent", user_id, login_name, path)
            yield from _target("fallback", skill_id, skill_name, path)


def _target(
    kind: Literal["skill", "agent", "fallback"], found: str | None, name: str | None, path: str
) -> Iterator[Target]:
    literal = None if found is None or payload.is_dynamic(found) else found
    if literal is not None or name is not None:
        yield Target(kind, literal, name, path)


class Account(msgspec.Struct, frozen=True):
    """What one account has: ids to names of skills, ids to logins of users, PIDs to ids of users.

    Without its ``id`` (and ``pids``) the wire's spellings of an agent's id are not recognised.
    """

    id: AccountId
    skills: Mapping[SkillId, str]
    users: Mapping[UserId, str]
    pids: Mapping[Pid, UserId]

    def user_id(self, spelled: str) -> UserId:
        """Return the user id for ``1.1001`` (``ACCOUNT.USER``), a PID or a user id; else itself."""
        if spelled in self.users:
            return spelled
        return self.pids.get(spelled.lower(), ids.user_of(spelled, self.id))


def are_settled(aims: Collection[Aim], account: Account, bot_skills: Collection[SkillId]) -> bool:
    """Return whether there is nothing to resolve, to warn of or to refuse in these targets."""
    for kind, identity, name in aims:
        known = account.users if kind == "agent" else account.skills
        if name is not None or identity not in known:
            return False
        if kind != "agent" and identity in bot_skills:
            return False
    return True


def resolve_names(
    document: Document, account: Account, *, places: Collection[int] | None = None
) -> tuple[Document, tuple[Problem, ...]]:
    """Turn names, PIDs and ``ACCOUNT.USER`` into ids of an account.

    With both, the id counts if it bears that name in the account, otherwise the name. What was
    found is kept as the id alone, so that a later renaming changes nothing. What is in the account
    by neither is kept by its name, or else its id, and gets a warning: an unknown target. Only the
    policies at ``places`` are looked at, by default all. What needs no change stays the same.
    """
    mistakes = Mistakes()
    resolution = _Resolution(account, mistakes)
    resolved = _at_places(document, places, resolution.block)
    return resolved, tuple(mistakes.warnings)


def _at_places(
    document: Document, places: Collection[int] | None, change: Callable[[Block, str], Block]
) -> Document:
    """Return the document with the blocks at some places changed; ``change`` is told their path."""
    policies = list(document.policies)
    for place in sorted(range(len(policies)) if places is None else places):
        policy = policies[place]
        if isinstance(policy, InvalidPolicy):
            continue
        root = change(policy.root, f"policies[{place}].actions")
        exception = policy.exception
        if exception is not None:
            exception = change(exception, f"policies[{place}].exception.actions")
        if root is not policy.root or exception is not policy.exception:
            policies[place] = msgspec.structs.replace(policy, root=root, exception=exception)
    return msgspec.structs.replace(document, policies=tuple(policies))


class _Resolution:
    """One document against one account, and the warnings about what is not there."""

    def __init__(self, account: Account, mistakes: Mistakes) -> None:
        self._account = account
        self._by_id = {"skill": account.skills, "user": account.users}
        self._by_name = {
            noun: {name: identity for identity, name in known.items()}
            for noun, known in self._by_id.items()
        }
        self._mistakes = mistakes

    def block(self, block: Block, path: str) -> Block:
        resolved = tuple(
            self._action(asked, f"{path}[{index}].payload")
            for index, asked in enumerate(block.actions)
        )
        return _with_actions(block, resolved)

    def _action(self, asked: Asked, path: str) -> Asked:
        match asked:
            case ToSkill(skill_id, skill_name):
                return ToSkill(*self._find("skill", skill_id, skill_name, path))
            case ToAgent(user_id, login_name, skill_id, skill_name):
                if user_id is not None and not payload.is_dynamic(user_id):
                    user_id = self._account.user_id(user_id)
                agent = self._find("user", user_id, login_name, path)
                return ToAgent(*agent, *self._find("skill", skill_id, skill_name, path))
            case Say():
                return asked

    def _find(
        self, noun: Literal["skill", "user"], identity: str | None, name: str | None, path: str
    ) -> tuple[str | None, str | None]:
        field = f"{path}.{noun}Id"
        if name is None:
            if identity and not payload.is_dynamic(identity) and identity not in self._by_id[noun]:
                self._unknown(noun, f"with the id {identity!r}", field)
            return identity, None
        if identity is not None and self._by_id[noun].get(identity) == name:
            return identity, None
        found = self._by_name[noun].get(name)
        if found is not None:
            return found, None
        called = "skillName" if noun == "skill" else "loginName"
        self._unknown(noun, f"called {name!r}", f"{path}.{called}")
        return None, name

    def _unknown(self, noun: str, what: str, path: str) -> None:
        self._mistakes.warn(path, "unknown-target", f"the account has no {noun} {what}")


def _with_actions(block: Block, actions: tuple[Asked, ...]) -> Block:
    return block if actions == block.actions else msgspec.structs.replace(block, actions=actions)


def name_targets(
    document: Document, account: Account, *, places: Collection[int] | None = None
) -> Document:
    """Add to every literal id the name it bears in the account, as exports have them.

    Only for the policies at ``places``, by default all.
    """

    def named(block: Block, _: str) -> Block:
        return _with_actions(block, tuple(_with_names(asked, account) for asked in block.actions))

    return _at_places(document, places, named)


def _with_names(asked: Asked, account: Account) -> Asked:
    skills, users = account.skills, account.users
    match asked:
        case ToSkill(skill_id, skill_name):
            return ToSkill(skill_id, skills.get(skill_id or "", skill_name))
        case ToAgent(user_id, login_name, skill_id, skill_name):
            return ToAgent(
                user_id,
                users.get(user_id or "", login_name),
                skill_id,
                skills.get(skill_id or "", skill_name),
            )
        case Say():
            return asked


def own_skill_loops(
    document: Document, bot_skills: Collection[SkillId], *, places: Collection[int] | None = None
) -> tuple[Problem, ...]:
    """Return a problem for each literal transfer to a skill that the bot itself serves.

    Such a document is refused on saving: the conversation would come straight back. Fallback skills
    of transfers to agents count. Works on a document whose names have been resolved. Only the
    policies at ``places`` are looked at, by default all.
    """
    mistakes = Mistakes()
    for index in sorted(range(len(document.policies)) if places is None else places):
        for target in targets(document.policies[index]):
            if target.kind != "agent" and target.id in bot_skills:
                mistakes.error(
                    f"policies[{index}].{target.path}.skillId",
                    "loop",
                    f"the bot itself serves the skill {target.name or target.id!r}: a conversation "
                    "sent there comes straight back",
                )
    return tuple(mistakes.errors)
