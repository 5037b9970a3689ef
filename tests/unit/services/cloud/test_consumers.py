"""Consumers: how long a token is good, who vouches, and what nobody's browser can say."""

from datetime import timedelta
from typing import Any

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model.allowances import Allowance
from orchestrator.core.model.directory import Connector
from orchestrator.core.model.tokens import ConsumerToken, Vouched
from orchestrator.services.cloud import consumers
from orchestrator.services.cloud.consumers import RENEWABLE, Consumers, Expired
from orchestrator.services.cloud.ports import Speaker

DAY = timedelta(hours=24)
SDES = ({"type": "ctmrinfo", "info": {"customerId": "42"}},)


class Notes:
    """Tokens that are notes of what they say; ``brand:`` ones are signed by the brand's server."""

    def __init__(self, clock):
        self._clock = clock
        self.said: dict[str, Any] = {}

    async def sign(self, account, consumer, *, issuer, lifetime, vouched=None):
        assert issuer == "here"
        now, token = self._clock.now(), f"token-{len(self.said)}"
        standing = "unauthenticated" if vouched is None else "authenticated"
        self.said[token] = (account, ConsumerToken(consumer, standing, now, now + lifetime))
        return token

    async def verify(self, account, token):
        owner, said = self.said.get(token, (None, None))
        if owner != account:
            raise errors.Unauthenticated("not ours")
        return said

    def issuer_of(self, token):
        return token.split(":")[1] if token.startswith("brand:") else None

    def vouched(self, token, *, connector):  # noqa: ARG002 - the port names it
        _, issuer, subject, is_signed = token.split(":")
        if is_signed != "signed":
            raise errors.Unauthenticated("not theirs")
        until = self._clock.now() + DAY
        return Vouched(subject, issuer, until, given_name="Jo", mail="a@b.c", sdes=SDES)


@pytest.fixture
def people(house):
    """Consumers of an account with one connector, number 6001, of the issuer "shop"."""
    shop = Connector("1", "6001", "Shop", "shop", "{}", house.clock.now())

    async def connectors(account):
        return [shop] if account == "1" else []

    return Consumers(
        house.store, house.clock, Notes(house.clock), lifetime=DAY, connectors=connectors
    )


async def test_a_token_is_good_until_it_expires(house, people):
    """Then an unauthenticated one can be renewed for a month, and stays the same consumer's."""
    token = await people.sign_up("1", issuer="here")
    visitor = await people.identify("1", token)
    assert visitor.expires_at == house.clock.now() + DAY
    await house.clock.advance(DAY)
    with pytest.raises(Expired) as expired:
        await people.identify("1", token)
    assert expired.value.renewable
    renewed = await people.renew("1", token, issuer="here")
    assert (await people.identify("1", renewed)).speaker == visitor.speaker


async def test_one_address_does_not_fill_the_house(house):
    """A burst, then one more as time goes by; others, and old acquaintances, are not held up."""
    desk = Consumers(
        house.store, house.clock, Notes(house.clock), lifetime=DAY, newcomers=Allowance(2, 10)
    )
    token = await desk.sign_up("1", issuer="here", address="192.0.2.1")
    await desk.sign_up("2", issuer="here", address="192.0.2.1")
    with pytest.raises(errors.TooMany) as refused:
        await desk.sign_up("1", issuer="here", address="192.0.2.1")
    assert refused.value.seconds == 10
    await desk.renew("1", token, issuer="here")
    await desk.sign_up("1", issuer="here", address="192.0.2.2")
    await desk.sign_up("1", issuer="here")
    await house.clock.advance(timedelta(seconds=10))
    await desk.sign_up("1", issuer="here", address="192.0.2.1")


async def test_a_month_is_the_end(house, people):
    """730 hours after its making; a renewed one has its own month."""
    first = await people.sign_up("1", issuer="here")
    await house.clock.advance(RENEWABLE - timedelta(seconds=1))
    second = await people.renew("1", first, issuer="here")
    await house.clock.advance(timedelta(seconds=1))
    with pytest.raises(errors.Unauthenticated):
        await people.renew("1", first, issuer="here")
    with pytest.raises(Expired) as expired:
        await people.identify("1", first)
    assert not expired.value.renewable
    await people.renew("1", second, issuer="here")


