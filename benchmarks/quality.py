"""How good the answers are: a model over every development graph, none of which it was trained on, in one Markdown table.

    python benchmarks/quality.py                                # all sets; the shipped weights
    python benchmarks/quality.py --limit 200 --only world geo   # 200 questions of each set whose name has one of the words

Graphs are imported once into a cache folder. Beside each score stands the oracle's: the best of the plans that were weighed,
chosen with the gold answers in sight. docs/evaluation.md says what each figure is. ``--out`` gets ``metrics.json`` and, in a
folder for each set, the predictions.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.development_sets import (
    CACHE,
    DATA,
    GEOQUERY,
    GEOQUERY_PLAIN,
    METAQA,
    PATHS,
    ROOT,
    SHIPPED,
    SMALL_SCORE,
    SMALL_UNREAD,
    WORLD_SCORE,
    QuestionSet,
    graph_at,
)
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.evaluate import Figures, Report, Topic, evaluate

COLUMNS = {
    "questions": "questions", "Hits@1": "hits_at_1", "oracle Hits@1": "oracle_hits_at_1", "F1": "f1",
    "exact": "exact_match", "oracle exact": "oracle_exact_match", "abstained": "abstention_rate",
    "right of answered": "answered_accuracy", "AUROC answerable": "auroc_answerable", "ECE": "ece",
}  # fmt: skip
RUNS: tuple[tuple[QuestionSet, Topic], ...] = (
    *((s, topic) for topic in ("given", "linked") for s in (*METAQA, *PATHS)),
    (GEOQUERY, "linked"),
    (GEOQUERY_PLAIN, "linked"),
    (WORLD_SCORE, "linked"),
    *((s, "linked") for s in (*SMALL_SCORE, *SMALL_UNREAD)),
)


@dataclass(frozen=True)
class Options:
    """What the command line says; see ``--help``."""

    model: str
    data: Path
    cache: Path
    out: Path
    limit: int | None
    only: tuple[str, ...]


def measure(options: Options) -> Iterator[tuple[str, str, Report]]:
    """(set, topic, report) of every run that is wanted; graphs are opened one after the other."""
    for questions, topic in RUNS:
        if not wanted(questions.name, options.only):
            continue
        asked = questions.read(options.data, options.limit)
        folder = options.out / re.sub(r"[^a-z0-9]+", "-", f"{questions.name} {topic}".lower())
        graph = graph_at(questions.graph, options.data, options.cache)
        with AskGraph.open(graph, model=options.model) as ag:
            yield questions.name, topic, evaluate(ag, asked, topic=topic, out=folder, progress=sys.stderr.isatty())


def wanted(name: str, only: Sequence[str]) -> bool:
    """Whether the set's name has one of the words (any set, if there are none)."""
    return not only or any(word.casefold() in name.casefold() for word in only)


def table(rows: Sequence[tuple[str, str, Report]]) -> str:
    """The figures as a Markdown table, a row for each run."""
    heads = ["graph and questions", "topic", *COLUMNS]
    lines = [heads, ["---", "---", *("--:" for _ in COLUMNS)]]
    lines += [[name, topic, *_cells(report.total)] for name, topic, report in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _cells(figures: Figures) -> Iterator[str]:
    for head, field in COLUMNS.items():
        value = getattr(figures, field)
        if value is None:
            yield "–"
        elif head == "questions":
            yield f"{value:,}"
        elif head in ("AUROC answerable", "ECE"):
            yield f"{value:.3f}"
        else:
            yield f"{100 * value:.1f}"


def save(path: Path, options: Options, rows: Sequence[tuple[str, str, Report]]) -> None:
    """Write all figures of all runs."""
    runs: list[dict[str, Any]] = [{"set": name, "topic": topic} | report.to_json() for name, topic, report in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"model": Path(options.model).name, "limit": options.limit, "runs": runs}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "quality", help="a folder for figures")
    parser.add_argument("--limit", type=int, metavar="N", help="at most so many questions of each set")
    parser.add_argument(
        "--only", nargs="+", default=(), metavar="NAME", help="sets with one of these words in the name"
    )
    told = vars(parser.parse_args())
    options = Options(**told | {"only": tuple(told["only"])})
    rows = []
    for row in measure(options):
        rows.append(row)
        print(f"{row[0]}, topic {row[1]}: exact {row[2].total.exact_match or 0:.4f}", file=sys.stderr)
        save(options.out / "metrics.json", options, rows)
    print(table(rows))
    return 0 if rows else 1


if __name__ == "__main__":
    raise SystemExit(main())
