"""How well statements are read: precision of what would be written, and recall, over written sentences of both halves.

    python benchmarks/statements.py             # the table
    python benchmarks/statements.py --wrong     # and each sentence that was not read as it should be
    python benchmarks/statements.py --fit       # weights of the confidence, fitted on the half that may guide

The sentences are in tests/statements.jsonl, over the demo graph and MetaQA's; nothing is written. The half ``guide`` was looked
at while the reader was made, and its confidence is fitted on it; the half ``score`` is for the figures alone, as are the
sentences ``late``, which were written when the reader was finished.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.development_sets import CACHE, DATA, ROOT, graph_at
from kg.graph import Fact, Literal, Node
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.statement import FEATURES, PRIOR, Statement, StatementReader

SENTENCES = ROOT / "tests" / "statements.jsonl"
GRAPHS = {"world": "world", "films": "metaqa"}
HOLD = 0.15  # how firmly the weights are held at what is plausible before any sentence has been seen


@dataclass(frozen=True)
class Read:
    """A sentence with what was understood of it."""

    row: dict[str, Any]
    statement: Statement

    @property
    def gold(self) -> set[tuple[str, str, Node]]:
        return {(head, relation, node_of(tail)) for head, relation, tail in self.row["facts"]}

    @property
    def written(self) -> set[tuple[str, str, Node]]:
        """What would be written; an entity that is told without a fact counts as one."""
        facts = triples(self.statement.facts)
        alone = self.statement.entities if not facts else ()
        return facts | {(entity.id, "", "") for entity in alone}

    @property
    def understood(self) -> bool:
        """Whether it was understood as it should be, sure enough or not."""
        return triples(self.statement.understood) == self.gold


def node_of(told: Any) -> Node:
    return told if isinstance(told, str) else Literal(told["value"], told["kind"])


def triples(facts: Sequence[Fact]) -> set[tuple[str, str, Node]]:
    return {(fact.head, fact.relation, fact.tail) for fact in facts}


def read_all(data: Path, cache: Path) -> Iterator[Read]:
    rows = [json.loads(line) for line in SENTENCES.read_text("utf-8").splitlines()]
    for graph, name in GRAPHS.items():
        with AskGraph.open(graph_at(name, data, cache)) as ag:
            reader = StatementReader(ag.reader)
            yield from (Read(row, reader.read(row["text"])) for row in rows if row["graph"] == graph)


def table(reads: Sequence[Read]) -> str:
    """Figures of each half and graph, as a Markdown table."""
    lines = [
        "| half | graph | sentences | facts to tell | written | right | precision | recall | nothing rightly written |",
        "| --- | --- | --: | --: | --: | --: | --: | --: | --: |",
    ]
    for half in ("guide", "score", "late"):
        for graph in (*GRAPHS, "both"):
            part = [r for r in reads if r.row["half"] == half and graph in (r.row["graph"], "both")]
            gold, written = sum(len(r.gold) for r in part), sum(len(r.written) for r in part)
            right = sum(len(r.gold & r.written) for r in part)
            none = [r for r in part if not r.gold]
            silent = f"{sum(not r.written for r in none)} of {len(none)}"
            share = f"{right / written:.3f} | {right / gold:.3f}" if written and gold else "– | –"
            lines.append(f"| {half} | {graph} | {len(part)} | {gold} | {written} | {right} | {share} | {silent} |")
    return "\n".join(lines)


def fit(reads: Sequence[Read]) -> list[float]:
    """Weights of a logistic regression on what was understood in the guiding half, held near what is plausible."""
    used = [r for r in reads if r.row["half"] == "guide" and r.statement.features]
    x = torch.tensor([r.statement.features for r in used])
    y = torch.tensor([float(r.understood) for r in used])
    prior = torch.tensor(PRIOR)
    weights = prior.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([weights], max_iter=500, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimizer.zero_grad()
        loss = torch.nn.functional.binary_cross_entropy_with_logits(x @ weights, y, reduction="sum")
        loss = loss + HOLD * ((weights - prior) ** 2).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    optimizer.step(closure)  # type: ignore[no-untyped-call]
    return [round(w, 2) for w in weights.tolist()]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--wrong", action="store_true", help="show the sentences that were not read as they should be")
    parser.add_argument("--fit", action="store_true", help="fit the weights of the confidence")
    options = parser.parse_args()
    reads = list(read_all(options.data, options.cache))
    print(table(reads))
    if options.wrong:
        for r in reads:
            if r.written != r.gold:
                print(f"{r.row['half']}  {r.row['text']}\n    {r.statement.reason}  {r.statement.features}")
    if options.fit:
        print(dict(zip(FEATURES, fit(reads), strict=True)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
