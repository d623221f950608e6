"""What was told of an entity, by whom, and what follows from it: its label, aliases, types and searchable names.

Every telling carries the number of its teller (:mod:`kg.neo4j_tellers`), by which undo takes it back.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from kg.graph import Entity, Name
from kg.names import fold, title_of
from kg.neo4j_layout import RESERVED

# the columns of a Told, as `Told.of_row` takes them
TOLD = "e.id, e.told, e.tellings"


class Telling(NamedTuple):
    """One thing told; ``what`` is ``entity`` (that it exists), ``label``, ``alias`` or ``type``."""

    teller: int
    what: str = "entity"
    language: str = ""
    text: str = ""


@dataclass(frozen=True)
class Told:
    """All that was told of an entity, in order."""

    id: str
    tellings: tuple[Telling, ...] = ()

    @classmethod
    def of_row(cls, id: str, tellers: Sequence[int], tellings: Sequence[str] | None) -> Told:
        """From the values of :data:`TOLD`."""
        if tellings is None:
            return cls(id, tuple(map(Telling, tellers)))
        return cls(id, tuple(Telling(n, *told.split("\t", 2)) for n, told in zip(tellers, tellings, strict=True)))

    def united(self, more: Iterable[Telling], same: Collection[int]) -> Told:
        """With further tellings; what a batch tells again is told already (``same``: the numbers of that batch's tellers)."""
        known = {telling[1:] for telling in self.tellings if telling.teller in same}
        new: dict[tuple[object, ...], Telling] = {}
        for telling in more:
            if telling[1:] not in known:
                new.setdefault(telling[1:], telling)
        return Told(self.id, (*self.tellings, *new.values())) if new else self

    def without(self, tellers: Collection[int]) -> Told:
        """Without what some tellers told."""
        return Told(self.id, tuple(t for t in self.tellings if t.teller not in tellers))

    @cached_property
    def entity(self) -> Entity:
        """The first label is the label, other labels are aliases."""
        label = ""
        aliases: dict[Name, None] = {}
        for telling in self.tellings:
            if telling.what == "label" and (label or telling.text) == telling.text:
                label = telling.text
            elif telling.what in ("label", "alias"):
                aliases[Name(telling.text, telling.language)] = None
        types = sorted({telling.text for telling in self.tellings if telling.what == "type"})
        return Entity(self.id, label, tuple(aliases), tuple(types))

    @property
    def spoken(self) -> list[str]:
        """Its names as people write them: labels (where there is none, the id with spaces), then aliases."""
        labels = [t.text for t in self.tellings if t.what == "label"] or [title_of(self.id)]
        return labels + [t.text for t in self.tellings if t.what == "alias"]

    @cached_property
    def names(self) -> frozenset[str]:
        """The folded names under which it is found; none, if it is not there."""
        if not self.tellings:
            return frozenset()
        return frozenset(folded for name in self.spoken if (folded := fold(name)))

    @property
    def labels(self) -> list[str]:
        """Its types as labels of its node."""
        return [type for type in self.entity.types if type not in RESERVED]

    @property
    def properties(self) -> dict[str, Any]:
        """The properties of its node."""
        entity = self.entity
        is_plain = all(t.what == "entity" for t in self.tellings)
        return {
            "id": self.id, "label": entity.label or None, "aliases": [name.text for name in entity.aliases] or None,
            "types": list(entity.types) or None, "told": [t.teller for t in self.tellings],
            "tellings": None if is_plain else ["\t".join(t[1:]) for t in self.tellings],
        }  # fmt: skip


def tellings(entity: Entity, teller: int) -> list[Telling]:
    """What a teller tells by naming an entity so."""
    told = [Telling(teller)]
    if entity.label:
        told.append(Telling(teller, "label", "", entity.label))
    told += [Telling(teller, "alias", name.language, name.text) for name in entity.aliases if name.text]
    return told + [Telling(teller, "type", "", type) for type in entity.types if type]
