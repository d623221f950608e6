"""What a superlative ranks by: the tallest by height, the heaviest by weight, the southernmost by latitude.

Which measures an adjective may mean is told by the words that practice questions are worded with
(:mod:`qa_pipeline.synth.words`), whether the graph has one of them by what its relations to numbers and dates are called.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Literal as OneOf

from kg.graph import Schema
from kg.names import fold
from kg.plan import Attribute, Best, Ends, Exists, Intersect, Plan
from kg.question import Link
from kg.store import GraphStore
from qa_pipeline.ages import is_dated, lasts
from qa_pipeline.answer_type import free_words
from qa_pipeline.plan_parts import parts_of, with_parts
from qa_pipeline.said import name_words
from qa_pipeline.synth.words import AttributeWords, read_bank
from qa_pipeline.tokens import is_superlative

Order = OneOf["min", "max"]
Words = tuple[str, ...]
FEW = 4  # measures that an adjective may mean, at most: of "the largest" it is not told
ALIKE = 0.75  # of more it is told if so many are called alike: the tallest is by height, of whatever
OF_ANYTHING = frozenset("highest lowest higher lower best better worst worse".split())
ENDS = frozenset(("first", "last"))
WIDTH = 3  # words of a superlative ("least densely populated")


def dimensions_said(text: str, links: Sequence[Link], schema: Schema, said: Collection[str] = ()) -> dict[str, Order]:
    """The relations to numbers by which the only superlative of a question may rank, each with its end.

    :param said: relations that the question says by name
    :return: empty: the superlative may mean too much ("the largest"), a number is said by name ("the lowest turnout"), or the
        graph has no such
    """
    words = free_words(text, links)
    if lasts(words) or any(schema.relations[id].kind != "entity" for id in said if id in schema.relations):
        return {}
    adjectives = _adjectives()
    for width in range(WIDTH, 0, -1):
        ends = range(width, len(words) + 1)
        told = {tuple(words[at - width : at]) for at in ends if words[at : at + 1] != ["than"]} & adjectives.keys()
        if len(told) > 1:
            return {}
        if told:
            adjective = told.pop()
            others = [word for word in words if (is_superlative(word) or word in ENDS) and word not in adjective]
            return {} if others else _relations(schema, adjectives[adjective])
    return {}


def _relations(schema: Schema, meant: Mapping[Words, Order]) -> dict[str, Order]:
    """The relations in whose names one of some measures stands, with its end; those with either end are left out."""
    found: dict[str, set[Order]] = defaultdict(set)
    for relation in schema.relations.values():
        if relation.kind == "number" and not is_dated(schema, relation.id):
            called = [words for name in (*relation.called, *relation.aliases) for words in name_words(name)]
            for measure, order in meant.items():
                if any(_is_in(measure, words) for words in called):
                    found[relation.id].add(order)
    return {id: orders.pop() for id, orders in found.items() if len(orders) == 1}


def _is_in(part: Words, whole: Words) -> bool:
    return any(whole[at : at + len(part)] == part for at in range(len(whole) - len(part) + 1))


@lru_cache(maxsize=1)
def _adjectives() -> dict[Words, dict[Words, Order]]:
    """What superlatives and comparatives may mean that are said of few measures."""
    found: dict[Words, list[tuple[Order, AttributeWords]]] = defaultdict(list)
    for attribute in read_bank().attributes:
        for adjective in attribute.most + attribute.more:
            found[tuple(fold(adjective).split())].append(("max", attribute))
        for adjective in attribute.least + attribute.less:
            found[tuple(fold(adjective).split())].append(("min", attribute))
    return {
        adjective: _measures(meant)
        for adjective, meant in found.items()
        if adjective[0] not in OF_ANYTHING and not any(attribute.is_date for _, attribute in meant)
    }


def _measures(meant: Sequence[tuple[Order, AttributeWords]]) -> dict[Words, Order]:
    """The names of what an adjective measures; of many measures the word with which nearly all have a name that ends so."""
    called = [(order, {words for name in each.names for words in name_words(name)}) for order, each in meant]
    if len(meant) <= FEW:
        return {words: order for order, names in called for words in names}
    ends = [(order, {words[-1:] for words in names}) for order, names in called]
    times = Counter(end for _, some in ends for end in some)
    alike = {end: order for order, some in ends for end in some if times[end] >= ALIKE * len(meant)}
    return alike if len({order for order, _ in meant}) == 1 else {}


def is_mismeasured(plan: Plan, said: Mapping[str, Order]) -> bool:
    """Whether a plan ranks by another number or date than one of those that are meant."""
    measures = [part.measure for part in parts_of(plan) if isinstance(part, Best)]
    return any(isinstance(m, Attribute) and m.relation is not None and m.relation not in said for m in measures)


def measured(store: GraphStore, plan: Plan, said: Mapping[str, Order]) -> Plan:
    """The plan, ranking by what is meant, where only one such measure is there of what it chooses from, or at all."""
    plan = with_parts(plan, lambda part: measured(store, part, said))
    if not isinstance(plan, Best) or not isinstance(plan.measure, Attribute) or plan.measure.relation in (None, *said):
        return plan
    own = plan.measure.relation
    there = [id for id in (*said, own) if id and store.execute(Exists(Intersect(plan.source, Ends(id, "head")))).value]
    if there == [own]:
        return plan
    there = [id for id in there if id != own]
    meant = there or list(said)  # of what it chooses from nothing may have any, see :func:`qa_pipeline.ranked.widened`
    return replace(plan, measure=Attribute(meant[0]), order=said[meant[0]]) if len(meant) == 1 else plan
