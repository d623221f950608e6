"""The nouns of a graph: literal, entity, fact, relation, schema.

A *node* is an entity (its id, a ``str``) or a :class:`Literal`. Literals are join points like entities: two films of
1986 share the node ``Literal(1986)``.
"""

from __future__ import annotations

import math
import re
from calendar import monthrange
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal as OneOf
from typing import TypeAlias

from kg.names import as_written, title_of, words_of

LiteralKind: TypeAlias = OneOf["number", "date", "string"]
NodeKind: TypeAlias = OneOf["entity", "number", "date", "string", "mixed"]

FEWEST = 5  # heads from which on a relation may be seen to have one value per entity
SEVERAL = 0.02  # of its facts may nevertheless be second values, for each head

_DATE = re.compile(
    r"^(-?\d{1,6})(?:-(\d{2}))?(?:-(\d{2}))?(?:T(\d{2}):(\d{2})(?::(\d{2}(?:\.\d+)?))?(?:Z|[+-]\d{2}:\d{2})?)?$"
)


@dataclass(frozen=True, slots=True)
class Literal:
    """A typed value: a number (int or float), a date (ISO 8601 text: year, month, day or moment) or a string.

    Equal values are equal literals: ``Literal(5.0) == Literal(5)``. A string may carry a language tag (BCP 47).

    :raises ValueError: the value does not fit the kind (NaN, infinite, not an ISO date)
    """

    value: int | float | str
    kind: LiteralKind = "number"
    language: str = ""

    def __post_init__(self) -> None:
        if self.kind == "number":
            if isinstance(self.value, str | bool) or not math.isfinite(self.value):
                raise ValueError(f"{self.value!r} is no finite number")
            if isinstance(self.value, float) and self.value.is_integer() and abs(self.value) < 2**53:
                object.__setattr__(self, "value", int(self.value))
        elif not isinstance(self.value, str):
            raise ValueError(f"a {self.kind} literal holds text, not {self.value!r}")
        elif self.kind == "date" and not _DATE.match(self.value):
            raise ValueError(f"{self.value!r} is no ISO 8601 date")

    @property
    def order(self) -> float | None:
        """The number to compare by: a number's value, a date in years (fractions for month, day, time); None: a string."""
        if self.kind == "number":
            return float(self.value)
        if self.kind == "string":
            return None
        found = _DATE.match(str(self.value))
        assert found is not None  # the constructor has checked it
        year, month, day, hour, minute, second = found.groups()
        days = (int(month or 1) - 1) * 31 + int(day or 1) - 1
        seconds = int(hour or 0) * 3600 + int(minute or 0) * 60 + float(second or 0)
        return int(year) + (days + seconds / 86400) / 372

    @property
    def last_day(self) -> Literal:
        """The last day of a year or a month; of any other literal, itself."""
        year, month, day = self._calendar()
        if not year or day:
            return self
        if not month:
            return Literal(f"{self.value}-12-31", "date")
        return Literal(f"{self.value}-{monthrange(int(year), int(month))[1]}", "date")

    @property
    def after(self) -> Literal:
        """The year, month or day after one; of any other literal, itself."""
        written = self._calendar()
        if not (parts := [int(part) for part in written if part]):
            return self
        parts[-1] += 1
        if len(parts) > 2 and parts[2] > monthrange(*parts[:2])[1]:
            parts[1:] = [parts[1] + 1, 1]
        if len(parts) > 1 and parts[1] > 12:
            parts[:2] = [parts[0] + 1, 1]
        digits = len(written[0].lstrip("-"))  # as many as before: "-0044" comes before "-0043", "-44" before "-43"
        year = f"{parts[0]:0{digits + (parts[0] < 0)}d}"
        return Literal("-".join([year, *(f"{part:02d}" for part in parts[1:])]), "date")

    def _calendar(self) -> tuple[str, str, str]:
        """Year, month and day of a date that is no moment, "" for what it does not say; all "" for any other literal."""
        found = _DATE.match(str(self.value)) if self.kind == "date" else None
        if found is None or found[4] or not 1 <= int(found[2] or 1) <= 12:
            return "", "", ""
        return found[1], found[2] or "", found[3] or ""

    @property
    def text(self) -> str:
        """The plain canonical text: no separators, no unit (``118918``)."""
        return str(self.value)

    @property
    def key(self) -> str:
        """A text that identifies the literal among all nodes of a store: ``"<kind>@<language>:<text>"``."""
        return f"{self.kind}@{self.language}:{self.text}"


