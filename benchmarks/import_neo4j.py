"""How many facts a second go into Neo4j over Bolt, beside a loop that merges them as the driver's documentation recommends.

A server is started (tests/neo4j_server.py), empty for each; all read the same file (N-Triples, or a table of triples). Half of
what a fresh server does in its first half minute is to compile itself, so that it matters how many facts there are; with --warm
it has taken in the same file before, and was emptied. CPU is that of server, reader and writer together: with two cores
2,000,000 / it is the rate that cannot be surpassed, whatever else the machine does. Ours writes everything that asking needs
(names, their n-grams, who told what); the loop (the same reader, `UNWIND … MATCH … MATCH … MERGE` by relation, 10,000 rows a
transaction, a uniqueness constraint) writes ids and relationships only. rdflib-neo4j is measured too where it can be imported:
`pip install --no-deps --target peer rdflib-neo4j`, then `PYTHONPATH=peer`.

    python benchmarks/import_neo4j.py union.nt.gz --facts 500000
    python benchmarks/import_neo4j.py kb.txt --warm
"""

from __future__ import annotations

import argparse
import gzip
import importlib.util
import os
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import rdflib
from neo4j import GraphDatabase

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.graph import Fact
from kg.neo4j_store import Neo4jStore
from kg.triples import each_fact
from loaders.formats import open_readers
from loaders.import_graph import import_graph
from loaders.mapping import Mapping
from loaders.records import Tally
from tests import neo4j_server

CHUNK = 10_000
CONSTRAINT = "CREATE CONSTRAINT FOR (e:Entity) REQUIRE e.id IS UNIQUE"
NODES = "UNWIND $ids AS id MERGE (:Entity {id: id})"
MERGE = "UNWIND $rows AS row MATCH (h:Entity {id: row[0]}) MATCH (t:Entity {id: row[1]}) MERGE (h)-[:$($type)]->(t)"


def ours(path: Path, uri: str) -> int:
    store = Neo4jStore.open(uri)
    try:
        return import_graph(path, store, batch="measured", rejects=path.parent / "rejects.tsv").facts
    finally:
        store.close()


def loop(path: Path, uri: str) -> int:
    """The plain loop; literals are left out."""
    login = (neo4j_server.USERNAME, neo4j_server.PASSWORD)
    with GraphDatabase.driver(uri, auth=login) as driver, driver.session() as session:
        session.run(CONSTRAINT).consume()
        return sum(session.execute_write(_merge, part) for part in _parts(path))


def _parts(path: Path) -> Iterator[list[Fact]]:
    (reader,) = open_readers(path, nodes=None, format=None, mapping=Mapping())
    walk = (fact for fact in each_fact(reader.facts(Tally())) if isinstance(fact.tail, str))
    while part := list(islice(walk, CHUNK)):
        yield part


def _merge(tx: object, part: list[Fact]) -> int:
    run = tx.run  # type: ignore[attr-defined]
    run(NODES, ids=list({id for fact in part for id in (fact.head, str(fact.tail))})).consume()
    rows: dict[str, list[list[str]]] = defaultdict(list)
    for fact in part:
        rows[fact.relation].append([fact.head, str(fact.tail)])
    merged = (
        run(MERGE, rows=of_type, type=type).consume().counters.relationships_created for type, of_type in rows.items()
    )
    return sum(merged)


def rdflib_neo4j(path: Path, uri: str) -> int:
    """The store for rdflib, batching, as its README has it."""
    peer = importlib.import_module("rdflib_neo4j")
    login = {"uri": uri, "database": "neo4j", "user": neo4j_server.USERNAME, "pwd": neo4j_server.PASSWORD}
    ignore = peer.HANDLE_VOCAB_URI_STRATEGY.IGNORE
    config = peer.Neo4jStoreConfig(auth_data=login, handle_vocab_uri_strategy=ignore, batching=True)
    graph = rdflib.Graph(store=peer.Neo4jStore(config=config))
    graph.parse(path, format="nt")
    graph.close(True)
    with GraphDatabase.driver(uri, auth=(neo4j_server.USERNAME, neo4j_server.PASSWORD)) as driver:
        return int(driver.execute_query("RETURN COUNT { ()-->() }").records[0][0])


def measured(name: str, load: Callable[[Path, str], int], path: Path, lines: int, warm: bool) -> float:
    """Facts a second into an empty database.

    :param warm: the server has done it before
    """
    with tempfile.TemporaryDirectory() as folder:
        server = neo4j_server.start(Path(folder) / "neo4j")
        os.environ.update(server.environment)
        try:
            if warm:
                load(path, server.uri)
            _empty(server.uri)
            used, started = _cpu(server), time.monotonic()
            facts = load(path, server.uri)
            seconds, used = time.monotonic() - started, _cpu(server) - used
        finally:
            neo4j_server.stop(server)
    rates = f"{facts / seconds:,.0f} facts/s, {lines / seconds:,.0f} lines/s, {used / facts * 1e6:.0f} µs of CPU a fact"
    print(f"{name}: {facts:,} facts in {seconds:.1f} s, {rates}", flush=True)
    return facts / seconds


def _empty(uri: str) -> None:
    """Have the database empty, and the server answer."""
    login = (neo4j_server.USERNAME, neo4j_server.PASSWORD)
    with GraphDatabase.driver(uri, auth=login) as driver, driver.session() as session:
        session.run("MATCH ()-[f]->() CALL (f) { DELETE f } IN TRANSACTIONS OF 10000 ROWS").consume()
        session.run("MATCH (n) CALL (n) { DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        for (constraint,) in session.run("SHOW CONSTRAINTS YIELD name").values():
            session.run("DROP CONSTRAINT $name", name=constraint).consume()


def _cpu(server: neo4j_server.Server) -> float:
    """Seconds of CPU that the server, this process and its children have used."""
    fields = Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(os.times()[:4]) + (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def sampled(file: Path, lines: int, folder: str) -> tuple[Path, int]:
    """The first lines of a file, unpacked, and how many they are."""
    name = file.name.removesuffix(".gz")
    with gzip.open(file, "rb") if file.suffix == ".gz" else file.open("rb") as whole:
        taken = list(islice(whole, lines))
    sample = Path(folder) / name
    sample.write_bytes(b"".join(taken))
    return sample, len(taken)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    data = Path(os.environ.get("ASKGRAPH_DATA") or ROOT.parent / "shared" / "data")
    parser.add_argument("file", nargs="?", type=Path, default=data / "graphs" / "union" / "union.nt.gz")
    parser.add_argument(
        "--facts", type=int, default=500_000, help="of the file, the first so many lines (default %(default)s)"
    )
    parser.add_argument("--warm", action="store_true", help="into a server that has done it before")
    parser.add_argument("--ours", action="store_true", help="leave the others out")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample, lines = sampled(options.file, options.facts, folder)
        mine = measured("askgraph import", ours, sample, lines, options.warm)
        if options.ours:
            return 0
        theirs = measured("driver, UNWIND MERGE", loop, sample, lines, options.warm)
        if importlib.util.find_spec("rdflib_neo4j") and sample.suffix == ".nt":
            measured("rdflib-neo4j", rdflib_neo4j, sample, lines, options.warm)
    print(f"askgraph import is {mine / theirs:.2f} times as fast")
    return 0


if __name__ == "__main__":
    sys.exit(main())
