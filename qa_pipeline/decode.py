"""Beam search over the plan grammar: from fused memory to the most probable plans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from encoder.model import AskModel, Fused
from kg.plan import Plan
from qa_pipeline.grammar import MAX_ACTIONS, OPERATORS, PlanGrammar, State

ENOUGH = 0.97  # of the probability: the rest is not searched
UNLIKELY = math.log(5e-4)  # prefixes below are not followed


@dataclass(frozen=True)
class Hypothesis:
    """A finished plan (None: the question has no answer here) with its probability among all that the grammar allows.

    ``support``: how much some word of the question is about the plan's relations, 0 … 1; that of the least supported one.
    """

    plan: Plan | None
    probability: float
    actions: tuple[int, ...]
    support: float = 1.0


@dataclass
class _Search:
    """The beam search of one question: prefixes that go on (log-probability, actions, state) and plans that are finished."""

    grammar: PlanGrammar
    open: list[tuple[float, tuple[int, ...], State]]
    finished: list[Hypothesis]

    def step(self, logits: Tensor, beam: int) -> None:
        """Take each prefix one action further.

        :param logits: of the next action after each open prefix. Shape: (len(open), ≥ O+M)
        """
        masks = torch.stack([torch.from_numpy(self.grammar.allowed(state)) for _, _, state in self.open])
        scores = logits[:, : masks.shape[1]].masked_fill(~masks, -math.inf).log_softmax(-1).nan_to_num(-math.inf)
        scores = scores + torch.tensor([score for score, _, _ in self.open]).unsqueeze(1)
        best = scores.flatten().topk(min(2 * beam, int(masks.sum())))
        grown: list[tuple[float, tuple[int, ...], State]] = []
        for score, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            if score < UNLIKELY:
                break
            row, action = divmod(index, masks.shape[1])
            _, before, state = self.open[row]
            after = self.grammar.advance(state, action)
            if after.done:
                self.finished.append(Hypothesis(after.plan, math.exp(score), (*before, action)))
            elif len(grown) < beam:
                grown.append((score, (*before, action), after))
        self.finished.sort(key=lambda h: -h.probability)
        settled = sum(h.probability for h in self.finished) > ENOUGH
        full = len(self.finished) >= beam and grown and self.finished[beam - 1].probability > math.exp(grown[0][0])
        self.open = [] if settled or full else grown


@torch.inference_mode()
def decode(model: AskModel, fused: Fused, grammars: Sequence[PlanGrammar], beam: int = 5) -> list[list[Hypothesis]]:
    """The most probable plans of each question of a batch, best first.

    :param beam: how many prefixes of a question are kept after each action
    """
    searches = [_Search(grammar, [(0.0, (), State())], []) for grammar in grammars]
    for length in range(MAX_ACTIONS + 2):
        running = [(row, search) for row, search in enumerate(searches) if search.open]
        if not running:
            break
        rows = [row for row, search in running for _ in search.open]
        actions = torch.tensor([a for _, search in running for _, a, _ in search.open], dtype=torch.long)
        logits = model.write(Fused(*(t[rows] for t in fused)), actions.reshape(len(rows), length))[:, -1].float()
        at = 0
        for _, search in running:
            count = len(search.open)
            search.step(logits[at : at + count], beam)
            at += count
    asked = fused.near.amax(dim=1)  # (B, M)
    named = fused.names.abs().sum(-1) > 0
    return [
        [replace(h, support=_support(h.actions, asked[row], named[row])) for h in merge(search.finished)]
        for row, search in enumerate(searches)
    ]


def _support(actions: Sequence[int], asked: Tensor, named: Tensor) -> float:
    """The least of what the question says about the relations of a plan; 1 for a plan without any. Shapes: (M,)"""
    slots = [a - len(OPERATORS) for a in actions if a >= len(OPERATORS)]
    return min((float(asked[s]) for s in slots if named[s]), default=1.0)


def merge(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Unite hypotheses that write the same plan; best first."""
    by_plan: dict[Plan | None, Hypothesis] = {}
    for h in hypotheses:
        known = by_plan.get(h.plan)
        by_plan[h.plan] = h if known is None else Hypothesis(h.plan, known.probability + h.probability, known.actions)
    return sorted(by_plan.values(), key=lambda h: -h.probability)
