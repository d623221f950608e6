"""The beam: which plans it finishes, and how their relations agree with the question's words."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import torch
from torch import Tensor

from encoder.model import Fused
from kg.plan import Entities, Join
from kg.question import Candidate, Link, Mention, Slot, Subgraph
from qa_pipeline.decode import Hypothesis, decode
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar

KENYA = Link(Mention(0, 5, "Kenya", "entity"), (Candidate("Kenya", "Kenya", 1.0),), 1.0)
SLOTS = (Slot(0), Slot(0, (("capital", False),), 0), Slot(0, (("anthem", False),), 0))
NEAR = torch.tensor([[[0.0, 0.9, 0.1], [0.0, 0.2, 0.6]]])  # two words, by slot
NEEDED = torch.tensor([[1.0, 0.5]])
GOAL = torch.tensor([[0.0, 0.0, -0.3]])
NAMED = torch.tensor([[False, True, True]])  # a seed has no name


def fused() -> Fused:
    rest = {name: torch.zeros(1, 1) for name in Fused._fields}
    return Fused(**{**rest, "near": NEAR, "needed": NEEDED, "goal": GOAL, "named": NAMED})


def liking(**logits: float) -> Any:
    """A model that writes by fixed preferences, whatever came before."""

    def write(seen: Fused, actions: Tensor, past: Tensor | None) -> tuple[Tensor, Tensor]:
        out = torch.zeros(*actions.shape[:2], 1, len(OPERATORS) + len(SLOTS))
        for name, logit in logits.items():
            out[..., INDEX[name]] = logit
        return out, torch.zeros(1, *actions.shape[:2], actions.shape[2] + 1, 1)

    return SimpleNamespace(write=write)


def found(beam: int, **logits: float) -> dict[object, Hypothesis]:
    (hypotheses,) = decode(liking(**logits), fused(), [PlanGrammar(Subgraph((KENYA,), SLOTS))], beam)
    assert [h.probability for h in hypotheses] == sorted((h.probability for h in hypotheses), reverse=True)
    return {h.plan: h for h in hypotheses}


def test_a_plan_is_finished_by_stop_and_no_answer_is_one() -> None:
    plans = found(8, STOP=2.0)
    assert {None, Join(Entities(("Kenya",)), "capital"), Join(Entities(("Kenya",)), "anthem")} <= plans.keys()
    assert sum(h.probability for h in plans.values()) <= 1 + 1e-6


def test_a_beam_keeps_the_likeliest() -> None:
    assert list(found(1, NO_ANSWER=9.0)) == [None]


@pytest.mark.parametrize(
    ("relation", "support", "left", "goal"),
    [("capital", 0.9, 0.5 * (0.6 - 0.2), 0.0), ("anthem", 0.6, 1.0 * (0.9 - 0.1), -0.3)],
)
def test_each_plan_tells_how_its_relations_agree_with_the_words(
    relation: str, support: float, left: float, goal: float
) -> None:
    plan = found(8, STOP=2.0)[Join(Entities(("Kenya",)), relation)]
    words = plan.agreement
    assert (words.support, words.left, words.goal) == pytest.approx((support, left, goal))


def test_a_plan_without_relations_agrees() -> None:
    start = found(8, STOP=2.0)[Entities(("Kenya",))].agreement
    assert (start.support, start.left, start.goal) == (1.0, 0.0, 0.0)
