"""Facts, literals and names as the rows that statements take; what a store refuses is refused here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from kg.errors import StoreError
from kg.graph import Entity, Fact, Literal, Node
from kg.name_search import LONGEST, gram_codes
from kg.names import fold
from kg.neo4j_layout import literal_key, shortened

Row = dict[str, Any]


class FactRow(NamedTuple):
    """What a fact is found by, ``row[0]`` to ``row[4]``, as statements take it."""

    head: str
    tail: str
    relation: str
    start: str
    end: str
    to_entity: bool


def key_rows(facts: Iterable[Fact]) -> list[FactRow]:
    """Each fact once."""
    return [
        FactRow(
            whole(fact.head), node_key(fact.tail), whole(fact.relation), fact.start or "", fact.end or "",
            isinstance(fact.tail, str),
        )
        for fact in {fact.key: fact for fact in facts}.values()
    ]  # fmt: skip


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


def name_rows(named: Mapping[str, list[str]], grams: Mapping[str, str]) -> list[Row]:
    """Folded names with their entities and n-grams (``grams``: of names for which they are known already)."""
    names = sorted(named)
    grams = {**grams_of(name for name in names if name not in grams), **grams}
    return [{"folded": shortened(name), "ids": named[name], "grams": grams[name]} for name in names]


def grams_of(names: Iterable[str]) -> dict[str, str]:
    """The n-grams of folded names, as words."""
    distinct = list(dict.fromkeys(names))
    return dict(zip(distinct, map(gram_words, gram_codes(distinct)), strict=True))


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
    for name in entity.aliases:
        if "\t" in whole(name.language):
            raise StoreError(
                f"{name.language!r} is no language (of the name {name.text!r}); mend it where it comes from"
            )
    return entity


def whole(text: str) -> str:
    """The text, if it has no NUL character.

    :raises StoreError: it has one
    """
    if "\0" in text:
        raise StoreError(f"{text!r} has a NUL character in it; take it out where it comes from")
    return text
