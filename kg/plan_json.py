"""Plans as plain nested objects, ready for JSON, and back.

An operator is an object with its name under ``operator`` and its fields under their own names; a literal is an object
with ``value``, ``kind`` and, where it has one, ``language``. Fields at their defaults may be left out when read.

>>> plan_to_dict(Join(Entities(("Kenya",)), "capital"))["source"]
{'operator': 'Entities', 'ids': ['Kenya']}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, fields
from typing import Any, TypeAlias, cast

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
)

Part: TypeAlias = Plan | Measure | Literal
PLANS: tuple[type, ...] = (
    Entities, Values, OfType, Ends, Here, Join, Intersect, Union, Difference, FilterType, Filter, Best, Count, Aggregate,
    Exists, Compare,
)  # fmt: skip
MEASURES: tuple[type, ...] = (Attribute, CountOf)


def plan_to_dict(plan: Plan) -> dict[str, Any]:
    """The plan as nested dicts and lists of texts, numbers and booleans; all fields are written."""
    return _operator_to_dict(plan)


def plan_from_dict(told: Mapping[str, Any]) -> Plan:
    """The plan that :func:`plan_to_dict` has written. Whether it is well typed is for :func:`kg.check.check` to say.

    :raises PlanError: an unknown operator or field, a field that is missing, or one of the wrong shape; says where
    """
    return _plan(told, "plan")


def _operator_to_dict(part: Plan | Measure) -> dict[str, Any]:
    return {"operator": type(part).__name__} | {f.name: _plain(getattr(part, f.name)) for f in fields(part)}


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Literal):
        language = {"language": value.language} if value.language else {}
        return {"value": value.value, "kind": value.kind} | language
    if isinstance(value, str | int | float) or value is None:
        return value
    return _operator_to_dict(value)


# reading ------------------------------------------------------------------------------------------------------------


def _operator(told: Any, where: str, known: Sequence[type]) -> Any:
    if not isinstance(told, Mapping):
        raise PlanError(f"{where}: an operator is an object with 'operator' and its fields, not {_short(told)}")
    names = {operator.__name__: operator for operator in known}
    name = told.get("operator")
    if not isinstance(name, str) or name not in names:
        raise PlanError(f"{where}: no operator {_short(name)} may stand here; known are {', '.join(names)}")
    operator, where = names[name], f"{where}.{name}"
    wanted: dict[str, Field[Any]] = {f.name: f for f in fields(operator)}
    unknown = sorted(map(str, set(told) - set(wanted) - {"operator"}))
    if unknown:
        raise PlanError(f"{where}: has no field {', '.join(unknown)}; it has {', '.join(wanted) or 'none'}")
    read = {}
    for field_name, field in wanted.items():
        if field_name in told:
            read[field_name] = READERS[str(field.type)](told[field_name], f"{where}.{field_name}")
        elif field.default is MISSING:
            raise PlanError(f"{where}: lacks the field {field_name}")
    return operator(**read)


def _plan(told: Any, where: str) -> Plan:
    return cast(Plan, _operator(told, where, PLANS))


def _measure(told: Any, where: str) -> Measure:
    return cast(Measure, _operator(told, where, MEASURES))


def _literal(told: Any, where: str) -> Literal:
    if not isinstance(told, Mapping) or "value" not in told or set(told) - {"value", "kind", "language"}:
        raise PlanError(f"{where}: a literal is an object with value, kind and language, not {_short(told)}")
    kind, language = told.get("kind", "number"), told.get("language", "")
    if kind not in ("number", "date", "string") or not isinstance(language, str):
        raise PlanError(f"{where}: a literal is a number, date or string, not {_short(kind)}")
    try:
        return Literal(told["value"], kind, language)
    except (TypeError, ValueError) as error:
        raise PlanError(f"{where}: {error}") from error


def _bound(told: Any, where: str) -> Literal | Plan:
    return _plan(told, where) if isinstance(told, Mapping) and "operator" in told else _literal(told, where)


def _text(told: Any, where: str) -> str:
    if not isinstance(told, str):
        raise PlanError(f"{where}: wants a text, not {_short(told)}")
    return told


def _text_or_none(told: Any, where: str) -> str | None:
    return None if told is None else _text(told, where)


def _flag(told: Any, where: str) -> bool:
    if not isinstance(told, bool):
        raise PlanError(f"{where}: wants true or false, not {_short(told)}")
    return told


def _whole(told: Any, where: str) -> int:
    if not isinstance(told, int) or isinstance(told, bool):
        raise PlanError(f"{where}: wants a whole number, not {_short(told)}")
    return told


def _several(read: Callable[[Any, str], Any]) -> Callable[[Any, str], tuple[Any, ...]]:
    def several(told: Any, where: str) -> tuple[Any, ...]:
        if not isinstance(told, list | tuple):
            raise PlanError(f"{where}: wants a list, not {_short(told)}")
        return tuple(read(item, f"{where}[{i}]") for i, item in enumerate(told))

    return several


def _short(told: Any) -> str:
    text = repr(told)
    return text if len(text) <= 60 else text[:57] + "…"


READERS: dict[str, Callable[[Any, str], Any]] = {
    "str": _text,
    "str | None": _text_or_none,
    "Comparison": _text,
    "OneOf['head', 'tail']": _text,
    "OneOf['max', 'min']": _text,
    "OneOf['sum', 'mean', 'min', 'max']": _text,
    "bool": _flag,
    "int": _whole,
    "tuple[str, ...]": _several(_text),
    "tuple[Literal, ...]": _several(_literal),
    "Plan": _plan,
    "Measure": _measure,
    "Literal | Plan": _bound,
}
