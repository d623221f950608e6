"""Which practice questions pull the weights towards development questions, and which away from them.

    python benchmarks/influence.py --each 256 --limit 200

For each kind of practice question: how much one step of training on that kind alone would lessen the loss of the right plans of
each development set, to first order: the product of both gradients, each weight's share divided by the root mean square of its
gradient over mixed batches, as Adam steps (TracIn, Pruthi et al. 2020, §3, with one checkpoint). Negative: the kind harms the
set. The right plans are found from the answers (qa_pipeline/supervise.py). The figures mean something only among each other.
Development questions are looked at, never trained on.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor

from benchmarks.ablations import RUNS
from benchmarks.development_sets import CACHE, DATA, SHIPPED, graph_at, without_topics
from encoder.model import AskModel
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.batch import Batcher
from qa_pipeline.learn import TOGETHER, half_precision
from qa_pipeline.supervise import PlanFinder
from qa_pipeline.synth.example import KINDS, Example, draw
from training.real_wording import RealWording

MIXED = 8  # batches whose gradients tell each weight's scale
SEED = 5


class Gradients:
    """Gradients of a model's loss, as one vector of all that is trained."""

    def __init__(self, model: AskModel) -> None:
        model.encoder.embeddings.requires_grad_(False)
        self.model, self.batcher = model, Batcher(model.config.encoder)
        self.trained = [p for p in model.parameters() if p.requires_grad]

    def of(self, examples: Sequence[Example]) -> Tensor:
        """Of the mean loss, without dropout. Shape: (weights,)."""
        self.model.zero_grad()
        order = sorted(examples, key=lambda e: len(e.subgraph.slots))
        for start in range(0, len(order), TOGETHER):
            some = order[start : start + TOGETHER]
            batch = self.batcher.batch(some)
            with half_precision(batch["input_ids"]):
                _, loss = self.model(**batch)
            (loss * len(some) / len(order)).backward()
        return torch.cat([(torch.zeros_like(p) if p.grad is None else p.grad).flatten() for p in self.trained])


def development(options: argparse.Namespace) -> Iterator[tuple[str, list[Example]]]:
    """Each set's questions with the plans that give exactly their answers."""
    for questions, topic in RUNS:
        asked = questions.read(options.data, options.limit)
        asked = asked if topic == "given" else without_topics(asked)
        with AskGraph.open(graph_at(questions.graph, options.data, options.cache), model=options.model) as ag:
            found = itertools.chain.from_iterable(PlanFinder(ag.reader).find(dict(enumerate(asked))))
            yield questions.name, [s.example for s in found if s.example is not None and s.how in ("beam", "memory")]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--limit", type=int, default=200, metavar="N", help="development questions of each set (200)")
    parser.add_argument("--each", type=int, default=256, metavar="N", help="practice questions of each kind (256)")
    options = parser.parse_args()
    gradients = Gradients(AskModel.from_pretrained(options.model))
    sets = {name: gradients.of(examples) for name, examples in development(options)}
    real, rng = RealWording(options.data), random.Random(SEED)
    mixed = [gradients.of([draw(rng, invent=real.invent) for _ in range(TOGETHER)]) for _ in range(MIXED)]
    scale = torch.stack([g.square() for g in mixed]).mean(0).sqrt() + 1e-8
    print("| practice questions | " + " | ".join(sets) + " |\n|---|" + "--:|" * len(sets))
    for kind in ("real", *KINDS):
        some = [real.draw(rng) if kind == "real" else draw(rng, {kind: 1.0}, real.invent) for _ in range(options.each)]
        step = gradients.of(some) / scale
        print(f"| {kind} | " + " | ".join(f"{float(step @ g):,.0f}" for g in sets.values()) + " |", flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
