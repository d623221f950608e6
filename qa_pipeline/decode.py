"""Beam search over the plan grammar: from fused memory to the most probable plans."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import torch
from torch import Tensor

from encoder.model import AskModel, Fused
from kg.plan import Plan
from qa_pipeline.grammar import INDEX, MAX_ACTIONS, OPERATORS, PlanGrammar, State
from qa_pipeline.possessives import FITS_LITTLE, LEFT_OUT, Chain, alignment

ENOUGH = 0.97  # of the probability: the rest is not searched
FEWER = 0.75  # when so many of the questions are still open, the others' memories are dropped
UNLIKELY = math.log(5e-4)  # prefixes below are not followed
FOLLOWED = math.log(0.3)  # the agreement of a plan that follows the possessives well enough
FOLLOWS = 0.5  # how much it counts in the search that a plan follows the possessives


@dataclass(frozen=True)
class Agreement:
    """How a plan's relations agree with the question's words; see docs/decisions/0009.

    :param support: how much some word is about the plan's relations, 0 … 1; that of the least supported one
    :param left: how many words (each as far as it needs a relation) others of the memory are about, and none of the plan's
    :param goal: how much less than another the last relation is like what is asked for last, ≤ 0 (a difference of cosines)
    :param order: how well its steps are the nouns of a chain of possessives in their order, ≤ 0 (a logarithm)
    """

    support: float = 1.0
    left: float = 0.0
    goal: float = 0.0
    order: float = 0.0


NO_RELATIONS = Agreement()


@dataclass(frozen=True)
class Hypothesis:
    """A finished plan (None: the question has no answer here) with its probability among all that the grammar allows."""

    plan: Plan | None
    probability: float
    actions: tuple[int, ...]
    agreement: Agreement = NO_RELATIONS


class _Prefix(NamedTuple):
    """A plan's beginning: its log-probability, and what its rank in the beam has besides (how it follows the possessives)."""

    score: float
    bonus: float
    actions: tuple[int, ...]
    state: State


class _Search:
    """The beam search of one question: prefixes that go on and plans that are finished.

    :param chains: what the question says in possessives, each with how well the slots fit its nouns, shape (nouns, M)
    """

    def __init__(self, grammar: PlanGrammar, chains: Sequence[tuple[Chain, Tensor]]) -> None:
        self.grammar, self.chains = grammar, chains
        self.open = [_Prefix(0.0, 0.0, (), State())]
        self.finished: list[Hypothesis] = []
        self.parents: list[int] = []  # which of the prefixes before each open one goes on

    def step(self, logits: Tensor, beam: int) -> None:
        """Take each prefix one action further.

        :param logits: of the next action after each open prefix. Shape: (len(open), ≥ O+M)
        """
        masks = torch.stack([torch.from_numpy(self.grammar.allowed(prefix.state)) for prefix in self.open])
        scores = logits[:, : masks.shape[1]].masked_fill(~masks, -math.inf).log_softmax(-1).nan_to_num(-math.inf)
        scores = scores + torch.tensor([prefix.score for prefix in self.open]).unsqueeze(1)
        ranks = scores + torch.stack([self._bonus(prefix, masks.shape[1]) for prefix in self.open])
        best = ranks.flatten().topk(min(2 * beam, int(masks.sum())))
        grown: list[_Prefix] = []
        self.parents = []
        for rank, index in zip(best.values.tolist(), best.indices.tolist(), strict=True):
            row, action = divmod(index, masks.shape[1])
            score = float(scores[row, action])
            if score < UNLIKELY:
                continue
            before = self.open[row]
            after = self.grammar.advance(before.state, action)
            if after.done:
                self.finished.append(Hypothesis(after.plan, math.exp(score), (*before.actions, action)))
            elif len(grown) < beam:
                grown.append(_Prefix(score, rank - score, (*before.actions, action), after))
                self.parents.append(row)
        self.finished.sort(key=lambda h: -h.probability)
        settled = sum(h.probability for h in self.finished) > ENOUGH
        full = len(self.finished) >= beam and grown and self.finished[beam - 1].probability > math.exp(grown[0].score)
        self.open = [] if (settled or full) and self._is_followed() else grown

    def _is_followed(self) -> bool:
        """Whether the likeliest plan says what the possessives say: else the search goes on for one that does."""
        return not self.chains or self.order(self._walked(self.finished[0].actions)) > FOLLOWED

    def _walked(self, actions: Sequence[int]) -> list[int]:
        """The slots that a plan walks over."""
        slots, offset = self.grammar.subgraph.slots, len(OPERATORS)
        return [a - offset for a in actions if a >= offset and slots[a - offset].path]

    def order(self, used: Sequence[int]) -> float:
        """How well the steps from a name are what the question says of it in possessives; of several names, the worst.

        Of several names the same is said, as a rule: what tells against the steps from one tells no more for being said twice.
        """
        slots, worst = self.grammar.subgraph.slots, 0.0
        for chain, fits in self.chains:
            if steps := [s for s in used if slots[s].seed == chain.link]:
                worst = min(worst, alignment(fits[:, steps].tolist(), len(steps), chain.whole))
        return worst

    def _bonus(self, prefix: _Prefix, choices: int) -> Tensor:
        """What is added to the scores of the next actions to rank them. Shape: (choices,)."""
        bonus = torch.full((choices,), prefix.bonus)
        slots, offset = self.grammar.subgraph.slots, len(OPERATORS)
        for chain, fits in self.chains:
            walked = sum(slots[slot].seed == chain.link for slot in self._walked(prefix.actions))
            if walked < len(fits):
                steps = [i for i, slot in enumerate(slots) if slot.path and slot.seed == chain.link]
                bonus[[offset + i for i in steps]] += FOLLOWS * fits[walked][steps].clamp(min=FITS_LITTLE).log()
                bonus[INDEX["STOP"]] += FOLLOWS * LEFT_OUT * (len(fits) - walked)
        return bonus


