"""How much a plan's probability and its agreement with the question's words should count when plans are weighed.

    python benchmarks/agreement.py --limit 300

Development questions of every graph are read once; then each point of a grid over the weights of qa_pipeline/choose.py (TEMPER,
SUPPORT, GOAL, LEFT and minus the logarithm of UNSAID; docs/decisions/0009) chooses anew among their plans. Prints Hits@1 (MetaQA,
the path sets) or the share of exact answer sets (GeoQuery, World), per cent: of the probability alone, with each sign alone, as
shipped, and of the best points of the grid. The last line is honest about tuning: the point that is best on one half of each
set, on the other half.
"""

from __future__ import annotations

import argparse
import itertools
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.ablations import RUNS
from benchmarks.calibrate import readings
from benchmarks.development_sets import CACHE, DATA, SHIPPED, graph_at, without_topics
from kg.question import Question
from kg.store import GraphStore
from qa_pipeline import choose, heeded
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.metrics import score
from qa_pipeline.reading import Reading
from qa_pipeline.respond import items_of
from qa_pipeline.said import left_unsaid

Array = NDArray[np.float64]
NAMES = ("TEMPER", "SUPPORT", "GOAL", "LEFT", "UNSAID")
SHIPPED_POINT = (choose.TEMPER, choose.SUPPORT, choose.GOAL, choose.LEFT, -math.log(heeded.UNSAID))
GRID = ((1.0, 0.85, 0.7, 0.55), (0.0, 0.2, 0.4), (0.0, 1.0, 2.0, 3.0), (0.0, 1.0, 2.0, 3.0, 4.0), (0.0, 1.0, 2.0, 3.0))
ALONE = ((1, 0, 0, 0, 0), (0.7, 0, 0, 0, 0), (1, 0.4, 0, 0, 0), (1, 0, 2, 0, 0), (1, 0, 0, 3, 0), (1, 0, 0, 0, 3))


class Weighed(NamedTuple):
    """The outcomes of one question. N outcomes, which give one of several answers each."""

    signs: Array  # (N, 5)
    factors: Array  # (N,) logarithms of all that else counts
    answer: NDArray[np.int_]  # (N,)
    right: NDArray[np.bool_]  # (N,)


def weighed(store: GraphStore, reading: Reading, question: Question, exact: bool) -> Weighed:
    """All outcomes of a question's plans with what speaks for them."""
    judge, known = choose._Judge(store, reading), store.entities(question.answers or ()).keys()
    rows, answers = [], {}
    for rank, hypothesis in enumerate(reading.hypotheses):
        if hypothesis.plan is None or hypothesis.probability <= 0:
            continue
        unsaid = left_unsaid(judge.heeded.said, hypothesis.plan)
        belief = choose._belief(hypothesis) * heeded.UNSAID**unsaid
        words = hypothesis.agreement
        support = math.log(max(words.support, choose.FAINT))
        signs = (math.log(hypothesis.probability), support, words.goal, -words.left, -unsaid)
        for outcome in judge.outcomes(hypothesis, mend=rank < choose.MENDABLE):
            if outcome.result is None:
                continue
            found = score(items_of(store, outcome.result, 0.0), question.answers or (), known)
            at = answers.setdefault(outcome.result, len(answers))
            rows.append((signs, math.log(outcome.weight / belief + 1e-12), at, found.exact if exact else found.hit))
    signs, factors, at, right = zip(*rows, strict=True) if rows else ((), (), (), ())
    return Weighed(np.array(signs, float).reshape(-1, 5), np.array(factors), np.array(at, int), np.array(right, bool))


def share_right(questions: Sequence[Weighed], point: Sequence[float]) -> float:
    """Per cent of the questions for which the heaviest answer is right."""
    right = 0
    for q in questions:
        if len(q.answer):
            weight = q.signs @ np.array(point) + q.factors
            total = np.bincount(q.answer, np.exp(weight - weight.max()))
            right += bool(q.right[q.answer == total.argmax()][0])
    return 100 * right / max(1, len(questions))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--limit", type=int, default=300, metavar="N", help="questions of each set (300)")
    options = parser.parse_args()
    sets: list[list[Weighed]] = []
    for questions, topic in RUNS:
        asked = [q for q in questions.read(options.data, options.limit, seed=11) if q.answers is not None]
        put = without_topics(asked) if topic == "linked" else asked
        with AskGraph.open(graph_at(questions.graph, options.data, options.cache), model=options.model) as ag:
            sets.append([weighed(ag.store, r, q, topic == "linked") for q, r in readings(ag.reader, put)])
        print(f"{questions.name} done", file=sys.stderr)
    print("| " + " | ".join(NAMES) + " | " + " | ".join(s.name for s, _ in RUNS) + " | mean |")
    print("|" + "--:|" * (len(NAMES) + len(RUNS) + 1))
    grid = sorted(itertools.product(*GRID), key=lambda p: -sum(share_right(s, p) for s in sets))
    for point in (*ALONE, SHIPPED_POINT, *grid[:5]):
        print(line([f"{p:.2f}" for p in point], [share_right(s, point) for s in sets]))
    best = [max(grid[:300], key=lambda p: sum(share_right(s[half::2], p) for s in sets)) for half in (0, 1)]
    others = [np.mean([share_right(s[1 - half :: 2], best[half]) for half in (0, 1)]) for s in sets]
    print(line(["chosen on", "the other", "half", "", ""], [float(o) for o in others]))
    return 0


def line(heads: Sequence[str], figures: Sequence[float]) -> str:
    return "| " + " | ".join([*heads, *(f"{f:.1f}" for f in (*figures, sum(figures) / len(figures)))]) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
