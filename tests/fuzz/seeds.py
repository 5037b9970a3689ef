"""Where fuzzing begins: one small input of every kind."""

import json
from pathlib import Path

from orchestrator.core.policy import functions, operators

EXPRESSIONS = [
    *(row.example for row in functions.ROWS if row.name != "isOpen"),
    "not (a.b == 'it\\'s' or c.d in ['x', 1, true]) and 2 ^ -3 % 4 <= sqrt 9",
    "‘typographic’ == shop.tier || '’' and (a.b > 1) > 0",
]


def documents():
    """Yield a document for every operator, one of expressions, and one of everything else."""
    act = [{"type": "TRANSFER_TO_AGENT", "payload": {"userId": "{{a.b}}", "skillId": "12"}}]
    for row in operators.ROWS:
        tested = {"property": "a.b", "type": row.name}
        value = [["x", 5]] if "list" in row.family.literals else ["2026-11-22"]
        made = tested | ({"value": value[0]} if row.takes_value else {})
        yield [{"name": "P", "enabled": True, "conditions": [{"any": [made]}], "actions": act}]
    yield [
        {"name": f"E{index}", "enabled": True, "expression": text, "actions": act}
        for index, text in enumerate(EXPRESSIONS)
    ]
    yield {
        "policies": [],
        "custom": {"a": [1, {"b": None}]},
        "schedules": {"Day": {"zone": "UTC", "weekly": {"MON": [["08:00:00", "12:00:00"]]}}},
    }


def write(folder):
    """Write the seeds into ``expressions`` and ``documents`` in a folder."""
    kinds = {
        "expressions": EXPRESSIONS,
        "documents": [json.dumps(each, ensure_ascii=False) for each in documents()],
    }
    for kind, texts in kinds.items():
        inside = Path(folder) / kind
        inside.mkdir(parents=True, exist_ok=True)
        for index, text in enumerate(texts):
            (inside / f"seed-{index}").write_text(text, "utf-8")
