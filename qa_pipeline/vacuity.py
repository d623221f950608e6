"""What would not be worth saying: the largest of one thing, "but not" of nothing. Plans with such parts are believed less.

Speakers say what is relevant, no less and no more (Grice 1975, "Logic and conversation", the maxims of quantity and relation).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import fields

from kg.graph import FEWEST, SEVERAL, Literal
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
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
    OfType,
    Plan,
    Union,
    Values,
)
from kg.store import GraphStore
from qa_pipeline.bridge import may_be_of
from qa_pipeline.plan_parts import parts_of

VACUOUS = 0.01  # how much less a plan is believed where there is nothing to choose from, or for "but not" nothing to take away
IMPOSSIBLE = 0.2  # the same for a yes or no about a thing that, by its type, a relation never leads to
UNHEARD = 0.5  # the same about a thing without a type, to which the graph has the relation lead from nothing
IDLE = 0.2  # the same for a bound that nothing fails
TIED, MANY = 0.4, 3  # the same for the most of something that more than so many have equally
ONE = 0.2  # the same for a count of what is one as a rule, and for the most of it
HOME = 0.3  # the same for several steps that lead back to where they began, and nowhere else
BACK = 0.3  # the same for a step there and back, which gives all that it began at besides
STRAYED = 0.1  # the same for walks that never come back to a topic that is left out by convention, though they could
WENT_OUT = 0.4  # the same for walks that could not: their relations never lead to the topic


def vacuity(store: GraphStore, plan: Plan, unasked: Collection[str]) -> float:
    """How much less a plan is believed of which some part does nothing that would be worth saying, 0 … 1.

    Who asks for the largest knows of several, and who says "but not" of something to take away. Where entities are taken away
    after each walk by a convention about the questions, it is enough that one of the walks comes back to them.

    :param unasked: the entities that are taken away by a convention and not by the question
    """
    conventions: list[float] = []
    if _only_names(plan):
        return VACUOUS
    own = _least(store, plan, unasked, conventions) * (HOME if _leads_home(store, plan) else 1.0)
    own *= BACK if not unasked and _comes_back(plan) else 1.0
    if not isinstance(plan, Exists):  # a yes is an answer
        own *= IDLE if any(_all_pass(store, bounded) for bounded in _bounded(plan)) else 1.0
    if 1.0 in conventions:
        return own
    return own * min(conventions, default=1.0)


def _least(store: GraphStore, plan: Plan, unasked: Collection[str], conventions: list[float]) -> float:
    """What is said against the plan by itself; what is said by the conventions is put into their list, 1: nothing."""
    if isinstance(plan, Exists):
        return _may_be(store, plan.source)
    own = 1.0
    if isinstance(plan, Count) and _is_one_by_nature(store, plan.source):
        own = ONE
    if isinstance(plan, Best | Filter) and not isinstance(plan.source, Entities) and not _bounds_values(plan):
        several = store.execute(Count(plan.source)).value
        wanted = plan.offset + plan.limit if isinstance(plan, Best) else 2
        if several is not None and several < max(2, wanted):
            own = VACUOUS
        elif _counts_idly(store, plan):
            own = ONE
        elif isinstance(plan, Best) and isinstance(plan.measure, CountOf) and plan.limit == 1:
            own = TIED if len(store.execute(plan).nodes) > MANY else 1.0
    if isinstance(plan, Aggregate) and _is_one_by_nature(store, plan.source):
        own = VACUOUS
    if isinstance(plan, Union) and not _is_kind(plan):
        own = VACUOUS if isinstance(plan.left, OfType | Ends) or isinstance(plan.right, OfType | Ends) else own
    if isinstance(plan, Difference):
        by_convention = isinstance(plan.right, Entities) and set(plan.right.ids) <= set(unasked)
        if not by_convention or 1.0 not in conventions:
            bites = bool(store.execute(Exists(Intersect(plan.left, plan.right))).value)
            if by_convention:
                went = STRAYED if _could_hold(store, plan.left, plan.right) else WENT_OUT
                conventions.append(1.0 if bites else went)
            elif not bites:
                own = VACUOUS
    parts = (getattr(plan, f.name) for f in fields(plan))
    return min([own, *(_least(store, part, unasked, conventions) for part in parts if isinstance(part, Plan))])


def _is_kind(plan: Plan) -> bool:
    """Whether a plan is of things of several types, which may be of one kind: "animals"."""
    return isinstance(plan, OfType) or (isinstance(plan, Union) and _is_kind(plan.left) and _is_kind(plan.right))


def _bounds_values(plan: Plan) -> bool:
    """Whether values themselves are bounded, as by a year: of those nobody need know several."""
    return isinstance(plan, Filter) and plan.measure == Attribute(None)


def _may_be(store: GraphStore, plan: Plan) -> float:
    """How far a walk may lead to a name, by its type, or else by what the graph has of it.

    Who asks for a yes or no does not know, but knows what things are.
    """
    if not (isinstance(plan, Intersect) and isinstance(plan.left, Join) and isinstance(plan.right, Entities)):
        return 1.0
    relation = store.schema().relations[plan.left.relation]
    reached = {t for t, _ in (relation.domain if plan.left.inverse else relation.range)}
    types = {t for e in store.entities(plan.right.ids).values() for t in e.types}
    if not types or not reached:
        return 1.0 if _could_hold(store, plan.left, plan.right) else UNHEARD
    return IMPOSSIBLE if types.isdisjoint(reached) else 1.0


def _is_one_by_nature(store: GraphStore, plan: Plan) -> bool:
    """Whether a walk from one thing gives one as a rule: nobody asks how many countries a town is in."""
    if not (isinstance(plan, Join) and isinstance(plan.source, Entities) and len(plan.source.ids) == 1):
        return False
    return _gives_one(store, plan)


def _gives_one(store: GraphStore, walk: Join) -> bool:
    """Whether a walk's relation gives a thing one other as a rule."""
    relation = store.schema().relations[walk.relation]
    begins = relation.tails if walk.inverse else relation.heads
    return begins >= FEWEST and relation.facts - begins <= SEVERAL * begins


