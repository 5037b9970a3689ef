"""Expressions as conditions of policies: loading, deciding, asking, explaining, exporting."""

import contextlib
import time
import tracemalloc
from datetime import UTC, datetime

import pytest

from orchestrator import PolicyErrors, PolicySet
from orchestrator.core.model.attributes import Known, Unfetched
from orchestrator.core.policy import compile as compiling
from orchestrator.core.policy import document, engine, targets

SKILL = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillId": "1"}}]
SUNDAY = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def policy(text, name="P", **fields):
    return {"name": name, "enabled": True, "expression": text, "actions": SKILL} | fields


def explained(text, attributes, at=SUNDAY, **parts):
    decision = PolicySet.from_document({"policies": [policy(text)], **parts}).explain(
        attributes, at=at
    )
    entry = decision.trace["policies"][0]
    assert len(entry["conditions"]) == 1
    assert entry["reason"] == entry["conditions"][0]["reason"] or entry["state"] == "TRUE"
    return entry["conditions"][0]


def test_the_document_of_the_paper_decides_by_the_clock():
    """Out of hours on a Sunday night, not at noon on a Monday."""
    text = (
        "not isTimeRange('08:30:00', '17:30:00', 'Europe/Paris', ['MON','TUE','WED','THU','FRI'])"
    )
    policy_set = PolicySet.from_document([policy(text)])
    assert policy_set.decide({}, at=SUNDAY).policy_id == "p-p"
    monday = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
    assert policy_set.decide({}, at=monday).no_match_reason == "NO_MATCHED_RULES"


def test_without_a_clock_functions_of_time_are_unknown_and_ask_for_nothing():
    """Even with an attribute as an argument: it could not help."""
    loaded = document.load([policy("isTimeRange(shop.from, '17:30:00', 'UTC') or shop.x == 1")])
    evaluation = engine.evaluate(compiling.compile_set(loaded.policy_set), at=None, tracing="on")
    assert next(evaluation).names == ("shop.x",)
    with pytest.raises(StopIteration) as end:
        evaluation.send({})
    entry = end.value.value.trace["policies"][0]
    assert entry["state"] == "UNKNOWN"
    assert "there is no clock" in entry["reason"]


def test_opening_hours_are_those_of_the_document():
    """`isOpen` reads the schedules; the clock decides."""
    hours = {"zone": "Europe/Paris", "weekly": {"SUN": [["09:00:00", "12:59:59"]]}}
    policy_set = PolicySet.from_document(
        {"policies": [policy("isOpen('Day')")], "schedules": {"Day": hours}}
    )
    assert policy_set.decide({}, at=datetime(2026, 11, 22, 11, 59, 59, tzinfo=UTC)).policy_id
    assert not policy_set.decide({}, at=SUNDAY).policy_id


@pytest.mark.parametrize(
    ("schedules", "said"),
    [({}, "no schedule 'Day'"), (None, "no schedule 'Day'")],
)
def test_a_schedule_that_does_not_exist_is_refused(schedules, said):
    """With the path of the expression and the place in it."""
    parts = {"policies": [policy("isOpen('Day')")]}
    if schedules is not None:
        parts["schedules"] = schedules
    with pytest.raises(PolicyErrors) as caught:
        PolicySet.from_document(parts)
    assert caught.value[0].path == "policies[0].expression"
    assert caught.value[0].message.startswith("line 1, column 8: ")
    assert said in caught.value[0].message


def test_every_mistake_of_every_expression_is_reported():
    """The first syntax error of one, all other errors of the next, and those of conditions."""
    given = [
        policy("a.b = 1 = 2", "A"),
        policy("lenght(a.b) > 1 and a.b < true", "B"),
        policy(5, "C"),
        policy("true", "D", exception={"expression": "a.b &&", "actions": SKILL}),
    ]
    with pytest.raises(PolicyErrors) as caught:
        PolicySet.from_document(given)
    assert [(problem.path, problem.code) for problem in caught.value] == [
        ("policies[0].expression", "syntax"),
        ("policies[1].expression", "unknown-word"),
        ("policies[1].expression", "wrong-type"),
        ("policies[2].expression", "wrong-type"),
        ("policies[3].exception.expression", "syntax"),
    ]


