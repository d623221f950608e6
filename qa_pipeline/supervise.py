"""Weak supervision: from questions with answers alone to plans. Those that give exactly the gold answers are searched.

A question is read exactly as when it is answered. First the model's own beam is executed; where none of its plans is
exact, the slots of the memory are, each as the chain of joins from its seed, as a set, counted, and filtered by a type.
A slot knows how many nodes it has, so most are ruled out without being executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kg.english import to_english
from kg.errors import AskGraphError
from kg.plan import Plan
from kg.question import Question
from qa_pipeline.ask_graph import refusal
from qa_pipeline.batch import Batcher
from qa_pipeline.choose import narrowed
from qa_pipeline.decode import Hypothesis
from qa_pipeline.grammar import INDEX, OPERATORS, PlanGrammar, State
from qa_pipeline.learn import likelihoods
from qa_pipeline.metrics import Score, score
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.respond import items_of, words_for
from qa_pipeline.synth.example import Example, masks
from qa_pipeline.synth.sample import Impossible

TOGETHER = 64  # questions that are read as one batch
NARROW, BEAM = 2, 8  # the beam at first, and where none of its plans is exact
PARTLY = 0.6  # the least F1 of a plan that is taken where none is exact
EXECUTED = 150  # most slots of one question that are executed
COMPARED = 16  # exact plans among which the model chooses

Actions = tuple[int, ...]
Known = tuple[str, Actions, float]  # how, actions, F1

FOUND = {
    "beam": "exact, among what the model thought of",
    "memory": "exact, found in the memory",
    "partly": f"not exact, F1 at least {PARTLY}",
    "no answer": "no answer is right",
}
LEFT_OUT = {
    "not linked": "left out, nothing in them is a name in the graph",
    "no plan": "left out, no plan gives their answers",
    "unreadable": "left out, cannot be read",
}


@dataclass(frozen=True)
class Supervised:
    """A question with the plan that was found for it.

    :param at: which of the questions
    :param how: a key of :data:`FOUND`, or of :data:`LEFT_OUT`, and then there is no example
    :param plan: in English
    """

    at: int
    how: str
    example: Example | None = None
    f1: float = 0.0
    plan: str = ""


class PlanFinder:
    """Finds plans over one store with one model."""

    def __init__(self, reader: QuestionReader) -> None:
        self.reader, self.store = reader, reader.store
        self.batcher = Batcher(reader.model.config.encoder)

    def find(
        self, questions: Mapping[int, Question], known: Mapping[int, Known] | None = None
    ) -> Iterator[list[Supervised]]:
        """The plans of numbered questions, some questions at a time, those of like length together.

        :param known: what was found for some of them before; these are only read
        """
        known = known or {}
        order = sorted(questions, key=lambda i: (len(str(questions[i].text)), i))
        for some in ([i for i in order if i in known], [i for i in order if i not in known]):
            for start in range(0, len(some), TOGETHER):
                yield self._together(questions, some[start : start + TOGETHER], known)

    def _together(
        self, questions: Mapping[int, Question], at: Sequence[int], known: Mapping[int, Known]
    ) -> list[Supervised]:
        refused = [i for i in at if refusal(questions[i]) is not None]
        at = [i for i in at if i not in refused]
        found = [Supervised(i, "unreadable") for i in refused]
        try:
            read = dict(zip(at, self._read(questions, at, known), strict=True))
            return found + [self._one(i, reading, known.get(i)) for i, reading in read.items()]
        except (AskGraphError, ValueError, RuntimeError):
            if len(at) == 1:
                return [*found, Supervised(at[0], "unreadable")]
            return found + [s for i in at for s in self._together(questions, [i], known)]

    def _read(self, questions: Mapping[int, Question], at: Sequence[int], known: Mapping[int, Known]) -> list[Reading]:
        """Readings with what the model thinks of; more is asked of it where the first thoughts are all wrong."""
        if not at:
            return []
        asked = not all(i in known or questions[i].answers is None for i in at)
        readings = self.reader.read([questions[i] for i in at], NARROW if asked else 0)
        unclear = [
            r for i, r in zip(at, readings, strict=True) if i not in known and r.question.answers and r.subgraph.slots
        ]
        unclear = [r for r in unclear if not any(s.exact for _, s in _Judge(self.reader, r).beam())]
        if unclear:
            wider = iter(self.reader.read([r.question for r in unclear], BEAM))
            readings = [next(wider) if any(r is u for u in unclear) else r for r in readings]
        return readings

    def _one(self, at: int, reading: Reading, known: Known | None) -> Supervised:
        if known is not None:
            return self._supervised(at, reading, *known)
        if reading.question.answers is None:
            return self._supervised(at, reading, "no answer", (INDEX["NO_ANSWER"],), 1.0)
        if not reading.subgraph.slots:
            return Supervised(at, "not linked")
        judge = _Judge(self.reader, reading)
        best: tuple[float, Actions] = (0.0, ())
        for hypothesis, found in judge.beam():
            if found.exact:
                return self._supervised(at, reading, "beam", hypothesis.actions, 1.0)
            best = max(best, (found.f1, hypothesis.actions), key=lambda b: b[0])
        exact, partly = judge.search()
        if exact:
            return self._supervised(at, reading, "memory", self._likeliest(reading, exact), 1.0)
        best = max(best, partly, key=lambda b: b[0])
        if best[0] < PARTLY:
            return Supervised(at, "no plan")
        return self._supervised(at, reading, "partly", best[1], best[0])

    def _likeliest(self, reading: Reading, exact: Sequence[Actions]) -> Actions:
        if len(exact) == 1:
            return exact[0]
        likely = likelihoods(self.reader.model, self.batcher, [example_of(reading, a) for a in exact])
        return min(zip(likely, exact, strict=True), key=lambda pair: (-round(pair[0], 3), len(pair[1])))[1]

    def _supervised(self, at: int, reading: Reading, how: str, actions: Actions, f1: float) -> Supervised:
        try:
            example = example_of(reading, actions)
        except (Impossible, IndexError):  # actions of another model
            return Supervised(at, "no plan")
        plan = plan_of(reading.grammar, actions)
        said = to_english(plan, words_for(self.store, reading, [plan])) if plan is not None else ""
        return Supervised(at, how, example, f1, said)


def example_of(reading: Reading, actions: Actions) -> Example:
    """A reading with the right actions, to be trained on.

    :raises Impossible: the grammar does not allow them
    """
    question = reading.question
    allowed = masks(reading.grammar, actions)
    return Example(question.text, reading.subgraph, actions, allowed, question.group or "question", reading.wording)


def plan_of(grammar: PlanGrammar, actions: Actions) -> Plan | None:
    """The plan that actions write."""
    state = State()
    for action in actions:
        state = grammar.advance(state, action)
    return state.plan


class _Judge:
    """The plans of one reading against its gold answers."""

    def __init__(self, reader: QuestionReader, reading: Reading) -> None:
        self.store, self.cap, self.reading = reader.store, reader.retrieval.cap, reading
        self.gold = reading.question.answers or ()
        self.known = reader.store.entities(self.gold).keys()

    def score(self, plan: Plan) -> Score:
        """Execute the plan and compare. What is far too large or small is not looked at more closely."""
        _, result, _ = narrowed(self.store, plan, self.reading.links)
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
