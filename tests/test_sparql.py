"""The SPARQL of plans, run by rdflib over the same graph, against the reference."""

from __future__ import annotations

import doctest
import math

import pytest
import rdflib
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg import rdf, sparql, sparql_values
from kg.errors import PlanError
from kg.graph import Entity, Fact, Literal, Name, Relation
from kg.networkx_store import NetworkXStore
from kg.plan import (
    Aggregate,
    Attribute,
    Best,
    Compare,
    Count,
    CountOf,
    Difference,
    Ends,
    Entities,
    Exists,
    Filter,
    FilterType,
    Here,
    Intersect,
    Join,
    OfType,
    Plan,
    Union,
    Values,
    kind_of,
)
from kg.rdf import id_of, iri_of, ntriples
from kg.rdf_export import rdflib_term, to_rdflib
from kg.sparql import to_sparql
from tests.plan_strategies import Graph, graphs, plans
from tests.reference_evaluator import Reference

URN = "urn:askgraph:"
CITIES = [Entity(id, id, types=("city",)) for id in ("Nairobi", "Kisumu", "Kampala")]
FACTS = [
    Fact("Nairobi", "country", "Kenya"),
    Fact("Kisumu", "country", "Kenya"),
    Fact("Kampala", "country", "Uganda"),
    Fact("Kenya", "capital", "Nairobi"),
    Fact("Uganda", "capital", "Kampala"),
    Fact("Nairobi", "population", Literal(4_400_000)),
    Fact("Kisumu", "population", Literal(600_000)),
    Fact("Kampala", "population", Literal(1_700_000)),
    Fact("Nairobi", "founded", Literal("1899-05", "date")),
    Fact("Kisumu", "founded", Literal("1901", "date")),
    Fact("Kampala", "founded", Literal("1890-12-01", "date")),
]
KENYAN = Intersect(OfType("city"), Join(Entities(("Kenya",)), "country", inverse=True))


@pytest.fixture
def world() -> NetworkXStore:
    store = NetworkXStore.open()
    store.add(FACTS, CITIES, batch="world")
    return store


def agree(graph: rdflib.Graph, query: str, plan: Plan, reference: Reference) -> None:
    """rdflib gives what the reference gives."""
    expected = reference.execute(plan)
    found = graph.query(query)
    if kind_of(plan) == "boolean":
        assert found.askAnswer is expected.value, query
    elif kind_of(plan) == "set":
        rows = [row[0] for row in found]
        assert len(rows) == len(set(rows))
        assert set(rows) == {rdflib_term(node) for node in expected.nodes}, query
    else:
        values = [row[0].toPython() for row in found]
        if expected.value is None:
            assert values == [], query
        else:
            assert len(values) == 1, query
            assert math.isclose(float(values[0]), expected.value, rel_tol=1e-9), query


@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), plans(2), st.booleans())
def test_sparql_agrees_with_the_reference(graph: Graph, plan: Plan, with_schema: bool) -> None:
    store = NetworkXStore.open()
    store.add(graph.facts, graph.entities, batch="all")
    query = to_sparql(plan, store.schema() if with_schema else None)
    agree(to_rdflib(store), query, plan, Reference(graph.facts, graph.entities))
