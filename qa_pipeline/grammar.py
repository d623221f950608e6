"""The grammar of plans: which action may come next, and the plan that the actions write.

A plan is written in postfix order, one action at a time. An action is an operator of :data:`OPERATORS` or a pointer to a
memory slot: a seed slot starts a set; a relation slot walks from where the plan stands, or names the measure that the
operator before it asked for. Actions are numbered: operators first, then slot ``i`` as ``len(OPERATORS) + i``.

>>> " ".join(["seed:Kenya", "located in⁻¹", "BEST_MAX", "population", "STOP"])  # the largest city of Kenya
'seed:Kenya located in⁻¹ BEST_MAX population STOP'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from kg.graph import Literal
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Comparison,
    Count,
    CountOf,
    Difference,
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
    kind_of,
)
from kg.question import Mention, Subgraph
from qa_pipeline.literals import as_date, is_none

OPERATORS = (
    "STOP", "NO_ANSWER", "AND", "OR", "MINUS", "OTHER", "COUNT", "EXISTS", "SUM", "MEAN", "BEST_MAX", "BEST_MIN", "MOST",
    "FEWEST", "GT", "LT", "GE", "LE", "COUNT_GT", "COUNT_LT", "COUNT_GE", "COUNT_EQ",
)  # fmt: skip
INDEX = {name: i for i, name in enumerate(OPERATORS)}
ATTRIBUTE_OPERATORS = ("SUM", "MEAN", "BEST_MAX", "BEST_MIN", "GT", "LT", "GE", "LE")
COUNT_OPERATORS = ("MOST", "FEWEST", "COUNT_GT", "COUNT_LT", "COUNT_GE", "COUNT_EQ")
BOUNDED = frozenset("GT LT GE LE COUNT_GT COUNT_LT COUNT_GE COUNT_EQ".split())
COMPARISONS: dict[str, Comparison] = {"GT": ">", "LT": "<", "GE": ">=", "LE": "<=", "EQ": "="}
MAX_ACTIONS = 14
MAX_STACK = 2


@dataclass(frozen=True, slots=True)
class Operand:
    """A set (or value) on the stack.

    :param slot: where it stands (-1: nowhere)
    :param joins: how many joins led there
    :param fresh: whether its last two steps were joins, so that where the walk came from may be left out
    """

    plan: Plan
    slot: int
    joins: int = 0
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What has been written: the stack, the operator that waits for its measure or bound, and whether it is finished."""

    stack: tuple[Operand, ...] = ()
    pending: str = ""
    measure: int = -1  # slot of the attribute that waits for its bound
    rankable: bool = False  # the last action finished a superlative: an ordinal or a number may follow
    used: frozenset[int] = frozenset()
    length: int = 0
    done: str = ""  # "", "STOP" or "NO_ANSWER"

    @property
    def plan(self) -> Plan | None:
        """The finished plan; None before the end and for NO_ANSWER."""
        return self.stack[0].plan if self.done == "STOP" else None