async def test_a_brands_word_makes_an_authenticated_consumer(house, people):
    """The same one at every visit, with an id that says nothing; its token is not renewed here."""
    token = await people.authenticate("1", "brand:shop:42:signed", issuer="here")
    visitor = await people.identify("1", token)
    assert visitor.standing == "authenticated"
    assert len(bytes.fromhex(visitor.speaker.user_id)) == 32
    again = await people.authenticate("1", "brand:shop:42:signed", issuer="here", connector="6001")
    assert (await people.identify("1", again)).speaker == visitor.speaker
    other = await people.authenticate("1", "brand:shop:43:signed", issuer="here")
    assert (await people.identify("1", other)).speaker != visitor.speaker
    with pytest.raises(errors.Unauthenticated):
        await people.renew("1", token, issuer="here")
    with pytest.raises(errors.Unauthenticated):
        await people.authenticate("1", token, issuer="here")
    await house.clock.advance(DAY)
    with pytest.raises(Expired) as expired:
        await people.identify("1", token)
    assert not expired.value.renewable


@pytest.mark.parametrize(
    ("account", "code", "connector"),
    [
        ("1", "brand:shop:42:forged", None),
        ("1", "brand:else:42:signed", None),
        ("1", "brand:shop:42:signed", "6002"),
        ("2", "brand:shop:42:signed", None),
        ("1", "nonsense", None),
    ],
)
async def test_nobody_else_vouches(house, people, account, code, connector):
    """Not for this account, not under this number, not without a signature."""
    if account != "1":
        await house.account(account)
    with pytest.raises(errors.Unauthenticated):
        await people.authenticate(account, code, issuer="here", connector=connector)


async def test_an_unauthenticated_token_can_be_exchanged_while_it_is_good(house, people):
    """As web clients do; an expired one has to be renewed first."""
    token = await people.sign_up("1", issuer="here")
    code = await people.authenticate("1", token, issuer="here", connector="whichever")
    mine, theirs = await people.identify("1", token), await people.identify("1", code)
    assert mine.speaker == theirs.speaker
    await house.clock.advance(DAY)
    with pytest.raises(Expired):
        await people.authenticate("1", token, issuer="here")


async def test_what_is_vouched_for_nobody_else_can_say(people):
    """SetUserProfile adds to it; a new word of the brand's server replaces the old one."""
    token = await people.authenticate("1", "brand:shop:42:signed", issuer="here")
    me = (await people.identify("1", token)).speaker
    profile = await people.profile(me, None)
    assert profile["claims"] == {"iss": "shop", "lp_sdes": list(SDES)}
    assert profile["authenticatedData"] == {"lp_sdes": list(SDES)}
    assert (profile["firstName"], profile["privateData"]) == ("Jo", {"mail": "a@b.c"})
    forged = {"type": "ctmrinfo", "info": {"customerId": "1"}}
    added = {"type": "personal", "personal": {"firstname": "Jo"}}
    sent = {"firstName": "J", "authenticatedData": {"lp_sdes": [forged, added, 5]}}
    await people.set_profile(me, sent)
    profile = await people.profile(me, None)
    assert profile["firstName"] == "J"
    assert profile["claims"]["lp_sdes"] == list(SDES)
    assert profile["authenticatedData"]["lp_sdes"] == [*SDES, added]


def test_what_was_said_before_stays_where_the_brand_says_nothing():
    """Also where the profile has odd shapes: it was written by whoever."""
    before = {"lastName": "Doe", "privateData": None, "authenticatedData": {"lp_sdes": "x"}}
    after = consumers.admitted(before, Vouched("42", "shop", None))
    assert after["lastName"] == "Doe"
    assert after["authenticatedData"] == {"lp_sdes": []}


def test_ids_differ_by_account_issuer_and_subject():
    """And none is by accident another's."""
    given = [("1", "a", "b"), ("1", "a", "bb"), ("1", "ab", "b"), ("2", "a", "b"), ("1", "b", "a")]
    ids = {consumers.authenticated_id(a, Vouched(s, i, None)) for a, i, s in given}
    assert len(ids) == len(given)
    assert all(isinstance(Speaker("1", each, each, "consumer"), Speaker) for each in ids)
