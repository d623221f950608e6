"""Kill importers, undoers and tellers of a Neo4j graph at random moments (SIGKILL), and look at what they leave.

A server is started (tests/neo4j_server.py). Each round a process imports a file, takes an import back, or adds small batches, and
is killed. Then the graph must open with what the last commit says: an import or an undo is there as a whole or not at all, a
small batch that was named is there. A killed import is in turn taken back by the next opening, or gone on with as `--resume`
does it; then it has to export what an undisturbed import exports.

    python benchmarks/crash_neo4j.py --kills 20
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.graph import Fact, Literal
from kg.neo4j_store import Neo4jStore
from kg.networkx_store import NetworkXStore
from kg.rdf import ntriples
from loaders.import_graph import import_graph
from tests import neo4j_server

KINDS = ("import", "import and go on", "undo", "tell")
READY = "ready"


@dataclass(frozen=True)
class Outcome:
    """What one killed process left.

    :param left: facts that were there right after the kill
    """

    kind: str
    left: int
    complaints: tuple[str, ...]


def live(kind: str, address: str, path: str) -> None:
    """The life of the process: until it is killed."""
    store = Neo4jStore.open(address)
    print(READY, flush=True)
    if kind == "undo":
        store.undo("imported")
    elif kind == "tell":
        for n in range(10_000):
            store.add(
                [Fact(f"told{n}", "told", Literal(n)), Fact(f"told{n}", "next", f"told{n + 1}")], batch=f"told.{n}"
            )
            print(n, flush=True)
    else:
        import_graph(path, store, batch="imported")
    print("done", flush=True)


def killed(kind: str, address: str, path: Path, seconds: float) -> list[str]:
    """Start the process and kill it some seconds after it is ready; what it said since."""
    command = [sys.executable, __file__, "--live", kind, address, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0) as process:
        assert process.stdout is not None
        process.stdout.readline()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
        said, errors = process.communicate()
    if errors:
        raise RuntimeError(f"the {kind} failed by itself: {errors.decode()}")
    return said.decode().split("\n")[:-1]


def run(address: str, kills: int, size: int, seed: int, folder: Path) -> list[Outcome]:
    """One outcome a round."""
    chance, path = random.Random(seed), folder / "facts.tsv"
    lines = [f"n{n % 999}\t{'next' if n % 4 else 'size'}\t{f'n{n * 7 % size}' if n % 4 else n}" for n in range(size)]
    path.write_text("\n".join(lines), encoding="utf-8")
    undisturbed = NetworkXStore.open()
    import_graph(path, undisturbed, batch="imported")
    wanted = sorted(ntriples(undisturbed))
    store = Neo4jStore.open(address)
    started = time.monotonic()
    import_graph(path, store, batch="imported")
    longest = time.monotonic() - started
    outcomes = [Outcome("undisturbed", size, ("it exports otherwise",) if sorted(ntriples(store)) != wanted else ())]
    for number in range(kills):
        kind = KINDS[number % len(KINDS)]
        outcomes.append(one_round(kind, store, address, path, chance.uniform(0, longest), wanted))
    store.close()
    return outcomes


def one_round(kind: str, store: Neo4jStore, address: str, path: Path, seconds: float, wanted: list[str]) -> Outcome:
    """Kill one process and look at what it left. Between rounds the graph is empty, or for an undo holds the import."""
    store.undo("imported")
    if kind == "undo":
        import_graph(path, store, batch="imported")
    said = killed("import" if kind.startswith("import") else kind, address, path, seconds)
    left = store.schema().facts
    going_on = kind == "import and go on" and "done" not in said
    opened = Neo4jStore.open(address, resume=going_on)
    complaints = []
    if going_on:
        import_graph(path, opened, batch="imported")  # by name: it may have been killed before its first commit
    found = sorted(ntriples(opened))
    if kind == "tell":
        numbers = [int(n) for n in said if n.isdigit()]
        told = {fact.head for fact in opened.facts(relation="told")}
        lost = [n for n in numbers if f"told{n}" not in told]
        complaints += [f"told and lost: {lost}"] if lost else []
        complaints += ["a batch is half there"] if len(list(opened.facts(relation="next"))) != len(told) else []
        for n in range(len(told) + 1):
            opened.undo(f"told.{n}")
    elif going_on or (kind.startswith("import") and "done" in said):
        complaints += ["it exports otherwise"] if found != wanted else []
    elif found and not (kind == "undo" and "done" not in said and found == wanted):  # it may not have begun
        complaints.append(f"{len(found)} triples of it are left")
    opened.close()
    return Outcome(kind, left, tuple(complaints))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--size", type=int, default=60_000, help="facts of the import (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--live", nargs=3, metavar=("KIND", "ADDRESS", "PATH"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.live:
        live(*options.live)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        server = neo4j_server.start(Path(folder) / "neo4j")
        os.environ.update(server.environment)
        try:
            outcomes = run(server.uri, options.kills, options.size, options.seed, Path(folder))
        finally:
            neo4j_server.stop(server)
    for number, outcome in enumerate(outcomes):
        print(
            f"round {number}, {outcome.kind}: {outcome.left:,} facts left; {'; '.join(outcome.complaints) or 'as it should be'}"
        )
    bad = sum(bool(outcome.complaints) for outcome in outcomes)
    print(f"{bad} graphs of {len(outcomes)} were not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
