"""Of everything secret that is issued, nothing is in a file, but for the key files."""

import argon2
import msgspec

from orchestrator.adapters import certificates, clock, passwords, seal
from orchestrator.adapters.storage import backup, engine
from orchestrator.adapters.storage import directory as rows
from orchestrator.core.model import access
from orchestrator.services import directory as services

KEY_FILES = {"master.key", "ca.key", "server.key"}


async def issue_everything(directory):
    """Use every call that makes or takes a secret; return all of them."""
    actor = access.operator("1")
    human = await directory.users.add(actor, login="ann", type="human", roles=["Administrator"])
    await directory.users.add(actor, login="bot", type="bot", roles=["Agent"])
    kept, revoked = [await directory.keys.generate(actor, "bot") for _ in range(2)]
    sessions = [
        await directory.logins.by_password("1", username="ann", password=human.password),
        await directory.logins.by_key("1", credentials=kept),
        await directory.logins.by_key("1", credentials=revoked),
    ]
    ended = sessions[0]
    await directory.logins.refresh("1", cookie=ended.cookie, csrf=ended.csrf)
    await directory.logins.logout("1", cookie=ended.cookie, csrf=ended.csrf)
    await directory.keys.revoke(actor, "bot", app_key=revoked.app_key)
    await directory.users.edit(actor, "ann", password="battery staple")
    await directory.bots.configure(actor, document=msgspec.to_builtins(kept))
    await directory.forms.users.reset_password(actor, human.user.id, password="horse correct")
    program = await directory.clients.add(actor, name="sync")
    key = await directory.api_keys.add(actor, name="crm")
    rotated = await directory.api_keys.rotate(actor, "crm", overlap_seconds=60)
    caller = await directory.api_keys.add_client(actor, name="bot")
    token = await directory.api_keys.login(caller.user_id, caller.password)
    secrets = [human.password, "battery staple", "horse correct", program.client_secret]
    secrets += [each.api_key.removeprefix(f"{each.prefix}_") for each in (key, rotated)]
    secrets += [caller.password, token.token]
    for key in (kept, revoked):
        secrets += [key.secret, key.access_token, key.access_token_secret]
    for session in sessions:
        secrets += [session.bearer, session.csrf, session.cookie]
    return secrets


async def test_no_secret_is_in_any_data_file(tmp_path):
    """Database, its log while open, a backup and the certificates are searched byte by byte."""
    folder = tmp_path / "data"
    master = seal.master_key(folder)
    certificates.ensure(folder, now=clock.SystemClock().now())
    database = await engine.Database.open(folder / "orchestrator.db")
    hashing = passwords.Argon2Passwords(
        argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    directory = services.Directory(
        rows.DirectoryStore(database),
        clock.SystemClock(),
        passwords=hashing,
        seal=seal.Seal(master),
    )
    secrets = await issue_everything(directory)
    backup.save(folder / "orchestrator.db", folder / "backup.db")
    searched = search(folder, secrets)  # with the log beside the database
    await database.close()
    hashing.close()
    searched |= search(folder, secrets)
    assert {"orchestrator.db", "orchestrator.db-wal", "backup.db", "ca.pem"} <= searched
    assert len(secrets) == len(set(secrets)) == 23


def search(folder, secrets):
    """Assert that no file holds a secret; return the names of the files."""
    searched = set()
    for path in folder.iterdir():
        if path.name in KEY_FILES:
            continue
        content = path.read_bytes()
        searched.add(path.name)
        for secret in secrets:
            assert secret.encode() not in content, path.name
            if set(secret) <= set("0123456789abcdef"):
                assert bytes.fromhex(secret) not in content, path.name
    return searched
