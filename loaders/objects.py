"""Sources that are objects in memory: NetworkX graphs, rdflib graphs, facts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any

import networkx as nx

from kg.graph import Entity, Fact, Literal, Node, Relation
from kg.networkx_graph import entities_in, facts_in, relations_in
from loaders.descriptions import Descriptions
from loaders.mapping import Mapping
from loaders.rdf import Meanings, Statement, Value, id_from
from loaders.rdf_files import facts_of
from loaders.records import Reader, Tally


class NetworkxReader(Reader):
    """A NetworkX graph (see :mod:`kg.networkx_graph`)."""

    def __init__(self, graph: nx.Graph) -> None:
        self.graph, self.name = graph, str(graph.name or "networkx")

    def relations(self) -> Iterable[Relation]:
        return relations_in(self.graph)

    def entities(self, tally: Tally) -> Iterator[Entity]:
        for entity in entities_in(self.graph):
            if entity.label or entity.aliases or entity.types:
                tally.read += 1
                tally.described += 1
            yield entity

    def facts(self, tally: Tally) -> Iterator[Fact]:
        for fact in facts_in(self.graph):
            tally.read += 1
            tally.told += 1
            yield fact


class RdflibReader(Reader):
    """A graph of rdflib, which is looked at from outside: rdflib itself is not needed."""

    def __init__(self, graph: Any, mapping: Mapping) -> None:
        self.graph, self.name = graph, "rdflib"
        self.meanings = Meanings(mapping, "")

    def _statements(self) -> Iterator[Statement]:
        for head, relation, tail in self.graph.triples((None, None, None)):
            yield _term_id(head), id_from(str(relation)), _term(tail)

    def describe(self, told: Descriptions) -> None:
        self.meanings.describe(self._statements(), told)

    def facts(self, tally: Tally) -> Iterator[Fact]:
        yield from facts_of(((told, "") for told in self._statements()), self.meanings, tally, self.name)


def is_rdflib(source: object) -> bool:
    """Whether it is a graph of rdflib."""
    return hasattr(source, "triples") and any(c.__module__.partition(".")[0] == "rdflib" for c in type(source).__mro__)


def _term_id(term: Any) -> str:
    return f"_:{term}" if type(term).__name__ == "BNode" else id_from(str(term))


def _term(term: Any) -> str | Value:
    if hasattr(term, "datatype"):
        return Value(str(term), str(term.datatype or ""), str(term.language or ""))
    return _term_id(term)


class FactsReader(Reader):
    """Facts, or tuples (head, relation, tail) where the tail is an id, a number, a date or a :class:`kg.graph.Literal`."""

    def __init__(self, facts: Iterable[Any]) -> None:
        self.told, self.name = facts, "facts"

    def facts(self, tally: Tally) -> Iterator[Fact]:
        for number, item in enumerate(self.told, 1):
            tally.read += 1
            try:
                fact = item if isinstance(item, Fact) else _fact(item)
            except (TypeError, ValueError) as error:
                tally.reject(self.name, number, str(error), repr(item))
                continue
            tally.told += 1
            yield fact


def _fact(item: Any) -> Fact:
    """A tuple as a fact.

    :raises ValueError: it has not three parts, or one of them is nothing that a fact is made of
    """
    if not isinstance(item, tuple | list) or len(item) != 3:
        raise ValueError("neither a Fact nor (head, relation, tail)")
    head, relation, tail = item
    if not (isinstance(head, str) and isinstance(relation, str) and head and relation):
        raise ValueError("head and relation are texts with something in them")
    return Fact(head, relation, _tail(tail))


def _tail(tail: Any) -> Node:
    if isinstance(tail, Literal) or (isinstance(tail, str) and tail):
        return tail
    if isinstance(tail, dt.date):
        return Literal(tail.isoformat(), "date")
    if isinstance(tail, int | float):
        return Literal("yes" if tail else "no", "string") if isinstance(tail, bool) else Literal(tail)
    raise ValueError(f"{tail!r} is no id, number, date or Literal")
