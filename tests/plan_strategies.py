"""Random small graphs and random well-typed plans over them, for hypothesis.

The graphs are dense and their values few, so that joins meet, values tie and filters let something through.
"""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from kg.graph import Entity, Fact, Literal
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Count,
    CountOf,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    Measure,
    OfType,
    Plan,
    Union,
    Values,
)

IDS = ("a", "b", "Zürich", "New York", "http://x.org/e#1")
UNKNOWN = "nobody"
WALKS = ("knows", "http://x.org/p")  # to entities; the last to any node
NUMBERS = [Literal(v) for v in (-3, 0, 1, 2, 2.5, 7, 2**40)]
DATES = [
    Literal(v, "date")
    for v in "1999 2000 2000-01 2000-01-01 2000-06-15 2000-06-15T10:30:00 -0044 987 2000-06-15T10:30:00Z".split()
]
STRINGS = [
    Literal("x", "string"),
    Literal("x", "string", "en"),
    Literal('"y" \\ z\n', "string"),
    Literal("2", "string"),
]
TAILS = {"size": NUMBERS, "born": DATES, "name": STRINGS, "mixed": [*NUMBERS, *DATES, *STRINGS]}
RELATIONS = (*WALKS, *TAILS)
TYPES = ("city", "Big Thing", "http://x.org/T")
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


@dataclass(frozen=True)
class Graph:
    """What is added to the store under test and given to the reference."""

    facts: tuple[Fact, ...]
    entities: tuple[Entity, ...]


def graphs() -> st.SearchStrategy[Graph]:
    """Graphs of up to 5 entities and 10 to 24 facts, with self-loops, parallel relations, ties and lone entities."""
    literals = st.sampled_from(TAILS["mixed"])
    ids = st.sampled_from(IDS)
    to_entity = st.builds(Fact, ids, st.sampled_from(WALKS), ids)
    to_any = st.builds(Fact, ids, st.just(WALKS[-1]), st.one_of(ids, literals))
    to_literal = st.sampled_from(tuple(TAILS)).flatmap(
        lambda relation: st.builds(Fact, ids, st.just(relation), st.sampled_from(TAILS[relation]))
    )
    typed = st.builds(lambda id, types: Entity(id, types=tuple(sorted(types))), ids, st.sets(st.sampled_from(TYPES)))
    return st.builds(
        Graph,
        st.lists(st.one_of(to_entity, to_entity, to_any, to_literal, to_literal), min_size=10, max_size=24).map(tuple),
        st.lists(typed, min_size=2, max_size=5, unique_by=lambda entity: entity.id).map(tuple),
    )


def literals() -> st.SearchStrategy[Literal]:
    return st.sampled_from(TAILS["mixed"])


def starts() -> st.SearchStrategy[Plan]:
    several = st.lists(st.sampled_from((*IDS, UNKNOWN)), min_size=1, max_size=3).map(tuple)
    return st.one_of(
        st.builds(Entities, st.one_of(several, several, st.just(IDS), st.just(()))),
        st.builds(Values, st.lists(literals(), max_size=5).map(tuple)),
        st.builds(OfType, st.sampled_from(TYPES)),
        st.builds(Ends, st.sampled_from(RELATIONS), st.sampled_from(("head", "tail"))),
    )


def attributes() -> st.SearchStrategy[Attribute]:
    return st.builds(Attribute, st.sampled_from((*TAILS, *TAILS, WALKS[-1], None)))


def counts(sets: st.SearchStrategy[Plan]) -> st.SearchStrategy[CountOf]:
    """Measures by a counted sub-plan whose right sides are from ``sets``."""

    def grow(subs: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
        return st.one_of(
            joins(subs),
            joins(subs),
            st.builds(FilterType, subs, st.sampled_from(TYPES)),
            st.builds(Filter, subs, attributes(), st.sampled_from(COMPARISONS), literals()),
            st.builds(Intersect, subs, sets),
            st.builds(Difference, subs, sets),
        )

    here: st.SearchStrategy[Plan] = st.just(Here())
    return st.builds(CountOf, st.one_of(joins(here), grow(here), grow(grow(here))))


def joins(sources: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    walks = st.builds(Join, sources, st.sampled_from(WALKS), st.booleans())
    return st.one_of(walks, walks, st.builds(Join, sources, st.sampled_from(RELATIONS), st.booleans()))


def over(sets: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    """Plans of kind set that have one more operator over plans from ``sets``."""
    measures: st.SearchStrategy[Measure] = st.one_of(attributes(), counts(sets))
    bounds = st.one_of(literals(), literals(), numbers(sets), sets)
    two_joins = joins(joins(sets))
    return st.one_of(
        joins(sets),
        joins(sets),
        st.builds(lambda join: Join(join.source, join.relation, join.inverse, True), two_joins),
        st.builds(
            lambda join, again, inverse: Join(Join(join.source, join.relation, join.inverse, True), again, inverse, True),
            two_joins, st.sampled_from(WALKS), st.booleans(),
        ),
        *(st.builds(operator, sets, sets) for operator in (Intersect, Union, Difference)),
        st.builds(FilterType, sets, st.sampled_from(TYPES)),
        st.builds(Filter, sets, measures, st.sampled_from(COMPARISONS), bounds),
        st.builds(Filter, sets, measures, st.sampled_from(COMPARISONS), bounds),
        st.builds(Best, sets, measures, st.sampled_from(("max", "min")), st.integers(1, 3), st.integers(0, 2)),
        st.builds(Best, sets, measures, st.sampled_from(("max", "min"))),
    )  # fmt: skip


def numbers(sets: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    measures: st.SearchStrategy[Measure] = st.one_of(attributes(), counts(sets))
    functions = st.sampled_from(("sum", "mean", "min", "max"))
    return st.one_of(st.builds(Count, sets), st.builds(Aggregate, sets, measures, functions))


def booleans(sets: st.SearchStrategy[Plan]) -> st.SearchStrategy[Plan]:
    sides = st.one_of(numbers(sets), sets)
    compare = st.builds(Compare, sides, st.sampled_from(COMPARISONS), st.one_of(literals(), sides))
    return st.one_of(st.builds(Exists, sets), compare)


def sets(depth: int = 2) -> st.SearchStrategy[Plan]:
    """Plans of kind set with up to ``depth`` levels of operators over their starts."""
    found = starts()
    for _ in range(depth):
        found = st.one_of(found, over(found), over(found))
    return found


def plans(depth: int = 2) -> st.SearchStrategy[Plan]:
    """Well-typed plans of every operator."""
    inner = sets(depth)
    return st.one_of(inner, inner, numbers(inner), booleans(inner))
