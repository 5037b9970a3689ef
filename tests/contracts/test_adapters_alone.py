"""Seal, passwords, certificates and clocks: what each promises by itself."""

import asyncio
import shutil
import ssl
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import argon2
import pytest

from orchestrator.adapters import certificates, clock, passwords, seal
from orchestrator.core.model import errors
from orchestrator.testing import clock as turned

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)

# -- seal --------------------------------------------------------------------------------------


def test_a_sealed_secret_opens_in_its_own_row_alone():
    """Copied to another row, changed, or under another key, it does not open."""
    ours = seal.Seal(b"k" * 32)
    sealed = ours.seal(b"secret", row="login_keys/1/a")
    assert ours.open(sealed, row="login_keys/1/a") == b"secret"
    assert b"secret" not in sealed
    assert ours.seal(b"secret", row="login_keys/1/a") != sealed
    with pytest.raises(errors.Conflict, match="does not belong"):
        ours.open(sealed, row="login_keys/2/a")
    with pytest.raises(errors.Conflict, match="changed"):
        ours.open(sealed[:-1] + bytes([sealed[-1] ^ 1]), row="login_keys/1/a")
    with pytest.raises(errors.Conflict, match="another master key"):
        seal.Seal(b"x" * 32).open(sealed, row="login_keys/1/a")
    with pytest.raises(errors.Conflict):
        ours.open(b"", row="login_keys/1/a")


def test_the_master_key_is_made_once_and_private(tmp_path):
    """0600, the same on every later call, also when two processes make it at once."""
    code = (
        "import sys; from pathlib import Path; from orchestrator.adapters import seal; "
        "print(seal.master_key(Path(sys.argv[1])).hex())"
    )
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path / "data")], stdout=subprocess.PIPE
        )
        for _ in range(4)
    ]
    keys = {process.communicate()[0] for process in started}
    assert len(keys) == 1
    assert seal.master_key(tmp_path / "data").hex() == keys.pop().decode().strip()
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["master.key"]
    assert (tmp_path / "data" / "master.key").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("given", ["ff" * 32, "//////////////////////////////////////////8="])
def test_a_given_key_leaves_no_file(tmp_path, given):
    """Hex and base64 are understood; nothing is written."""
    assert seal.master_key(tmp_path, given=given) == b"\xff" * 32
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("given", ["", "short", "ff" * 31, "z" * 64])
def test_a_bad_key_is_refused_without_being_shown(tmp_path, given):
    """The message says the form that is expected."""
    with pytest.raises(errors.BadInput, match="64 hex digits") as caught:
        seal.master_key(tmp_path, given=given)
    assert not given or given not in caught.value.message


# -- passwords ---------------------------------------------------------------------------------


@pytest.fixture
def quick():
    hashing = passwords.Argon2Passwords(
        argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    )
    yield hashing
    hashing.close()


async def test_a_password_matches_its_own_hash_alone(quick):
    """Right, wrong, none at all, and something that is no hash."""
    hashed = await quick.hash("correct horse")
    assert hashed.startswith("$argon2id$")
    assert await quick.matches("correct horse", hashed=hashed)
    assert not await quick.matches("wrong horse", hashed=hashed)
    assert not await quick.matches("correct horse", hashed=None)
    assert not await quick.matches("correct horse", hashed="no hash")


async def test_hashing_leaves_the_event_loop_alone():
    """While real hashes are computed, the loop keeps turning."""
    real = passwords.Argon2Passwords()
    hashing = asyncio.gather(*(real.hash("correct horse") for _ in range(3)))
    turns = 0
    while not hashing.done():
        turns += 1
        await asyncio.sleep(0)
    await hashing
    real.close()
    assert turns > 100


# -- certificates ------------------------------------------------------------------------------


