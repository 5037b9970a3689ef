"""A certificate of our own, and a small scripted host on a real socket."""

import contextlib
import ipaddress
import ssl
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import serve

from orchestrator.client.messaging import discovery, login, trust


def _certificate():
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    local = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(local, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    unsealed = serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, unsealed)
    return certificate.public_bytes(pem), private


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """A PEM file with the certificate, and one with the key."""
    folder = tmp_path_factory.mktemp("authority")
    certificate, key = _certificate()
    (folder / "ca.pem").write_bytes(certificate)
    (folder / "ca.key").write_bytes(key)
    return folder / "ca.pem", folder / "ca.key"


@pytest.fixture(scope="session")
def tls(authority):
    return trust.context(str(authority[0]))


@pytest.fixture
def hosting(authority):
    """A factory of context managers: serve a handler, get the services that name it."""

    @contextlib.asynccontextmanager
    async def host(handler, **options):
        certificate = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        certificate.load_cert_chain(*map(str, authority))
        async with serve(handler, "127.0.0.1", 0, ssl=certificate, **options) as server:
            port = server.sockets[0].getsockname()[1]
            yield discovery.Services("1", {"asyncMessagingEnt": f"127.0.0.1:{port}"})

    return host


@pytest.fixture
def session():
    return login.Session("1", "1001", "pid-1", "b3a4", "c5", "Session_id=s", 60.0)
