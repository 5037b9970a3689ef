"""Connectors on the command line: who vouches for consumers; no server runs."""

import json

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt import algorithms

from running import commands, inside

KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@pytest.fixture
def orchestrator(tmp_path):
    """The command line on an empty folder."""
    return inside.Inside(tmp_path / "data")


@pytest.fixture
def pem(tmp_path):
    """The public key in a file."""
    file = tmp_path / "shop.pem"
    file.write_bytes(
        KEY.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return str(file)


def add(orchestrator, key, name="Shop", issuer="https://shop.example", **more):
    return orchestrator(
        "connectors", "add", name, "--issuer", issuer, "--key", key, "--audience", "us", **more
    )


def test_connectors_come_and_go(orchestrator, pem):
    """By name or id; of the keys only their names are shown."""
    made = add(orchestrator, pem)
    assert (made["id"], made["issuer"], made["audience"]) == ("6001", "https://shop.example", "us")
    assert made["keys"] == [None]
    assert orchestrator("connectors", "list") == [orchestrator("connectors", "show", "Shop")]
    key_set = {
        "keys": [
            {**algorithms.RSAAlgorithm.to_jwk(KEY.public_key(), as_dict=True), "kid": kid}
            for kid in ("2026-01", "2026-02")
        ]
    }
    second = add(orchestrator, "-", "App", "app", stdin=json.dumps(key_set))
    assert second["keys"] == ["2026-01", "2026-02"]
    assert [each["name"] for each in orchestrator("connectors", "list")] == ["App", "Shop"]
    orchestrator("connectors", "remove", "6001")
    orchestrator("connectors", "remove", "App")
    assert orchestrator("connectors", "list") == []


@pytest.mark.parametrize(
    ("name", "issuer", "code"),
    [
        ("Shop", "https://other.example", "conflict"),
        ("Other", "https://shop.example", "conflict"),
        ("Other", "two words", "bad-input"),
        ("Other", "https://", "bad-input"),
        ("", "other", "bad-input"),
    ],
)
def test_a_token_must_say_which_connector_is_meant(orchestrator, pem, name, issuer, code):
    """So no two have the same issuer, nor the same name."""
    add(orchestrator, pem)
    with pytest.raises(commands.CommandFailed) as failed:
        add(orchestrator, pem, name, issuer)
    assert failed.value.errors[0]["code"] == code


@pytest.mark.parametrize("content", ["", "nonsense", "{}", "\udcff"])
def test_what_is_no_key_is_refused(orchestrator, tmp_path, content):
    """With a sentence, exit 2, and nothing stored; also a file that is not there."""
    file = tmp_path / "bad"
    file.write_text(content, errors="surrogateescape")
    for path in (str(file), str(tmp_path / "nowhere")):
        with pytest.raises(commands.CommandFailed) as failed:
            add(orchestrator, path)
        assert failed.value.errors[0]["code"] == "bad-input"
    assert orchestrator("connectors", "list") == []


def test_a_private_key_is_sent_back(orchestrator, tmp_path):
    """It belongs where tokens are signed."""
    file = tmp_path / "private.pem"
    file.write_bytes(
        KEY.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    with pytest.raises(commands.CommandFailed) as failed:
        add(orchestrator, str(file))
    assert "private" in failed.value.errors[0]["message"]


def test_removing_what_is_not_there(orchestrator):
    """Says what there is instead."""
    with pytest.raises(commands.CommandFailed) as failed:
        orchestrator("connectors", "remove", "Shop")
    assert "orchestrator connectors add" in failed.value.errors[0]["message"]
