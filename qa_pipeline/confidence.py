"""Confidence: the probability that an answer is exactly right, from what is known of how it came about.

A retrieval or plan score alone tells little; what tells more are the margin to the next answer, how well the mentions were
linked, names that the graph does not have, and an empty result. The features are weighed by a logistic regression (Platt
1999) fitted on development questions of several graphs together, answerable and not (``benchmarks/calibrate.py``).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

from qa_pipeline.decode import Agreement
from qa_pipeline.link_signs import LinkSigns

FEATURES = (
    "bias", "plan", "margin", "no_answer", "inexact", "rivals", "cut", "nil", "empty", "ignored", "support", "left", "goal",
    "order", "operators", "held",
)  # fmt: skip
UNFITTED = (0.0, 1.0, 0.2, 0.0, -2.0, -0.2, -0.5, -3.0, -1.0, -1.0, 0.2, -0.5, 0.5, 0.2, 0.0, 0.0)


def features(
    probability: float,
    rival: float,
    no_answer: float,
    links: LinkSigns,
    empty: bool,
    ignored: int,
    agreement: Agreement,
    operators: int,
    held: float,
) -> tuple[float, ...]:
    """The features of an answer, in the order of :data:`FEATURES`.

    :param probability: share of all weight that the plans have which give this answer
    :param rival: the same of the next best answer
    :param no_answer: the probability that the graph has no answer
    :param links: what speaks against the links of its names
    :param empty: whether the answer is the empty set
    :param ignored: how many clear mentions the plan leaves out
    :param agreement: how the plan's relations agree with the question's words
    :param operators: how many steps the likeliest plan has
    :param held: how much less the answer is believed after all was held against it, 0 … 1
    """
    return (
        1.0,
        _logit(probability),
        math.log(max(probability, 1e-6) / max(rival, 1e-6)),
        _logit(no_answer),
        links.inexact,
        float(links.rivals),
        float(links.cut),
        float(links.nil),
        float(empty),
        float(ignored),
        math.log(max(agreement.support, 1e-3)),
        agreement.left,
        agreement.goal,
        agreement.order,
        float(operators),
        math.log(max(held, 1e-4)),
    )


def confidence(values: Sequence[float], weights: Sequence[float] = ()) -> float:
    """The probability, from :func:`features` and fitted weights (empty: those of a model that has not been calibrated)."""
    total = sum(v * w for v, w in zip(values, weights or UNFITTED, strict=True))
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, total))))


def _logit(p: float) -> float:
    p = min(1 - 1e-4, max(1e-4, p))
    return math.log(p / (1 - p))
