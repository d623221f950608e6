"""Words to practise with: the bank of types, relations and attributes, each with its names and the ways it is spoken of."""

from __future__ import annotations

import itertools
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

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
class Bank:
    types: dict[str, TypeWords]
    relations: tuple[RelationWords, ...]
    attributes: tuple[AttributeWords, ...]
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
    relations = tuple(
        RelationWords(
            tuple(r["head"].split(",")), tuple(r["tail"].split(",")), tuple(r["names"]), tuple(r.get("inverse", ())),
            tuple(r.get("noun", ())), tuple(r.get("back", ())), _verbs(r.get("tv", ())), _verbs(r.get("hv", ())),
            tuple(r.get("adj", ())), tuple(r.get("fellow", ())), tuple(r.get("twice", ())), tuple(r.get("twice_back", ())),
        )
        for part in parts
        for r in part["relation"]
    )  # fmt: skip
    attributes = tuple(
        AttributeWords(
            tuple(a["of"].split(",")), tuple(a["names"]), a["unit"], tuple(a["max"]), tuple(a["min"]), tuple(a["more"]),
            tuple(a["less"]), tuple(a["how"]), bool(a.get("date", False)),
        )
        for part in parts
        for a in part["attribute"]
    )  # fmt: skip
    by_type = {t: tuple(r for r in relations if t in r.head or t in r.tail) for t in types}
    return Bank(types, relations, attributes, by_type)


@lru_cache(maxsize=50_000)
def stems(text: str) -> frozenset[str]:
    """The beginnings of a text's longer words: what "written", "writer" and "writes" share is enough to tell them apart."""
    return frozenset(word[:4].lower() for word in re.findall(r"\w+", text) if len(word) > 3)


@lru_cache(maxsize=4096)
def said(words: RelationWords) -> frozenset[str]:
    """The stems of all that a relation is worded with."""
    verbs = (f"{v.base} {v.finite} {v.participle}" for v in (*words.tail_verbs, *words.head_verbs))
    return frozenset().union(*map(stems, (*words.nouns, *words.backs, *verbs, *words.adjectives)))