def test_an_unknown_attribute_is_a_warning_with_its_place():
    """The policy works all the same: attributes come into being at run time."""
    policy_set = PolicySet.from_document(
        {"policies": [policy("custom.vipLst == 1 or shop.x == 2")], "custom": {"vipList": 1}}
    )
    assert [(each.code, each.path) for each in policy_set.warnings] == [
        ("unknown-attribute", "policies[0].expression")
    ]
    assert "did you mean `custom.vipList`?" in policy_set.warnings[0].message
    assert policy_set.decide({"shop.x": 2}).policy_id == "p-p"


def test_expressions_are_exported_as_they_were_written():
    """Line breaks, aliases and all; the same document has the same version."""
    text = "customerinfo.ctype == ‘vip’\n   and ( isSet(a.b) )"
    policy_set = PolicySet.from_document([policy(text)])
    exported = policy_set.document()
    assert exported["policies"][0]["expression"] == text
    assert "conditions" not in exported["policies"][0]
    assert PolicySet.from_document(exported).version == policy_set.version


def test_looking_up_names_leaves_expressions_alone():
    """Targets by name become ids, whatever the condition is written in."""
    act = [{"type": "TRANSFER_TO_SKILL", "payload": {"skillName": "Sales"}}]
    loaded = document.load([policy("a.b == 1", actions=act)]).policy_set
    account = targets.Account("1", {"12": "Sales"}, {}, {})
    resolved, warnings = targets.resolve_names(loaded, account)
    shown = document.dump(resolved)["policies"][0]
    assert (shown["expression"], warnings) == ("a.b == 1", ())
    assert shown["actions"][0]["payload"] == {"skillId": "12"}


def test_a_stored_expression_that_is_refused_now_is_skipped():
    """Like any policy that today's rules refuse."""
    loaded = document.load_stored([policy("a.b ="), policy("true", "Q")])
    made = engine.run(
        compiling.compile_set(loaded.policy_set), lambda _: Known(None), at=None, tracing="on"
    )
    assert made.policy_name == "Q"
    assert made.trace["policies"][0]["state"] == "INVALID"


def test_an_expression_is_one_condition_of_the_trace():
    """With every attribute once, in the order of the text, as it was written."""
    shown = explained(
        "customerinfo.ctype in custom.top and customerinfo.balance > 5"
        " or customerinfo.ctype == 'x'",
        {"customerinfo": {"ctype": "Silver", "balance": 3}},
        custom={"top": ["gold"]},
    )
    assert [*shown] == ["expression", "state", "reason", "operands"]
    assert shown["state"] == "FALSE"
    assert shown["operands"][0] == {
        "property": "customerinfo.ctype",
        "actual": "Silver",
        "source": "caller",
        "ageSeconds": None,
    }
    assert [each["property"] for each in shown["operands"]] == [
        "customerinfo.ctype",
        "custom.top",
        "customerinfo.balance",
    ]


REASONS = [
    ("a.b == 'x' and c.d == 1", {"a.b": "y"}, "FALSE",
     "`a.b` is 'y', which does not equal 'x'"),
    ("a.b == 'x' or c.d == 1", {"a.b": "y", "c.d": 1}, "TRUE", "`c.d` is 1, which equals 1"),
    ("not (a.b == 'x' or c.d == 1)", {"a.b": "y", "c.d": 1}, "FALSE",
     "`c.d` is 1, which equals 1"),
    ("a.b > 5", {}, "UNKNOWN", "`a.b` is missing, which is not comparable with 5"),
    ("a.b * 2 > c.d", {"a.b": 3, "c.d": 10}, "FALSE",
     "`a.b * 2 > c.d` is false: `a.b` is 3, `c.d` is 10"),
    ("a.b / 0 > 1", {"a.b": 1}, "UNKNOWN", "`a.b / 0 > 1` is unknown"),
    ("a.b", {"a.b": "true"}, "UNKNOWN", "`a.b` is 'true', which is neither true nor false"),
    ("isTimeRange('08:00:00', '09:00:00', 'UTC')", {}, "FALSE",
     "`isTimeRange('08:00:00', '09:00:00', 'UTC')` is false: the clock is 2026-11-22T12:00"),
    ("conversation.firstMessage == 'secret'", {"conversation.firstMessage": "hush"}, "FALSE",
     "`conversation.firstMessage` is •••, which does not equal 'secret'"),
    ("length(conversation.firstMessage) > 9", {"conversation.firstMessage": "hush"}, "FALSE",
     "`length(conversation.firstMessage) > 9` is false: `conversation.firstMessage` is •••"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "given", "state", "reason"), REASONS, ids=[e[0] for e in REASONS])
