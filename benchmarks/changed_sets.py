"""Development questions made harder: their answer, or what they name, is taken out of the graph; or a name is misspelt.

Of a question that the graph cannot answer any more it is known for sure that it should be refused.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from benchmarks.linking import edited
from kg.graph import Fact
from kg.networkx_store import NetworkXStore
from kg.plan import Difference, FilterType, Join, Plan, Result
from kg.question import Link, Question
from kg.store import GraphStore
from qa_pipeline.ask_graph import BATCH
from qa_pipeline.choose import CLEAR, weigh
from qa_pipeline.metrics import score
from qa_pipeline.reading import QuestionReader, Reading
from qa_pipeline.respond import items_of

LEAST_LETTERS = 5  # of a name that is misspelt


def readings(reader: QuestionReader, questions: Sequence[Question]) -> Iterator[tuple[Question, Reading]]:
    for start in range(0, len(questions), BATCH):
        part = questions[start : start + BATCH]
        yield from zip(part, reader.read(part), strict=True)


def is_right(store: GraphStore, question: Question, result: Result) -> bool:
    if question.answers is None:
        return False
    return score(items_of(store, result, 0.0), question.answers, store.entities(question.answers).keys()).exact


def taken_away(
    store: GraphStore, reader: QuestionReader, questions: Sequence[Question]
) -> tuple[GraphStore, list[Question]]:
    """A copy of the graph without the facts of the right plans' last steps, and the questions that have none any more."""
    facts: dict[Fact, None] = {}
    hopeless = []
    for question, reading in readings(reader, questions):
        right = next((o.plan for o in weigh(store, reading) if o.result and is_right(store, question, o.result)), None)
        last = dict.fromkeys(_last_step(store, right)) if right is not None else {}
        if last:
            facts |= last
            hopeless.append(replace(question, answers=None))
    return _without(store, facts), hopeless


def names_taken_away(
    store: GraphStore, reader: QuestionReader, questions: Sequence[Question]
) -> tuple[GraphStore, list[Question]]:
    """A copy of the graph without what the questions name, and those that name something."""
    named: set[str] = set()
    hopeless = []
    for question, reading in readings(reader, questions):
        names = _exact_names(reading)
        named.update(candidate.id for link in names for candidate in link.candidates)
        if names and question.answers is not None:
            hopeless.append(replace(question, answers=None))
    gone = [fact for fact in store.facts() if fact.head in named or fact.tail in named]
    return _without(store, gone, named), hopeless


def misspelt(reader: QuestionReader, questions: Sequence[Question], seed: int) -> list[Question]:
    """The questions with one edit in one of their names; those without a long enough name are left out."""
    rng = random.Random(seed)
    found = []
    for question, reading in readings(reader, questions):
        names = [k.mention for k in _exact_names(reading) if len(k.mention.text) >= LEAST_LETTERS]
        if names and question.answers is not None:
            name = rng.choice(names)
            text = question.text[: name.start] + edited(name.text, rng) + question.text[name.end :]
            found.append(replace(question, text=text))
    return found


def _exact_names(reading: Reading) -> list[Link]:
    """The links of names that are said as the graph has them."""
    named = (k for k in reading.links if k.mention.kind == "entity" and k.mention.start >= 0 and k.candidates)
    return [k for k in named if k.score >= CLEAR and k.candidates[0].score == 1.0]


def _without(store: GraphStore, facts: Iterable[Fact], entities: Iterable[str] = ()) -> GraphStore:
    """A copy of the graph without some facts and things."""
    gone, copy = set(entities), NetworkXStore.open()
    kept = (entity for entity in store.all_entities() if entity.id not in gone)
    left_out = set(facts)
    copy.add((f for f in store.facts() if f not in left_out), kept, store.schema().relations.values(), batch="copy")
    return copy


def _last_step(store: GraphStore, plan: Plan) -> Iterator[Fact]:
    """The facts that the last join of a plan walks."""
    while isinstance(plan, Difference | FilterType):
        plan = plan.left if isinstance(plan, Difference) else plan.source
    if not isinstance(plan, Join):
        return
    nodes = store.execute(plan.source).nodes
    if plan.inverse:
        yield from store.facts(relation=plan.relation, tails=nodes)
    else:
        yield from store.facts([n for n in nodes if isinstance(n, str)], plan.relation)
