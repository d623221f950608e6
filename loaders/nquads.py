"""N-Quads: N-Triples with the graph that each statement stands in, which is kept as a source of the fact."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import pyoxigraph as ox

from kg.graph import Fact
from kg.triples import Triples
from loaders.ntriples import NTriplesReader
from loaders.rdf import BlankNodes, Meanings, Statement, Value, id_from
from loaders.records import Tally

Quad: TypeAlias = tuple[Statement, str]  # a statement and the id of its graph, "" for the default one


class NQuadsReader(NTriplesReader):
    """A file of N-Quads; a bad line spoils no other."""

    def _statements(self, content: bytes) -> Iterator[Statement]:
        return (statement for statement, _ in quads_in(content, self.blank, ox.RdfFormat.N_QUADS))

    def _chunk(self, content: bytes, tally: Tally) -> Sequence[Triples | Fact]:
        quads = quads_in(content, self.blank, ox.RdfFormat.N_QUADS)
        told = [fact_in(quad, self.meanings) for quad in quads]
        facts = [fact for fact in told if isinstance(fact, Fact)]
        tally.read += len(told)
        tally.told += len(facts)
        tally.described += told.count("described")
        tally.skipped += told.count("skipped")
        return facts


def fact_in(quad: Quad, meanings: Meanings) -> Fact | str:
    """The quad's fact, its graph among the sources, or why it has none (:meth:`loaders.rdf.Meanings.fact`).

    :raises ValueError: its literal is not what its datatype says
    """
    statement, graph = quad
    fact = meanings.fact(statement)
    return fact if not graph or isinstance(fact, str) else replace(fact, sources=(*fact.sources, graph))


def quads_in(content: bytes | Any, blank: BlankNodes, format: ox.RdfFormat, base: str | None = None) -> Iterator[Quad]:
    """The quads of some text or of a binary stream.

    :param base: the IRI that relative ones are relative to
    :raises SyntaxError: it is not in the format; ``lineno`` says where
    :raises ValueError: a statement that a graph cannot hold
    """
    for quad in ox.parse(content, format=format, base_iri=base):
        relation, graph = id_from(quad.predicate.value), quad.graph_name
        statement = _node(quad.subject, blank), relation, _object(quad.object, blank)
        yield statement, "" if isinstance(graph, ox.DefaultGraph) else _node(graph, blank)


def _node(term: object, blank: BlankNodes) -> str:
    if isinstance(term, ox.NamedNode):
        return id_from(term.value)
    if isinstance(term, ox.BlankNode):
        return blank.id(term.value)
    raise ValueError("a triple about a triple; RDF 1.2 is not read")


def _object(term: object, blank: BlankNodes) -> str | Value:
    if isinstance(term, ox.Literal):
        return Value(term.value, term.datatype.value, term.language or "")
    return _node(term, blank)
