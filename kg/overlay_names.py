"""Entities and names of a scope, over those of the graph."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from kg.graph import Entity, Name
from kg.name_search import similarity
from kg.names import fold
from kg.overlay import Overlay
from kg.store import NameHit


class OverlayNames:
    """What a scope tells of entities.

    :param new: entities that only the scope has
    """

    def __init__(self, overlay: Overlay, new: Iterable[str]) -> None:
        self.told: dict[str, list[Entity]] = {id: [] for id in sorted(new)}
        self.new = frozenset(self.told)
        for entity in overlay.entities:
            self.told.setdefault(entity.id, []).append(entity)
        self._ids: dict[str, set[str]] = defaultdict(set)
        self._spoken: list[tuple[str, str, str]] = []  # folded, spoken, id
        for id, described in self.told.items():
            names = [n for e in described for n in (e.label, *(alias.text for alias in e.aliases)) if n]
            if id in self.new and not any(e.label for e in described):
                names.append(id.replace("_", " "))
            for name in dict.fromkeys(names):
                if folded := fold(name):
                    self._ids[folded].add(id)
                    self._spoken.append((folded, name, id))

    def described(self, known: Mapping[str, Entity], ids: Iterable[str]) -> dict[str, Entity]:
        """The entities as the scope has them, given those of the graph."""
        found = dict(known)
        for id in ids:
            if id in self.told and (id in known or id in self.new):
                found[id] = united(known.get(id, Entity(id)), self.told[id])
        return found

    def lookup(self, known: Mapping[str, tuple[str, ...]], folded: Sequence[str]) -> dict[str, tuple[str, ...]]:
        """The entities by folded name, with those of the scope."""
        found = dict(known)
        for name in folded:
            if own := self._ids.get(name):
                found[name] = tuple(sorted({*found.get(name, ()), *own}))
        return found

    def search(self, known: Sequence[NameHit], text: str, limit: int) -> list[NameHit]:
        """The best names, with those of the scope."""
        best = {hit.id: hit for hit in known}
        wanted = fold(text)
        for folded, spoken, id in self._spoken:
            score = similarity(wanted, folded)
            if score > max(0.0, best[id].score if id in best else 0.0):
                best[id] = NameHit(id, spoken, score)
        return sorted(best.values(), key=lambda hit: (-hit.score, hit.id))[: max(0, limit)]


def united(entity: Entity, told: Iterable[Entity]) -> Entity:
    """An entity with what else is told of it: the first label stays the label, further ones are aliases."""
    for more in told:
        aliases = dict.fromkeys(entity.aliases)
        if more.label and entity.label not in ("", more.label):
            aliases[Name(more.label)] = None
        aliases |= dict.fromkeys(more.aliases)
        types = tuple(sorted({*entity.types, *more.types}))
        entity = replace(entity, label=entity.label or more.label, aliases=tuple(aliases), types=types)
    return entity
