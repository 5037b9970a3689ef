"""Functions under their contract, on a clock that the test turns, called through a stand-in."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from orchestrator.core.model import errors
from orchestrator.core.model import function as model
from orchestrator.core.model.attributes import AttributeValue, Json, Known, Unfetched
from orchestrator.core.model.function import (
    Call,
    Cost,
    Costs,
    Defined,
    Definition,
    Function,
    FunctionFailed,
    Host,
    Secrets,
)
from orchestrator.services.routing.functions import Functions
from orchestrator.services.routing.sources.functions import OfFunctions
from orchestrator.testing.clock import START, TurnedClock

Answer = Callable[[Function, Json], Awaitable[Json]]


class Rows:
    """Definitions as the test has them, and the costs that were written down."""

    def __init__(self, *functions: Function) -> None:
        self.found = functions
        self.costs: Costs = {}
        self.asked = 0

    async def functions(self, account: str) -> Defined:
        self.asked += 1
        return Defined(tuple(each for each in self.found if each.account == account))

    async def add_costs(self, costs: Costs) -> None:
        self.costs.update(costs)


class Caller:
    """Answers as the test says, and counts."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.sent: list[tuple[str, Json]] = []
        self.ids: list[str] = []
        self.at_once = 0
        self.most_at_once = 0

    async def prepare(self) -> None:
        """There is nothing to get ready."""

    async def call(
        self,
        function: Function,
        payload: Json,
        *,
        secrets: Secrets,
        hosts: Sequence[Host],
        call_id: str,
    ) -> Json:
        assert secrets == Secrets()
        assert hosts == ()
        self.sent.append((function.name, payload))
        self.ids.append(call_id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            return await self.answer(function, payload)
        finally:
            self.at_once -= 1


class NoSeal:
    """Nothing is sealed here."""

    def seal(self, secret: bytes, *, row: str) -> bytes:
        raise AssertionError(secret, row)

    def open(self, sealed: bytes, *, row: str) -> bytes:
        raise AssertionError(sealed, row)


def crm(name: str = "crm", **fields: Any) -> Function:
    """Return a function."""
    return Function("1", name, Definition(url="https://crm.example", **fields), START)


class Desk:
    """Functions, what they stand on, and one decision after the other."""

    def __init__(self, answer: Answer, *functions: Function) -> None:
        self.clock = TurnedClock()
        self.rows = Rows(*functions)
        self.caller = Caller(answer)
        self.functions = Functions(self.rows, self.caller, self.clock, seal=NoSeal())
        self.calls: list[Call] = []
        self.known: dict[str, AttributeValue] = {}
        self.fetched: list[str] = []

    async def fetch(self, names: Iterable[str]) -> Mapping[str, AttributeValue]:
        wanted = list(names)
        self.fetched += wanted
        return {name: self.known.get(name, Known(None)) for name in wanted}

    async def value(self, name: str = "custom.crm") -> AttributeValue:
        return await self.functions.value("1", name, self.fetch, note=self.calls.append)


async def gold(_function: Function, _payload: Json) -> Json:
    """Answer at once."""
    return "gold"


async def never(_function: Function, _payload: Json) -> Json:
    """Hang."""
    return await asyncio.get_running_loop().create_future()


def fails(fault: model.Fault, *, after: float = 0.0) -> Answer:
    """Fail at once, always."""

    async def answer(_function: Function, _payload: Json) -> Json:
        raise FunctionFailed("It is broken.", fault=fault, after_seconds=after)

    return answer


async def test_a_function_answers_with_its_value() -> None:
    """And what it cost is told, and counted."""
    desk = Desk(gold, crm())
    assert await desk.value() == Known("gold", "function", START)
    assert desk.calls == [Call("crm", "answered", 0, 1)]
    await desk.functions.costs.flush()
    assert desk.rows.costs[("1", "crm")].calls == 1


async def test_what_is_no_function_is_missing() -> None:
    """Another account's is none either."""
    desk = Desk(gold, crm())
    assert await desk.value("custom.other") == Known(None, "nowhere")
    found = await desk.functions.value("2", "custom.crm", desk.fetch)
    assert found == Known(None, "nowhere")
    assert desk.caller.sent == []


async def test_parameters_are_fetched_and_filled_in() -> None:
    """Whole references keep their type, missing ones are null, texts are written out."""
    sent = {
        "id": "{{conversation.consumerId}}",
        "vip": "{{custom.vip}}",
        "gone": "{{shop.cart}}",
        "word": "{{shop.cart|none}}",
        "text": "for {{custom.vip}} of {{shop.cart|nothing}}",
        "deep": [{"n": 1, "of": "{{custom.vip}}"}],
    }
    desk = Desk(gold, crm(parameters=sent))
    desk.known = {"conversation.consumerId": Known("c-1"), "custom.vip": Known(True)}
    await desk.value()
    assert desk.caller.sent == [
        (
            "crm",
            {
                "id": "c-1",
                "vip": True,
                "gone": None,
                "word": "none",
                "text": "for true of nothing",
                "deep": [{"n": 1, "of": True}],
            },
        )
    ]
    assert sorted(desk.fetched) == ["conversation.consumerId", "custom.vip", "shop.cart"]


async def test_a_bare_payload_is_sent_as_it_is() -> None:
    """The original's functions may get a single value."""
    desk = Desk(gold, crm(payload="{{conversation.conversationId}}"))
    desk.known = {"conversation.conversationId": Known("v-1")}
    await desk.value()
    assert desk.caller.sent == [("crm", "v-1")]


async def test_a_parameter_that_could_not_be_fetched_is_a_failure() -> None:
    """Missing is null, but not knowing is not: nobody is asked with half the truth."""
    desk = Desk(gold, crm(parameters={"a": "{{shop.cart}}"}))
    desk.known = {"shop.cart": Unfetched("The shop is closed.", "context")}
    found = await desk.value()
    assert isinstance(found, Unfetched)
    assert "The shop is closed." in found.reason
    assert desk.caller.sent == []
    assert desk.calls[0].ended == "refused"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"on_failure": "skipPolicy"}, Unfetched("It is broken.", "function")),
        ({"on_failure": "unknown"}, Known(None, "function (failed: It is broken.)")),
        (
            {"on_failure": "default", "default_value": ["none"]},
            Known(["none"], "function (default: It is broken.)"),
        ),
    ],
)
async def test_a_failure_is_what_the_contract_says(
    fields: dict[str, Any], expected: AttributeValue
) -> None:
    """An error of the policies that need it, a missing value, or a default; the reason is kept."""
    desk = Desk(fails("own"), crm(**fields))
    assert await desk.value() == expected
    assert desk.calls[0].reason == "It is broken."


