"""What speaks for and against a plan (qa_pipeline/choose.py, heeded.py, as_asked.py, vacuity.py), all fitted together.

    python benchmarks/beliefs.py --limit 100

Every plan that development questions may mean is executed and weighed as it is shipped, and once more with each weight a little
changed: to first order the logarithm of what a plan weighs is linear in the logarithms of the factors and in the exponents. A
conditional logit (McFadden 1974) then makes the right answers likeliest, pulled towards the weights as they are (--ridge). Sets
count by the root of their size. Prints how many answers are exactly right as shipped, fitted, and fitted without the graph in
question (leave one out), and the fitted weights. Nothing is written. Topics are given for MetaQA and the path sets.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor

from benchmarks.ablations import RUNS
from benchmarks.calibrate import readings
from benchmarks.development_sets import CACHE, DATA, SHIPPED, SMALL, SMALL_GUIDE, graph_at, without_topics
from kg.question import Question
from kg.store import GraphStore
from qa_pipeline import as_asked, choose, heeded, vacuity
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.choose import weigh
from qa_pipeline.metrics import score
from qa_pipeline.outcome import Outcome
from qa_pipeline.reading import Reading
from qa_pipeline.respond import items_of

CHANGE = 0.05  # of each weight, or of its logarithm
FACTORS: tuple[tuple[ModuleType, str], ...] = (
    *((choose, name) for name in "EMPTY EMPTY_SEEN OBSCURE BRIDGED IGNORED IGNORED_HALF MENDED NOTHING".split()),
    *((as_asked, name) for name in "MISTYPED SINGLE SINGLE_OF_PLURAL IMPERSONAL".split()),
    *((heeded, name) for name in "UNKNOWN UNLIKE UNSAID AGAIN GUESSED UNRANKED MISCOUNTED NO_LENGTH BARE".split()),
    *((vacuity, name) for name in "VACUOUS IMPOSSIBLE UNHEARD IDLE TIED ONE HOME BACK STRAYED WENT_OUT".split()),
)
EXPONENTS = tuple((choose, name) for name in "TEMPER SUPPORT GOAL LEFT ORDER".split())
STEPS, RATE, MOST = 150, 0.02, 20.0


@dataclass(frozen=True)
class Choice:
    """One question's answers to choose from. N answers, W weights.

    :param weight: logarithms of what they weigh as shipped. Shape: (N,)
    :param change: how these change with each weight. Shape: (N, W)
    :param right: which are exactly right (an unanswerable question's: that there is none). Shape: (N,)
    """

    set: str
    graph: str
    weight: Tensor
    change: Tensor
    right: Tensor


def weights_of(store: GraphStore, reading: Reading) -> dict[object, tuple[float, Outcome]]:
    """The logarithm of what each answer weighs, with its outcome."""
    return {o.result: (math.log(max(o.weight, 1e-30)), o) for o in weigh(store, reading, enough=2.0)}


def choices(store: GraphStore, name: str, graph: str, asked: Sequence[tuple[Question, Reading]]) -> Iterator[Choice]:
    """What there is to choose from, for each question that has anything."""
    for question, reading in asked:
        base, changes = weights_of(store, reading), []
        if not base:
            continue
        for module, weight in (*FACTORS, *EXPONENTS):
            value, factor = getattr(module, weight), (module, weight) in FACTORS
            with patch.object(module, weight, value * math.exp(-CHANGE) if factor else value + CHANGE):
                changed = weights_of(store, reading)
            step = -CHANGE if factor else CHANGE
            changes.append([(changed[k][0] - w) / step if k in changed else 0.0 for k, (w, _) in base.items()])
        known = store.entities(question.answers or ()).keys()
        right = [
            o.plan is None
            if question.answers is None
            else o.result is not None and score(items_of(store, o.result, 0.0), question.answers, known).exact
            for _, o in base.values()
        ]
        change = torch.tensor(changes).T.clamp(-MOST, MOST)
        yield Choice(name, graph, torch.tensor([w for w, _ in base.values()]), change, torch.tensor(right))


def fit(questions: Sequence[Choice], ridge: float) -> Tensor:
    """What is added to the logarithms of the factors and to the exponents. Shape: (W,)."""
    told = [c for c in questions if c.right.any() and not c.right.all()]
    sizes = Counter(c.set for c in told)
    weight = torch.nn.utils.rnn.pad_sequence([c.weight for c in told], True, -1e9)
    change = torch.nn.utils.rnn.pad_sequence([c.change for c in told], True, 0.0)
    right = torch.nn.utils.rnn.pad_sequence([c.right.float() for c in told], True, 0.0)
    counts = torch.tensor([sizes[c.set] ** -0.5 for c in told])
    counts = counts / counts.mean()
    added = torch.zeros(change.shape[-1], requires_grad=True)
    optimizer = torch.optim.Adam([added], lr=RATE)
    for _ in range(STEPS):
        likely = (weight + change @ added).log_softmax(1)
        loss = -(counts * (likely + (right + 1e-30).log()).logsumexp(1)).sum() + ridge * added.square().sum()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    return added.detach()


def share_right(questions: Sequence[Choice], added: Tensor) -> Counter[str]:
    """How many questions of each set are answered exactly right."""
    return Counter(c.set for c in questions if bool(c.right[(c.weight + c.change @ added).argmax()]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="questions of each large set (100)")
    parser.add_argument("--ridge", type=float, default=5.0, help="pull towards the weights as they are (5)")
    options = parser.parse_args()
    found: list[Choice] = []
    for questions, topic in (*RUNS, *((s, "linked") for s in SMALL_GUIDE)):
        small = questions.graph in SMALL
        asked = questions.read(options.data, None if small else options.limit)
        asked = without_topics(asked) if topic == "linked" else asked
        with AskGraph.open(graph_at(questions.graph, options.data, options.cache), model=options.model) as ag:
            name = "small graphs, guide halves" if small else questions.name
            found += choices(ag.store, name, questions.graph, readings(ag.reader, asked))
        print(f"{questions.name} done", file=sys.stderr)
    sizes = Counter(c.set for c in found)
    added, nothing = fit(found, options.ridge), torch.zeros(len(FACTORS) + len(EXPONENTS))
    without: Counter[str] = Counter()
    for graph in sorted({c.graph for c in found}):
        others, own = [c for c in found if c.graph != graph], [c for c in found if c.graph == graph]
        without += share_right(own, fit(others, options.ridge))
    print("| | " + " | ".join(sizes) + " | all |\n|---|" + "--:|" * (len(sizes) + 1))
    rows = {"questions": sizes, "as shipped": share_right(found, nothing), "fitted": share_right(found, added)}
    for head, row in (rows | {"fitted without the graph": without}).items():
        print(f"| {head} | " + " | ".join(str(row[name]) for name in sizes) + f" | {row.total()} |")
    for (module, name), more in zip((*FACTORS, *EXPONENTS), added.tolist(), strict=True):
        value = getattr(module, name)
        print(f"{name}: {value:.3f} → {value * math.exp(more) if (module, name) in FACTORS else value + more:.3f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
