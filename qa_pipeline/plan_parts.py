"""The parts of a plan: to look at, and to put others in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar

from kg.graph import Literal

Part = TypeVar("Part")


def parts_of(plan: object) -> Iterator[object]:
    """A plan, its measures and its parts, the whole first."""
    yield plan
    for _, part in _fields(plan):
        yield from parts_of(part)


def with_parts(plan: Part, change: Callable[[Any], Any]) -> Part:
    """The plan with each part (one step down, measures included) as the function has it."""
    parts = {name: change(part) for name, part in _fields(plan)}
    return replace(plan, **parts) if parts else plan  # type: ignore[type-var]


def _fields(plan: object) -> Iterator[tuple[str, object]]:
    for f in fields(plan):  # type: ignore[arg-type]
        value = getattr(plan, f.name)
        if hasattr(value, "__dataclass_fields__") and not isinstance(value, Literal):
            yield f.name, value
