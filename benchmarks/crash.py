"""Kill writers at random moments and look at what they leave.

Each round a process imports a batch in one write and then tells facts one by one; it names every write on its output once
that write has returned. At a random moment it is killed (SIGKILL). Then the store must open, every write that was named must
be there in full, and no other write but the one in progress, which must be there in full or not at all.

    python benchmarks/crash.py --rounds 50
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from kg.graph import Entity, Fact, Literal
from kg.networkx_store import NetworkXStore

PATIENCE = 60.0


@dataclass(frozen=True)
class Outcome:
    """What one killed writer left.

    :param named: writes that had returned
    :param found: writes that are in the store
    :param complaints: what is wrong with it; none: all is well
    """

    named: int
    found: int
    complaints: tuple[str, ...]


def batch_of(name: str, size: int) -> tuple[list[Fact], list[Entity]]:
    """What a write adds: ``size`` facts, half of them with a number, and its entities with names and types."""
    facts = [Fact(f"{name}-{n}", "next", f"{name}-{n + 1}", sources=(name,)) for n in range(size - size // 2)]
    facts += [Fact(f"{name}-{n}", "size", Literal(n), sources=(name, "again")) for n in range(size // 2)]
    return facts, [Entity(f"{name}-{n}", f"{name} number {n}", types=(name,)) for n in range(size // 2)]


def write(path: str, label: str, size: int) -> None:
    """The life of a writer: until it is killed."""
    store = NetworkXStore.open(path)
    for n in range(10_000):
        name = f"{label}.{n}"
        facts, entities = batch_of(name, size if n % 25 == 0 else 3)
        store.add(facts, entities, batch=name)
        print(name, flush=True)


def kill_a_writer(path: Path, label: str, size: int, delay: float) -> list[str]:
    """Start a writer, kill it ``delay`` seconds after it can have opened the store; the writes that it named."""
    command = [sys.executable, __file__, "--write", str(path), "--label", label, "--size", str(size)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as writer:
        started = time.monotonic()
        while not path.exists() and time.monotonic() - started < PATIENCE and writer.poll() is None:
            time.sleep(0.001)
        assert writer.stdout is not None
        time.sleep(delay)
        writer.kill()
        named, errors = writer.communicate()
    if errors:
        raise RuntimeError(f"the writer failed by itself: {errors.decode()}")
    return [line for line in named.decode().split("\n")[:-1] if line]


def inspect(path: Path, label: str, named: Sequence[str], size: int) -> Outcome:
    """Open what the writer left, and compare it with what it said."""
    store = NetworkXStore.open(path)
    try:
        present = [t for t in store.schema().types if t.startswith(f"{label}.")]
        complaints = [f"{name} had returned and is lost" for name in set(named) - set(present)]
        if len(set(present) - set(named)) > 1:
            complaints.append(f"more than one write that was not named: {sorted(set(present) - set(named))}")
        complaints += [complaint for name in present for complaint in _halves(store, name, size)]
        strangers = [fact for fact in store.facts() if fact.batch.startswith(f"{label}.") and fact.batch not in present]
        if strangers:
            complaints.append(f"{len(strangers)} facts of writes that are not there, first {strangers[0]}")
        return Outcome(len(named), len(present), tuple(complaints))
    finally:
        store.close()


def _halves(store: NetworkXStore, name: str, size: int) -> Iterator[str]:
    facts, entities = batch_of(name, size if int(name.rsplit(".", 1)[1]) % 25 == 0 else 3)
    found = {fact.key: fact for fact in store.facts(heads=[fact.head for fact in facts])}
    for fact in facts:
        there = found.get(fact.key)
        if there is None or set(there.sources) != set(fact.sources):
            yield f"{name} is half there: {fact} is {there}"
            return
    described = store.entities([entity.id for entity in entities])
    if [described.get(entity.id) for entity in entities] != entities:
        yield f"{name} is half there: its entities are not as told"


def run(rounds: int, size: int, seed: int, folder: Path) -> list[Outcome]:
    """One outcome a round. Every other round goes on with the store that the one before left."""
    chance = random.Random(seed)
    outcomes = []
    path = folder / "crash.kg"
    for number in range(rounds):
        if number % 2 == 0:
            path = folder / f"crash{number}.kg"
        label = f"round{number}"
        named = kill_a_writer(path, label, size, chance.uniform(0.0, 1.2))
        outcomes.append(inspect(path, label, named, size))
    return outcomes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--size", type=int, default=20_000, help="facts in a large write (default %(default)s)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", metavar="PATH", help=argparse.SUPPRESS)
    parser.add_argument("--label", default="", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.write:
        write(options.write, options.label, options.size)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        outcomes = run(options.rounds, options.size, options.seed, Path(folder))
    for number, outcome in enumerate(outcomes):
        for complaint in outcome.complaints:
            print(f"round {number}: {complaint}")
    bad = sum(bool(outcome.complaints) for outcome in outcomes)
    named = sum(outcome.named for outcome in outcomes)
    print(f"{len(outcomes)} writers killed, {named} writes had returned; {bad} stores were not as they should be")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
