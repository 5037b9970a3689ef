"""Every engine that decides side by side: how it is made ready, asked, and its answer read.

A form is one way of using an engine; where there are several, the faster one is measured. What
can be done once is done once (compiling, columns without cells, lists as data); what a caller has
is a flat dict, so turning that into what an engine wants counts.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from bench.engines import plainly, translation, workload

Attributes = Mapping[str, Any]
Policies = Sequence[Mapping[str, Any]]


class Form(msgspec.Struct, frozen=True):
    """An engine made ready: ``decide`` is what is timed, ``place`` reads its answer afterwards."""

    name: str
    decide: Callable[[Attributes], Any]
    place: Callable[[Any], int] = int
    """Which policy was the first, -1 for none."""


class Rival(msgspec.Struct, frozen=True):
    """An engine: the package whose version is printed, and its forms for a document."""

    name: str
    package: str | None
    forms: tuple[Callable[[dict[str, Any]], Form], ...]
    namespaced: bool = False
    """Whether it is given attributes by their whole names."""


def _decide(document: dict[str, Any]) -> Form:
    from orchestrator import PolicySet

    return Form("PolicySet.decide", PolicySet.from_document(document).decide, _policy_place)


def _run(document: dict[str, Any]) -> Form:
    """The engine without the door in front of it: no clock is read, no public answer is built."""
    from orchestrator.core.policy import compile as compiling
    from orchestrator.core.policy import document as documents
    from orchestrator.core.policy import engine

    compiled = compiling.compile_set(documents.load(document).policy_set)
    return Form(
        "engine.run_on",
        lambda values: engine.run_on(compiled, values, at=None),
        _policy_place,
    )


def _policy_place(decision: Any) -> int:
    return -1 if decision.policy_id is None else int(decision.policy_id[1:])


def _plain(document: dict[str, Any]) -> Form:
    policies = document["policies"]
    return Form("interpreter", lambda values: plainly.first(policies, values))


def _floor(_document: dict[str, Any]) -> Form:
    return Form("dict.get", plainly.floor(workload.NAMES, hashed=len(workload.TEXTS)))


def _zen_table(document: dict[str, Any]) -> Form:
    """A column for each attribute that has a cell, one more for what is no single test."""
    rules: list[dict[str, str]] = []
    for number, policy in enumerate(document["policies"]):
        cells: dict[str, str] = {}
        written: list[str] = []
        for condition in policy["conditions"]:
            column = translation.bare(condition.get("property", ""))
            if column and column not in cells:
                cells[column] = translation.zen_cell(condition)
            else:
                written.append(translation.zen(condition))
        if written:
            cells["written"] = translation.together(written, word="and")
        rules.append({**cells, "_id": str(number), "place": str(number)})
    used = {name for rule in rules for name in rule} - {"_id", "place"}
    inputs = [
        {"id": name, "name": name, "field": "" if name == "written" else name}
        for name in sorted(used, key=lambda name: (name == "written", name))
    ]
    table = {
        "hitPolicy": "first",
        "inputs": inputs,
        "outputs": [{"id": "place", "name": "place", "field": "place"}],
        "rules": rules,
    }
    nodes = [
        {"id": "in", "name": "in", "type": "inputNode"},
        {"id": "table", "name": "table", "type": "decisionTableNode", "content": table},
        {"id": "out", "name": "out", "type": "outputNode"},
    ]
    edges = [
        {"id": f"{start}-{end}", "type": "edge", "sourceId": start, "targetId": end}
        for start, end in (("in", "table"), ("table", "out"))
    ]
    import zen

    loader = {"type": "static", "content": {"policies": {"nodes": nodes, "edges": edges}}}
    evaluate = zen.ZenEngine({"loader": loader}).evaluate
    return Form(
        "decision table, static loader",
        lambda values: evaluate("policies", values),
        lambda answer: answer["result"].get("place", -1),
    )


def _zen_expression(document: dict[str, Any]) -> Form:
    import zen

    written = [
        translation.together([translation.zen(each) for each in policy["conditions"]], word="and")
        for policy in document["policies"]
    ]
    chain = " : ".join(f"({each}) ? {number}" for number, each in enumerate(written))
    return Form("one expression", zen.compile_expression(f"{chain} : -1").evaluate)


def _cel(document: dict[str, Any], *, in_one: int) -> Form:
    """Programs that each decide ``in_one`` policies (its parser gives up soon after 50)."""
    import cel

    written = _cel_written(document["policies"])
    programs = [
        cel.compile(f"{' : '.join(chunk)} : -1").execute for chunk in _chunks(written, size=in_one)
    ]

    def decide(values: Attributes) -> int:
        context = cel.Context(variables=values)
        for execute in programs:
            place = execute(context)
            if place >= 0:
                return place
        return -1

    return Form(f"{in_one} policies a program", decide)


def _cel_written(policies: Policies) -> list[str]:
    """Return each policy as far as the colon of a choice."""
    return [
        f"({_cel_policy(policy['conditions'])}) ? {number}"
        for number, policy in enumerate(policies)
    ]


def _cel_policy(conditions: Sequence[translation.Condition]) -> str:
    return translation.together([translation.cel(each) for each in conditions], word="&&")


def _chunks(written: list[str], *, size: int) -> Iterator[list[str]]:
    return (written[start : start + size] for start in range(0, len(written), size))


def _celpy(document: dict[str, Any], *, runner: str) -> Form:
    import celpy

    environment = celpy.Environment(runner_class=getattr(celpy, runner))
    programs = [
        environment.program(environment.compile(_cel_policy(policy["conditions"]))).evaluate
        for policy in document["policies"]
    ]

    def decide(values: Attributes) -> int:
        activation = celpy.json_to_cel(values)
        return next((place for place, met in enumerate(programs) if met(activation)), -1)

    return Form(runner, decide)


def _rule_engine(document: dict[str, Any]) -> Form:
    import rule_engine

    context = rule_engine.Context()
    rules = [
        rule_engine.Rule(
            translation.together(
                [translation.rule_engine(each) for each in policy["conditions"]], word="and"
            ),
            context=context,
        ).matches
        for policy in document["policies"]
    ]
    return Form(
        "a rule each",
        lambda values: next((place for place, met in enumerate(rules) if met(values)), -1),
    )


def _logic_one(document: dict[str, Any]) -> Form:
    import jsonlogic_rs

    branches: list[Any] = []
    for number, rule in enumerate(_logic(document)):
        branches += [rule, number]
    text = json.dumps({"if": [*branches, -1]})
    encode = msgspec.json.Encoder().encode
    return Form(
        "one program",
        lambda values: jsonlogic_rs.apply_serialized(text, encode(values).decode(), int),
    )


def _logic_each(document: dict[str, Any]) -> Form:
    import jsonlogic_rs

    texts = [json.dumps(rule) for rule in _logic(document)]
    encode = msgspec.json.Encoder().encode

    def decide(values: Attributes) -> int:
        data = encode(values).decode()
        apply = jsonlogic_rs.apply_serialized
        return next((place for place, text in enumerate(texts) if apply(text, data, _holds)), -1)

    return Form("a program each", decide)


def _holds(answer: str) -> bool:
    return answer == "true"


def _logic(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {"and": [translation.logic(condition) for condition in policy["conditions"]]}
        for policy in document["policies"]
    ]


def _rego(document: dict[str, Any]) -> Form:
    import regopy

    module = translation.Rego(document["policies"])
    interpreter = regopy.Interpreter()
    interpreter.add_module("bench", module.text)
    interpreter.add_data({"lists": module.lists})
    bundle = interpreter.build("data.bench.first")

    def decide(values: Attributes) -> Any:
        interpreter.set_input(values)
        return interpreter.query_bundle(bundle)

    return Form("bundle", decide, lambda output: int(json.loads(str(output))["expressions"][0]))


OURS: Final = "ours"
FLOOR: Final = "floor"

RIVALS: Final = {
    rival.name: rival
    for rival in (
        Rival(OURS, "conversation-orchestrator", (_decide,), namespaced=True),
        Rival("inner", "conversation-orchestrator", (_run,), namespaced=True),
        Rival(FLOOR, None, (_floor,), namespaced=True),
        Rival("plain", None, (_plain,), namespaced=True),
        Rival("zen-engine", "zen-engine", (_zen_table, _zen_expression)),
        Rival(
            "cel",
            "common-expression-language",
            (
                lambda document: _cel(document, in_one=1),
                lambda document: _cel(document, in_one=25),
            ),
        ),
        Rival(
            "cel-python",
            "cel-python",
            (
                lambda document: _celpy(document, runner="CompiledRunner"),
                lambda document: _celpy(document, runner="InterpretedRunner"),
            ),
        ),
        Rival("rule-engine", "rule-engine", (_rule_engine,)),
        Rival("jsonlogic-rs", "jsonlogic-rs", (_logic_one, _logic_each)),
        Rival("regopy", "regopy", (_rego,)),
    )
}
