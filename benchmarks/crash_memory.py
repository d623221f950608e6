"""Kill processes that tell, retract, replace, undo, merge scopes and vote, at random moments, and look at what they leave.

Each round a process works through a fixed list of writes on one graph, and names each on its output once it has returned; it is
killed (SIGKILL) at a random moment. What the graph must then be is known of every number of writes done: the store must open and
be exactly as after the last write that was named, or after the one that was in progress. The next round goes on from there, one
write later.

    python benchmarks/crash_memory.py --kills 200
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore
from kg.plan import Count, Ends
from kg.store import GraphStore
from kg.votes import Vote

READY = b"ready\n"
LONGEST = 0.05  # seconds from readiness to the kill
SIZE = 300  # facts of a write
Write = Callable[[GraphStore], object]
State = tuple[object, ...]


def write(n: int) -> tuple[str, Write]:
    """The n-th write of every life: what it is, and what does it. The kinds come in turn; an undo undoes the one before."""
    facts = [Fact(f"e{n}-{i}", "next", f"e{n}-{i + 1}", sources=(f"s{n}",)) for i in range(SIZE // 2)]
    facts += [Fact(f"e{n}-{i}", "size", Literal(i)) for i in range(SIZE // 2)]
    described = [Entity(f"e{n}-{i}", f"thing {n} {i}", types=(f"type {n}",)) for i in range(20)]
    batch = f"write {n}"
    kind = n % 10
    if kind == 8:
        said = tuple((fact.key, 1.0 if i % 2 else -1.0) for i, fact in enumerate(facts))
        vote = Vote(
            f"vote {n}", f"user {n}", "2026-01-01T00:00:00+00:00", "who is next", True, ((("next", False), 1.0),), said
        )
        return "vote", lambda store: store.vote(vote)
    if kind == 9:
        return "unvote", lambda store: store.unvote(f"vote {n - 1}") if n % 20 == 9 else None
    if kind in (0, 4):
        return "tell", lambda store: store.add(facts, described, batch=batch)
    before = n - kind % 4
    old = [Fact(f"e{before}-{i}", "size", Literal(i)) for i in range(SIZE // 3)]
    if kind == 1:
        return "retract", lambda store: store.retract(old, batch=batch)
    if kind == 5:
        new = [Fact(f"e{before}-{i}", "size", Literal(i + 1000)) for i in range(SIZE // 3)]
        return "replace", lambda store: store.add(new, batch=batch, retracting=old)
    if kind in (2, 6):
        return "undo", lambda store: store.undo(f"write {n - 1}")
    return "merge", lambda store: merge(store, f"scope {n}", batch, facts, old)


def merge(store: GraphStore, name: str, batch: str, added: list[Fact], hidden: list[Fact]) -> None:
    """Make a scope, write to it twice, and merge it. One that a killed process has left is merged with what it has."""
    store.open_scope(name)
    scope = store.view(scope=name)
    scope.add(added, [Entity("scoped", "Scoped")], batch=batch)
    scope.retract(hidden)
    scope.merge(batch=batch)


def state(store: GraphStore) -> State:
    """All that must be right."""
    facts = [(f.key, f.weight, f.sources, f.batch) for f in store.facts()]
    counts = [store.execute(Count(Ends(relation))).value for relation in ("next", "size")]
    return facts, list(store.all_entities()), counts, store.schema().types, store.votes()


def states(upto: int) -> dict[int, State]:
    """What the graph is after each number of writes."""
    store = NetworkXStore.open()
    known = {0: state(store)}
    for n in range(upto):
        write(n)[1](store)
        known[n + 1] = state(store)
    store.close()
    return known


@dataclass(frozen=True)
class Outcome:
    """What one killed process left: the write in progress, how many writes are there, and what is wrong ("": nothing)."""

    kind: str
    done: int
    complaint: str


def live(path: Path, first: int, output: int) -> None:
    """The life of a process: until it is killed."""
    store = NetworkXStore.open(path)
    os.write(output, READY)
    for n in range(first, first + 1_000):
        write(n)[1](store)
        os.write(output, b"%d\n" % n)


def killed(path: Path, first: int, wait: float) -> int:
    """Start a process that goes on from a write, and kill it; the number of writes that have returned in all."""
    output, own = os.pipe()
    child = os.fork()
    if not child:
        try:
            live(path, first, own)
        finally:  # it has failed: who is killed comes to no end
            traceback.print_exc()
            os._exit(1)
    os.close(own)
    with open(output, "rb", buffering=0) as told:
        told.read(len(READY))
        time.sleep(wait)
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        lines = told.readall().splitlines()
    if not os.WIFSIGNALED(status):
        raise RuntimeError("the process failed by itself")
    return int(lines[-1]) + 1 if lines else first


def inspect(path: Path, returned: int, known: dict[int, State]) -> Outcome:
    """Compare what is there with what must be."""
    kind = write(returned)[0]
    store = NetworkXStore.open(path)
    try:
        found = state(store)
        if found == known[returned]:
            return Outcome(kind, returned, "")
        if found == known[returned + 1]:
            return Outcome(kind, returned + 1, "")
        return Outcome(kind, returned, f"after {returned} writes the graph is neither as before nor as after a {kind}")
    finally:
        store.close()


def run(kills: int, seed: int, folder: Path, longest: float = LONGEST, most: int = 40) -> list[Outcome]:
    """One outcome a kill. After ``most`` writes a new graph is begun."""
    chance = random.Random(seed)
    known = states(most + 1)
    outcomes: list[Outcome] = []
    path, done, graphs = folder / "0.kg", 0, 0
    while len(outcomes) < kills:
        returned = killed(path, done, chance.uniform(0.0, longest))
        while returned > most:  # it was faster than the graph is long: begin another, and give it less time
            longest /= 2
            graphs += 1
            path, done = folder / f"{graphs}.kg", 0
            returned = killed(path, done, chance.uniform(0.0, longest))
        outcomes.append(inspect(path, returned, known))
        done = outcomes[-1].done
        if done < most and not outcomes[-1].complaint:
            one_more(path, done)
            done += 1
        else:
            graphs += 1
            path, done = folder / f"{graphs}.kg", 0
    return outcomes


def one_more(path: Path, n: int) -> None:
    """Do a write undisturbed, so that the next process is killed at another kind."""
    store = NetworkXStore.open(path)
    write(n)[1](store)
    store.close()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(options.kills, options.seed, Path(folder))
    for outcome in outcomes:
        if outcome.complaint:
            print(outcome.complaint)
    kinds = sorted({outcome.kind for outcome in outcomes})
    print(", ".join(f"{sum(o.kind == kind for o in outcomes)} killed in or before a {kind}" for kind in kinds))
    bad = sum(bool(outcome.complaint) for outcome in outcomes)
    print(f"{bad} graphs of {len(outcomes)} were not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
