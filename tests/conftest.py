"""The stores that the contract tests run over: the embedded one in memory and in a file, and Neo4j.

Neo4j is a server that is fetched and started for the session (``tests/neo4j_server.py``), or the one at NEO4J_TEST_URI, whose
login is in NEO4J_USERNAME and NEO4J_PASSWORD. Its database must be empty or be left from such tests: they wipe it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kg.neo4j_connection import Connection
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.store import GraphStore
from tests import neo4j_server

HOW = "to run the tests over Neo4j install a JDK (17 or 21) and Maven, or set NEO4J_TEST_URI to a server with an empty database"
FOREIGN = "MATCH (n) WHERE NOT EXISTS { MATCH (g:AskGraph) WHERE g.for_tests } RETURN count(n)"
WIPE = "MATCH (n) DETACH DELETE n"
OURS = "MATCH (g:AskGraph) SET g.for_tests = true"


@pytest.fixture(scope="session")
def neo4j_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server for tests. Without one they are skipped; where CI is set, they fail."""
    given = os.environ.get("NEO4J_TEST_URI")
    if given:
        yield given
        return
    try:
        server = neo4j_server.start(tmp_path_factory.mktemp("neo4j"))
    except neo4j_server.NoServer as reason:
        if os.environ.get("CI"):
            pytest.fail(f"no Neo4j server: {reason}", pytrace=False)
        pytest.skip(f"{reason} ({HOW})")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in server.environment.items():
            patch.setenv(name, value)
        patch.delenv("NEO4J_DATABASE", raising=False)
        yield server.uri
    neo4j_server.stop(server)


@pytest.fixture(scope="session")
def wiped_neo4j(neo4j_address: str) -> Iterator[Callable[[], Neo4jStore]]:
    """Opens the server's database as an empty graph, wiping what an earlier test has left."""
    connection = Connection(neo4j_address)

    def wiped() -> Neo4jStore:
        wipe(connection)
        store = Neo4jStore.open(neo4j_address)
        connection.run(OURS)
        return store

    yield wiped
    wipe(connection)
    connection.close()


def wipe(connection: Connection) -> None:
    """Empty the database, unless it holds what no test has made."""
    if connection.read(FOREIGN)[0][0]:
        pytest.fail(
            f"the database at {connection.address} is not empty and not made by tests; give another", pytrace=False
        )
    connection.run(WIPE)


@pytest.fixture(params=["memory", "file", pytest.param("neo4j", marks=pytest.mark.neo4j)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[GraphStore]:
    """An empty store of each kind."""
    if request.param == "neo4j":
        opened: GraphStore = request.getfixturevalue("wiped_neo4j")()
    else:
        opened = NetworkXStore.open(":memory:" if request.param == "memory" else tmp_path / "graph.kg")
    yield opened
    opened.close()
