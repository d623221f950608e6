"""Beam search over the plan grammar: from fused memory to the most probable plans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch

from encoder.model import AskModel, Fused
from kg.plan import Plan
from qa_pipeline.grammar import MAX_ACTIONS, PlanGrammar, State


@dataclass(frozen=True)
class Hypothesis:
    """A finished plan (None: the question has no answer here) with its probability among all that the grammar allows."""

    plan: Plan | None
    probability: float
    actions: tuple[int, ...]


@torch.inference_mode()
def decode(model: AskModel, fused: Fused, grammar: PlanGrammar, beam: int = 5) -> list[Hypothesis]:
    """The most probable plans of one question, best first.

    :param fused: of a batch of one
    :param beam: how many prefixes are kept after each action
    """
    open_beams: list[tuple[float, tuple[int, ...], State]] = [(0.0, (), State())]
    finished: list[Hypothesis] = []
    for _ in range(MAX_ACTIONS + 2):
        count = len(open_beams)
        actions = torch.tensor([a for _, a, _ in open_beams], dtype=torch.long).reshape(count, -1)
        wide = Fused(*(t.expand(count, *t.shape[1:]) for t in fused))
        logits = model.write(wide, actions)[:, -1].float()
        masks = torch.stack([torch.from_numpy(grammar.allowed(s)) for _, _, s in open_beams])
        scores = logits[:, : masks.shape[1]].masked_fill(~masks, -math.inf).log_softmax(-1).nan_to_num(-math.inf)
        scores = scores + torch.tensor([p for p, _, _ in open_beams]).unsqueeze(1)
        best = scores.flatten().topk(min(2 * beam, int(masks.sum())))
        grown: list[tuple[float, tuple[int, ...], State]] = []
        for score, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            if score == -math.inf:
                break
            row, action = divmod(index, masks.shape[1])
            _, before, state = open_beams[row]
            after = grammar.advance(state, action)
            if after.done:
                finished.append(Hypothesis(after.plan, math.exp(score), (*before, action)))
            elif len(grown) < beam:
                grown.append((score, (*before, action), after))
        finished.sort(key=lambda h: -h.probability)
        open_beams = grown
        if not grown or (len(finished) >= beam and finished[beam - 1].probability > math.exp(grown[0][0])):
            break
    return merge(finished)


def merge(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Unite hypotheses that write the same plan; best first."""
    by_plan: dict[Plan | None, Hypothesis] = {}
    for h in hypotheses:
        known = by_plan.get(h.plan)
        by_plan[h.plan] = h if known is None else Hypothesis(h.plan, known.probability + h.probability, known.actions)
    return sorted(by_plan.values(), key=lambda h: -h.probability)
