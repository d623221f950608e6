"""Fit what an answer's confidence rests on (``qa_pipeline/confidence.py``) over questions of several graphs together.

    python benchmarks/calibrate.py --model MODEL                 # writes into MODEL/config.json
    python benchmarks/calibrate.py --model MODEL --dry --limit 50

Each set weighs the same. Some have questions that their graph cannot answer: the world, the small graphs, MetaQA questions
whose answer has been taken away (the facts of the right plan's last step are deleted from a copy of the graph), and questions
whose names have been taken away (what they name is no longer in the copy). In one set names are misspelt. Topics are never
given. The threshold is the least confidence at which at least ``--right`` of the answers given are right.

The figures are of a check on halves: weights and threshold are fitted on one half of each set and judged on the other. They
are judged as an evaluation judges (docs/evaluation.md): no answer counts as wrong, with the confidence that it carries. What is
written is fitted on all questions.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import numpy as np
from numpy.typing import NDArray

from benchmarks.changed_sets import is_right, misspelt, names_taken_away, readings, taken_away
from benchmarks.development_sets import (
    CACHE,
    DATA,
    GEOQUERY_TRAIN,
    METAQA,
    PATHS,
    SHIPPED,
    SMALL_GUIDE,
    WORLD_GUIDE,
    QuestionSet,
    graph_at,
    without_topics,
)
from kg.question import Question
from kg.store import GraphStore
from qa_pipeline.ask_graph import AskGraph, load_model
from qa_pipeline.choose import features_of, weigh
from qa_pipeline.confidence import FEATURES, UNFITTED
from qa_pipeline.reading import QuestionReader

Array = NDArray[np.float64]
SEED = 7
RIDGE = 1.0  # pull of the weights towards zero, in questions
BINS = 10
METAQA_NAME = "MetaQA"
TAKEN = "MetaQA, answer taken away"
NAME_TAKEN, MISSPELT = "MetaQA and world, name taken away", "MetaQA and world, name misspelt"


@dataclass(frozen=True)
class Case:
    """What one question gave.

    :param features: of the likeliest plan's outcome; empty: there is no plan
    :param answered: whether there is a plan
    :param right: whether its answer is exactly right
    :param answerable: whether the graph has an answer
    """

    set: str
    features: tuple[float, ...]
    answered: bool
    right: bool
    answerable: bool


@dataclass(frozen=True)
class Pool:
    """All cases as arrays. N cases, F features. Cases without features are told apart by ``known`` (True: has features)."""

    sets: NDArray[np.str_]  # (N,)
    features: Array  # (N, F)
    known: NDArray[np.bool_]  # (N,)
    answered: NDArray[np.bool_]  # (N,)
    right: NDArray[np.bool_]  # (N,)
    answerable: NDArray[np.bool_]  # (N,)

    def part(self, chosen: NDArray[np.bool_]) -> Pool:
        return Pool(
            self.sets[chosen], self.features[chosen], self.known[chosen], self.answered[chosen], self.right[chosen],
            self.answerable[chosen],
        )  # fmt: skip

    @property
    def weights(self) -> Array:
        """One over the size of the case's set, so that each set weighs the same; the mean is one. Shape: (N,)"""
        names, place, counts = np.unique(self.sets, return_inverse=True, return_counts=True)
        return np.asarray(len(self.sets) / (len(names) * counts[place]), float)

    def confidences(self, fitted: Array) -> Array:
        """The confidence that each answer carries, as :func:`qa_pipeline.respond.respond` gives it. Shape: (N,)"""
        sure = sigmoid(self.features @ fitted)
        return np.where(self.known & self.answered, sure, 0.0)


# cases ----------------------------------------------------------------------------------------------------------------


def cases(store: GraphStore, reader: QuestionReader, name: str, questions: Sequence[Question]) -> Iterator[Case]:
    """Read, execute and judge."""
    for question, reading in readings(reader, questions):
        outcomes = weigh(store, reading)
        chosen = next((i for i, o in enumerate(outcomes) if o.result is not None), None)
        if chosen is None:
            yield Case(name, (), False, False, question.answers is not None)
            continue
        result = outcomes[chosen].result
        right = result is not None and is_right(store, question, result)
        yield Case(name, features_of(outcomes, chosen, reading), True, right, question.answers is not None)


