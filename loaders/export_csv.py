"""A graph as tables that ``neo4j-admin database import`` takes, and :mod:`loaders.neo4j_csv` reads back without a loss.

entities.csv    nodes: id, label, types as labels, aliases and their languages
literals.csv    nodes: the values that facts lead to, one of each
relations.csv   nodes: how relations are worded, where the graph says it
facts.csv       relationships between entities
values.csv      relationships from entities to literals
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kg.graph import Entity, Fact, Literal, Name, Relation
from kg.store import GraphStore
from loaders.exported import Written, distinct_literals, literal_of, worded_relations

GROUP = "AskGraph"  # of the entities' ids; the other groups begin so, too
LITERAL_GROUP, RELATION_GROUP = f"{GROUP}Literal", f"{GROUP}Relation"
SEPARATOR = "\x1f"  # of the values in a cell: no text has it
ENTITIES = (f"id:ID({GROUP})", "label", ":LABEL", "aliases:string[]", "alias_languages:string[]")
LITERALS = (f"key:ID({LITERAL_GROUP})", "kind", "value", "language", "number:double", ":LABEL")
RELATIONS = (f"relation:ID({RELATION_GROUP})", "name", "aliases:string[]", "unit", ":LABEL")
OWN = ("weight:double", "start", "end", "sources:string[]")
Row = Sequence[str | float]


def write_tables(store: GraphStore, folder: Path) -> Written:
    """Write the tables into a folder; one without rows is left out."""
    tables = _Tables(folder)
    literals = (
        (
            literal.key,
            literal.kind,
            literal.text,
            literal.language,
            literal.value if literal.kind == "number" else "",
            "Literal",
        )
        for literal in distinct_literals(store)
    )
    tables.write("entities", ENTITIES, tables.entities(store))
    tables.write("literals", LITERALS, literals)
    relations = (
        (relation.id, relation.name, tables.cell(relation.aliases), relation.unit, "AskGraphWording")
        for relation in worded_relations(store)
    )
    tables.write("relations", RELATIONS, relations)
    tables.facts(store)
    if tables.replaced:
        tables.written.notes.append(
            f"{tables.replaced:,} texts had the character U+001F in them, which separates values; it became a space"
        )
    return tables.written


class _Tables:
    """The tables of one export."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written, self.replaced = folder, Written(), 0

    def cell(self, texts: Iterable[str]) -> str:
        """Several texts in one cell."""
        plain = [text.replace(SEPARATOR, " ") for text in texts]
        self.replaced += sum(text != kept for text, kept in zip(texts, plain, strict=True))
        return SEPARATOR.join(plain)

    def write(self, name: str, header: Sequence[str], rows: Iterable[Row]) -> None:
        path, count = self.folder / f"{name}.csv", 0
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)  # ends lines with \r\n, and so quotes either
            writer.writerow(header)
            for count, row in enumerate(rows, 1):  # noqa: B007
                writer.writerow(row)
        if count:
            self.written.add(name, count)
        else:
            path.unlink()

    def entities(self, store: GraphStore) -> Iterator[Row]:
        for entity in store.all_entities():
            languages = [name.language for name in entity.aliases]
            spoken = self.cell(languages) if any(languages) else ""
            aliases = self.cell([name.text for name in entity.aliases])
            yield entity.id, entity.label, self.cell(entity.types), aliases, spoken

    def facts(self, store: GraphStore) -> None:
        """Both tables of facts."""
        for name, group, to_literal in (("facts", GROUP, False), ("values", LITERAL_GROUP, True)):
            header = (f":START_ID({GROUP})", ":TYPE", f":END_ID({group})", *OWN)
            rows = (self._fact(fact) for fact in store.facts() if isinstance(fact.tail, Literal) == to_literal)
            self.write(name, header, rows)

    def _fact(self, fact: Fact) -> Row:
        tail = fact.tail if isinstance(fact.tail, str) else fact.tail.key
        own = fact.weight, fact.start or "", fact.end or "", self.cell(fact.sources)
        return fact.head, fact.relation, tail, *own


# reading them back ----------------------------------------------------------------------------------------------------


def exported_entity(fields: Sequence[str]) -> Entity:
    """The entity of a row of entities.csv."""
    id, label, types, aliases, languages = fields
    texts = _texts(aliases)
    spoken = languages.split(SEPARATOR) if languages else [""] * len(texts)
    return Entity(id, label, tuple(map(Name, texts, spoken)), tuple(_texts(types)))


def exported_relation(fields: Sequence[str]) -> Relation:
    """The relation of a row of relations.csv."""
    id, name, aliases, unit, _ = fields
    return Relation(id, name, tuple(_texts(aliases)), unit)


def exported_fact(fields: Sequence[str], group: str) -> Fact:
    """The fact of a row of facts.csv or values.csv.

    :param group: of the ids that it leads to
    :raises ValueError: it leads to no literal, though its table says so, or its weight is no number
    """
    head, relation, tail, weight, start, end, sources = fields
    node = literal_of(tail) if group == LITERAL_GROUP else tail
    return Fact(head, relation, node, float(weight), tuple(_texts(sources)), "", start or None, end or None)


def _texts(cell: str) -> list[str]:
    return cell.split(SEPARATOR) if cell else []
