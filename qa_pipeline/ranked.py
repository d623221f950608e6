"""Superlatives: whether the question has one, and what there is to choose from.

"The second largest city in France" read as the second of France's capitals has nothing to choose from. What is meant then is
another walk from the same name, to several things of the type that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from kg.names import fold, words_of
from kg.plan import Best, Count, Entities, FilterType, Join, Plan, Result
from kg.question import Link, Subgraph
from kg.store import GraphStore
from qa_pipeline.answer_type import free_words
from qa_pipeline.plan_parts import parts_of, with_parts
from qa_pipeline.said import relations_of

SUPERLATIVE = re.compile(r"[a-z]{2,}(?:est|ernmost)")
NO_SUPERLATIVES = frozenset(  # words of English that end like one, and are none
    "arrest attest behest bequest breast chest conquest contest crest detest digest dishonest divest earnest forest "
    "guest harvest honest incest infest ingest inquest interest invest manifest midwest modest molest northwest "
    "priest protest quest rainforest request southwest suggest tempest unrest wrest".split()
)
COUNTED = frozenset(("most", "fewest", "least"))
WAYS = 6  # walks that are tried


def is_superlative(word: str) -> bool:
    """Whether a folded word is one by its form."""
    return word not in NO_SUPERLATIVES and SUPERLATIVE.fullmatch(word) is not None


def superlative_said(text: str, links: Sequence[Link]) -> bool:
    """Whether a question has a superlative outside of the names in it; "at most" is none."""
    words = free_words(text, links)
    counted = any(one == "the" and other in COUNTED for one, other in pairwise(words))
    return counted or any(map(is_superlative, words))


def is_unranked(plan: Plan, names: Mapping[str, str]) -> bool:
    """Whether a plan takes the first of nothing, and walks no relation that is itself called by a superlative.

    :param names: what relations are called
    """
    if any(isinstance(part, Best) for part in parts_of(plan)):
        return False
    called = (names.get(relation, words_of(relation)) for relation, _ in relations_of(plan))
    return not any(is_superlative(fold(word)) for name in called for word in name.split())


def widened(store: GraphStore, plan: Plan, subgraph: Subgraph, types: Sequence[str]) -> tuple[Plan, Result] | None:
    """The plan with several things to choose from where it has none or one, and its result; None: it has, or there are none.

    :param subgraph: of the walks from the same name that give several, the one whose relation weighs most there is taken
    :param types: what is asked for; if nothing is said, what the plan would choose from
    """
    best = next((part for part in parts_of(plan) if isinstance(part, Best)), None)
    walk = best.source if best is not None else None
    kept = (walk.type,) if isinstance(walk, FilterType) else ()
    while isinstance(walk, FilterType):
        walk = walk.source
    if best is None or not isinstance(walk, Join) or not isinstance(walk.source, Entities):
        return None
    wanted = max(2, best.offset + best.limit)
    if _size(store, best.source) >= wanted:
        return None
    start = walk.source
    for type_ in types or kept or _types(store, walk):
        for relation, inverse in _ways(subgraph, start):
            group = FilterType(Join(start, relation, inverse), type_)
            if (relation, inverse) != (walk.relation, walk.inverse) and _size(store, group) >= wanted:
                candidate = _with(plan, best, replace(best, source=group))
                result = store.execute(candidate)
                if result.nodes or result.value:
                    return candidate, result
    return None


def _size(store: GraphStore, plan: Plan) -> float:
    return store.execute(Count(plan)).value or 0


def _types(store: GraphStore, walk: Plan) -> tuple[str, ...]:
    nodes = [node for node in store.execute(walk).nodes if isinstance(node, str)]
    return tuple(dict.fromkeys(t for entity in store.entities(nodes).values() for t in entity.types))


def _ways(subgraph: Subgraph, start: Entities) -> Iterator[tuple[str, bool]]:
    """The steps that the memory shows from a name, those that the question asks for first."""
    seeds = {i for i, link in enumerate(subgraph.links) if {c.id for c in link.candidates} & set(start.ids)}
    ways = [s for s in subgraph.slots if s.seed in seeds and len(s.path) == 1 and s.kind == "entity" and s.nodes > 1]
    ways = [s for s in ways if s.path[0][0] not in subgraph.defined]
    ways.sort(key=lambda s: (-s.weight, s.path))
    return (s.path[0] for s in ways[:WAYS])


def _with(plan: Plan, old: Plan, new: Plan) -> Plan:
    """The plan with one part in the place of another."""
    return new if plan is old else with_parts(plan, lambda part: _with(part, old, new))
