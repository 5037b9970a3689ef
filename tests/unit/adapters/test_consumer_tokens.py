"""Consumer tokens: who may be believed."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from orchestrator.adapters import seal, tokens
from orchestrator.adapters.storage import engine, signing
from orchestrator.core.model import errors
from orchestrator.testing.clock import TurnedClock

HOUR = timedelta(hours=1)


@pytest.fixture
def clock():
    """A clock at noon."""
    return TurnedClock(datetime(2026, 11, 22, 12, tzinfo=UTC))


@pytest.fixture
async def signer(tmp_path, clock):
    """Tokens on a real database."""
    database = await engine.Database.open(tmp_path / "orchestrator.db")
    keys = signing.SigningKeys(database, clock)
    yield tokens.ConsumerTokens(keys, seal.Seal(bytes(32)), clock)
    await database.close()


async def test_a_token_says_who_until_it_is_too_old(signer, clock):
    """It is good for its lifetime by our clock, and for its account alone."""
    token = await signer.sign("1", "jo", issuer="https://here", lifetime=HOUR)

    assert await signer.verify("1", token) == "jo"
    await signer.sign("2", "jo", issuer="https://here", lifetime=HOUR)
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("2", token)
    await clock.advance(HOUR)
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", token)


@pytest.mark.parametrize(
    "token",
    [
        "",
        "nonsense",
        "a.b.c",
        jwt.encode({"sub": "jo", "aud": "acc:1", "exp": 9999999999}, None, "none"),
        jwt.encode({"sub": "jo", "aud": "acc:1", "exp": 9999999999}, "k" * 32, "HS256"),
    ],
)
async def test_what_the_account_did_not_sign_is_refused(signer, token):
    """Malformed, unsigned or otherwise signed tokens are all the same error."""
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", token)
    await signer.sign("1", "jo", issuer="https://here", lifetime=HOUR)
    with pytest.raises(errors.Unauthenticated):
        await signer.verify("1", token)
