"""What each part brings: the same questions with one part switched off or fed with another slot's contents, in a table.

    python benchmarks/ablations.py --limit 100

The weights stay as they are, so a part may look more needed than it would be had the model been trained without it, and what
was learnt with its help is not taken back. Development questions of every graph, the topics of MetaQA and of the path sets
given; exact answer sets, per cent.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import torch
from torch import Tensor, nn

from benchmarks.development_sets import (
    CACHE,
    DATA,
    GEOQUERY_TRAIN,
    METAQA,
    PATHS,
    SHIPPED,
    WORLD_GUIDE,
    QuestionSet,
    graph_at,
)
from encoder.model import AskModel, Memory
from qa_pipeline import as_asked, choose, heeded
from qa_pipeline.ask_graph import AskGraph
from qa_pipeline.evaluate import Topic, evaluate

COUNTS = (1, 2, 3)  # features that tell how many nodes and edges, and whether it is one
AGAIN = (-2, -1)  # whether the last step goes back or repeats; weights of before decision 0021 do not heed it
FACTORS: tuple[tuple[ModuleType, str], ...] = (
    *((choose, name) for name in "EMPTY EMPTY_SEEN OBSCURE IGNORED IGNORED_HALF".split()),
    *((as_asked, name) for name in "MISTYPED IMPERSONAL ODD SINGLE SINGLE_OF_PLURAL".split()),
    (heeded, "UNKNOWN"),
)
WORDED = "UNSAID AGAIN GUESSED UNLIKE UNRANKED MISCOUNTED NO_LENGTH BARE".split()
WEIGHED = {"TEMPER": 1.0, "SUPPORT": 0.0, "GOAL": 0.0, "LEFT": 0.0, "ORDER": 0.0}
RUNS: tuple[tuple[QuestionSet, Topic], ...] = (
    *((s, "given") for s in (*METAQA, *PATHS)), (GEOQUERY_TRAIN, "linked"), (WORLD_GUIDE, "linked"),
)  # fmt: skip
Change = Callable[[Memory], Memory]


@contextmanager
def remembering(model: AskModel, change: Change) -> Iterator[None]:
    """The model sees a changed memory."""
    fuse = model.fuse
    with patch.object(model, "fuse", lambda tokens, mask, memory: fuse(tokens, mask, change(memory))):
        yield


def shuffled(memory: Memory, fields: Sequence[str]) -> Memory:
    """Each filled slot with those contents of another; relation slots among themselves. The same order every time."""
    generator = torch.Generator().manual_seed(7)
    told = {name: getattr(memory, name).clone() for name in fields}
    relations = (memory.features[:, :, 4] > 0) & memory.mask  # the first of the roles
    for row in range(len(memory.mask)):
        slots = relations[row].nonzero().flatten()
        order = slots[torch.randperm(len(slots), generator=generator)]
        for name, values in told.items():
            values[row, slots] = getattr(memory, name)[row, order]
    return memory._replace(**told)


def without(memory: Memory, columns: tuple[int, ...]) -> Memory:
    """The memory with some features zero."""
    features = memory.features.clone()
    features[:, :, columns] = 0
    return memory._replace(features=features)


@contextmanager
def unjudged() -> Iterator[None]:
    """The likeliest plan is the answer, whatever it gives."""
    with ExitStack() as stack:
        for module, name in FACTORS:
            stack.enter_context(patch.object(module, name, 1.0))
        stack.enter_context(patch.object(choose, "WORTH_MENDING", 2.0))
        stack.enter_context(patch.object(as_asked.AsAsked, "outcomes", lambda judge, outcome: iter([outcome])))
        stack.enter_context(patch.object(choose, "vacuity", lambda store, plan, unasked: 1.0))
        for mend in ("_either", "_bridged", "_widened"):
            stack.enter_context(patch.object(choose._Judge, mend, lambda judge, outcome, believed: iter(())))
        yield


@contextmanager
def not_compared() -> Iterator[None]:
    """How a plan's relations agree with the words of the question does not count."""
    with ExitStack() as stack:
        for name, neutral in WEIGHED.items():
            stack.enter_context(patch.object(choose, name, neutral))
        for name in WORDED:
            stack.enter_context(patch.object(heeded, name, 1.0))
        yield


def nothing_needed(tokens: Tensor, mask: Tensor) -> Tensor:
    return torch.zeros(tokens.shape[:2])


def no_goal(tokens: Tensor, mask: Tensor, names: Tensor) -> Tensor:
    return torch.zeros(names.shape[:2])


ABLATIONS: dict[str, Callable[[AskModel], AbstractContextManager[Any]]] = {
    "whole": lambda model: nullcontext(),
    "no fusion (tokens and slots do not see each other)": lambda model: patch.object(model, "fusion", nn.ModuleList()),
    "relation texts shuffled": lambda model: remembering(model, lambda m: shuffled(m, ["text"])),
    "memory shuffled (all but the texts)": lambda model: remembering(
        model, lambda m: shuffled(m, ["types", "features"])
    ),
    "no types in memory": lambda model: remembering(model, lambda m: m._replace(types=torch.zeros_like(m.types))),
    "no counts in memory": lambda model: remembering(model, lambda m: without(m, COUNTS)),
    "slots do not show that they go back or on": lambda model: remembering(model, lambda m: without(m, AGAIN)),
    "no coverage": lambda model: patch.object(model, "needed", nothing_needed),
    "no goal": lambda model: patch.object(model, "goal", no_goal),
    "plans not judged by what they give": lambda model: unjudged(),
    "plans not compared with the words": lambda model: not_compared(),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="a folder of weights (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument("--limit", type=int, default=100, metavar="N", help="questions of each set (100)")
    options = parser.parse_args()
    table: dict[str, list[float]] = {name: [] for name in ABLATIONS}
    for questions, topic in RUNS:
        asked = questions.read(options.data, options.limit)
        with AskGraph.open(graph_at(questions.graph, options.data, options.cache), model=options.model) as ag:
            for name, switched_off in ABLATIONS.items():
                with switched_off(ag.model):
                    table[name].append(100 * (evaluate(ag, asked, topic=topic).total.exact_match or 0))
        print(f"{questions.name} done", file=sys.stderr)
    print("| | " + " | ".join(s.name for s, _ in RUNS) + " | mean |\n|---|" + "--:|" * (len(RUNS) + 1))
    for name, exact in table.items():
        print(f"| {name} | " + " | ".join(f"{e:.1f}" for e in (*exact, sum(exact) / len(exact))) + " |")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
