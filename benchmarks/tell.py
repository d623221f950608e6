"""What a write costs on a large graph: the question after it, the rate of writes one by one and in batches, and of a scope.

    python benchmarks/tell.py                        # imports graphs/union of the development data (1.6 million facts) first
    python benchmarks/tell.py --graph union.kg       # a graph that is there; it is copied, and the copy is written to

Everything is durable (SQLite, WAL, synchronous=FULL). "The same question without it" alternates with the question after a
write, so that both see the same machine. The peer of single writes is a bare table of SQLite with one row for each
transaction under the same settings, that of batches an import of the like into a copy of the same graph: from a file, and from
facts that a program has made already (which need no reading, no names to be looked up and no conflicts to be found).
"""

from __future__ import annotations

import argparse
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from benchmarks.development_sets import DATA
from kg.graph import Fact
from kg.networkx_store import NetworkXStore
from loaders.import_graph import import_graph
from qa_pipeline.ask_graph import AskGraph

UNION = "graphs/union/union.nt.gz"
BESIDE = ("", "-arrays", "-names")  # endings of a store's files
ROUNDS, SINGLE, BATCHED = 30, 10_000, 100_000
GOAL_MS, GOAL_RATE = 50.0, 500.0


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def both(first: Callable[[], object], second: Callable[[], object]) -> None:
    first()
    second()


def asked(ag: AskGraph) -> tuple[str, str, str]:
    """An entity, one of its relations, and a question about them."""
    schema = ag.store.schema()
    common = max(schema.relations.values(), key=lambda relation: relation.facts)
    fact = next(iter(ag.store.facts(relation=common.id, limit=1)))
    name = ag.store.entities([fact.head])[fact.head].display
    return fact.head, common.id, f"What is the {common.name} of {name}?"


def told_and_asked(ag: AskGraph) -> Iterator[str]:
    """The question without a write, and a write with the question after it, in turn."""
    head, relation, question = asked(ag)
    for _ in range(3):
        ag.ask(question)
    kinds: dict[str, Callable[[int], object]] = {
        "a value of a known entity": lambda n: ag.tell((head, relation, f"told value {n}"), on_conflict="both"),
        "a new entity": lambda n: ag.tell((f"Told Entity {n}", relation, head)),
        "a new relation": lambda n: ag.tell((head, f"told relation {n}", f"told value {n}")),
        "a retraction": lambda n: ag.retract((head, relation, f"told value {n}")),
    }
    for kind, write in kinds.items():
        without, after = [], []
        for n in range(ROUNDS):
            without.append(milliseconds(lambda: ag.ask(question)))
            after.append(milliseconds(partial(both, partial(write, n), partial(ag.ask, question))))
        extra = median(after) - median(without)
        yield (
            f"{kind}: question {median(without):.1f} ms, write and question {median(after):.1f} ms,"
            f" {extra:.1f} ms more (goal: at most {GOAL_MS:.0f}), {extra / median(without):.2f} of the question"
        )


def single_writes(ag: AskGraph, folder: Path) -> Iterator[str]:
    _, relation, _ = asked(ag)
    began = time.perf_counter()
    for n in range(SINGLE):
        ag.tell((f"single {n}", relation, f"value {n % 1000}"), source="benchmark")
    rate = SINGLE / (time.perf_counter() - began)
    bare = sqlite3.connect(folder / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE facts(head TEXT, relation TEXT, tail TEXT)")
    began = time.perf_counter()
    for n in range(SINGLE):
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO facts VALUES(?, ?, ?)", (f"single {n}", relation, f"value {n % 1000}"))
        bare.execute("COMMIT")
    peer = SINGLE / (time.perf_counter() - began)
    bare.close()
    yield (
        f"{SINGLE:,} facts one by one: {rate:,.0f}/s (goal: {GOAL_RATE:.0f}); a bare SQLite table: {peer:,.0f}/s,"
        f" ratio {rate / peer:.2f}"
    )


def batches(ag: AskGraph, other: Path) -> Iterator[str]:
    """Facts told as one batch, beside an import of the like into the other graph: from a file, and from facts in memory."""
    _, relation, _ = asked(ag)
    facts = [(f"batched {n}", relation, f"value {n % 1000}") for n in range(BATCHED)]
    began = time.perf_counter()
    ag.tell(facts)
    told = BATCHED / (time.perf_counter() - began)
    file = other.with_name("batched.tsv")
    file.write_text("".join(f"{head}\t{relation}\t{tail}\n" for head, _, tail in facts), encoding="utf-8")
    ready = [Fact(f"ready {n}", relation, f"value {n % 1000}") for n in range(BATCHED)]
    store = NetworkXStore.open(other)
    store.schema()
    for name, given in (("imported from a file", file), ("imported from ready-made facts", ready)):
        began = time.perf_counter()
        import_graph(given, store)
        rate = BATCHED / (time.perf_counter() - began)
        yield f"{BATCHED:,} facts in one batch: {told:,.0f}/s; {name}: {rate:,.0f}/s, ratio {told / rate:.2f}"
    store.close()


def scopes(ag: AskGraph) -> Iterator[str]:
    head, relation, question = asked(ag)
    with ag.scope("benchmark") as scoped:
        scoped.tell([(head, relation, f"scoped {n}") for n in range(10)], on_conflict="both")
        first = milliseconds(lambda: scoped.ask(question))
        without, inside, after = [], [], []
        for n in range(ROUNDS):
            without.append(milliseconds(lambda: ag.ask(question)))
            inside.append(milliseconds(lambda: scoped.ask(question)))
            hide = partial(scoped.hide, (head, relation, f"scoped {n}"))
            after.append(milliseconds(partial(both, hide, partial(scoped.ask, question))))
        scoped.discard()
    yield (
        f"in a scope with 10 facts: question {median(inside):.1f} ms ({median(without):.1f} outside; the first {first:.1f}),"
        f" with a write to the scope before it {median(after):.1f} ms"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graph", type=Path, help="a graph to copy, instead of importing the union")
    parser.add_argument("--data", type=Path, default=DATA)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path, other = Path(folder) / "graph.kg", Path(folder) / "other.kg"
        if options.graph is None:
            AskGraph.import_graph(options.data / UNION, to=path)
            given = path
        else:
            given = options.graph
        for target in {path, other} - {given}:
            for ending in BESIDE:
                if Path(f"{given}{ending}").exists():
                    shutil.copy(f"{given}{ending}", f"{target}{ending}")
        with AskGraph.open(path) as ag:
            print(f"{ag.store.schema().facts:,} facts")
            for part in (told_and_asked(ag), scopes(ag), single_writes(ag, Path(folder)), batches(ag, other)):
                for line in part:
                    print(line, flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
