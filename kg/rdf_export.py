"""A store as an :class:`rdflib.Graph`. The one module that needs rdflib."""

from __future__ import annotations

import rdflib

from kg.graph import Literal, Node
from kg.rdf import datatype_of, iri_of, language_of, triples
from kg.store import GraphStore


def to_rdflib(store: GraphStore) -> rdflib.Graph:
    """All that :func:`kg.rdf.triples` gives."""
    graph = rdflib.Graph()
    for subject, predicate, value in triples(store):
        told = rdflib.URIRef(value) if isinstance(value, str) else rdflib_term(value)
        graph.add((rdflib.URIRef(subject), rdflib.URIRef(predicate), told))
    return graph


def rdflib_term(node: Node) -> rdflib.URIRef | rdflib.Literal:
    """A node as rdflib has it, as it comes in the rows of a query."""
    if not isinstance(node, Literal):
        return rdflib.URIRef(iri_of(node))
    if node.kind == "string":
        return rdflib.Literal(node.text, lang=language_of(node) or None)
    # as it is written: rdflib writes "Z" as "+00:00" else, but not in queries, which then find nothing
    return rdflib.Literal(node.text, datatype=rdflib.URIRef(datatype_of(node)), normalize=False)
