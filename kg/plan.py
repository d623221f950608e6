"""The plan: a small typed algebra, the only thing that is ever executed.

Every operator is a frozen dataclass. A plan has one of three kinds (:func:`kind_of`): ``set`` (of nodes), ``number``,
``boolean``. Semantics, the same on every store:

- Sets are sets: joins are homomorphic (a fact may be used any number of times), duplicates never count.
- A *measure* gives each element of a set its numbers: an attribute's literals, or the count of a sub-plan that starts at
  :class:`Here`. Attribute: an element without one takes no part; with several, ``max`` ranks by its greatest and ``min`` by
  its least, a filter holds if any does, sum and mean take each (element, value) pair once. Count: zero is included.
- Values are compared by ``Literal.order`` within one kind (number with number, date with date); strings only by = and !=.
  A value of another kind takes no part. A bound that is itself a set holds if any of its values does.
- Ties are all returned.

>>> largest = Best(OfType("city"), Attribute("population"))
>>> Join(Entities(("Kenya",)), "capital")
Join(source=Entities(ids=('Kenya',)), relation='capital', inverse=False, other=False)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal as OneOf
from typing import TypeAlias

from kg.graph import Literal, Node

Comparison: TypeAlias = OneOf["=", "!=", "<", "<=", ">", ">="]
PlanKind: TypeAlias = OneOf["set", "number", "boolean"]
Side: TypeAlias = OneOf["head", "tail"]


# Starts -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entities:
    """An entity set: all readings of a mention. Unknown ids are simply not in it."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Values:
    """Literals as a start ("films of 1986")."""

    literals: tuple[Literal, ...]


@dataclass(frozen=True, slots=True)
class OfType:
    """All entities of a type."""

    type: str


@dataclass(frozen=True, slots=True)
class Ends:
    """All heads (or tails) of a relation: a class where the graph has no types."""

    relation: str
    side: Side = "head"


@dataclass(frozen=True, slots=True)
class Here:
    """The element that a :class:`CountOf` is about. Legal only inside one."""


# Steps over sets ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Join:
    """Walk a relation from head to tail (``inverse``: from tail to head).

    ``other``: leave out where the walk came from. The source must then be a Join itself; y is reached if there is a walk
    p → m → y over the two joins with y ≠ p ("films that share a director with X" does not mean X).
    """

    source: Plan
    relation: str
    inverse: bool = False
    other: bool = False


@dataclass(frozen=True, slots=True)
class Intersect:
    left: Plan
    right: Plan


@dataclass(frozen=True, slots=True)
class Union:
    left: Plan
    right: Plan


@dataclass(frozen=True, slots=True)
class Difference:
    left: Plan
    right: Plan


@dataclass(frozen=True, slots=True)
class FilterType:
    """The elements that are entities of the type."""

    source: Plan
    type: str


@dataclass(frozen=True, slots=True)
class Attribute:
    """A measure: the element's literals by a relation. ``relation=None``: the element itself is the literal."""

    relation: str | None


@dataclass(frozen=True, slots=True)
class CountOf:
    """A measure: how many nodes the sub-plan reaches from the element.

    The sub-plan starts at :class:`Here` and is made of Join (without ``other``), FilterType, Filter with an Attribute and
    a Literal bound, and Intersect/Difference with a right side that has no Here.
    """

    plan: Plan


Measure: TypeAlias = Attribute | CountOf


@dataclass(frozen=True, slots=True)
class Filter:
    """The elements whose measure compares so to the bound: a literal, or another plan's value(s)."""

    source: Plan
    measure: Measure
    comparison: Comparison
    bound: Literal | Plan


@dataclass(frozen=True, slots=True)
class Best:
    """The elements ranked ``offset``+1 … ``offset``+``limit`` by the measure (descending for ``max``), with all ties.

    Sort the measured elements' values; with lo and hi the values at positions ``offset`` and ``offset+limit-1`` (the last
    one, if there are fewer), every element whose value lies between them is returned. Offset beyond the end: the empty set.
    """

    source: Plan
    measure: Measure
    order: OneOf["max", "min"] = "max"
    limit: int = 1
    offset: int = 0


# From sets to one value ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Count:
    """How many nodes. A number; zero is one."""

    source: Plan


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Sum, mean, min or max of a measure over a set. Of nothing: no value (an empty result), the sum too."""

    source: Plan
    measure: Measure
    function: OneOf["sum", "mean", "min", "max"]


@dataclass(frozen=True, slots=True)
class Exists:
    """Whether the set has an element."""

    source: Plan


@dataclass(frozen=True, slots=True)
class Compare:
    """Whether any value of the left compares so to any of the right (numbers, or sets of literals)."""

    left: Plan
    comparison: Comparison
    right: Literal | Plan


Plan: TypeAlias = (
    Entities | Values | OfType | Ends | Here
    | Join | Intersect | Union | Difference | FilterType | Filter | Best
    | Count | Aggregate | Exists | Compare
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Result:
    """What a plan gives: ``nodes`` of a set (entities by id, then literals by key, each sorted), or the one ``value``.

    ``value`` is None for a set, and for an aggregate of nothing.
    """

    kind: PlanKind
    nodes: tuple[Node, ...] = ()
    value: int | float | bool | None = None


def kind_of(plan: Plan) -> PlanKind:
    """The kind of value that the plan gives."""
    if isinstance(plan, Count | Aggregate):
        return "number"
    return "boolean" if isinstance(plan, Exists | Compare) else "set"