def gather(options: argparse.Namespace) -> Pool:
    """The cases of all sets."""
    found: list[Case] = []
    for name, sets in _plan_of_sets().items():
        share = None if sets is SMALL_GUIDE else max(1, options.limit // len(sets))  # these are few, and all unlike
        for graph, of_graph in groupby(sets, lambda s: s.graph):
            same = list(of_graph)
            with AskGraph.open(graph_at(graph, options.data, options.cache), model=options.model) as ag:
                questions = [q for s in same for q in without_topics(s.read(options.data, share, SEED))]
                found += cases(ag.store, ag.reader, name, questions)
                if name in (METAQA_NAME, WORLD_GUIDE.name):
                    others = [q for s in same for q in without_topics(s.read(options.data, share, SEED + 1))]
                    found += _changed(ag, others, options.model, with_answers=name == METAQA_NAME)
        print(f"{name}: {sum(c.set == name for c in found)} questions", file=sys.stderr)
    blank = (0.0,) * len(FEATURES)
    return Pool(
        np.array([c.set for c in found]),
        np.array([c.features or blank for c in found], float),
        np.array([bool(c.features) for c in found]),
        np.array([c.answered for c in found]),
        np.array([c.right for c in found]),
        np.array([c.answerable for c in found]),
    )


def _changed(ag: AskGraph, questions: Sequence[Question], model: str, with_answers: bool) -> Iterator[Case]:
    """The cases of questions whose names are misspelt, or not in the graph, or whose answers are not."""
    yield from cases(ag.store, ag.reader, MISSPELT, misspelt(ag.reader, questions, SEED))
    for name, take in ((NAME_TAKEN, names_taken_away), *([(TAKEN, taken_away)] if with_answers else ())):
        copy, hopeless = take(ag.store, ag.reader, questions)
        yield from cases(copy, QuestionReader(copy, load_model(model)), name, hopeless)
        copy.close()


def _plan_of_sets() -> dict[str, tuple[QuestionSet, ...]]:
    single = {s.name: (s,) for s in (*PATHS, GEOQUERY_TRAIN, WORLD_GUIDE)}
    return {METAQA_NAME: METAQA} | single | {"small graphs, guide halves": SMALL_GUIDE}


# fitting --------------------------------------------------------------------------------------------------------------


def sigmoid(values: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-np.clip(values, -30, 30))), float)


def fit(pool: Pool, steps: int = 50) -> Array:
    """Weights of the features by Newton's method, from the answers given, each set weighing the same. Shape: (F,)"""
    given = pool.known & pool.answered
    x, y, w = pool.features[given], pool.right[given].astype(float), pool.weights[given]
    pull = np.full(x.shape[1], RIDGE)
    pull[0] = 1e-3  # the bias is free
    fitted = np.zeros(x.shape[1])
    for _ in range(steps):
        p = sigmoid(x @ fitted)
        gradient = x.T @ (w * (p - y)) + pull * fitted
        curvature = (x * (w * p * (1 - p))[:, None]).T @ x + np.diag(pull)
        change = np.linalg.solve(curvature, gradient)
        fitted = fitted - change * min(1.0, 5 / (np.abs(change).max() + 1e-9))
        if np.abs(change).max() < 1e-8:
            break
    return fitted


def least_confidence(pool: Pool, fitted: Array, right: float) -> float:
    """The least confidence at which that share of the answers given is right; where none does, more than any has (at most 1)."""
    given = pool.answered & pool.known
    confidences, weights = pool.confidences(fitted)[given], pool.weights[given]
    order = np.argsort(-confidences, kind="stable")
    share = np.cumsum((weights * pool.right[given])[order]) / np.cumsum(weights[order])
    reached = np.flatnonzero(share >= right)
    if not len(reached):
        return min(1.0, float(confidences.max(initial=0.0)) + 1e-4)
    return float(np.floor(confidences[order][reached[-1]] * 1e4) / 1e4)


# judging --------------------------------------------------------------------------------------------------------------


def calibration_error(confidences: Array, right: NDArray[np.bool_], weights: Array) -> float:
    """The mean distance between confidence and share right, over bins of equal width."""
    places = np.minimum((confidences * BINS + 1e-9).astype(int), BINS - 1)
    off = [abs(np.sum((weights * (confidences - right))[places == i])) for i in range(BINS)]
    return float(sum(off) / weights.sum())


def auroc(confidences: Array, positive: NDArray[np.bool_], weights: Array) -> float | None:
    """The chance that a positive has the higher confidence; a tie is half a chance."""
    if positive.all() or not positive.any():
        return None
    above, below = confidences[positive][:, None], confidences[~positive][None, :]
    pairs = weights[positive][:, None] * weights[~positive][None, :]
    return float(np.sum(pairs * ((above > below) + 0.5 * (above == below))) / pairs.sum())