Node: TypeAlias = str | Literal


@dataclass(frozen=True, slots=True)
class Name:
    """One name of an entity, with the language (BCP 47) it is in, where that is known."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity: a stable id apart from its label, its other names and its types."""

    id: str
    label: str = ""
    aliases: tuple[Name, ...] = ()
    types: tuple[str, ...] = ()

    @property
    def display(self) -> str:
        """What people are shown: the label, or what the id is called (:func:`kg.names.title_of`) where the graph gives none."""
        return self.label or title_of(self.id)


@dataclass(frozen=True, slots=True)
class Fact:
    """``(head, relation, tail)`` and what is known about it.

    Two facts are the same fact when :attr:`key` is equal; adding it again unites the sources.
    ``start``/``end`` (ISO 8601) bound when it holds: from ``start`` (included) to ``end`` (excluded).
    """

    head: str
    relation: str
    tail: Node
    weight: float = 1.0
    sources: tuple[str, ...] = ()
    batch: str = ""
    start: str | None = None
    end: str | None = None

    @property
    def key(self) -> tuple[str, str, str, str, str]:
        """(head, relation, tail's key, start, end); an entity tail's key is ``"entity@:<id>"``."""
        return (self.head, self.relation, node_key(self.tail), self.start or "", self.end or "")


def node_key(node: Node) -> str:
    """A text that identifies the node in a store; entities and literals never meet."""
    return f"entity@:{node}" if isinstance(node, str) else node.key


@dataclass(frozen=True, slots=True)
class Relation:
    """A relation with what the graph shows of it.

    :param name: how people say it (``place of birth``)
    :param aliases: other wordings
    :param kind: what its tails are
    :param domain: types of its heads with the number of facts, commonest first
    :param range: types of its tails with the number of facts, commonest first
    """

    id: str
    name: str = ""
    aliases: tuple[str, ...] = ()
    unit: str = ""
    facts: int = 0
    heads: int = 0
    tails: int = 0
    kind: NodeKind = "entity"
    domain: tuple[tuple[str, int], ...] = ()
    range: tuple[tuple[str, int], ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """Its name and, where that is no more than its id in full words, the id's own words ("date of birth", "dob")."""
        in_full, written = words_of(self.id), as_written(self.id)
        name = self.name or in_full
        return (name, written) if name == in_full != written else (name,)

    @property
    def is_functional(self) -> bool:
        """Whether the graph uses it with one value per entity: :data:`FEWEST` heads or more, nearly all with one fact."""
        return self.heads >= FEWEST and self.facts - self.heads <= SEVERAL * self.heads


@dataclass(frozen=True)
class Schema:
    """Counts, relations (by id) and types (with the number of entities) of a graph, each sorted by id."""

    entities: int = 0
    literals: int = 0
    facts: int = 0
    relations: dict[str, Relation] = field(default_factory=dict)
    types: dict[str, int] = field(default_factory=dict)

    @cached_property
    def wording(self) -> tuple[tuple[object, ...], ...]:
        """All that people may say of the schema, without its counts: what hangs on words only may be kept while this is equal."""
        said = tuple((r.id, r.name, r.aliases, r.unit) for r in self.relations.values())
        return said, tuple(self.types)

    @cached_property
    def ends(self) -> tuple[object, ...]:
        """What the relations connect, without counts: kinds of tails, types of heads and of tails."""
        return tuple((r.kind, frozenset(dict(r.domain)), frozenset(dict(r.range))) for r in self.relations.values())

    @cached_property
    def attributes(self) -> tuple[str, ...]:
        """Relations whose tails are numbers or dates."""
        return tuple(r.id for r in self.relations.values() if r.kind in ("number", "date"))