async def test_whoever_hangs_costs_the_time_budget_and_nothing_else() -> None:
    """At exactly the end of it, whoever is asked comes back without a value."""
    desk = Desk(never, crm(timeout_ms=700))
    asked = asyncio.ensure_future(desk.value())
    await desk.clock.advance(timedelta(milliseconds=699))
    assert not asked.done()
    await desk.clock.advance(timedelta(milliseconds=1))
    assert await asked == Unfetched("No answer within 700 ms.", "function")
    assert desk.calls[0].milliseconds == 700
    assert desk.caller.at_once == 0


async def test_a_temporary_failure_is_tried_again_with_the_same_id() -> None:
    """As often as the contract says, and not more."""
    desk = Desk(fails("temporary"), crm(retries=2))
    asked = asyncio.ensure_future(desk.value())
    await desk.clock.advance(timedelta(seconds=1))
    await asked
    assert len(desk.caller.sent) == 3
    assert len(set(desk.caller.ids)) == 1
    assert desk.calls[0].attempts == 3


@pytest.mark.parametrize("fault", ["own", "request", "forbidden"])
async def test_other_failures_are_not_tried_again(fault: model.Fault) -> None:
    """Sending the same again could not help."""
    desk = Desk(fails(fault), crm(retries=5))
    await desk.value()
    assert len(desk.caller.sent) == 1


async def test_no_attempt_begins_that_could_not_end() -> None:
    """A function that wants to be left in peace beyond the budget has failed at once."""
    desk = Desk(fails("temporary", after=60.0), crm(retries=5, timeout_ms=1000))
    await desk.value()
    assert desk.calls[0].milliseconds == 0


async def test_an_error_of_ours_is_a_failure_of_the_function() -> None:
    """Whatever goes wrong in a call, the decision is made."""

    async def broken(_function: Function, _payload: Json) -> Json:
        raise ZeroDivisionError

    found = await Desk(broken, crm()).value()
    assert isinstance(found, Unfetched)
    assert "ZeroDivisionError" in found.reason


async def test_an_answer_is_kept_by_what_was_sent() -> None:
    """For as long as the contract says; a reader cannot change another's copy."""
    answers = iter(range(100))

    async def counting(_function: Function, _payload: Json) -> Json:
        return [next(answers)]

    desk = Desk(counting, crm(parameters={"a": "{{x.y}}"}, cache_seconds=60))
    first = await desk.value()
    assert isinstance(first, Known)
    first.value.append("mine")
    assert await desk.value() == Known([0], "function", START)
    assert [call.ended for call in desk.calls] == ["answered", "cached"]
    desk.known["x.y"] = Known("other")
    assert (await desk.value()) == Known([1], "function", START)
    await desk.clock.advance(timedelta(seconds=60))
    assert await desk.value() == Known([2], "function", START + timedelta(seconds=60))


