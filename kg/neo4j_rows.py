"""Facts, literals and names as the rows that statements take; what a store refuses is refused here."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kg.errors import StoreError
from kg.graph import Entity, Fact, Literal, Node
from kg.name_search import LONGEST, gram_codes
from kg.names import fold
from kg.neo4j_layout import literal_key, literal_properties, shortened

Row = dict[str, Any]


class FactRow(NamedTuple):
    """A fact as statements take it, ``row[0]`` to ``row[6]``; a source and a weight for each telling."""

    head: str
    tail: str
    relation: str
    start: str
    end: str
    sources: list[str]
    weights: list[float]
    to_entity: bool


def key_rows(facts: Iterable[Fact]) -> list[FactRow]:
    """Each fact once, without tellings."""
    return [_key_row(fact) for fact in {fact.key: fact for fact in facts}.values()]


def fact_rows(facts: Iterable[Fact]) -> list[FactRow]:
    """Each fact once, with all its tellings ("" where one has no source).

    :raises StoreError: a fact has no id as its head, no finite weight, or a text that Neo4j cannot hold
    """
    rows: dict[tuple[str, ...], FactRow] = {}
    for fact in facts:
        if not isinstance(fact.head, str) or not math.isfinite(fact.weight):
            raise StoreError(f"{fact!r} needs a head that is an entity's id, and a finite weight")
        if not fact.relation:
            raise StoreError(f"{fact!r} needs a relation; Neo4j knows none without a name")
        row = rows.get(fact.key)
        if row is None:
            row = rows[fact.key] = _key_row(fact)
        for source in fact.sources or ("",):
            if source not in row.sources:
                row.sources.append(whole(source))
                row.weights.append(float(fact.weight))
    return list(rows.values())


def _key_row(fact: Fact) -> FactRow:
    head, relation, tail = whole(fact.head), whole(fact.relation), node_key(fact.tail)
    return FactRow(head, tail, relation, fact.start or "", fact.end or "", [], [], isinstance(fact.tail, str))


def node_key(node: Node) -> str:
    """What a node is found by: an entity's id, a literal's key.

    :raises StoreError: it is neither, or Neo4j cannot hold it
    """
    if isinstance(node, str):
        return whole(node)
    if not isinstance(node, Literal):
        raise StoreError(f"{node!r} is no node; an entity's id is a text, a value is a Literal")
    whole(node.text)
    return literal_key(node)


def entity_ids(facts: Iterable[Fact]) -> list[str]:
    """The entities of facts, each once."""
    return list(dict.fromkeys(node for fact in facts for node in (fact.head, fact.tail) if isinstance(node, str)))


def literal_rows(facts: Iterable[Fact]) -> list[Row]:
    """The literals of facts, each once, as properties of their nodes."""
    literals = {literal_key(fact.tail): fact.tail for fact in facts if isinstance(fact.tail, Literal)}
    return [literal_properties(literal) for literal in literals.values()]


def name_rows(named: Mapping[str, list[str]]) -> list[Row]:
    """Folded names with their entities and n-grams."""
    names = sorted(named)
    grams = gram_codes(names)
    return [
        {"folded": shortened(name), "ids": named[name], "grams": gram_words(codes)}
        for name, codes in zip(names, grams, strict=True)
    ]


def sought(text: str) -> str:
    """A text as words for the full-text index of n-grams; empty where nothing can be like it."""
    folded = fold(text[:LONGEST])
    return gram_words(gram_codes([folded], slack=1)[0]) if folded else ""


def gram_words(codes: Iterable[int]) -> str:
    """N-grams as words that mean nothing to the full-text index."""
    return " ".join(f"{code:x}" for code in codes)


def described(entity: Entity) -> Entity:
    """The entity, if Neo4j can hold its texts.

    :raises StoreError: it cannot
    """
    for text in (entity.id, entity.label, *(name.text for name in entity.aliases), *entity.types):
        whole(text)
    return entity


def whole(text: str) -> str:
    """The text, if it has no NUL character.

    :raises StoreError: it has one
    """
    if "\0" in text:
        raise StoreError(f"{text!r} has a NUL character in it; take it out where it comes from")
    return text
