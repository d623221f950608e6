"""Words to practise with: the bank of types, relations and attributes, each with its names and the ways it is spoken of."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from qa_pipeline.synth.inflection import plural_of

BANK = Path(__file__).with_name("bank")


@dataclass(frozen=True)
class TypeWords:
    """A type as people speak of it; ``asked``: who, what or where."""

    singular: str
    plural: str
    asked: str
    others: tuple[str, ...] = ()

    @cached_property
    def forms(self) -> frozenset[str]:
        """Everything that it is called, one or many."""
        return frozenset(
            (self.plural, *(form for one in (self.singular, *self.others) for form in (one, plural_of(one))))
        )


@dataclass(frozen=True)
class Verb:
    """For a tail subject: base, past, participle ("write", "wrote", "written by"); for a head subject: base, third person."""

    base: str
    finite: str
    participle: str = ""


@dataclass(frozen=True, eq=False)
class RelationWords:
    """How a relation may be called and spoken of; ``head`` and ``tail`` are type words.

    ``fellows``: those with the same tail ("teammate", "sibling"); ``twices``: what two walks reach ("grandparent"), and back.
    ``record``: the number of the record of which it is an end (:class:`RecordWords`); -1: of none.
    """

    head: tuple[str, ...]
    tail: tuple[str, ...]
    names: tuple[str, ...]
    inverse_names: tuple[str, ...] = ()
    nouns: tuple[str, ...] = ()
    backs: tuple[str, ...] = ()
    tail_verbs: tuple[Verb, ...] = ()
    head_verbs: tuple[Verb, ...] = ()
    adjectives: tuple[str, ...] = ()
    fellows: tuple[str, ...] = ()
    twices: tuple[str, ...] = ()
    twice_backs: tuple[str, ...] = ()
    record: int = -1

    @property
    def sayable(self) -> bool:
        """Whether there are words for it."""
        return bool(self.nouns or self.backs or self.tail_verbs or self.head_verbs or self.adjectives)

    @property
    def mutual(self) -> bool:
        """Whether both ends are called the same ("twin")."""
        return not set(self.nouns).isdisjoint(self.backs)

    @cached_property
    def ends(self) -> frozenset[tuple[str, str]]:
        """The pairs of types that it connects."""
        return frozenset(itertools.product(self.head, self.tail))


@dataclass(frozen=True)
class AttributeWords:
    """A number or date that things of some types have."""

    of: tuple[str, ...]
    names: tuple[str, ...]
    unit: str
    most: tuple[str, ...]
    least: tuple[str, ...]
    more: tuple[str, ...]
    less: tuple[str, ...]
    how: tuple[str, ...]
    is_date: bool

    @property
    def comparisons(self) -> tuple[tuple[str, ...], ...]:
        return self.most, self.least, self.more, self.less


@dataclass(frozen=True)
class RecordWords:
    """A thing in the middle of two others that goes without saying: "who bought X" of the customer of an order of X.

    :param doer: the relation from the record to who does it; ``done``: to what it is done to
    :param said: as a relation from what it is done to to who does it, in the words of speakers
    :param dates: names of the record's date; none: it has no date
    """

    doer: RelationWords
    done: RelationWords
    said: RelationWords
    dates: tuple[str, ...]


@dataclass(frozen=True)
class Bank:
    types: dict[str, TypeWords]
    relations: tuple[RelationWords, ...]
    attributes: tuple[AttributeWords, ...]
    records: tuple[RecordWords, ...]
    by_type: dict[str, tuple[RelationWords, ...]]  # the relations that start or end at a type


def _verbs(lines: Iterable[str]) -> tuple[Verb, ...]:
    return tuple(Verb(*line.split("/")) for line in lines)


@lru_cache(maxsize=1)
def read_bank() -> Bank:
    """The bank of relations and attributes that ships with the project, all its files together.

    :raises ValueError: two files have the same type
    """
    parts = [tomllib.loads(path.read_text(encoding="utf-8")) for path in sorted(BANK.glob("*.toml"))]
    rows = [row for part in parts for row in part["types"].items()]
    types = {name: TypeWords(name, row[0], row[1], tuple(row[2:])) for name, row in rows}
    if len(types) < len(rows):
        twice = sorted({n for n, _ in rows if [m for m, _ in rows].count(n) > 1})
        raise ValueError(f"the bank has types twice: {twice}")
    relations = tuple(_relation(r, r["head"]) for part in parts for r in part.get("relation", ()))
    records = tuple(_record(e, n) for n, e in enumerate(e for part in parts for e in part.get("event", ())))
    relations += tuple(end for record in records for end in (record.doer, record.done))
    attributes = tuple(
        AttributeWords(
            tuple(a["of"].split(",")), tuple(a["names"]), a["unit"], tuple(a["max"]), tuple(a["min"]), tuple(a["more"]),
            tuple(a["less"]), tuple(a["how"]), bool(a.get("date", False)),
        )
        for part in parts
        for a in part.get("attribute", ())
    )  # fmt: skip
    by_type = {t: tuple(r for r in relations if t in r.head or t in r.tail) for t in types}
    return Bank(types, relations, attributes, records, by_type)


def _relation(row: dict[str, Any], head: str, record: int = -1) -> RelationWords:
    return RelationWords(
        tuple(head.split(",")), tuple(row["tail"].split(",")), tuple(row["names"]), tuple(row.get("inverse", ())),
        tuple(row.get("noun", ())), tuple(row.get("back", ())), _verbs(row.get("tv", ())), _verbs(row.get("hv", ())),
        tuple(row.get("adj", ())), tuple(row.get("fellow", ())), tuple(row.get("twice", ())), tuple(row.get("twice_back", ())), record,
    )  # fmt: skip


def _record(row: dict[str, Any], number: int) -> RecordWords:
    doer, done = (_relation(row[end], row["type"], number) for end in ("doer", "done"))
    nouns, backs = tuple(row.get("noun", ())), tuple(row.get("back", ()))
    said = RelationWords(done.tail, doer.tail, (), nouns=nouns, backs=backs, tail_verbs=_verbs(row["verb"]))
    return RecordWords(doer, done, said, tuple(row.get("date", ())))


@lru_cache(maxsize=50_000)
def stems(text: str) -> frozenset[str]:
    """The beginnings of a text's longer words: what "written", "writer" and "writes" share is enough to tell them apart."""
    return frozenset(word[:4].lower() for word in re.findall(r"\w+", text) if len(word) > 3)


@lru_cache(maxsize=4096)
def said(words: RelationWords) -> frozenset[str]:
    """The stems of all that a relation is worded with."""
    verbs = (f"{v.base} {v.finite} {v.participle}" for v in (*words.tail_verbs, *words.head_verbs))
    return frozenset().union(*map(stems, (*words.nouns, *words.backs, *verbs, *words.adjectives)))