class PlanGrammar:
    """The grammar over one subgraph.

    :param exclude: entities that are left out after every join from the second on
    """

    def __init__(self, subgraph: Subgraph, exclude: tuple[str, ...] = ()) -> None:
        self.subgraph = subgraph
        self.exclude = exclude
        slots = subgraph.slots
        self.size = len(OPERATORS) + len(slots)
        self._children: list[list[int]] = [[] for _ in slots]
        self._seeds: list[int] = []
        representatives: dict[tuple[str, bool], int] = {}
        for i, slot in enumerate(slots):
            if slot.path:
                self._children[slot.parent].append(i)
                known = representatives.get(slot.path[-1])
                if known is None or not slots[known].nodes:  # rather one that leads somewhere
                    representatives[slot.path[-1]] = i
            else:
                self._seeds.append(i)
        self._none = {i for i in self._seeds if is_none(subgraph.links[slots[i].seed].mention)}
        self._all = list(representatives.values())
        self._successors: dict[tuple[str, bool], dict[tuple[str, bool], int]] = {}
        for i, slot in enumerate(slots):
            if slot.path:
                after = self._successors.setdefault(slot.path[-1], {})
                for child in self._children[i]:
                    after.setdefault(slots[child].path[-1], child)

    def successors(self, slot: int) -> list[int]:
        """The relation slots that may follow a slot: its children; where it has none, those of any slot like it, else all.

        A literal is where facts end: from it only a walk back is left.
        """
        if self._children[slot]:
            return self._children[slot]
        slots, path = self.subgraph.slots, self.subgraph.slots[slot].path
        alike = list(self._successors.get(path[-1], {}).values()) if path else []
        following = alike or self._all
        if slots[slot].kind in ("entity", "mixed"):
            return following
        return [s for s in following if slots[s].path[-1][1]]

    def allowed(self, state: State) -> NDArray[np.bool_]:
        """Which actions are well typed next. Shape: (len(OPERATORS) + M,); True = allowed; all False when finished."""
        mask = np.zeros(self.size, dtype=bool)
        if state.done:
            return mask
        if state.pending:
            for slot in self._pending_slots(state):
                mask[len(OPERATORS) + slot] = True
            return mask
        if not state.stack:
            mask[INDEX["NO_ANSWER"]] = True
            self._allow_seeds(mask, state, ("entity", "type", "number", "date"))
            return mask
        top = state.stack[-1]
        if kind_of(top.plan) != "set":
            mask[INDEX["STOP"]] = True
            return mask
        self._allow_on_set(mask, state, top)
        return mask

    def _allow_on_set(self, mask: NDArray[np.bool_], state: State, top: Operand) -> None:
        slots = self.subgraph.slots
        following = self.successors(top.slot)
        room = state.length < MAX_ACTIONS - 4
        if room:
            mask[[len(OPERATORS) + s for s in following]] = True
            if any(slots[s].kind in ("number", "date") for s in following):
                self._allow_measuring(mask, state, ATTRIBUTE_OPERATORS, ("number", "date", "entity"))
                mask[[INDEX["SUM"], INDEX["MEAN"]]] &= len(state.stack) == 1
            if any(slots[s].kind == "entity" and self._is_measure(s) for s in following):
                self._allow_measuring(mask, state, COUNT_OPERATORS, ("number",))
        if top.fresh:
            mask[INDEX["OTHER"]] = True
        if len(state.stack) > 1:
            mask[[INDEX["AND"], INDEX["OR"], INDEX["MINUS"]]] = True
        else:
            mask[[INDEX["STOP"], INDEX["COUNT"], INDEX["EXISTS"]]] = True
        if len(state.stack) < MAX_STACK and room:
            self._allow_seeds(mask, state, ("entity", "type"))
        if state.rankable:
            self._allow_seeds(mask, state, ("ordinal", "number"))

    def _allow_measuring(
        self, mask: NDArray[np.bool_], state: State, operators: Sequence[str], bounds: Sequence[str]
    ) -> None:
        """Operators that take a measure; those that compare it need a bound among the mentions."""
        free = [s for s in self._seeds if s not in state.used and self._mention_kind(s) in bounds]
        able = [name for name in operators if name not in BOUNDED or any(self._bounds(s, name) for s in free)]
        mask[[INDEX[name] for name in able]] = True

    def _allow_seeds(self, mask: NDArray[np.bool_], state: State, kinds: Sequence[str]) -> None:
        for slot in self._seeds:
            if slot not in state.used and self._mention_kind(slot) in kinds and slot not in self._none:
                mask[len(OPERATORS) + slot] = True

    def _mention_kind(self, slot: int) -> str:
        return self.subgraph.links[self.subgraph.slots[slot].seed].mention.kind

    def _bounds(self, slot: int, operator: str) -> bool:
        """Whether a mention can be the bound of a comparison: that there is none of something is no least and no most."""
        return operator == "COUNT_EQ" or slot not in self._none

    def _pending_slots(self, state: State) -> list[int]:
        """The slots that the waiting operator can take: a measure, or the bound of a comparison."""
        slots = self.subgraph.slots
        if state.measure >= 0:
            kinds = ("number",) if state.pending in COUNT_OPERATORS else ("number", "date", "entity")
            free = [s for s in self._seeds if s not in state.used and self._mention_kind(s) in kinds]
            return [s for s in free if self._bounds(s, state.pending)]
        wanted = ("number", "date") if state.pending in ATTRIBUTE_OPERATORS else ("entity",)
        near = [s for s in self.successors(state.stack[-1].slot) if slots[s].kind in wanted and self._is_measure(s)]
        return near or [s for s in self._all if slots[s].kind in wanted and self._is_measure(s)]

    def _is_measure(self, slot: int) -> bool:
        known = self.subgraph.defined.get(self.subgraph.slots[slot].path[-1][0])
        return known is None or known.is_countable

    def advance(self, state: State, action: int) -> State:
        """The state after an allowed action."""
        state = replace(state, length=state.length + 1)
        if action < len(OPERATORS):
            return self._operate(replace(state, rankable=False), OPERATORS[action])
        slot = action - len(OPERATORS)
        if self.subgraph.slots[slot].path:
            return self._relate(replace(state, rankable=False), slot)
        return self._seed(state, slot)

    def _operate(self, state: State, name: str) -> State:
        if name in ("STOP", "NO_ANSWER"):
            return replace(state, done=name)
        if name in ATTRIBUTE_OPERATORS or name in COUNT_OPERATORS:
            return replace(state, pending=name)
        top = state.stack[-1]
        if name in ("AND", "OR", "MINUS"):
            left = state.stack[-2]
            joins = max(left.joins, top.joins)
            merged = replace(left, plan=_merge(name, left.plan, top.plan), joins=joins, fresh=False)
            return replace(state, stack=(*state.stack[:-2], merged))
        if name == "OTHER":
            return _push(state, self._without_origin(top))
        return _push(state, replace(top, plan=Count(top.plan) if name == "COUNT" else Exists(top.plan), fresh=False))

    @staticmethod
    def _without_origin(top: Operand) -> Operand:
        """The walk without where it came from; where topics are left out by convention, they are left out already."""
        plan = replace(top.plan, other=True) if isinstance(top.plan, Join) else top.plan
        return replace(top, plan=plan, fresh=False)

    def _relate(self, state: State, slot: int) -> State:
        relation, inverse = self.subgraph.slots[slot].path[-1]
        top = state.stack[-1]
        if not state.pending:
            plan = self.subgraph.join(top.plan, relation, inverse)
            if self.exclude and top.joins >= 1:
                plan = Difference(plan, Entities(self.exclude))
            walked = isinstance(top.plan, Join) or (bool(self.exclude) and _is_left_out(top.plan))
            return _push(state, Operand(plan, slot, top.joins + 1, walked))
        name = state.pending
        measure = (
            CountOf(self.subgraph.join(Here(), relation, inverse)) if name in COUNT_OPERATORS else Attribute(relation)
        )
        if name in ("BEST_MAX", "MOST", "BEST_MIN", "FEWEST"):
            best = Best(top.plan, measure, "max" if name in ("BEST_MAX", "MOST") else "min")
            return replace(_push(state, replace(top, plan=best, fresh=False)), pending="", rankable=True)
        if name in ("SUM", "MEAN"):
            total = Aggregate(top.plan, measure, "sum" if name == "SUM" else "mean")
            return replace(_push(state, replace(top, plan=total, fresh=False)), pending="")
        return replace(state, measure=slot)

    def _seed(self, state: State, slot: int) -> State:
        used = state.used | {slot}
        link = self.subgraph.links[self.subgraph.slots[slot].seed]
        if state.rankable and link.mention.kind in ("ordinal", "number"):
            return replace(self._rank(state, link.mention), rankable=False, used=used)
        start = link.start
        if not state.pending:
            return replace(state, stack=(*state.stack, Operand(start, slot)), used=used, rankable=False)
        slots = self.subgraph.slots
        relation, inverse = slots[state.measure].path[-1]
        counting = state.pending in COUNT_OPERATORS
        bound: Literal | Plan = Join(start, relation)
        if link.mention.literal is not None:
            bound = as_date(link.mention.literal) if slots[state.measure].kind == "date" else link.mention.literal
        measure = CountOf(self.subgraph.join(Here(), relation, inverse)) if counting else Attribute(relation)
        comparison = COMPARISONS[state.pending.removeprefix("COUNT_")]
        top = state.stack[-1]
        filtered = replace(top, plan=Filter(top.plan, measure, comparison, bound), fresh=False)
        return replace(_push(state, filtered), pending="", measure=-1, used=used, rankable=False)

    @staticmethod
    def _rank(state: State, mention: Mention) -> State:
        best = state.stack[-1]
        assert isinstance(best.plan, Best) and mention.literal is not None
        number = max(1, int(mention.literal.order or 1))
        ordinal = mention.kind == "ordinal"
        plan = replace(best.plan, offset=number - 1) if ordinal else replace(best.plan, limit=number)
        return _push(state, replace(best, plan=plan))


def _push(state: State, top: Operand) -> State:
    return replace(state, stack=(*state.stack[:-1], top))


def _is_left_out(plan: Plan) -> bool:
    """Whether the plan is a walk that topics were left out of."""
    return isinstance(plan, Difference) and isinstance(plan.left, Join)


def _merge(name: str, left: Plan, right: Plan) -> Plan:
    if name == "AND" and isinstance(right, OfType):
        return FilterType(left, right.type)
    if name == "AND" and isinstance(left, OfType):
        return FilterType(right, left.type)
    if name == "AND":
        return Intersect(left, right)
    return Union(left, right) if name == "OR" else Difference(left, right)
