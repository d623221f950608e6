"""Opening a graph by its location."""

from __future__ import annotations

from pathlib import Path

from kg.errors import StoreError
from kg.neo4j_connection import SCHEMES
from kg.neo4j_foreign import ForeignStore
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore


def open_store(location: str | Path, *, create: bool = True, resume: bool = False) -> GraphStore:
    """The store at a path (or ``":memory:"``), or at an address of Neo4j (``neo4j://`` or ``bolt://``, ``+s``, ``+ssc``).

    A database that holds something else is opened too where nothing is to be created: only to be read.

    :param create: make a new file where there is none
    :param resume: an import that was broken off is not taken back but gone on with; in a file nothing of one is left
    :raises StoreError: it cannot be opened (or is not there, and ``create`` is False); nobody answers there: ``StoreUnavailable``
    """
    scheme, separator, _ = str(location).partition("://")
    if separator and scheme.lower() in SCHEMES:
        foreign = None if create else ForeignStore.open(str(location))
        return foreign or Neo4jStore.open(str(location), resume=resume)
    if not create and str(location) != ":memory:" and not Path(location).exists():
        raise StoreError(f"there is no graph at {location}; make one with `askgraph import SOURCE --to {location}`")
    return NetworkXStore.open(location)