def _counts_idly(store: GraphStore, plan: Best | Filter) -> bool:
    """Whether things are ranked or bounded by how many they have of what is one by nature."""
    if not (isinstance(plan.measure, CountOf) and isinstance(plan.measure.plan, Join)):
        return False
    if isinstance(plan, Filter) and isinstance(plan.bound, Literal) and not plan.bound.order:
        return False  # that it has none is worth saying
    return isinstance(plan.measure.plan.source, Here) and _gives_one(store, plan.measure.plan)


def _bounded(plan: Plan) -> Iterator[Filter]:
    """The filters of a plan by an attribute; of several by the same, as in a range, the outermost."""
    inner: set[int] = set()
    for part in parts_of(plan):
        if isinstance(part, Filter) and isinstance(part.measure, Attribute) and isinstance(part.bound, Literal):
            if isinstance(part.source, Filter) and part.source.measure == part.measure:
                inner.add(id(part.source))
            if id(part) not in inner:
                yield part


def _all_pass(store: GraphStore, bounded: Filter) -> bool:
    """Whether all that has an attribute is within the bounds: who says them knows of something beyond."""
    source: Plan = bounded
    while isinstance(source, Filter) and source.measure == bounded.measure:
        source = source.source
    relation = bounded.measure.relation if isinstance(bounded.measure, Attribute) else None
    if relation is None or isinstance(source, Entities):
        return False
    beyond = Exists(Difference(Intersect(source, Ends(relation, "head")), bounded))
    return not store.execute(beyond).value and (store.execute(Count(bounded)).value or 0) > 1


def _only_names(plan: Plan) -> bool:
    """Whether nothing is said of what a plan names."""
    if isinstance(plan, Count | Exists):
        return _only_names(plan.source)
    if isinstance(plan, Union | Intersect | Difference):
        return _only_names(plan.left) and _only_names(plan.right)
    return isinstance(plan, Entities | Values)


def _leads_home(store: GraphStore, plan: Plan) -> bool:
    """Whether a walk of several steps gives what it began at and nothing else: "what precedes the sequel of X" is X."""
    begin, steps = plan, 0
    while isinstance(begin, Join):
        begin, steps = begin.source, steps + 1
    return steps > 1 and isinstance(begin, Entities) and set(store.execute(plan).nodes) <= set(begin.ids)


def _comes_back(plan: Plan) -> bool:
    """Whether a walk takes a step back: "what lies in the region that X lies in" is X, too, and speakers mean others."""
    while isinstance(plan, Count | FilterType):
        plan = plan.source
    before = plan.source if isinstance(plan, Join) and not plan.other else None
    while isinstance(before, FilterType):
        before = before.source
    if not isinstance(plan, Join) or not isinstance(before, Join):
        return False
    return before.relation == plan.relation and before.inverse != plan.inverse


def _could_hold(store: GraphStore, walk: Plan, topics: Plan) -> bool:
    """Whether a walk's last relation leads to one of the topics from anywhere: else it is no wonder if the walk does not."""
    if not isinstance(walk, Join):
        return True
    return bool(store.execute(Exists(Join(topics, walk.relation, not walk.inverse))).value)


def is_plain_nothing(store: GraphStore, plan: Plan) -> bool:
    """Whether an empty set, or its count, is no sign that a plan is not what is meant: what it is of has such numbers, kinds or
    values, but nothing of it has those that are asked for ("tents that come in black", where tents have colours)."""
    plan = plan.source if isinstance(plan, Count) else plan
    if isinstance(plan, FilterType) and may_be_of(plan.source, (plan.type,), store.schema()):
        return _is_any(store, plan.source)
    while isinstance(plan, FilterType):
        plan = plan.source
    if isinstance(plan, Filter) and isinstance(plan.bound, Literal) and isinstance(plan.measure, Attribute):
        return plan.measure.relation is not None and _have(store, plan.source, plan.measure.relation)
    if isinstance(plan, Intersect) and isinstance(plan.left, Join) and isinstance(plan.right, Join):
        one, other = plan.left, plan.right
        if one.inverse and other.inverse and one.relation != other.relation:
            return _have(store, one, other.relation) and _have(store, other, one.relation)
    return False


def _is_any(store: GraphStore, plan: Plan) -> bool:
    return bool(store.execute(Exists(plan)).value)


def _have(store: GraphStore, plan: Plan, relation: str) -> bool:
    return _is_any(store, Intersect(plan, Ends(relation, "head")))
