"""Whether a plan is well typed. Every store calls :func:`check` before it executes or compiles."""

from __future__ import annotations

from kg.errors import PlanError
from kg.graph import Literal
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
    kind_of,
)

COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def check(plan: Plan) -> None:
    """Refuse a plan that is not well typed.

    :raises PlanError: with the operator and what is wrong with it
    """
    _check(plan)
    if contains_here(plan):
        raise PlanError("Here stands outside a CountOf; it is legal only in a counted sub-plan")


def contains_here(plan: Plan) -> bool:
    """Whether the plan starts at Here (outside the CountOf measures in it)."""
    if isinstance(plan, Here):
        return True
    if isinstance(plan, Join | FilterType | Filter | Best | Count | Aggregate | Exists):
        return contains_here(plan.source)
    if isinstance(plan, Intersect | Union | Difference | Compare):
        right = plan.right
        return contains_here(plan.left) or (not isinstance(right, Literal) and contains_here(right))
    return False


def _check(plan: Plan) -> None:
    if isinstance(plan, Entities | Values | Here):
        return
    if isinstance(plan, OfType):
        _need(bool(plan.type), plan, "needs a type")
    elif isinstance(plan, Ends):
        _need(bool(plan.relation) and plan.side in ("head", "tail"), plan, "needs a relation and a side (head or tail)")
    elif isinstance(plan, Join):
        _set(plan.source, plan)
        _need(bool(plan.relation), plan, "needs a relation")
        _need(not plan.other or isinstance(plan.source, Join), plan, "with other=True must stand right over a Join")
    elif isinstance(plan, FilterType):
        _set(plan.source, plan)
        _need(bool(plan.type), plan, "needs a type")
    elif isinstance(plan, Count | Exists):
        _set(plan.source, plan)
    elif isinstance(plan, Intersect | Union | Difference):
        _set(plan.left, plan)
        _set(plan.right, plan)
    else:
        _check_measuring(plan)


def _check_measuring(plan: Plan) -> None:
    if isinstance(plan, Filter):
        _set(plan.source, plan)
        _measure(plan.measure, plan)
        _comparison(plan.comparison, plan)
        _value(plan.bound, plan)
    elif isinstance(plan, Best):
        _set(plan.source, plan)
        _measure(plan.measure, plan)
        _need(plan.order in ("max", "min"), plan, f"orders by max or min, not {plan.order!r}")
        _need(plan.limit >= 1 and plan.offset >= 0, plan, "needs limit ≥ 1 and offset ≥ 0")
    elif isinstance(plan, Aggregate):
        _set(plan.source, plan)
        _measure(plan.measure, plan)
        _need(plan.function in ("sum", "mean", "min", "max"), plan, f"knows no function {plan.function!r}")
    elif isinstance(plan, Compare):
        _check(plan.left)
        _need(kind_of(plan.left) != "boolean", plan, "compares numbers or sets of literals, not a yes/no")
        _comparison(plan.comparison, plan)
        _value(plan.right, plan)
    else:
        raise PlanError(f"{plan!r} is no plan")


def _set(plan: Plan, user: Plan) -> None:
    _check(plan)
    _need(kind_of(plan) == "set", user, f"works on a set, not on a {kind_of(plan)} ({type(plan).__name__})")


def _value(bound: Literal | Plan, user: Plan) -> None:
    if isinstance(bound, Literal):
        return
    _check(bound)
    _need(kind_of(bound) != "boolean", user, "is bounded by a literal, a number or a set of literals, not a yes/no")
    _need(not contains_here(bound), user, "has Here in its bound")


def _measure(measure: Measure, user: Plan) -> None:
    if isinstance(measure, Attribute):
        _need(measure.relation is None or bool(measure.relation), user, "has an attribute without a name")
        return
    _need(isinstance(measure, CountOf), user, f"has no measure: {measure!r}")
    _check(measure.plan)
    _sub_plan(measure.plan, user)


def _sub_plan(plan: Plan, user: Plan) -> None:
    if isinstance(plan, Here):
        return
    if isinstance(plan, Join | FilterType):
        _need(not (isinstance(plan, Join) and plan.other), user, "has Join with other=True in its counted sub-plan")
        _sub_plan(plan.source, user)
    elif isinstance(plan, Filter):
        allowed = isinstance(plan.measure, Attribute) and isinstance(plan.bound, Literal)
        _need(allowed, user, "has a Filter in its counted sub-plan that is not an attribute against a literal")
        _sub_plan(plan.source, user)
    elif isinstance(plan, Intersect | Difference):
        _need(not contains_here(plan.right), user, "has Here on the right of a set operation in its counted sub-plan")
        _sub_plan(plan.left, user)
    else:
        raise PlanError(f"{type(user).__name__} counts a sub-plan with {type(plan).__name__}; it must start at Here")


def _comparison(comparison: str, user: Plan) -> None:
    _need(comparison in COMPARISONS, user, f"knows no comparison {comparison!r}")


def _need(condition: bool, plan: Plan, complaint: str) -> None:
    if not condition:
        raise PlanError(f"{type(plan).__name__} {complaint}")
