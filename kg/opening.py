"""Opening a graph by its location."""

from __future__ import annotations

from pathlib import Path

from kg.neo4j_connection import SCHEMES
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore


def open_store(location: str | Path) -> GraphStore:
    """The store at a path (or ``":memory:"``), or at an address of Neo4j (``neo4j://`` or ``bolt://``, ``+s``, ``+ssc``).

    :raises StoreError: it cannot be opened; nobody answers there: ``StoreUnavailable``
    """
    scheme, separator, _ = str(location).partition("://")
    if separator and scheme.lower() in SCHEMES:
        return Neo4jStore.open(str(location))
    return NetworkXStore.open(location)
