"""What a reader yields, whatever the format: facts, entities, relations, and the lines that it could not read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

from kg.graph import Entity, Fact, Relation


@dataclass(frozen=True, slots=True)
class Reject:
    """A piece of input that was set aside. ``line`` counts from 1; 0: the format has no lines."""

    path: str
    line: int
    reason: str
    text: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.reason}" if self.line else f"{self.path}: {self.reason}"


Record: TypeAlias = Fact | Entity | Relation | Reject
Records: TypeAlias = Iterator[Record]