async def test_a_failure_is_not_kept() -> None:
    """The next one who asks is told the truth."""
    desk = Desk(fails("own"), crm(cache_seconds=60))
    await desk.value()
    desk.caller.answer = gold
    assert await desk.value() == Known("gold", "function", START)


async def test_those_who_ask_the_same_at_once_share_a_call() -> None:
    """Where answers are kept at all; otherwise each decision makes its own."""
    ready = asyncio.Event()

    async def slow(_function: Function, _payload: Json) -> Json:
        await ready.wait()
        return "gold"

    for seconds, expected in ((60, 1), (0, 5)):
        ready.clear()
        desk = Desk(slow, crm(cache_seconds=seconds))
        asked = [asyncio.ensure_future(desk.value()) for _ in range(5)]
        await desk.clock.advance(timedelta(0))
        ready.set()
        found = await asyncio.gather(*asked)
        assert {known.value for known in found if isinstance(known, Known)} == {"gold"}
        assert len(desk.caller.sent) == expected


async def test_one_who_gives_up_takes_nothing_from_those_who_wait() -> None:
    """A decision that is cancelled leaves the shared call alone."""
    ready = asyncio.Event()

    async def slow(_function: Function, _payload: Json) -> Json:
        await ready.wait()
        return "gold"

    desk = Desk(slow, crm(cache_seconds=60))
    first = asyncio.ensure_future(desk.value())
    await desk.clock.advance(timedelta(0))
    second = asyncio.ensure_future(desk.value())
    await desk.clock.advance(timedelta(0))
    first.cancel()
    ready.set()
    assert await second == Known("gold", "function", START)


async def test_waiting_for_a_turn_counts() -> None:
    """Of three with one turn, the last finds its time spent."""

    async def second_long(_function: Function, _payload: Json) -> Json:
        await desk.clock.sleep(1)
        return "gold"

    desk = Desk(second_long, crm(concurrency=1, timeout_ms=2500, breaker=_patient()))
    asked = [asyncio.ensure_future(desk.value()) for _ in range(3)]
    await desk.clock.advance(timedelta(seconds=4))
    found = await asyncio.gather(*asked)
    assert [isinstance(one, Known) for one in found] == [True, True, False]
    assert desk.caller.most_at_once == 1


def _patient() -> model.Breaker:
    return model.Breaker(failures=1000)


async def test_the_breaker_opens_probes_and_closes() -> None:
    """After five failures nobody is called for half a minute; then one is."""
    desk = Desk(fails("own"), crm())
    for _ in range(8):
        await desk.value()
    assert len(desk.caller.sent) == 5
    assert [call.ended for call in desk.calls][4:] == ["failed", "refused", "refused", "refused"]
    await desk.clock.advance(timedelta(seconds=30))
    await desk.value()
    await desk.value()
    assert len(desk.caller.sent) == 6
    desk.caller.answer = gold
    await desk.clock.advance(timedelta(seconds=30))
    assert await desk.value() == Known("gold", "function", desk.clock.now())
    await desk.value()
    assert len(desk.caller.sent) == 8


@pytest.mark.parametrize("fault", ["request", "forbidden"])
async def test_what_is_not_the_functions_fault_does_not_open_the_breaker(
    fault: model.Fault,
) -> None:
    """Bad parameters of one conversation must not cost all others their answers."""
    desk = Desk(fails(fault), crm())
    for _ in range(20):
        await desk.value()
    assert len(desk.caller.sent) == 20


async def test_a_changed_definition_counts_within_a_second() -> None:
    """And begins with a closed breaker and nothing remembered."""
    desk = Desk(fails("own"), crm())
    for _ in range(6):
        await desk.value()
    desk.caller.answer = gold
    changed = crm(cache_seconds=1)
    desk.rows.found = (Function("1", "crm", changed.definition, START + timedelta(seconds=1)),)
    assert isinstance(await desk.value(), Unfetched)
    await desk.clock.advance(timedelta(seconds=1))
    assert isinstance(await desk.value(), Known)
    assert desk.rows.asked == 2


async def test_what_was_answered_about_somebody_is_forgotten_with_them() -> None:
    """Whoever asks next asks the function, also while an older answer is on its way."""
    release = asyncio.Event()

    async def slow(function: Function, payload: Json) -> Json:
        await release.wait()
        return await gold(function, payload)

    desk = Desk(gold, crm(cache_seconds=60), crm("slow", cache_seconds=60))
    await desk.value()
    desk.caller.answer = slow
    under_way = asyncio.ensure_future(desk.value("custom.slow"))
    await desk.clock.advance(timedelta())
    desk.functions.forget("2")
    await desk.value()
    assert len(desk.caller.sent) == 2
    desk.functions.forget("1")
    release.set()
    assert (await under_way) == Known("gold", "function", START)
    await desk.value()
    await desk.value("custom.slow")
    assert len(desk.caller.sent) == 4


