"""The SPARQL of plans, run by rdflib over the same graph, against the reference."""

from __future__ import annotations

import doctest
import math

import pyoxigraph
import pytest
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
from kg.rdf import id_of, iri_of, ntriples, term
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


def agree(store: NetworkXStore, query: str, plan: Plan, reference: Reference) -> None:
    """Two engines give what the reference gives: rdflib, and Oxigraph, which is strict about the grammar."""
    expected = reference.execute(plan)
    oxigraph = pyoxigraph.Store()
    oxigraph.load("\n".join(ntriples(store)).encode(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    found, again = to_rdflib(store).query(query), oxigraph.query(query)
    if isinstance(expected.value, bool):
        assert (found.askAnswer, bool(again)) == (expected.value, expected.value), query
    elif kind_of(plan) == "set":
        rows = [row[0] for row in found]
        assert len(rows) == len(set(rows))
        assert set(rows) == {rdflib_term(node) for node in expected.nodes}, query
        assert sorted(str(row[0]) for row in again) == sorted(map(term, expected.nodes)), query
    else:
        for values in ([float(row[0]) for row in found], [float(row[0].value) for row in again]):
            assert len(values) == (expected.value is not None), query
            assert all(math.isclose(value, expected.value or 0, rel_tol=1e-9, abs_tol=1e-9) for value in values), query


@settings(max_examples=200, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(graphs(), plans(2), st.booleans())
def test_sparql_agrees_with_the_reference(graph: Graph, plan: Plan, with_schema: bool) -> None:
    store = NetworkXStore.open()
    store.add(graph.facts, graph.entities, batch="all")
    query = to_sparql(plan, store.schema() if with_schema else None)
    agree(store, query, plan, Reference(graph.facts, graph.entities))


@pytest.mark.parametrize(
    ("plan", "query"),
    [
        (Join(Entities(("Kenya",)), "capital"), f"SELECT DISTINCT ?x WHERE {{ <{URN}Kenya> <{URN}capital> ?x }}"),
        (KENYAN, f"SELECT DISTINCT ?x WHERE {{ ?x a <{URN}city> . ?x <{URN}country> <{URN}Kenya> }}"),
        (
            Join(Values((Literal(1_700_000),)), "population", inverse=True),
            f"SELECT DISTINCT ?x WHERE {{ ?x <{URN}population> 1700000 }}",
        ),
        (
            Filter(KENYAN, Attribute("population"), ">", Literal(1_000_000)),
            f"""SELECT DISTINCT ?x WHERE {{
  ?x a <{URN}city> .
  ?x <{URN}country> <{URN}Kenya> .
  ?x <{URN}population> ?a1 .
  FILTER(?a1 > 1000000)
}}""",
        ),
        (
            Best(KENYAN, Attribute("population")),
            f"""SELECT DISTINCT ?x WHERE {{
  ?x a <{URN}city> .
  ?x <{URN}country> <{URN}Kenya> .
  ?x <{URN}population> ?a2 .
  {{
    SELECT (MAX(?a3) AS ?best4) WHERE {{
      ?y1 a <{URN}city> .
      ?y1 <{URN}country> <{URN}Kenya> .
      ?y1 <{URN}population> ?a3 .
    }}
  }}
  FILTER(?a2 = ?best4)
}}""",
        ),
        (Count(OfType("city")), f"SELECT (COUNT(DISTINCT ?x) AS ?value) WHERE {{ ?x a <{URN}city> }}"),
        (
            Exists(Intersect(Join(Entities(("Kenya",)), "capital"), OfType("city"))),
            f"ASK {{ <{URN}Kenya> <{URN}capital> ?x . ?x a <{URN}city> }}",
        ),
    ],
)
def test_simple_plans_read_well(world: NetworkXStore, plan: Plan, query: str) -> None:
    assert to_sparql(plan, world.schema()) == query


@pytest.mark.parametrize("with_schema", [False, True])
@pytest.mark.parametrize(
    "plan",
    [
        Entities(("Kenya", "nobody")),
        Values((Literal(1_700_000), Literal("Nairobi", "string"))),  # a label is no fact
        Ends("country", "tail"),
        Join(Join(Entities(("Nairobi",)), "country"), "country", inverse=True, other=True),
        Union(KENYAN, Entities(("Uganda",))),
        Difference(OfType("city"), KENYAN),
        FilterType(Ends("population"), "city"),
        Filter(OfType("city"), Attribute("founded"), "<", Literal("1900", "date")),
        Filter(OfType("city"), Attribute("founded"), ">", Literal("1899-01-01", "date")),
        Filter(OfType("city"), Attribute("founded"), "=", Literal("1901-01", "date")),
        Filter(OfType("city"), Attribute("population"), ">", Join(Entities(("Kisumu",)), "population")),
        Filter(Ends("country", "tail"), CountOf(Join(Here(), "country", inverse=True)), ">=", Literal(2)),
        Filter(OfType("city"), CountOf(Join(Here(), "capital", inverse=True)), "=", Literal(0)),
        Filter(Entities(("Nairobi", "Kisumu")), CountOf(Join(Here(), "capital", inverse=True)), "<", Literal(1)),
        Best(OfType("city"), Attribute("founded"), "min"),
        Best(OfType("city"), Attribute("population"), "max", 2, 1),
        Best(Ends("country", "tail"), CountOf(Join(Here(), "country", inverse=True))),
        Aggregate(OfType("city"), Attribute("population"), "mean"),
        Aggregate(Entities(("nobody",)), Attribute("population"), "sum"),
        Aggregate(Ends("country", "tail"), CountOf(Join(Here(), "country", inverse=True)), "max"),
        Compare(Join(Entities(("Nairobi",)), "founded"), "<", Join(Entities(("Kisumu",)), "founded")),
        Compare(Count(KENYAN), "=", Literal(2)),
    ],
)
def test_every_operator(world: NetworkXStore, plan: Plan, with_schema: bool) -> None:
    agree(world, to_sparql(plan, world.schema() if with_schema else None), plan, Reference(FACTS, CITIES))


def test_what_is_not_well_typed_is_refused() -> None:
    with pytest.raises(PlanError):
        to_sparql(Join(Count(OfType("city")), "capital"))


ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(st.one_of(ANY_TEXT, ANY_TEXT.map("http://x.org/".__add__), ANY_TEXT.map(URN.__add__)))
@settings(derandomize=True, deadline=None)
def test_ids_come_back_from_their_iris(id: str) -> None:
    assert id_of(iri_of(id)) == id
    assert pyoxigraph.NamedNode(iri_of(id)).value == iri_of(id)  # a valid IRI


def test_ids_that_are_iris_stay_and_others_are_encoded() -> None:
    assert iri_of("http://x.org/e#1") == "http://x.org/e#1"
    assert [iri_of(id) for id in ("Zürich", "New York", "concept:proxyfor")] == [
        "urn:askgraph:Zürich", "urn:askgraph:New%20York", "urn:askgraph:concept%3Aproxyfor",
    ]  # fmt: skip
    assert iri_of(rdf.TYPE) != rdf.TYPE  # as a relation of its own it is not what gives types


def test_a_store_as_n_triples() -> None:
    store = NetworkXStore.open()
    tails = [Literal(5), Literal(2.5), Literal(1e300), Literal("1990", "date"), Literal("1990-05", "date")]
    tails += [Literal("1990-05-17", "date"), Literal("1990-05-17T10:30:00Z", "date"), Literal("987", "date")]
    tails += [Literal('"q"\n', "string"), Literal("Köln", "string", "de")]
    store.add(
        [Fact("a", "r", tail) for tail in tails] + [Fact("a", "led", "b", start="1990"), Fact("a", "led", "b")],
        [Entity("a", "A", (Name("Ah", "en"),), ("http://x.org/T",))],
        [Relation("P36", "capital", ("seat",))],
        batch="one",
    )
    lines = list(ntriples(store))
    assert len(lines) == len(set(lines)) == len(to_rdflib(store))
    xsd = "http://www.w3.org/2001/XMLSchema#"
    assert set(lines) == {
        f'<{URN}a> <{rdf.LABEL}> "A" .',
        f'<{URN}a> <{rdf.ALIAS}> "Ah"@en .',
        f"<{URN}a> <{rdf.TYPE}> <http://x.org/T> .",
        f"<{URN}b> <{rdf.TYPE}> <{rdf.RESOURCE}> .",
        f"<{URN}P36> <{rdf.TYPE}> <{rdf.PROPERTY}> .",
        f'<{URN}P36> <{rdf.LABEL}> "capital" .',
        f'<{URN}P36> <{rdf.ALIAS}> "seat" .',
        f"<{URN}a> <{URN}led> <{URN}b> .",
        *(
            f"<{URN}a> <{URN}r> {written} ."
            for written in (
                f'"5"^^<{xsd}integer>', f'"2.5"^^<{xsd}decimal>', f'"1e+300"^^<{xsd}double>', f'"1990"^^<{xsd}gYear>',
                f'"1990-05"^^<{xsd}gYearMonth>', f'"1990-05-17"^^<{xsd}date>',
                f'"1990-05-17T10:30:00Z"^^<{xsd}dateTime>', f'"987"^^<{rdf.OTHER_DATE}>',
                '"\\"q\\"\\n"', '"Köln"@de',
            )
        ),
    }  # fmt: skip


def test_the_examples_in_the_docstrings() -> None:
    for module in (rdf, sparql, sparql_values):
        assert doctest.testmod(module, extraglobs=vars(sparql)).failed == 0
