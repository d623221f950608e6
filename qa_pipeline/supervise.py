"""Weak supervision: from questions with answers alone to plans. Those that give exactly the gold answers are searched.

A question is read exactly as when it is answered. First the model's own beam is executed; where none of its plans is
exact, the slots of the memory are, each as the chain of joins from its seed, as a set, counted, and filtered by a type.
A slot knows how many nodes it has, so most are ruled out without being executed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg.english import to_english
from kg.errors import AskGraphError
from kg.question import Question
from qa_pipeline.batch import Batcher
from qa_pipeline.gold_plans import PARTLY, Actions, GoldJudge, plan_of
from qa_pipeline.grammar import INDEX
from qa_pipeline.learn import likelihoods
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.refusal import refusal
from qa_pipeline.respond import words_for
from qa_pipeline.synth.example import Example, masks
from qa_pipeline.synth.nodes import Impossible

TOGETHER = 64  # questions that are read as one batch
NARROW, BEAM = 2, 8  # the beam at first, and where none of its plans is exact

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
        unclear = [r for r in unclear if not any(s.exact for _, s in GoldJudge(self.reader, r).beam())]
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
        judge = GoldJudge(self.reader, reading)
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
