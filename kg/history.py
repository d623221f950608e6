"""What has happened to an entity's facts: who told, retracted or replaced which of them, and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal as OneOf
from typing import TypeAlias

from kg.graph import Fact

Action: TypeAlias = OneOf["told", "retracted", "replaced"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a batch has done to one fact.

    :param fact: as the telling was: its sources and weight; ``fact.batch`` is the batch that told it
    :param batch: who did this: the batch that told, retracted or replaced it
    :param time: when that batch was first written (UTC, ISO 8601); "" where the graph has not kept it
    """

    action: Action
    fact: Fact
    batch: str
    time: str = ""


def in_order(numbered: Iterable[tuple[int, Change]]) -> list[Change]:
    """Changes with the numbers of their batches, oldest first; what a batch takes away comes before what it tells."""
    ordered = sorted(numbered, key=lambda item: (item[0], item[1].action, item[1].fact.key, item[1].fact.sources))
    return [change for _, change in ordered]


def newest_first(changes: Iterable[Change]) -> list[Change]:
    """The changes of an entity, given oldest first. A batch that takes a value away and gives another replaces it."""
    known = list(changes)
    told = {(c.batch, c.fact.head, c.fact.relation) for c in known if c.action == "told"}
    named = [
        replace(c, action="replaced")
        if c.action == "retracted" and (c.batch, c.fact.head, c.fact.relation) in told
        else c
        for c in known
    ]
    return named[::-1]