@torch.inference_mode()
def decode(
    model: AskModel,
    fused: Fused,
    grammars: Sequence[PlanGrammar],
    beam: int = 8,
    lean: Tensor | None = None,
    chains: Sequence[Sequence[Chain]] = (),
) -> list[list[Hypothesis]]:
    """The most probable plans of each question of a batch, best first.

    :param beam: how many prefixes of a question are kept after each action
    :param lean: what feedback adds to the logit of each slot. Shape: (B, M)
    :param chains: the chains of possessives in each question
    """
    spoken = [
        [(chain, chain.fits(fused.near[row])) for chain in (chains[row] if chains else ())]
        for row in range(len(grammars))
    ]
    searches = [_Search(*each) for each in zip(grammars, spoken, strict=True)]
    rows, seen = list(range(len(searches))), fused  # questions that are looked at, and what the decoder sees of them
    past: Tensor | None = None  # what the decoder keeps of the open prefixes
    for length in range(MAX_ACTIONS + 2):
        running = [row for row in rows if searches[row].open]
        if not running:
            break
        if len(running) <= FEWER * len(rows):
            past = None if past is None else past[:, [rows.index(row) for row in running]]
            rows, seen = running, Fused(*(t[running] for t in fused))
        width = max(len(searches[row].open) for row in rows)
        actions = torch.zeros(len(rows), width, length, dtype=torch.long)
        parents = torch.zeros(len(rows), width, dtype=torch.long)
        for i, row in enumerate(rows):
            if prefixes := searches[row].open:
                actions[i, : len(prefixes)] = torch.tensor([prefix.actions for prefix in prefixes], dtype=torch.long)
                parents[i, : len(prefixes)] = torch.tensor(searches[row].parents or [0])
        if past is not None:
            past = past[:, torch.arange(len(rows)).unsqueeze(1), parents]
        written, past = model.write(seen, actions, past)
        logits = written[:, :, -1].float()
        if lean is not None:
            logits[:, :, len(OPERATORS) :] += lean[rows].unsqueeze(1)
        for i, row in enumerate(rows):
            if searches[row].open:
                searches[row].step(logits[i, : len(searches[row].open)], beam)
    return [[_compared(h, fused, row, search) for h in merge(search.finished)] for row, search in enumerate(searches)]


def _compared(hypothesis: Hypothesis, fused: Fused, row: int, search: _Search) -> Hypothesis:
    """The hypothesis with how its relations agree with the words of the question in that row."""
    slots = [a - len(OPERATORS) for a in hypothesis.actions if a >= len(OPERATORS)]
    used = [s for s in slots if fused.named[row, s]]
    if not used:
        return hypothesis
    near, needed = fused.near[row], fused.needed[row]  # (T, M), (T,)
    about = near[:, used]  # (T, relations)
    left = float((needed * (near.amax(dim=1) - about.amax(dim=1))).sum())
    support, goal = float(about.amax(dim=0).min()), float(fused.goal[row, used[-1]])
    return replace(hypothesis, agreement=Agreement(support, left, goal, search.order(used)))


def merge(hypotheses: Sequence[Hypothesis]) -> list[Hypothesis]:
    """Unite hypotheses that write the same plan; best first."""
    by_plan: dict[Plan | None, Hypothesis] = {}
    for h in hypotheses:
        known = by_plan.get(h.plan)
        by_plan[h.plan] = h if known is None else Hypothesis(h.plan, known.probability + h.probability, known.actions)
    return sorted(by_plan.values(), key=lambda h: -h.probability)
