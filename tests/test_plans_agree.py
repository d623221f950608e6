"""The same plan gives the same result on every store, and what a naive evaluation of the plan's docstrings gives."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kg.cypher import show_cypher
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.plan import Plan, Result
from kg.store import GraphStore
from tests.plan_strategies import Graph, graphs, plans
from tests.reference_evaluator import Reference

PLANS = 25  # run on each graph, since loading one takes longer than running them
TESTED = settings(derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))


def many_plans() -> st.SearchStrategy[list[Plan]]:
    return st.lists(plans(), min_size=PLANS, max_size=PLANS)


def load(store: GraphStore, graph: Graph) -> GraphStore:
    store.add(graph.facts, graph.entities, batch="graph")
    return store


def agree(store: GraphStore, graph: Graph, tried: list[Plan]) -> None:
    reference = Reference(graph.facts, graph.entities)
    for plan in tried:
        found, wanted = store.execute(plan), reference.execute(plan)
        assert same(found, wanted), f"{plan}\nstore: {found}\nnaive: {wanted}\n{show_cypher(plan)}"


def same(a: Result, b: Result) -> bool:
    """Equal, but for what sums and means lose to rounding."""
    if isinstance(a.value, float) or isinstance(b.value, float):
        return a.value is not None and b.value is not None and math.isclose(a.value, b.value, rel_tol=1e-12)
    return a == b


@settings(TESTED, max_examples=40)
@given(graphs(), many_plans())
def test_the_embedded_store_agrees_with_the_naive_evaluator(graph: Graph, tried: list[Plan]) -> None:
    agree(load(NetworkXStore.open(), graph), graph, tried)


@pytest.mark.neo4j
def test_neo4j_agrees_with_the_naive_evaluator(wiped_neo4j: Callable[[], Neo4jStore]) -> None:
    @settings(TESTED, max_examples=12)
    @given(graphs(), many_plans())
    def on_a_graph(graph: Graph, tried: list[Plan]) -> None:
        store = load(wiped_neo4j(), graph)
        try:
            agree(store, graph, tried)
        finally:
            store.close()

    on_a_graph()
