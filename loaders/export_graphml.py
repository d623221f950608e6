"""A graph as GraphML, which :mod:`loaders.graph_files` reads back. Literals are nodes; what is a list is JSON in a text."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from kg.graph import Entity, Fact, Name
from kg.store import GraphStore
from loaders.exported import Written, distinct_literals, worded_relations

KEYS = {
    "graph": (("askgraph", "string"), ("relations", "string")),
    "node": (
        ("label", "string"), ("type", "string"), ("aliases", "string"),
        ("literal", "string"), ("value", "string"), ("language", "string"),
    ),
    "edge": (("relation", "string"), ("weight", "double"), ("sources", "string"), ("start", "string"), ("end", "string")),
}  # fmt: skip
ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")  # no XML can hold them
LITERAL_ID = "literal:"  # what a literal's id begins with; more of it where an entity's does, too
Data = Sequence[tuple[str, str]]


def write_graphml(store: GraphStore, file: TextIO) -> Written:
    """Write the graph; characters that XML cannot hold become U+FFFD."""
    writer = _Writer(file)
    writer.begin(store)
    prefix, alike = LITERAL_ID, set[str]()
    for entity in store.all_entities():
        writer.node(entity.id, _described(entity))
        writer.written.add("entities")
        if entity.id.startswith(LITERAL_ID):
            alike.add(entity.id)
    while any(id.startswith(prefix) for id in alike):
        prefix += "_"
    for literal in distinct_literals(store):
        told = [("literal", literal.kind), ("value", literal.text), ("language", literal.language)]
        writer.node(prefix + literal.key, told)
        writer.written.add("literals")
    for fact in store.facts():
        tail = fact.tail if isinstance(fact.tail, str) else prefix + fact.tail.key
        writer.edge(fact, tail)
        writer.written.add("facts")
    writer.end()
    return writer.written


class _Writer:
    """The elements, one a line."""

    def __init__(self, file: TextIO) -> None:
        self.file, self.written, self.replaced = file, Written(), 0

    def begin(self, store: GraphStore) -> None:
        """The head, with how relations are worded."""
        self.file.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'
        )
        for domain, keys in KEYS.items():
            for name, type in keys:
                self.file.write(f'<key id="{domain}-{name}" for="{domain}" attr.name="{name}" attr.type="{type}"/>\n')
        self.file.write('<graph id="G" edgedefault="directed">\n')
        worded = {
            relation.id: {"name": relation.name, "aliases": list(relation.aliases), "unit": relation.unit}
            for relation in worded_relations(store)
        }
        told = json.dumps(worded, ensure_ascii=False) if worded else ""
        self.file.write(self._data("graph", [("askgraph", "1"), ("relations", told)]) + "\n")
        if worded:
            self.written.add("relations", len(worded))

    def node(self, id: str, data: Data) -> None:
        self.file.write(f"<node id={self._attribute(id)}>{self._data('node', data)}</node>\n")

    def edge(self, fact: Fact, tail: str) -> None:
        sources = json.dumps(list(fact.sources), ensure_ascii=False) if fact.sources else ""
        data = [
            ("relation", fact.relation), ("weight", repr(float(fact.weight))), ("sources", sources),
            ("start", fact.start or ""), ("end", fact.end or ""),
        ]  # fmt: skip
        ends = f"source={self._attribute(fact.head)} target={self._attribute(tail)}"
        self.file.write(f"<edge {ends}>{self._data('edge', data)}</edge>\n")

    def end(self) -> None:
        self.file.write("</graph>\n</graphml>\n")
        if self.replaced:
            what = "texts had characters that XML cannot hold; each became U+FFFD"
            self.written.notes.append(f"{self.replaced:,} {what}")

    def _data(self, domain: str, data: Data) -> str:
        return "".join(
            f'<data key="{domain}-{name}">{escape(self._legal(text), {chr(13): "&#13;"})}</data>'
            for name, text in data
            if text
        )

    def _attribute(self, text: str) -> str:
        return quoteattr(self._legal(text))

    def _legal(self, text: str) -> str:
        legal = ILLEGAL.sub("\ufffd", text)
        self.replaced += legal != text
        return legal


def _described(entity: Entity) -> Data:
    aliases = [_alias(name) for name in entity.aliases]
    types = entity.types
    one = len(types) == 1 and types[0][0] not in "[{:"
    type = types[0] if one else json.dumps(list(types), ensure_ascii=False) if types else ""
    return [
        ("label", entity.label),
        ("type", type),
        ("aliases", json.dumps(aliases, ensure_ascii=False) if aliases else ""),
    ]


def _alias(name: Name) -> str | list[str]:
    return [name.text, name.language] if name.language else name.text