async def test_whoever_tries_a_function_tries_what_they_have_just_written() -> None:
    """Also what is gone: nothing of a moment ago is believed, and decisions know it from then."""
    desk = Desk(gold, crm(parameters={"id": 1}))
    assert (await desk.value()) == Known("gold", "function", START)
    changed = Definition(url="https://crm.example", parameters={"id": 2})
    desk.rows.found = (Function("1", "crm", changed, START),)
    tried = await desk.functions.trial("1", "custom.crm", desk.fetch)
    assert (tried.outcome, tried.value, tried.sent) == ("value", "gold", {"id": 2})
    await desk.value()
    assert [sent for _, sent in desk.caller.sent] == [{"id": 1}, {"id": 2}, {"id": 2}]
    desk.rows.found = ()
    with pytest.raises(errors.NotFound):
        await desk.functions.trial("1", "crm", desk.fetch)
    assert await desk.value() == Known(None, "nowhere")


async def test_a_clock_that_was_set_back_makes_nothing_old_believed() -> None:
    """Definitions are read again, not for an hour the ones of an hour ahead."""
    desk = Desk(gold, crm())
    await desk.value()
    await desk.clock.advance(timedelta(hours=-1))
    desk.rows.found = ()
    assert await desk.value() == Known(None, "nowhere")


async def test_functions_of_one_decision_are_called_side_by_side_and_once() -> None:
    """One that is another's parameter too is called once, and its parts are of one answer."""

    async def answer(_function: Function, payload: Json) -> Json:
        await desk.clock.sleep(1)
        return {"tier": payload.get("of", "gold"), "a.b": {"c": 1}}

    desk = Desk(answer, crm(), crm("loyalty", parameters={"of": "{{custom.crm.tier}}"}))
    found: dict[str, AttributeValue] = {}
    source = OfFunctions("1", desk.functions)

    async def fetch(names: Iterable[str]) -> Mapping[str, AttributeValue]:
        return await source.fetch(list(names), others=fetch)

    async def decide() -> None:
        found.update(
            await source.fetch(
                ["custom.crm.tier", "custom.loyalty.tier", "custom.crm.a.b.c", "custom.crm.none"],
                others=fetch,
            )
        )

    deciding = asyncio.ensure_future(decide())
    await desk.clock.advance(timedelta(seconds=2))
    await deciding
    assert [name for name, _ in desk.caller.sent] == ["crm", "loyalty"]
    values = [known.value for known in found.values() if isinstance(known, Known)]
    assert values == ["gold", "gold", 1, None]
    assert sorted(call.name for call in source.calls) == ["crm", "loyalty"]


async def test_functions_that_need_themselves_are_refused_at_once() -> None:
    """Whatever the rows say: they would wait for themselves."""
    a = crm("a", parameters={"x": "{{custom.b.part}}"})
    b = crm("b", parameters={"x": "{{custom.a}}"})
    desk = Desk(gold, a, b, crm("c", parameters={"x": "{{custom.a}}"}), crm())
    for name in ("custom.a", "custom.b", "custom.c"):
        found = await desk.value(name)
        assert isinstance(found, Unfetched)
        assert "need itself" in found.reason
    assert isinstance(await desk.value(), Known)


async def test_costs_that_cannot_be_written_are_kept() -> None:
    """And written with the next ones."""
    desk = Desk(gold, crm())
    await desk.value()
    working = desk.rows.add_costs

    async def full(_costs: Costs) -> None:
        raise errors.Unavailable("The disk is full.")

    setattr(desk.rows, "add_costs", full)  # noqa: B010 - for this moment only
    await desk.functions.costs.flush()
    setattr(desk.rows, "add_costs", working)  # noqa: B010 - as above
    await desk.value()
    await desk.functions.costs.flush()
    assert desk.rows.costs[("1", "crm")].calls == 2


def test_costs_add_up() -> None:
    """Durations are counted in buckets, of which percentiles are read."""
    cost = Cost()
    for milliseconds in (3, 20, 20, 20, 20, 20, 20, 20, 20, 900):
        cost = cost.after(Call("crm", "answered", milliseconds, 1), at=START)
    cost = cost.after(Call("crm", "failed", 20_000, 1, "Gone."), at=START)
    cost = cost.after(Call("crm", "cached", 0), at=START)
    cost = cost.after(Call("crm", "refused", 0), at=START)
    both = cost.plus(cost)
    assert (both.calls, both.failures, both.cached, both.refused) == (22, 2, 2, 2)
    assert both.percentile(0.5) == 25
    assert both.percentile(0.9) == 1000
    assert both.percentile(1.0) is None
    assert both.last_error == "Gone."
    assert Cost().percentile(0.5) is None
