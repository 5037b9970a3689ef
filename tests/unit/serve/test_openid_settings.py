"""Settings of OpenID Connect: read from the environment, and refused when nobody could get in."""

import pytest

from orchestrator.core.model import errors
from orchestrator.serve import settings

WHOLE = {
    "ISSUER": "https://id.example",
    "CLIENT_ID": "console",
    "CLIENT_SECRET": "s3cret",
    "ROLES": '{"desk": "Agent"}',
}


def read(monkeypatch: pytest.MonkeyPatch, **given: str) -> settings.Settings:
    """Read an environment."""
    for name, text in given.items():
        monkeypatch.setenv(f"ORCHESTRATOR_OPENID__{name}", text)
    return settings.read({})


def test_the_environment_says_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Lists and objects are JSON; ``openid`` is always asked for; the secret is never shown."""
    found = read(monkeypatch, **WHOLE, SCOPES='["groups"]', ROLE_CLAIMS='["a.b", "c"]')
    assert found.openid.roles == {"desk": "Agent"}
    assert found.openid.scopes == ("openid", "groups")
    assert found.openid.role_claims == ("a.b", "c")
    assert "s3cret" not in repr(found)


def test_without_an_issuer_there_is_no_provider() -> None:
    """Passwords alone, as ever."""
    assert settings.read({}).openid.issuer is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"ROLES": '{"desk": "Boss"}'}, "ROLES"),
        ({"ROLES": "{}"}, "ROLES"),
        ({"CLIENT_ID": ""}, "CLIENT_ID"),
        ({"ISSUER": "http://id.example"}, "ISSUER"),
        ({"ISSUER": "id.example"}, "ISSUER"),
        ({"ADDRESS": "http://desk.example"}, "ADDRESS"),
        ({"ISSUER": "", "PASSWORDS": "refused"}, "passwords"),
        ({"NEWCOMERS": "maybe"}, "NEWCOMERS"),
        ({"CLIENTID": "x"}, "CLIENTID"),
    ],
)
def test_what_could_let_nobody_in_is_refused(
    monkeypatch: pytest.MonkeyPatch, change: dict[str, str], said: str
) -> None:
    """The message names the variable, and no secret."""
    with pytest.raises(errors.Problems, match=said) as raised:
        read(monkeypatch, **(WHOLE | change))
    assert "s3cret" not in str(raised.value)