def handshake(made, host):
    """Do a TLS handshake in memory, as a client that trusts the folder's authority alone."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(made.chain, made.key)
    trusting = ssl.create_default_context(cafile=made.ca)
    trusting.verify_flags |= ssl.VERIFY_X509_STRICT  # what Python 3.13 and OpenSSL 3 ask for
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = trusting.wrap_bio(to_client, to_server, server_hostname=host)
    server = serving.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(3):
        for side in (client, server):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    return client.version()


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1", "router.example", "10.1.2.3"])
def test_strict_clients_accept_every_host(tmp_path, host):
    """Names and addresses, those always there and those asked for."""
    now = datetime.now(UTC)
    made = certificates.ensure(tmp_path, now=now, hosts=["router.example", "10.1.2.3", "::"])
    assert handshake(made, host) == "TLSv1.3"


def test_other_hosts_are_not_covered(tmp_path):
    """A certificate is for its hosts alone."""
    made = certificates.ensure(tmp_path, now=datetime.now(UTC))
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(made, "elsewhere.example")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="the machine has no openssl")
def test_openssl_verifies_the_chain(tmp_path):
    """The command of the manuals agrees, in its strictest mode."""
    made = certificates.ensure(tmp_path, now=datetime.now(UTC))
    command = ["openssl", "verify", "-x509_strict", "-CAfile", str(made.ca)]
    command += ["-purpose", "sslserver", "-verify_hostname", "localhost", str(made.chain)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_keys_are_private_and_nothing_else_is_left(tmp_path):
    """Four files, both keys 0600."""
    certificates.ensure(tmp_path, now=NOW)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"ca.pem": 0o644, "ca.key": 0o600, "server.pem": 0o644, "server.key": 0o600}


def test_certificates_are_renewed_only_when_they_must(tmp_path):
    """Kept while good; a new leaf near expiry or for a new host; the authority stays."""

    def contents():
        return (tmp_path / "ca.pem").read_bytes(), (tmp_path / "server.pem").read_bytes()

    certificates.ensure(tmp_path, now=NOW, hosts=["a.example"])
    authority, leaf = contents()
    certificates.ensure(tmp_path, now=NOW + timedelta(days=300))  # fewer hosts: still covered
    assert contents() == (authority, leaf)
    certificates.ensure(tmp_path, now=NOW, hosts=["b.example"])
    assert contents()[0] == authority
    assert contents()[1] != leaf
    leaf = contents()[1]
    certificates.ensure(tmp_path, now=NOW + timedelta(days=380))
    assert contents()[0] == authority
    assert contents()[1] != leaf
    certificates.ensure(tmp_path, now=NOW + timedelta(days=3640))
    assert contents()[0] != authority


def test_damaged_files_are_made_anew(tmp_path):
    """Half a file, or a key of another certificate, is as good as none."""
    now = datetime.now(UTC)
    certificates.ensure(tmp_path, now=now)
    (tmp_path / "server.key").write_bytes((tmp_path / "ca.key").read_bytes())
    assert handshake(certificates.ensure(tmp_path, now=now), "localhost") == "TLSv1.3"
    (tmp_path / "ca.pem").write_text("-----BEGIN CERTIFICATE-----\n")
    assert handshake(certificates.ensure(tmp_path, now=now), "localhost") == "TLSv1.3"


# -- clocks ------------------------------------------------------------------------------------


async def test_the_system_clock_is_aware_and_waits():
    """UTC, and a moment that has passed is not waited for."""
    system = clock.SystemClock()
    before = system.now()
    assert before.tzinfo is UTC
    await system.sleep(-5)
    await system.sleep_until(before + timedelta(milliseconds=1))
    assert system.now() >= before + timedelta(milliseconds=1)


async def test_the_turned_clock_wakes_each_sleeper_at_its_own_time():
    """In the order of time, several times within one turn, and nobody early."""
    hands = turned.TurnedClock(NOW)
    heard = []

    async def every(seconds, name):
        while True:
            await hands.sleep(seconds)
            heard.append((name, (hands.now() - NOW).total_seconds()))

    tasks = [asyncio.create_task(every(2, "two")), asyncio.create_task(every(3, "three"))]
    await hands.advance(timedelta(seconds=6.5))
    assert heard == [("two", 2), ("three", 3), ("two", 4), ("three", 6), ("two", 6)]
    assert hands.now() == NOW + timedelta(seconds=6.5)
    assert hands.sleepers == 2
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert hands.sleepers == 0
