"""The data folder's own certificate authority, and the server certificate that it signs."""

import ipaddress
import os
import tempfile
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from orchestrator.core.model import errors

ALWAYS: Final = ("localhost", "127.0.0.1", "::1")
"""Hosts in every server certificate, beside the ones asked for."""

_CA_LIFE: Final = timedelta(days=3650)
_LEAF_LIFE: Final = timedelta(days=397)  # the longest that browsers accept
_RENEWED_BEFORE: Final = timedelta(days=30)
_CLOCK_SKEW: Final = timedelta(days=1)
_WILDCARDS: Final = frozenset({"0.0.0.0", "::"})  # noqa: S104 - recognised here, never bound


class Certificates(msgspec.Struct, frozen=True):
    """Where the files are: what clients trust, and what the server shows."""

    ca: Path
    chain: Path
    """The server's certificate."""
    key: Path
    """Its private key (0600)."""


class _Pair(msgspec.Struct, frozen=True):
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def ensure(folder: Path, *, now: datetime, hosts: Iterable[str] = ()) -> Certificates:
    """Return the folder's certificates, making or renewing what is missing, old or too narrow.

    ``hosts`` are names and addresses that the server is reached by, beside `ALWAYS`. The authority
    is kept as long as it is valid, so that those who trust it need not learn another. Reads and
    writes files: call it from a thread. Raises `errors.Unavailable` when they cannot be.
    """
    made = Certificates(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    wanted = sorted({*ALWAYS, *hosts} - _WILDCARDS)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        authority = _load(made.ca, folder / "ca.key")
        if authority is None or not _is_fresh(authority.certificate, now=now):
            authority = _make_authority(now)
            _write(folder / "ca.key", _private(authority.key), mode=0o600)
            _write(made.ca, _public(authority.certificate), mode=0o644)
        leaf = _load(made.chain, made.key)
        if leaf is None or not _is_good(leaf.certificate, authority, now=now, hosts=wanted):
            leaf = _make_leaf(authority, now=now, hosts=wanted)
            _write(made.key, _private(leaf.key), mode=0o600)
            _write(made.chain, _public(leaf.certificate), mode=0o644)
    except OSError as error:
        raise errors.Unavailable(
            f"The certificates in {folder} cannot be read or made: {error}."
        ) from error
    return made


def _load(certificate: Path, key: Path) -> _Pair | None:
    """Return the pair, or None when a file is missing, damaged or not of the other."""
    try:
        found = x509.load_pem_x509_certificate(certificate.read_bytes())
        private = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except (FileNotFoundError, ValueError):
        return None
    if not isinstance(private, ec.EllipticCurvePrivateKey):
        return None
    return _Pair(found, private) if private.public_key() == found.public_key() else None


def _is_fresh(certificate: x509.Certificate, *, now: datetime) -> bool:
    begun = certificate.not_valid_before_utc <= now
    return begun and now + _RENEWED_BEFORE < certificate.not_valid_after_utc


def _is_good(leaf: x509.Certificate, authority: _Pair, *, now: datetime, hosts: list[str]) -> bool:
    """Whether the leaf is fresh, of this authority and for at least these hosts."""
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    covered = {str(name.value) for name in names}
    issuer = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    ours = x509.SubjectKeyIdentifier.from_public_key(authority.key.public_key())
    return (
        _is_fresh(leaf, now=now)
        and issuer.key_identifier == ours.digest
        and leaf.not_valid_after_utc <= authority.certificate.not_valid_after_utc
        and {str(_general(host).value) for host in hosts} <= covered
    )


def _make_authority(now: datetime) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    # A serial in the name keeps two authorities of one machine apart in a browser's store.
    name = _name(f"Conversation Orchestrator CA {x509.random_serial_number() % 16**8:08x}")
    builder = (
        _begin(name, key, now=now, life=_CA_LIFE)
        .issuer_name(name)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage("key_cert_sign", "crl_sign"), critical=True)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False
        )
    )
    return _Pair(builder.sign(key, hashes.SHA256()), key)


def _make_leaf(authority: _Pair, *, now: datetime, hosts: list[str]) -> _Pair:
    key = ec.generate_private_key(ec.SECP256R1())
    left = authority.certificate.not_valid_after_utc - now
    builder = (
        _begin(_name("localhost"), key, now=now, life=min(_LEAF_LIFE, left))
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage("digital_signature"), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.SubjectAlternativeName([_general(host) for host in hosts]), critical=False
        )
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()),
            critical=False,
        )
    )
    return _Pair(builder.sign(authority.key, hashes.SHA256()), key)


def _begin(
    subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, now: datetime, life: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + life)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _usage(*granted: str) -> x509.KeyUsage:
    every = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{usage: usage in granted for usage in every})


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host.strip("[]")))
    except ValueError:
        pass
    try:
        return x509.DNSName(host.encode("idna").decode())
    except UnicodeError as error:
        raise errors.BadInput(f"“{host}” is not a host name.", path="--host") from error


def _public(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _write(path: Path, content: bytes, *, mode: int) -> None:
    """Replace the file in one step: a reader sees the old one or the new one, never half."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