def rows_for(pool: Pool, confidences: Array, threshold: NDArray[np.float64]) -> Iterator[str]:
    """A row of figures for each set and one for all, as a Markdown table."""
    heads = (
        "set",
        "questions",
        "right",
        "ECE",
        "AUROC right",
        "AUROC answerable",
        "given",
        "right of given",
        "none, refused",
    )
    yield f"| {' | '.join(heads)} |"
    yield "|---" + "|--:" * (len(heads) - 1) + "|"
    groups: dict[str, Callable[[], NDArray[np.bool_]]] = {
        name: lambda name=name: pool.sets == name for name in dict.fromkeys(pool.sets.tolist())  # type: ignore[misc]
    }  # fmt: skip
    groups["MetaQA and taken away"] = lambda: np.isin(pool.sets, ["MetaQA", TAKEN])
    groups["all, weighted"] = lambda: np.ones(len(pool.sets), bool)
    for name, members in groups.items():
        chosen = members()
        part, sure, weights = pool.part(chosen), confidences[chosen], pool.weights[chosen]
        correct = part.right & part.answered
        given = part.answered & part.known & (sure >= threshold[chosen])
        figures = (
            np.average(correct, weights=weights), calibration_error(sure, correct, weights),
            auroc(sure[part.answerable], correct[part.answerable], weights[part.answerable]),
            auroc(sure, part.answerable, weights),
            np.average(given, weights=weights),
            np.average(correct[given], weights=weights[given]) if given.any() else None,
            np.average(~given[~part.answerable], weights=weights[~part.answerable]) if (~part.answerable).any() else None,
        )  # fmt: skip
        cells = ["–" if f is None else f"{f:.3f}" for f in figures]
        yield f"| {name} | {len(sure)} | {' | '.join(cells)} |"


def cross_check(pool: Pool, right: float) -> tuple[Array, Array]:
    """Confidences and thresholds of each case, fitted on the half that it is not in. Both of shape (N,)"""
    rng = np.random.default_rng(SEED)
    half = np.zeros(len(pool.sets), bool)
    for name in np.unique(pool.sets):
        members = rng.permutation(np.flatnonzero(pool.sets == name))
        half[members[: len(members) // 2]] = True
    confidences, thresholds = np.zeros(len(half)), np.zeros(len(half))
    for judged in (half, ~half):
        fitted = fit(pool.part(~judged))
        confidences[judged] = pool.part(judged).confidences(fitted)
        thresholds[judged] = least_confidence(pool.part(~judged), fitted, right)
    return confidences, thresholds


def write(model: Path, fitted: Array, threshold: float) -> None:
    """Put weights and threshold into the model's config."""
    path = model / "config.json"
    config = json.loads(path.read_text(encoding="utf-8"))
    config |= {"calibration": [round(float(w), 4) for w in fitted], "threshold": threshold}
    part = path.with_suffix(".part")
    part.write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    os.replace(part, path)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(SHIPPED), help="the folder of weights to calibrate (the shipped ones)")
    parser.add_argument("--data", type=Path, default=DATA, help="the development data (ASKGRAPH_DATA)")
    parser.add_argument("--cache", type=Path, default=CACHE, help="where imported graphs are kept")
    parser.add_argument(
        "--limit", type=int, default=600, metavar="N", help="at most so many questions of each set (600)"
    )
    parser.add_argument("--right", type=float, default=0.9, help="share of the given answers that must be right (0.9)")
    parser.add_argument("--dry", action="store_true", help="only report, write nothing")
    options = parser.parse_args()
    pool = gather(options)
    before = np.array(load_model(options.model).config.calibration or UNFITTED)
    if len(before) == len(FEATURES):
        print("with the weights that are there, no threshold:\n")
        print("\n".join(rows_for(pool, pool.confidences(before), np.zeros(len(pool.sets)))))
    print("\nfitted on one half, judged on the other:\n")
    print("\n".join(rows_for(pool, *cross_check(pool, options.right))))
    fitted = fit(pool)
    threshold = least_confidence(pool, fitted, options.right)
    print("\nfitted on all:", ", ".join(f"{n} {w:.3f}" for n, w in zip(FEATURES, fitted, strict=True)))
    print(f"threshold {threshold:.4f}")
    if not options.dry:
        write(Path(options.model), fitted, threshold)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
