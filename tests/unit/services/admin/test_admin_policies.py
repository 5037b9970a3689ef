"""Policy sets of an account, on a real database."""

import pytest

from orchestrator.adapters import calendar, clock, passwords, seal
from orchestrator.adapters.storage import admin, contexts, directory, engine
from orchestrator.core.model import access, errors
from orchestrator.core.policy.mistakes import PolicyErrors
from orchestrator.services.admin import attributes, doctor, policies
from orchestrator.services.context.ports import Place, Property
from orchestrator.services.directory import Directory

ALWAYS = [{"all": []}]
OPERATOR = access.operator("1")


def to_skill(name: str, **payload: str) -> dict:
    """A policy that always transfers to a skill by name."""
    action = {"type": "TRANSFER_TO_SKILL", "payload": {"skillName": name, **payload}}
    return {"name": f"to {name}", "enabled": True, "conditions": ALWAYS, "actions": [action]}


class Site:
    """An account with services on one database."""

    def __init__(self, database: engine.Database) -> None:
        time = clock.SystemClock()
        self.database = database
        self.people = Directory(
            directory.DirectoryStore(database),
            time,
            passwords=passwords.Argon2Passwords(),
            seal=seal.Seal(bytes(32)),
        )
        self.store = admin.AdminStore(database)
        self.policies = policies.Policies(self.store, time, calendar=calendar.holidays)
        self.attributes = attributes.Attributes(self.policies)
        self.doctor = doctor.Doctor(self.store)

    async def bot(self, domain: str | None = None) -> None:
        """Make a bot that serves the skill Front and is configured."""
        users = self.people.users
        await users.add(OPERATOR, login="bot", type="bot", roles=["Agent"], max_chats=None)
        await self.people.skills.add(OPERATOR, name="Front")
        await self.people.skills.assign(OPERATOR, "Front", users=["bot"])
        key = await self.people.keys.generate(OPERATOR, "bot")
        given = {
            "username": key.username,
            "appKey": key.app_key,
            "secret": key.secret,
            "accessToken": key.access_token,
            "accessTokenSecret": key.access_token_secret,
        }
        await self.people.bots.configure(
            OPERATOR, document=given | ({"domain": domain} if domain else {})
        )


@pytest.fixture
async def site(place):
    """An empty account 1."""
    database = await engine.Database.open(place)
    made = Site(database)
    await made.people.accounts.opened("1")
    yield made
    await database.close()


async def test_a_transfer_to_the_bots_own_skill_is_refused_on_saving(site):
    """A literal loop is an error with its path, whether the skill is named or numbered."""
    await site.bot()

    with pytest.raises(PolicyErrors) as refused:
        await site.policies.load(OPERATOR, [to_skill("Front")])

    assert refused.value.problems[0].code == "loop"
    assert refused.value.problems[0].path.startswith("policies[0].actions[0].payload")
    assert await site.policies.versions(OPERATOR) == []


async def test_a_loop_that_came_about_later_does_not_stop_its_mending(site):
    """When the bot is assigned to a target afterwards, the policy can still be switched off."""
    await site.bot()
    await site.people.skills.add(OPERATOR, name="Billing")
    await site.policies.load(OPERATOR, [to_skill("Billing")])
    await site.people.skills.assign(OPERATOR, "Billing", users=["bot"])

    saved = await site.policies.edit(OPERATOR, "to Billing", state="disabled")

    assert (saved.version, saved.enabled) == (2, 0)
    assert [warning.code for warning in saved.warnings] == ["loop"]


async def test_the_list_of_versions_names_what_was_changed_by_its_id(site):
    """Whoever edits, replaces or removes by id reads the name that the policy had then."""
    await site.people.skills.add(OPERATOR, name="Billing")
    await site.policies.load(OPERATOR, [to_skill("Billing")])
    known = (await site.policies.show(OPERATOR, "to Billing")).id

    await site.policies.edit(OPERATOR, known, name="Bills")
    await site.policies.replace(OPERATOR, known, given=to_skill("Billing"))
    await site.policies.remove(OPERATOR, known)

    said = [version.message for version in await site.policies.versions(OPERATOR)]
    assert said[:3] == ["Removed to Billing", "Replaced Bills", "Edited to Billing"]


