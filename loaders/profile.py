"""A look at a source before it is imported: everything is read as an import reads it, and nothing is written.

print(profile_source("kb.txt"))
"""

from __future__ import annotations

import time
from array import array
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kg.graph import Fact, Literal
from kg.triples import each_fact
from loaders.descriptions import Descriptions
from loaders.formats import open_readers
from loaders.import_graph import progress_bar
from loaders.mapping import Mapping, read_map
from loaders.records import Reader, Reject, Tally

SAMPLES = 5
SHOWN = 20  # relations and types that are printed
FOLD = 1 << 20  # hashes after which repeated ones are thrown out


@dataclass(frozen=True)
class Profile:
    """What a source holds: ``read == facts + duplicates + described + skipped + rejected``.

    :param relations: facts by relation, commonest first
    :param types: entities by type, commonest first
    :param tails: facts by what they lead to: entity, number, date, string
    :param languages: names and texts by language
    :param entities: entities that are named or that facts name
    :param labelled: those of them that have a label
    :param samples: some facts of different relations
    """

    read: int
    facts: int
    duplicates: int
    described: int
    skipped: int
    rejected: int
    entities: int
    labelled: int
    relations: dict[str, int]
    types: dict[str, int]
    tails: dict[str, int]
    languages: dict[str, int]
    samples: tuple[Fact, ...]
    first_rejects: tuple[Reject, ...]
    notes: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        counted = [(self.facts, "facts"), (self.duplicates, "repeated"), (self.described, "names and types"),
                   (self.skipped, "skipped"), (self.rejected, "rejected")]  # fmt: skip
        parts = ", ".join(f"{count:,} {what}" for count, what in counted if count or what == "facts")
        share = self.labelled / self.entities if self.entities else 0.0
        lines = [
            f"{self.read:,} read: {parts}; {self.seconds:.1f} s; nothing was written",
            f"{self.entities:,} entities, {self.labelled:,} with a label ({share:.0%})",
            *_counts("kinds of tails", self.tails), *_counts("languages", self.languages),
            *_counts("relations", self.relations), *_counts("types", self.types),
            "some facts:", *(f"  {sample_text(fact)}" for fact in self.samples),
            *self.notes,
        ]  # fmt: skip
        return "\n".join(
            lines + (["rejected:", *(f"  {reject}" for reject in self.first_rejects)] if self.rejected else [])
        )


def profile_source(
    source: Any,
    *,
    nodes: str | Path | Sequence[str | Path] | None = None,
    format: str | None = None,
    map: str | Path | Mapping | None = None,
    progress: bool = False,
) -> Profile:
    """Read a source and count what it holds. The parameters are those of :func:`loaders.import_graph.import_graph`.

    :raises LoadError: the source cannot be read
    """
    started = time.monotonic()
    mapping = map if isinstance(map, Mapping) else read_map(map) if map is not None else Mapping()
    readers = open_readers(source, nodes=nodes, format=format, mapping=mapping)
    census = _Census()
    with closing(Descriptions()) as told, progress_bar(readers, progress) as advance:
        tallies = [Tally(census.reject, advance) for _ in readers]
        for reader in readers:
            reader.describe(told)
        census.entities(readers, tallies, told)
        for reader, tally in zip(readers, tallies, strict=True):
            for fact in each_fact(reader.facts(tally)):
                census.fact(fact)
    for reader, tally in zip(readers, tallies, strict=True):
        reader.check(tally)
    return census.profile(tallies, time.monotonic() - started)


class _Hashes:
    """A set that is only counted: eight bytes for each of its texts."""

    def __init__(self) -> None:
        self.kept = np.empty(0, np.int64)
        self.new = array("q")

    def add(self, what: object) -> None:
        self.new.append(hash(what))
        if len(self.new) >= FOLD:
            self._fold()

    def _fold(self) -> None:
        self.kept = np.union1d(self.kept, np.frombuffer(self.new, np.int64))
        self.new = array("q")

    def __len__(self) -> int:
        self._fold()
        return len(self.kept)


class _Census:
    """The counts, as the readers are gone through."""

    def __init__(self) -> None:
        self.relations: Counter[str] = Counter()
        self.types: Counter[str] = Counter()
        self.tails: Counter[str] = Counter()
        self.languages: Counter[str] = Counter()
        self.keys, self.ids, self.labelled = _Hashes(), _Hashes(), _Hashes()
        self.samples: dict[str, Fact] = {}
        self.first: list[Reject] = []

    def reject(self, reject: Reject) -> None:
        if len(self.first) < SAMPLES:
            self.first.append(reject)

    def entities(self, readers: Iterable[Reader], tallies: Iterable[Tally], told: Descriptions) -> None:
        for reader, tally in zip(readers, tallies, strict=True):
            for entity in reader.entities(tally):
                self._entity(entity.id, entity.label, entity.types, [name.language for name in entity.aliases])
        for entity in told.entities():
            self._entity(entity.id, entity.label, entity.types, [name.language for name in entity.aliases])

    def _entity(self, id: str, label: str, types: Iterable[str], languages: Iterable[str]) -> None:
        self.ids.add(id)
        if label:
            self.labelled.add(id)
        self.types.update(types)
        self.languages.update(filter(None, languages))

    def fact(self, fact: Fact) -> None:
        self.keys.add(fact.key)
        self.ids.add(fact.head)
        self.relations[fact.relation] += 1
        if isinstance(fact.tail, Literal):
            self.tails[fact.tail.kind] += 1
            self.languages.update(filter(None, [fact.tail.language]))
        else:
            self.tails["entity"] += 1
            self.ids.add(fact.tail)
        if len(self.samples) < SAMPLES:
            self.samples.setdefault(fact.relation, fact)

    def profile(self, tallies: Sequence[Tally], seconds: float) -> Profile:
        told, distinct = sum(tally.told for tally in tallies), len(self.keys)
        relations, types, tails, languages = (
            dict(counter.most_common()) for counter in (self.relations, self.types, self.tails, self.languages)
        )
        return Profile(
            sum(t.read for t in tallies), distinct, told - distinct, sum(t.described for t in tallies),
            sum(t.skipped for t in tallies), sum(t.rejected for t in tallies), len(self.ids), len(self.labelled),
            relations, types, tails, languages, tuple(self.samples.values()), tuple(self.first),
            tuple(note for tally in tallies for note in tally.notes), seconds,
        )  # fmt: skip


def _counts(what: str, counted: dict[str, int]) -> list[str]:
    if not counted:
        return []
    lines = [f"  {count:>11,}  {name}" for name, count in list(counted.items())[:SHOWN]]
    return [
        f"{len(counted):,} {what}:",
        *lines,
        *([f"               … {len(counted) - SHOWN:,} more"] if len(counted) > SHOWN else []),
    ]


def sample_text(fact: Fact) -> str:
    """A fact as one line."""
    tail = fact.tail if isinstance(fact.tail, str) else f"{fact.tail.text!r} ({fact.tail.kind})"
    times = f" [{fact.start or ''}, {fact.end or ''})" if fact.start or fact.end else ""
    return f"{fact.head} | {fact.relation} | {tail}{times}"
