"""What was told of an entity, by whom, and what follows from it: its label, aliases, types and searchable names.

Every telling carries its batch (what undo takes back) and its write (what a write that fails takes back).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from kg.graph import Entity, Name
from kg.names import fold, title_of
from kg.neo4j_layout import RESERVED

# the columns of a Told, as `Told.of_row` takes them
TOLD = "e.id, e.told_batches, e.told_writes, e.told_as, e.told_texts, e.told_languages"


class Telling(NamedTuple):
    """One thing told; ``what`` is ``entity`` (that it exists), ``label``, ``alias`` or ``type``."""

    batch: str
    write: str
    what: str
    text: str = ""
    language: str = ""


@dataclass(frozen=True)
class Told:
    """All that was told of an entity, in order."""

    id: str
    tellings: tuple[Telling, ...] = ()

    @classmethod
    def of_row(cls, id: str, *columns: Sequence[str]) -> Told:
        """From the values of :data:`TOLD`."""
        return cls(id, tuple(Telling(*told) for told in zip(*columns, strict=True)))

    def united(self, more: Iterable[Telling]) -> Told:
        """With further tellings; what a batch tells again is told already."""
        known = {(t.batch, t.what, t.text, t.language): t for t in self.tellings}
        for telling in more:
            known.setdefault((telling.batch, telling.what, telling.text, telling.language), telling)
        return self if len(known) == len(self.tellings) else Told(self.id, tuple(known.values()))

    def without(self, of: str, teller: str) -> Told:
        """Without what one teller told (``of``: ``batches`` or ``writes``)."""
        kept = (t for t in self.tellings if (t.batch if of == "batches" else t.write) != teller)
        return Told(self.id, tuple(kept))

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
        batches, writes, told_as, texts, languages = map(list, zip(*self.tellings, strict=True))
        return {
            "id": self.id, "label": entity.label or None, "aliases": [name.text for name in entity.aliases],
            "types": list(entity.types), "told_batches": batches, "told_writes": writes, "told_as": told_as,
            "told_texts": texts, "told_languages": languages,
        }  # fmt: skip


def tellings(entity: Entity, batch: str, write: str) -> list[Telling]:
    """What a batch tells by naming an entity so."""
    told = [Telling(batch, write, "entity")]
    if entity.label:
        told.append(Telling(batch, write, "label", entity.label))
    told += [Telling(batch, write, "alias", name.text, name.language) for name in entity.aliases if name.text]
    return told + [Telling(batch, write, "type", type) for type in entity.types if type]
