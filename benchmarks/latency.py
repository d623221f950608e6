"""How long answers take, by stage: questions asked one at a time, and the same in batches.

    python benchmarks/latency.py                     # 200 of MetaQA's development questions over its graph
    python benchmarks/latency.py --threads 1

The model is loaded and the graph is open; some questions go first unmeasured. Nothing is given but the question's text. In
batches a stage that all questions share, such as encoding, is divided evenly; "wall" is the clock's time, with what lies
between the stages.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch

from benchmarks.development_sets import CACHE, DATA, METAQA, ROOT, SHIPPED, graph_at, without_topics
from kg.question import Question
from qa_pipeline.ask_graph import BATCH, AskGraph
from qa_pipeline.metrics import percentile

STAGES = ("link", "encode", "retrieve", "fuse", "decode", "execute", "explain")
UNMEASURED = 10
Times = dict[str, list[float]]


def measure(ag: AskGraph, questions: Sequence[Question], together: int) -> Times:
    """Milliseconds a question, by stage and by the clock."""
    times: Times = {name: [] for name in (*STAGES, "wall")}
    for start in range(0, len(questions), together):
        part = questions[start : start + together]
        began = time.perf_counter()
        answers = ag.batch(part)
        spent = (time.perf_counter() - began) * 1000 / len(part)
        for answer in answers:
            for stage in STAGES:
                times[stage].append(answer.timings_ms.get(stage, 0.0))
            times["wall"].append(spent)
    return times


def summary(times: Times) -> dict[str, dict[str, float]]:
    """Median, 95th percentile and mean by stage."""
    return {
        name: {"median": percentile(ms, 0.5), "p95": percentile(ms, 0.95), "mean": sum(ms) / len(ms)}
        for name, ms in times.items()
    }


def table(single: dict[str, dict[str, float]], batched: dict[str, dict[str, float]]) -> str:
    """Both as a Markdown table."""
    lines = [
        "| ms a question | single, median | single, 95 % | batched, median | batched, mean |",
        "|---|--:|--:|--:|--:|",
    ]
    for name, one in single.items():
        many = batched[name]
        lines.append(f"| {name} | {one['median']:.1f} | {one['p95']:.1f} | {many['median']:.2f} | {many['mean']:.2f} |")
    return "\n".join(lines)


def about(ag: AskGraph, options: argparse.Namespace, count: int) -> dict[str, Any]:
    """What was measured, and where."""
    return {
        "questions": count,
        "facts": sum(r.facts for r in ag.store.schema().relations.values()),
        "model": Path(options.model).name,
        "batch": options.batch,
        "threads": torch.get_num_threads(),
        "cores": os.cpu_count(),
        "processor": platform.machine(),
        "python": platform.python_version(),
        "torch": torch.__version__,
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--out", type=Path, default=ROOT / "runs" / "latency.json", help="a file for the figures")
    parser.add_argument("--questions", type=int, default=200, metavar="N", help="a third of each length (200)")
    parser.add_argument("--batch", type=int, default=BATCH, metavar="N", help=f"questions in a batch ({BATCH})")
    parser.add_argument("--threads", type=int, metavar="N", help="of torch (its own choice)")
    options = parser.parse_args()
    if options.threads:
        torch.set_num_threads(options.threads)
    shares = [options.questions // 3 + (i < options.questions % 3) for i in range(3)]
    questions = [q for s, n in zip(METAQA, shares, strict=True) for q in without_topics(s.read(options.data, n))]
    with AskGraph.open(graph_at("metaqa", options.data, options.cache), model=options.model) as ag:
        measure(ag, questions[:: max(1, len(questions) // UNMEASURED)], 1)
        single, batched = (summary(measure(ag, questions, together)) for together in (1, options.batch))
        told = about(ag, options, len(questions)) | {"single": single, "batched": batched}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")
    print(table(single, batched))
    print(
        f"\n{len(questions)} questions over {told['facts']:,} facts; batches of {options.batch}, {told['threads']} threads"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
