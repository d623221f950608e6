"""Names that a graph tells by facts: of "X also known as Y" Y is no thing, but another name of X."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from kg.graph import Schema
from kg.names import fold, words_of
from kg.store import GraphStore

NAMING = frozenset(
    "abbreviation|acronym|aka|alias|aliases|also called|also known as|alternate name|alternative name|alternative names|known as|"
    "other name|other names|short name|synonym|synonyms".split("|")
)


def naming_relations(schema: Schema) -> frozenset[str]:
    """The relations of a graph that lead to names."""
    return frozenset(
        r.id for r in schema.relations.values() if NAMING & {fold(r.name), fold(words_of(r.id)), *map(fold, r.aliases)}
    )


def bearers(store: GraphStore, ids: Sequence[str], naming: Collection[str]) -> tuple[str, ...]:
    """The entities, those of which the graph says nothing but that they are names replaced by what bears them."""
    found: dict[str, None] = {}
    for id in ids:
        leads_here = list(store.facts(tails=[id]))
        only_a_name = all(f.relation in naming for f in leads_here) and not any(store.facts(heads=[id], limit=1))
        found |= dict.fromkeys(f.head for f in leads_here) if leads_here and only_a_name else {id: None}
    return tuple(found)
