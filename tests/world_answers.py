"""The answers to ``tests/world_questions.jsonl``, computed by executing each question's plan on the demo graph.

python -m tests.world_answers           says which stored answers differ
python -m tests.world_answers --write   writes them anew (after an update of the packages that the graph is made of)
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from kg.graph import Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Plan
from kg.plan_json import plan_from_dict
from kg.store import GraphStore
from loaders.world import build_world

QUESTIONS = Path(__file__).with_name("world_questions.jsonl")


@cache
def world_store() -> NetworkXStore:
    """The demo graph in memory, built once for all tests."""
    store = NetworkXStore.open()
    build_world(store)
    return store


def read_rows() -> list[dict[str, Any]]:
    """The lines of the question file as they stand."""
    return [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]


def plan_of(row: dict[str, Any]) -> Plan | None:
    """The gold plan; None: the question has no answer in this graph."""
    return plan_from_dict(row["plan"]) if row["plan"] is not None else None


def answers_of(store: GraphStore, plan: Plan) -> list[str]:
    """What the plan gives, as the file writes it: ids, canonical texts of literals, ``yes`` or ``no``."""
    result = store.execute(plan)
    if result.kind == "boolean":
        return ["yes" if result.value else "no"]
    if result.value is not None:
        return [Literal(result.value).text]
    return [node if isinstance(node, str) else node.text for node in result.nodes]


def main(arguments: list[str]) -> int:
    store, rows, differing = world_store(), read_rows(), 0
    for row in rows:
        plan = plan_of(row)
        computed = None if plan is None else answers_of(store, plan)
        if computed != row["answers"]:
            differing += 1
            sys.stdout.write(f"{row['id']} {row['question']}\n  stored:   {row['answers']}\n  computed: {computed}\n")
            row["answers"] = computed
    if "--write" in arguments:
        QUESTIONS.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    sys.stdout.write(f"{len(rows)} questions, {differing} with other answers\n")
    return 1 if differing else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