async def test_an_id_counts_if_it_bears_the_name_and_the_name_otherwise(site):
    """With both given, a wrong id gives way to the name; neither known is a warning."""
    billing = await site.people.skills.add(OPERATOR, name="Billing")
    other = await site.people.skills.add(OPERATOR, name="Other")

    saved = await site.policies.load(
        OPERATOR, [to_skill("Billing", skillId=other.id), to_skill("Nowhere", skillId="9")]
    )

    document = await site.policies.export(OPERATOR)
    first = document["policies"][0]["actions"][0]["payload"]
    assert first == {"skillId": billing.id, "skillName": "Billing"}
    assert [warning.code for warning in saved.warnings] == ["unknown-target"]


async def test_a_static_list_has_a_hundred_thousand_items_at_most(site):
    """One more is refused by its name, and nothing is saved."""
    await site.attributes.set(OPERATOR, "custom.vip", value=["x"] * 100_000)
    with pytest.raises(PolicyErrors) as refused:
        await site.attributes.set(OPERATOR, "custom.vip", value={"a": ["x"] * 100_001})
    assert [(each.code, each.path) for each in refused.value] == [("too-large", "custom.vip.a")]
    assert "at most 100,000 items; this one has 100,001" in str(refused.value)
    version, _ = await site.policies.current(OPERATOR)
    assert version.number == 1


async def test_custom_values_belong_to_versions(site):
    """A document without custom keeps the values, one with custom replaces them all."""
    await site.attributes.set(OPERATOR, "custom.kept", value=1)
    await site.policies.load(OPERATOR, {"policies": []})
    assert [each.value for each in await site.attributes.all(OPERATOR) if each.source == "custom"]
    await site.policies.load(OPERATOR, {"policies": [], "custom": {"new": 2}})

    names = [each.name for each in await site.attributes.all(OPERATOR) if each.source == "custom"]
    assert names == ["custom.new"]
    _, first = await site.policies.version(OPERATOR, 1)
    assert first.custom == {"kept": 1}


async def test_equal_documents_are_stored_once(site):
    """Versions with the same content share one document by its address."""
    for _ in range(3):
        await site.policies.load(OPERATOR, {"policies": []})

    versions = await site.policies.versions(OPERATOR)
    assert len({version.hash for version in versions}) == 1
    assert [version.number for version in versions] == [3, 2, 1]


async def test_a_viewer_reads_and_does_not_change(site):
    """Roles count: reading needs one permission, saving another."""
    viewer = access.Actor("1", "vera", access.permissions(("Viewer",)))

    assert (await site.policies.current(viewer))[0] is None
    with pytest.raises(errors.Forbidden):
        await site.policies.load(viewer, {"policies": []})


async def test_a_move_out_of_range_changes_nothing(site):
    """A position beyond the list is refused with its option."""
    await site.policies.load(OPERATOR, [to_skill("Nowhere")])

    with pytest.raises(errors.BadInput) as refused:
        await site.policies.edit(OPERATOR, "to Nowhere", position=2)

    assert refused.value.path == "--position"
    assert len(await site.policies.versions(OPERATOR)) == 1


async def test_refused_credentials_are_told_with_the_reason(site):
    """A sign-in that the platform refused is a finding of its own."""
    await site.bot()
    await site.people.bots.report("1", state="refused", reason="Wrong login or key.")

    found = await site.doctor.examine(OPERATOR, server="running")

    signing = next(finding for finding in found if finding.check == "bot-sign-in")
    assert not signing.ok
    assert "Wrong login or key." in signing.message
    assert signing.remedy.startswith("orchestrator users generate-key bot --json | orchestrator")


async def test_on_another_platform_only_what_is_ours_is_examined(site):
    """With a domain, users and skills are elsewhere: their checks are left out."""
    await site.bot(domain="adminlogin.example.net")

    found = await site.doctor.examine(OPERATOR, server="running", place="--account 1")

    checks = {finding.check for finding in found}
    assert checks == {"bot-config", "bot-sign-in", "policies", "namespaces"}
    assert all(finding.ok or "--account 1" in finding.remedy for finding in found)


async def test_a_namespace_that_attributes_hide_is_named(site):
    """Of this account alone, and no namespace that policies can see."""
    store, now = contexts.ContextStore(site.database), clock.SystemClock().now()

    async def examined(account: str, namespace: str) -> doctor.Finding:
        where, one = Place(account, namespace, "c1"), [Property("p", "1", 6, now)]
        await store.write(access.operator(account), now, lambda unit: unit.put(where, one))
        found = await site.doctor.examine(OPERATOR, server="stopped")
        return next(finding for finding in found if finding.check == "namespaces")

    assert (await examined("1", "crm")).ok
    assert (await examined("2", "agents")).ok
    hidden = await examined("1", "skills")
    assert not hidden.ok
    assert "“skills”" in hidden.message
