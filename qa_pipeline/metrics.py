"""Figures about answers: whether one is right, and whether confidences tell so. Pure functions over plain values."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np

from qa_pipeline.answer import AnswerItem

BINS = 10
THRESHOLDS = tuple(i / 20 for i in range(21))


@dataclass(frozen=True, slots=True)
class Score:
    """How an answer compares with the gold set.

    :param hit: strict Hits@1: the *first* answer is in the gold set
    :param exact: the two sets are the same
    """

    hit: bool
    precision: float
    recall: float
    exact: bool

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


WRONG = Score(False, 0.0, 0.0, False)
RIGHT = Score(True, 1.0, 1.0, True)


def score(found: Sequence[AnswerItem], gold: Sequence[str], known: Collection[str]) -> Score:
    """Compare an answer with the gold set. An empty gold set is met by an empty answer only.

    An entity counts by its id, and by its label (letter by letter) where the gold name is no id of the graph. A literal
    counts by its canonical text, a number also by its value.

    :param known: those of the gold answers that are ids of entities of the graph
    """
    if not gold or not found:
        return RIGHT if not gold and not found else WRONG
    wanted = _Gold(gold, known)
    matches = [wanted.match(item) for item in found]
    met = {match for match in matches if match is not None}
    right = sum(match is not None for match in matches)
    return Score(
        matches[0] is not None,
        right / len(found),
        len(met) / wanted.size,
        right == len(found) and len(met) == wanted.size,
    )


class _Gold:
    """A gold set, ready to be looked into."""

    def __init__(self, gold: Sequence[str], known: Collection[str]) -> None:
        self.ids = {g for g in gold if g in known}
        self.texts = {_same(g) for g in gold}
        self.labels = {_same(g) for g in gold if g not in known}
        self.numbers = {value: _same(g) for g in gold if (value := _number(g)) is not None}
        self.size = len(self.texts)

    def match(self, item: AnswerItem) -> str | None:
        """The gold answer that the item is; None: it is wrong."""
        text = _same(item.label)
        if item.id is not None:
            if item.id in self.ids:
                return _same(item.id)
            return text if text in self.labels else None
        if text in self.texts:
            return text
        if isinstance(item.value, bool) or not isinstance(item.value, int | float):
            return None
        return next((g for value, g in self.numbers.items() if math.isclose(value, item.value, rel_tol=1e-9)), None)


def _same(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


# confidence -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers with a confidence in ``[low, high)`` (the last bin includes 1): number, mean confidence, share right."""

    low: float
    high: float
    count: int
    confidence: float
    accuracy: float


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold does: the share of the questions that is answered, and the share of the answers that is right."""

    threshold: float
    coverage: float
    accuracy: float | None


def auroc(scores: Sequence[float], positive: Sequence[bool]) -> float | None:
    """The chance that a positive has a higher score than a negative (a tie is half a chance); None: one kind is missing."""
    values, marks = np.asarray(scores, float), np.asarray(positive, bool)
    above, below = np.sort(values[marks]), np.sort(values[~marks])
    if not len(above) or not len(below):
        return None
    less = np.searchsorted(below, above, "left").sum()
    equal = np.searchsorted(below, above, "right").sum() - less
    return float((less + equal / 2) / (len(above) * len(below)))


def reliability(confidences: Sequence[float], right: Sequence[bool], bins: int = BINS) -> tuple[Bin, ...]:
    """The reliability table: bins of equal width; an empty one has zeros."""
    values, marks = np.asarray(confidences, float), np.asarray(right, float)
    places = np.minimum((values * bins + 1e-9).astype(int), bins - 1)
    table = []
    for i in range(bins):
        inside = places == i
        count = int(inside.sum())
        means = (float(values[inside].mean()), float(marks[inside].mean())) if count else (0.0, 0.0)
        table.append(Bin(i / bins, (i + 1) / bins, count, *means))
    return tuple(table)


def expected_calibration_error(table: Sequence[Bin]) -> float | None:
    """The mean distance between confidence and accuracy, bins weighted by their counts; None: nothing was counted."""
    total = sum(b.count for b in table)
    return sum(b.count * abs(b.confidence - b.accuracy) for b in table) / total if total else None


def coverage_points(
    confidences: Sequence[float], right: Sequence[bool], questions: int, thresholds: Sequence[float] = THRESHOLDS
) -> tuple[Point, ...]:
    """Coverage and accuracy at thresholds.

    :param confidences: of the answers; a question that has none under any threshold is not among them
    :param questions: how many questions there were
    """
    values, marks = np.asarray(confidences, float), np.asarray(right, bool)
    points = []
    for threshold in thresholds:
        given = values >= threshold
        accuracy = float(marks[given].mean()) if given.any() else None
        points.append(Point(threshold, float(given.sum() / questions) if questions else 0.0, accuracy))
    return tuple(points)


def risk_area(confidences: Sequence[float], right: Sequence[bool]) -> float | None:
    """The area under the risk–coverage curve: the mean share of wrong answers among the k surest, over all k.

    Equal confidences cannot be told apart, so each of them has the risk of all together. None: there are no answers.
    """
    if not len(confidences):
        return None
    order = np.argsort(-np.asarray(confidences, float), kind="stable")
    values = np.asarray(confidences, float)[order]
    risks = np.cumsum(~np.asarray(right, bool)[order]) / np.arange(1, len(order) + 1)
    ends = np.searchsorted(-values, -values, "right") - 1  # the last of those with the same confidence
    return float(risks[ends].mean())


def mean(values: Sequence[float]) -> float | None:
    """The mean; None: there is nothing."""
    return sum(values) / len(values) if values else None


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which a share (0 … 1) of the values lies, interpolated."""
    return float(np.percentile(np.asarray(values, float), share * 100)) if values else 0.0
