"""Which plans of a reading give the gold answers: those of the model's own beam, and chains of joins through the memory.

A slot of the memory knows how many nodes it has, so most are ruled out without being executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from kg.plan import Plan
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.metrics import Score, score
from qa_pipeline.names_meant import narrowed
from qa_pipeline.periods import in_periods
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.respond import items_of
from qa_pipeline.synth.example import masks
from qa_pipeline.synth.nodes import Impossible

PARTLY = 0.6  # the least F1 of a plan that is taken where none is exact
EXECUTED = 150  # most slots of one question that are executed
COMPARED = 16  # exact plans among which the model chooses

Actions = tuple[int, ...]


def plan_of(grammar: PlanGrammar, actions: Actions) -> Plan | None:
    """The plan that actions write."""
    state = State()
    for action in actions:
        state = grammar.advance(state, action)
    return state.plan


class GoldJudge:
    """The plans of one reading against its gold answers."""

    def __init__(self, reader: QuestionReader, reading: Reading) -> None:
        self.store, self.cap, self.reading = reader.store, reader.retrieval.cap, reading
        self.gold = reading.question.answers or ()
        self.known = reader.store.entities(self.gold).keys()

    def score(self, plan: Plan) -> Score:
        """Execute the plan and compare. What is far too large or small is not looked at more closely."""
        _, result, _ = narrowed(self.store, in_periods(plan, self.store.schema()), self.reading.links)
        if self.gold and result.value is None and best_f1(len(result.nodes), len(self.gold)) < PARTLY:
            return Score(False, 0.0, 0.0, False)
        return score(items_of(self.store, result, 1.0), self.gold, self.known)

    def beam(self) -> Iterator[tuple[Hypothesis, Score]]:
        """What the model thought of, best first, with its score."""
        for hypothesis in self.reading.hypotheses:
            if hypothesis.plan is not None:
                yield hypothesis, self.score(hypothesis.plan)

    def search(self) -> tuple[list[Actions], tuple[float, Actions]]:
        """The exact plans among the slots, and the best of the others with its F1."""
        exact: list[Actions] = []
        best: tuple[float, Actions] = (0.0, ())
        grammar = self.reading.grammar
        for actions in self._candidates()[:EXECUTED]:
            try:
                masks(grammar, actions)
            except Impossible:
                continue
            plan = plan_of(grammar, actions)
            assert plan is not None  # it ends in STOP
            found = self.score(plan)
            if found.exact:
                exact.append(actions)
                if len(exact) == COMPARED:
                    break
            best = max(best, (found.f1, actions), key=lambda b: b[0])
        return exact, best

    def _candidates(self) -> list[Actions]:
        """Every slot as a plan that can have a good score by its count of nodes; the likeliest first."""
        if not self.gold:
            return []
        slots = self.reading.subgraph.slots
        least, most = self._bounds()
        wanted = len(self.gold)
        nearest = np.clip(wanted, least, most)
        good = 2 * np.minimum(nearest, wanted) / (nearest + wanted)
        out: list[tuple[tuple[float, int, float], Actions]] = []
        number = _whole(self.gold)
        for i in np.flatnonzero([bool(s.path) for s in slots]).tolist():
            walk, weight = self._walk(i), -slots[i].weight
            if good[i] >= PARTLY:
                out.append(((-float(good[i]), len(walk), weight), (*walk, INDEX["STOP"])))
            if number is not None and least[i] <= number <= most[i]:
                out.append(((-1.0, len(walk) + 1, weight), (*walk, INDEX["COUNT"], INDEX["STOP"])))
            if most[i] > wanted:
                for seed in self._types(i):
                    typed = (*walk, seed, INDEX["AND"], INDEX["STOP"])
                    out.append(((0.0, len(walk) + 2, weight), typed))
        return [actions for _, actions in sorted(out)]

    def _bounds(self) -> tuple[np.ndarray, np.ndarray]:
        """The fewest and the most nodes that each slot can have when it is executed. Both (M,)."""
        reading, slots = self.reading, self.reading.subgraph.slots
        most = np.array([float(s.nodes) for s in slots])
        least = most.copy()
        capped = most >= self.cap
        first: dict[tuple[str, bool], int] = {}
        for slot in slots:
            if len(slot.path) == 1:
                first[slot.path[0]] = first.get(slot.path[0], 0) + slot.nodes
        for i, slot in enumerate(slots):
            link = reading.subgraph.links[slot.seed]
            if slot.parent >= 0:
                capped[i] |= capped[slot.parent]
            if link.mention.kind == "type" or len(link.candidates) > 1:
                least[i] = 0
            elif reading.question.exclude_topics and len(slot.path) > 1:
                through = first.get(slot.path[-1], 0) if len(slot.path) > 2 else 0
                least[i] -= len(reading.topics) + through
        least[capped] = 0
        most[capped] = np.inf
        return np.maximum(least, 0), most

    def _walk(self, slot: int) -> Actions:
        walk: list[int] = []
        while slot >= 0:
            walk.insert(0, len(OPERATORS) + slot)
            slot = self.reading.subgraph.slots[slot].parent
        return tuple(walk)

    def _types(self, slot: int) -> list[int]:
        """The seeds of types by which the slot's nodes can be filtered."""
        subgraph = self.reading.subgraph
        types = subgraph.slots[slot].types
        if len(types) < 2:
            return []
        found = []
        for i, seed in enumerate(subgraph.slots):
            link = subgraph.links[seed.seed]
            if not seed.path and link.mention.kind == "type" and link.candidates[0].id in types:
                found.append(len(OPERATORS) + i)
        return found


def best_f1(found: int, wanted: int) -> float:
    """The best F1 that so many found can have against so many wanted."""
    return 2 * min(found, wanted) / (found + wanted) if found + wanted else 1.0


def _whole(gold: Sequence[str]) -> int | None:
    text = gold[0].strip()
    return int(text) if len(gold) == 1 and text.isascii() and text.isdigit() else None