def test_the_reason_is_that_of_the_part_that_decided(text, given, state, reason):
    """One line in the words of a routing manager; sensitive values are masked."""
    shown = explained(text, given)
    assert shown["state"] == state
    assert shown["reason"].startswith(reason)
    assert "hush" not in str(shown)


def test_a_failed_fetch_is_an_error_that_says_what_failed():
    """Unless the rest of the expression settles it."""
    loaded = document.load([policy("a.b + 1 > 2 or c.d == 1")])
    compiled = compiling.compile_set(loaded.policy_set)

    def down(name):
        return Unfetched("timed out") if name == "a.b" else Known(0)

    entry = engine.run(compiled, down, at=None, tracing="on").trace["policies"][0]
    assert entry["state"] == "ERROR"
    assert entry["reason"] == "`a.b` could not be fetched: timed out"

    def other(name):
        return Unfetched("timed out") if name == "a.b" else Known(1)

    assert engine.run(compiled, other, at=None).policy_id == "p-p"


def asked(text, replies):
    compiled = compiling.compile_set(document.load([policy(text)]).policy_set)
    evaluation = engine.evaluate(compiled, at=SUNDAY, tracing="on")
    batches = []
    try:
        needs = next(evaluation)
        while True:
            batches.append(needs.names)
            needs = evaluation.send({name: Known(replies.get(name)) for name in needs.names})
    except StopIteration:
        return batches


def test_attributes_are_asked_for_cheap_first_and_only_while_they_matter():
    """What is at hand settles it, or the dearer ones are asked for together."""
    text = "conversation.language == 'fr' and (shop.x > 1 or shop.y + shop.z > 2)"
    assert asked(text, {}) == [("conversation.language",)]
    french = {"conversation.language": "fr"}
    assert asked(text, french) == [("conversation.language",), ("shop.x", "shop.y", "shop.z")]
    assert asked("shop.x * conversation.isFirst > 1", {}) == [("conversation.isFirst",)]
    assert asked("shop.x / 0 > 1 or shop.x ^ 1 / 0 == 1", {}) == []
    assert asked("true or shop.x == 1", {}) == []


def test_the_same_text_always_falls_on_the_same_side():
    """Raising the percentage only adds texts, and the share is about right."""
    texts = [f"consumer-{number}" for number in range(1_000)]
    inside = []
    for percent in (0, 10, 30, 100):
        policy_set = PolicySet.from_document([policy(f"inPercent(a.b || 'spring', {percent})")])
        inside.append({text for text in texts if policy_set.decide({"a.b": text}).policy_id})
    assert inside[0] == set()
    assert inside[0] < inside[1] < inside[2] < inside[3] == {*texts}
    assert 60 < len(inside[1]) < 140


def seconds(text):
    started = time.thread_time()
    with contextlib.suppress(PolicyErrors):
        document.load([policy(text)])
    return time.thread_time() - started


@pytest.mark.parametrize(
    "unit",
    [
        "a.b or ",
        "(",
        "not ",
        "'\\'",
        "1+",
        "a.b=",
        "’",
        "[1],",
        "x.y ",
        "matches(a.b,'(a+)+$') or ",
    ],
)
def test_reading_takes_linear_time(unit):
    """Four times the text takes nowhere near sixteen times as long, whatever is in it."""
    document.load([policy("true")])
    size = 19_900 // len(unit)
    quarter = min(seconds(unit * (size // 4) + "a.b") for _ in range(3))
    whole = min(seconds(unit * size + "a.b") for _ in range(3))
    assert whole < 10 * quarter + 0.05


def test_a_megabyte_is_refused_at_once_and_costs_no_memory():
    """By its length; and the longest expression that is read stays far below 100 MB."""
    document.load([policy("true")])
    for text in ("(" * 1_000_000, "a.b or " * 150_000, "+".join(["1"] * 9_900) + "==a.b"):
        tracemalloc.start()
        seconds(text)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 50_000_000


def test_joining_texts_cannot_fill_the_memory():
    """A text of more than a million characters is unknown."""
    text = f"({' || '.join(['a.b'] * 2_800)}) == 'x'"
    assert explained(text, {"a.b": "x" * 100_000})["state"] == "UNKNOWN"
