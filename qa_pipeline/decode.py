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
FEWER = 0.75  # when so many of the questions are still open, the others' memories are dropped
UNLIKELY = math.log(5e-4)  # prefixes below are not followed


@dataclass(frozen=True)
class Agreement:
    """How a plan's relations agree with the question's words; see docs/decisions/0009.

    :param support: how much some word is about the plan's relations, 0 … 1; that of the least supported one
    :param left: how many words (each as far as it needs a relation) others of the memory are about, and none of the plan's
    :param goal: how much less than another the last relation is like what is asked for last, ≤ 0 (a difference of cosines)
    """

    support: float = 1.0
    left: float = 0.0
    goal: float = 0.0


NO_RELATIONS = Agreement()


@dataclass(frozen=True)
class Hypothesis:
    """A finished plan (None: the question has no answer here) with its probability among all that the grammar allows."""

    plan: Plan | None
    probability: float
    actions: tuple[int, ...]
    agreement: Agreement = NO_RELATIONS


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
def decode(
    model: AskModel, fused: Fused, grammars: Sequence[PlanGrammar], beam: int = 8, lean: Tensor | None = None
) -> list[list[Hypothesis]]:
    """The most probable plans of each question of a batch, best first.

    :param beam: how many prefixes of a question are kept after each action
    :param lean: what feedback adds to the logit of each slot. Shape: (B, M)
    """
    searches = [_Search(grammar, [(0.0, (), State())], []) for grammar in grammars]
    rows, seen = list(range(len(searches))), fused  # questions that are looked at, and what the decoder sees of them
    for length in range(MAX_ACTIONS + 2):
        running = [row for row in rows if searches[row].open]
        if not running:
            break
        if len(running) <= FEWER * len(rows):
            rows, seen = running, Fused(*(t[running] for t in fused))
        width = max(len(searches[row].open) for row in rows)
        actions = torch.zeros(len(rows), width, length, dtype=torch.long)
        for i, row in enumerate(rows):
            for j, (_, before, _) in enumerate(searches[row].open):
                actions[i, j] = torch.tensor(before, dtype=torch.long)
        logits = model.write(seen, actions, last_only=True)[:, :, -1].float()
        if lean is not None:
            logits[:, :, len(OPERATORS) :] += lean[rows].unsqueeze(1)
        for i, row in enumerate(rows):
            if searches[row].open:
                searches[row].step(logits[i, : len(searches[row].open)], beam)
    return [[_compared(h, fused, row) for h in merge(search.finished)] for row, search in enumerate(searches)]


def _compared(hypothesis: Hypothesis, fused: Fused, row: int) -> Hypothesis:
    """The hypothesis with how its relations agree with the words of the question in that row."""
    near, needed = fused.near[row], fused.needed[row]  # (T, M), (T,)
    best = near.amax(dim=1)
    slots = [a - len(OPERATORS) for a in hypothesis.actions if a >= len(OPERATORS)]
    used = [s for s in slots if fused.names[row, s].abs().sum() > 0]
    if not used:
        return hypothesis
    about = near[:, used]  # (T, relations)
    left = float((needed * (best - about.amax(dim=1))).sum())
    support, goal = float(about.amax(dim=0).min()), float(fused.goal[row, used[-1]])
    return replace(hypothesis, agreement=Agreement(support, left, goal))


def merge(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Unite hypotheses that write the same plan; best first."""
    by_plan: dict[Plan | None, Hypothesis] = {}
    for h in hypotheses:
        known = by_plan.get(h.plan)
        by_plan[h.plan] = h if known is None else Hypothesis(h.plan, known.probability + h.probability, known.actions)
    return sorted(by_plan.values(), key=lambda h: -h.probability)
